// One table from kinds of operators to ONNX's nodes. A kind that is not in it has no form there yet.

import { sizeOf } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { AttrsOf, OpKind } from '../../ops/index.ts'
import { einsum, einsumDense } from './contractions.ts'
import { type Emission, type Emitted, first, last, refuse } from './emission.ts'
import { float } from './emitter.ts'
import { emitRecurrent, type WrittenCell } from './recurrent.ts'

type Emit<K extends OpKind> = (emission: Emission, attrs: AttrsOf<K>) => Emitted

/** One node, element by element, in whatever layout its input has. */
function unary(
  emission: Emission,
  type: string,
  attributes = {},
  constants: readonly string[] = [],
): Emitted {
  const { emitter, node } = emission
  const layout = emitter.layoutOf(node.inputs[0]!)
  const inputs = [emission.input(0, layout), ...constants]
  return { tensor: emitter.add(type, inputs, { name: node.name, attributes }), layout }
}

const scalar = ({ emitter, node }: Emission, name: string, value: number) =>
  emitter.constant(`${node.name}_${name}`, [], [value])

function dense(emission: Emission): Emitted {
  const { emitter, node, shapes } = emission
  const [x, weight, bias] = [emission.input(0, 'last'), emission.weight('weight')!, emission.weight('bias')]
  const { name } = node
  if (shapes[0]!.length === 1)
    return last(emitter.add('Gemm', [x, weight, ...(bias === undefined ? [] : [bias])], { name }))
  if (bias === undefined) return last(emitter.add('MatMul', [x, weight], { name }))
  const product = emitter.add('MatMul', [x, weight], { name: `${name}_product` })
  return last(emitter.add('Add', [product, bias], { name }))
}

interface WindowAttrs {
  readonly strides: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
}

const windows = (kernel: readonly number[], { strides, before, after }: WindowAttrs) => ({
  kernel_shape: kernel,
  strides,
  pads: [...before, ...after],
})

/** [..., channels / groups, filters] as [filters, channels / groups, ...]. */
function kernelFirst({ shape, data }: FloatValues): FloatValues {
  const [channels = 1, filters = 1] = shape.slice(-2)
  const extents = shape.slice(0, -2)
  const places = sizeOf(extents)
  const turned = Float64Array.from(data, (_, k) => {
    const place = k % places
    const channel = Math.floor(k / places) % channels
    const filter = Math.floor(k / (places * channels))
    return data[(place * channels + channel) * filters + filter]!
  })
  return { shape: [filters, channels, ...extents], data: turned }
}

const conv: Emit<'conv'> = (emission, { kernelSize, dilation, groups, ...attrs }) => {
  const { emitter, node } = emission
  const bias = emission.weight('bias')
  const inputs = [emission.input(0, 'first'), emission.weight('weight', kernelFirst)!]
  const attributes = { ...windows(kernelSize, attrs), dilations: dilation, group: groups }
  return first(
    emitter.add('Conv', [...inputs, ...(bias === undefined ? [] : [bias])], { name: node.name, attributes }),
  )
}

const separableConv: Emit<'separable-conv'> = (emission, { kernelSize, dilation, ...attrs }) => {
  const { emitter, node, shapes } = emission
  const bias = emission.weight('bias')
  const middle = emitter.add(
    'Conv',
    [emission.input(0, 'first'), emission.weight('depthwise', kernelFirst)!],
    {
      name: `${node.name}_depthwise`,
      attributes: { ...windows(kernelSize, attrs), dilations: dilation, group: shapes[0]!.at(-1)! },
    },
  )
  const pointwise = emission.weight('pointwise', kernelFirst)!
  return first(
    emitter.add('Conv', [middle, pointwise, ...(bias === undefined ? [] : [bias])], { name: node.name }),
  )
}

const pool: Emit<'pool'> = (emission, { reduce, size, countPadding, ...attrs }) => {
  const isMax = reduce === 'max'
  return first(
    emission.emitter.add(isMax ? 'MaxPool' : 'AveragePool', [emission.input(0, 'first')], {
      name: emission.node.name,
      attributes: { ...windows(size, attrs), ...(isMax ? {} : { count_include_pad: countPadding ? 1 : 0 }) },
    }),
  )
}

const globalPool: Emit<'global-pool'> = (emission, { reduce, keepDims, perStep }) => {
  const { emitter, node } = emission
  if (perStep) return refuse(emission, 'global pooling for every step')
  const type = reduce === 'max' ? 'GlobalMaxPool' : 'GlobalAveragePool'
  const x = emission.input(0, 'first')
  if (keepDims) return first(emitter.add(type, [x], { name: node.name }))
  const pooled = emitter.add(type, [x], { name: node.name })
  return last(emitter.add('Flatten', [pooled], { name: `${node.name}_flat` }))
}

const relu: Emit<'relu'> = (emission, { maxValue }) =>
  maxValue === null
    ? unary(emission, 'Relu')
    : unary(emission, 'Clip', {}, [scalar(emission, 'min', 0), scalar(emission, 'max', maxValue)])

const prelu: Emit<'prelu'> = emission => {
  const shape = emission.shapes[0]!
  const slope = emission.weight('param', ({ data }) => ({
    shape: data.length === sizeOf(shape) ? shape : [data.length],
    data,
  }))!
  const { emitter, node } = emission
  return last(emitter.add('PRelu', [emission.input(0, 'last'), slope], { name: node.name }))
}

const hardActivation: Emit<'hard-activation'> = (emission, { function: own, slope, shift }) => {
  const attributes = { alpha: float(slope), beta: float(shift) }
  if (own === 'hard_sigmoid') return unary(emission, 'HardSigmoid', attributes)
  const { emitter, node } = emission
  const half = emitter.add('HardSigmoid', [emission.input(0, 'last')], {
    name: `${node.name}_half`,
    attributes,
  })
  const whole = emitter.add('Mul', [half, scalar(emission, 'two', 2)])
  return last(emitter.add('Sub', [whole, scalar(emission, 'one', 1)], { name: node.name }))
}

/** x · min(max(x + shift, 0), bound) / bound; types are those of one operator, which ONNX has for 3 and 6 alone. */
const hardSwish: Emit<'hard-swish'> = (emission, { shift, bound }) => {
  if (shift === 3 && bound === 6) return unary(emission, 'HardSwish')
  if (emission.typed) return refuse(emission, `hard swish with ${shift} and ${bound} instead of 3 and 6`)
  const { emitter, node } = emission
  const { name } = node
  const x = emission.input(0, 'last')
  const moved = emitter.add('Add', [x, scalar(emission, 'shift', shift)], { name: `${name}_moved` })
  const limits = [scalar(emission, 'least', 0), scalar(emission, 'bound', bound)]
  const kept = emitter.add('Clip', [moved, ...limits], { name: `${name}_kept` })
  const product = emitter.add('Mul', [x, kept], { name: `${name}_product` })
  return last(emitter.add('Mul', [product, scalar(emission, 'share', 1 / bound)], { name }))
}

const tables: Readonly<Record<string, string>> = {
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softplus: 'Softplus',
  softsign: 'Softsign',
}

const tableActivation: Emit<'table-activation'> = (emission, { function: own }) => {
  const type = tables[own]
  return type === undefined ? refuse(emission, `the function ${own}`) : unary(emission, type)
}

/** A factor before it is part of its tables where there are types, and is not written then. */
const softmax: Emit<'softmax'> = (emission, { over, causal, scale = 1, epsilon = 0 }) => {
  if (causal) return refuse(emission, 'a softmax with a mask')
  if (epsilon !== 0) return refuse(emission, 'a softmax that adds to its sum')
  if (scale !== 1 && emission.typed) return refuse(emission, 'a softmax with a factor')
  const { emitter, node, shapes } = emission
  const { name } = node
  const attributes = { axis: -1 }
  const given = emission.input(0, 'last')
  const x =
    scale === 1
      ? given
      : emitter.add('Mul', [given, scalar(emission, 'scale', scale)], { name: `${name}_scaled` })
  const shape = shapes[0]!
  if (over !== 'tensor' || shape.length === 1) return last(emitter.add('Softmax', [x], { name, attributes }))
  const whole = emitter.integers(`${name}_whole`, [0, sizeOf(shape)])
  const flat = emitter.add('Reshape', [x, whole], { name: `${name}_flat` })
  const shares = emitter.add('Softmax', [flat], { name, attributes })
  const back = emitter.integers(`${name}_shape`, [0, ...shape])
  return last(emitter.add('Reshape', [shares, back], { name: `${name}_back` }))
}

/** Product and sum; the scale of 1 and the bias of 0 of a sum or a product alone are left out. */
const batchNorm: Emit<'batch-norm'> = emission => {
  const { emitter, node } = emission
  const is = (role: string, value: number) =>
    emission.values(role)?.data.every(own => own === value) !== false
  const [isScaled, isShifted] = [!is('scale', 1), !is('bias', 0)]
  const x = emission.input(0, 'last')
  const scaled =
    isScaled || !isShifted
      ? emitter.add('Mul', [x, emission.weight('scale')!], {
          name: isShifted ? `${node.name}_scaled` : node.name,
        })
      : x
  return last(
    isShifted ? emitter.add('Add', [scaled, emission.weight('bias')!], { name: node.name }) : scaled,
  )
}

const layerNorm: Emit<'layer-norm'> = (emission, { epsilon }) =>
  last(
    emission.emitter.add(
      'LayerNormalization',
      [emission.input(0, 'last'), emission.weight('scale')!, emission.weight('bias')!],
      { name: emission.node.name, attributes: { axis: -1, epsilon: float(epsilon) } },
    ),
  )

const embedding: Emit<'embedding'> = (emission, { vocabulary }) => {
  const { emitter, node } = emission
  const limits = [scalar(emission, 'min', 0), scalar(emission, 'max', vocabulary - 1)]
  const kept = emitter.add('Clip', [emission.input(0, 'last'), ...limits])
  const rows = emitter.add('Cast', [kept], { attributes: { to: 7 } })
  return last(emitter.add('Gather', [emission.weight('embeddings')!, rows], { name: node.name }))
}

/** `high` above the limit, else `low`; at the limit itself `high` where `includes` says so. */
function step(emission: Emission, limit: number, includes: boolean, high: string, low: string, name: string) {
  const { emitter } = emission
  const bound = emitter.constant(`${name}_limit`, [], [limit])
  const x = emission.input(0, 'last')
  return includes
    ? emitter.add('Where', [emitter.add('Less', [x, bound]), low, high], { name })
    : emitter.add('Where', [emitter.add('Greater', [x, bound]), high, low], { name })
}

const binaryTanh: Emit<'binary-tanh'> = emission => {
  const { node, emitter, hasQonnx } = emission
  const one = scalar(emission, 'one', 1)
  if (hasQonnx) {
    const x = emission.input(0, 'last')
    return last(emitter.add('BipolarQuant', [x, one], { name: node.name, domain: 'qonnx.custom_op.general' }))
  }
  return last(step(emission, 0, true, one, scalar(emission, 'minus_one', -1), node.name))
}

const ternaryTanh: Emit<'ternary-tanh'> = (emission, { threshold }) => {
  if (emission.typed) return refuse(emission, 'a ternary activation')
  const { name } = emission.node
  const [one, zero, minus] = [
    scalar(emission, 'one', 1),
    scalar(emission, 'zero', 0),
    scalar(emission, 'minus', -1),
  ]
  const below = step(emission, -threshold, false, zero, minus, `${name}_below`)
  return last(step(emission, threshold, false, one, below, name))
}

const reshape: Emit<'reshape'> = (emission, { shape }) => {
  const { emitter, node } = emission
  const wanted = emitter.integers(`${node.name}_shape`, [0, ...shape])
  return last(emitter.add('Reshape', [emission.input(0, 'last'), wanted], { name: node.name }))
}

const permute: Emit<'permute'> = (emission, { axes }) =>
  last(
    emission.emitter.add('Transpose', [emission.input(0, 'last')], {
      name: emission.node.name,
      attributes: { perm: [0, ...axes.map(axis => axis + 1)] },
    }),
  )

const pad: Emit<'pad'> = (emission, { before, after }) => {
  const { emitter, node } = emission
  const widths = emitter.integers(`${node.name}_widths`, [0, ...before, 0, ...after])
  return last(emitter.add('Pad', [emission.input(0, 'last'), widths], { name: node.name }))
}

const crop: Emit<'crop'> = (emission, { before, after }) => {
  const { emitter, node, shapes } = emission
  const ends = shapes[0]!.map((extent, axis) => extent - after[axis]!)
  const axes = before.map((_, axis) => axis + 1)
  const limits = [
    emitter.integers(`${node.name}_starts`, before),
    emitter.integers(`${node.name}_ends`, ends),
    emitter.integers(`${node.name}_axes`, axes),
  ]
  return last(emitter.add('Slice', [emission.input(0, 'last'), ...limits], { name: node.name }))
}

const upsample: Emit<'upsample'> = (emission, { factors }) => {
  const { emitter, node } = emission
  const scales = emitter.constant(`${node.name}_scales`, [factors.length + 1], [1, ...factors])
  const attributes = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' }
  return last(emitter.add('Resize', [emission.input(0, 'last'), '', scales], { name: node.name, attributes }))
}

const all = ({ input, node }: Emission) => node.inputs.map((_, k) => input(k, 'last'))

const concatenate: Emit<'concatenate'> = (emission, { axis }) =>
  last(
    emission.emitter.add('Concat', all(emission), {
      name: emission.node.name,
      attributes: { axis: axis + 1 },
    }),
  )

const merges: Readonly<Record<AttrsOf<'merge'>['operation'], readonly [pair: string, many?: string]>> = {
  add: ['Add', 'Sum'],
  subtract: ['Sub'],
  multiply: ['Mul'],
  average: ['Mean', 'Mean'],
  maximum: ['Max', 'Max'],
  minimum: ['Min', 'Min'],
}

/** Axes are matched from the last one on, the rows' apart: those that a tensor lacks stand behind its rows. */
function ofOneRank(emission: Emission): string[] {
  const { emitter, node, shapes } = emission
  const rank = Math.max(...shapes.map(({ length }) => length))
  return all(emission).map((tensor, k) => {
    const missing = rank - shapes[k]!.length
    if (missing === 0) return tensor
    const axes = emitter.integers(
      `${node.name}_${k}_axes`,
      Array.from({ length: missing }, (_, axis) => axis + 1),
    )
    return emitter.add('Unsqueeze', [tensor, axes], { name: `${node.name}_${k}` })
  })
}

const merge: Emit<'merge'> = (emission, { operation }) => {
  const { emitter, node } = emission
  const [pair, many] = merges[operation]
  const tensors = ofOneRank(emission)
  if (tensors.length === 2) return last(emitter.add(pair, tensors, { name: node.name }))
  if (many !== undefined) return last(emitter.add(many, tensors, { name: node.name }))
  const [one = '', ...rest] = tensors
  return last(
    rest.reduce(
      (sum, own, k) => emitter.add(pair, [sum, own], k === rest.length - 1 ? { name: node.name } : {}),
      one,
    ),
  )
}

const dot: Emit<'dot'> = emission => {
  const { emitter, node } = emission
  const product = emitter.add('Mul', all(emission))
  const axes = emitter.integers(`${node.name}_axes`, [1])
  return last(emitter.add('ReduceSum', [product, axes], { name: node.name, attributes: { keepdims: 1 } }))
}

const quantise: Emit<'quantise'> = emission => {
  const layout = emission.emitter.layoutOf(emission.node.inputs[0]!)
  return { tensor: emission.input(0, layout), layout }
}

const alone = { prefixes: [''], merge: 'concat' } as const

const recurrent = (emission: Emission, own: WrittenCell) => last(emitRecurrent(emission, own))

const table: { readonly [K in OpKind]?: Emit<K> } = {
  dense,
  conv,
  'separable-conv': separableConv,
  pool,
  'global-pool': globalPool,
  quantise,
  relu,
  'leaky-relu': (emission, { alpha }) => unary(emission, 'LeakyRelu', { alpha: float(alpha) }),
  prelu,
  'thresholded-relu': (emission, { theta }) => unary(emission, 'ThresholdedRelu', { alpha: float(theta) }),
  elu: (emission, { alpha }) => unary(emission, 'Elu', { alpha: float(alpha) }),
  selu: emission => unary(emission, 'Selu'),
  'hard-activation': hardActivation,
  'hard-swish': hardSwish,
  'table-activation': tableActivation,
  softmax,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
  embedding,
  'binary-tanh': binaryTanh,
  'ternary-tanh': ternaryTanh,
  reshape,
  permute,
  pad,
  crop,
  upsample,
  concatenate,
  merge,
  dot,
  einsum,
  'einsum-dense': einsumDense,
  lstm: (emission, attrs) => recurrent(emission, { ...attrs, ...alone, cell: 'lstm', resetAfter: false }),
  gru: (emission, attrs) => recurrent(emission, { ...attrs, ...alone, cell: 'gru' }),
  'simple-rnn': (emission, attrs) =>
    recurrent(emission, {
      ...attrs,
      ...alone,
      cell: 'simple-rnn',
      recurrentActivation: 'linear',
      resetAfter: false,
    }),
  bidirectional: (emission, attrs) =>
    recurrent(emission, { ...attrs, prefixes: ['forward_', 'backward_'], goBackwards: false }),
}

/** The nodes of an operator; fails with `export/no-form` where ONNX, or this table, has none. */
export function emitNode(emission: Emission): Emitted {
  const { kind, attrs } = emission.node
  const emit = table[kind] as ((emission: Emission, attrs: unknown) => Emitted) | undefined
  return emit === undefined ? refuse(emission, `the operator ${kind}`) : emit(emission, attrs)
}
