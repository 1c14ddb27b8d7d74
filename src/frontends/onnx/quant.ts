// QONNX's quantisers (github.com/fastmachinelearning/qonnx, docs of Quant and BipolarQuant): clip(round(x / scale +
// zero)) − zero) · scale. A scale that is one power of two for all is a type; any other is a multiplication before and
// after, as in hls4ml.

import { quantiseNumber } from '../../fixed/convert.ts'
import { type Conversion, conversion, fixedType } from '../../fixed/types.ts'
import type { SourceQuantiser } from '../../ir/graph.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { Computed, Constant, Draft, NodeContext, NodeMeaning, NodeReader } from './node.ts'

export interface Quant {
  /** Of x / scale + zero. */
  readonly integers: Conversion
  readonly scale: FloatValues
  readonly zero: number
}

export const readQuant: NodeReader = context => {
  const quant = quantOf(context)
  const [x] = context.inputs
  if (quant === undefined || x === undefined) return undefined
  // One bit and a sign: −1 and +1, never 0.
  if (quant.integers.to.signed && quant.integers.to.width === 1) return readBipolarQuant(context)
  if (x.kind === 'constant') return { constant: quantisedConstant(x, quant, plainType(quant)) }
  return quantisedResult(context, x, quant)
}

/** A computed tensor, quantised: a type, or a multiplication before and after. */
export function quantisedResult(context: NodeContext, x: Computed, quant: Quant): NodeMeaning {
  const type = plainType(quant)
  return type === undefined ? scaledQuant(context, x, quant) : plainQuant(context, x, type)
}

const roundings: Readonly<Record<string, Conversion['rounding']>> = {
  ROUND: 'RND_CONV',
  HALF_EVEN: 'RND_CONV',
  FLOOR: 'TRN',
}

function quantOf({ attributes, inputs, place, problems }: NodeContext): Quant | undefined {
  const [, scale, zero, bits] = inputs
  const signed = attributes.number('signed', 1) === 1
  const narrow = attributes.number('narrow', 0) === 1
  const mode = attributes.text('rounding_mode', 'ROUND').toUpperCase()
  const rounding = roundings[mode]
  if (rounding === undefined) {
    attributes.refuse('rounding_mode', Object.keys(roundings).join(', '), 'Train with one of these.')
  }
  if (scale?.kind !== 'constant' || zero?.kind !== 'constant' || bits?.kind !== 'constant') {
    problems.add({
      code: 'onnx/quant-parameters',
      place,
      problem: 'scale, zero point or bit width is computed, or missing',
      expected: 'three constants',
      remedy: 'Fold constants before: qonnx-cleanup model.onnx.',
    })
    return undefined
  }
  const width = Math.ceil(bits.values.data[0] ?? 0)
  const offset = zero.values.data[0] ?? 0
  const wrong = wrongNumbers(scale.values.data, zero.values.data, bits.values.data)
  if (wrong !== undefined || (narrow && !signed)) {
    problems.add({
      code: 'onnx/quant-parameters',
      place,
      problem: wrong ?? 'narrow and not signed',
      expected: 'scales above 0, one zero point, one bit width of 1 to 64',
      remedy: 'Export the model again.',
    })
    return undefined
  }
  const integers = conversion(fixedType(signed, width, 0), rounding ?? 'RND_CONV', narrow ? 'SAT_SYM' : 'SAT')
  return { integers, scale: scale.values, zero: offset }
}

function wrongNumbers(scale: Float64Array, zero: Float64Array, bits: Float64Array): string | undefined {
  if (!scale.every(value => value > 0 && Number.isFinite(value))) return 'a scale is not above 0'
  if (!zero.every(value => value === zero[0] && Number.isFinite(value)))
    return 'there are several zero points'
  const [width = 0] = bits
  return bits.length === 1 && width > 0 && width <= 64 ? undefined : `the bit width is [${bits.join(', ')}]`
}

/** The type that does what the quantiser does, where its scale is one power of two and nothing is shifted. */
export function plainType({ integers, scale, zero }: Quant): Conversion | undefined {
  const [first = 1] = scale.data
  const exponent = Math.log2(first)
  if (zero !== 0 || !Number.isInteger(exponent) || !scale.data.every(value => value === first))
    return undefined
  const { signed, width } = integers.to
  return { ...integers, to: fixedType(signed, width, -exponent) }
}

function quantisedConstant(x: Constant, quant: Quant, type: Conversion | undefined): Constant {
  const at = spreader(quant.scale, x.values.shape)
  const integer = (value: number, k: number) =>
    Number(quantiseNumber(value / at(k) + quant.zero, quant.integers))
  const data = x.values.data.map((value, k) => (integer(value, k) - quant.zero) * at(k))
  const values = { shape: x.values.shape, data }
  return { kind: 'constant', values, ...(type === undefined ? {} : { quantiser: fixedQuantiser(type) }) }
}

/** The scale of each element: ONNX's broadcasting, extents of 1 stretched. */
export function spreader({ shape, data }: FloatValues, over: readonly number[]): (k: number) => number {
  if (data.length === 1) return () => data[0]!
  const padded = [...Array.from({ length: over.length - shape.length }, () => 1), ...shape]
  return k => {
    let rest = k
    let index = 0
    let stride = 1
    for (let axis = over.length - 1; axis >= 0; axis--) {
      const place = rest % over[axis]!
      rest = Math.floor(rest / over[axis]!)
      if (padded[axis] !== 1) index += place * stride
      stride *= padded[axis]!
    }
    return data[index]!
  }
}

function plainQuant({ name }: NodeContext, x: Computed, type: Conversion): NodeMeaning {
  return { drafts: [quantiser(name, x, type, [`${name}_act`])], layout: x.layout }
}

function quantiser(name: string, x: Computed, type: Conversion, otherNames: readonly string[]): Draft {
  return {
    kind: 'quantise',
    layerClass: 'Activation',
    attrs: {},
    name,
    inputs: [x.node],
    shape: x.shape,
    quantisers: { result: fixedQuantiser(type) },
    otherNames,
  }
}

function affine(name: string, x: Computed, by: Float64Array, offset: Float64Array): Draft {
  return {
    kind: 'batch-norm',
    layerClass: 'ApplyAlpha',
    attrs: { scaleCoding: 'plain' },
    name,
    inputs: [x.node],
    shape: x.shape,
    weights: {
      scale: { shape: [by.length], data: by },
      bias: { shape: [offset.length], data: offset },
    },
  }
}

/** x / scale + zero, rounded, and back. */
function scaledQuant({ name }: NodeContext, x: Computed, { integers, scale, zero }: Quant): NodeMeaning {
  const size = x.shape.at(-1)!
  const at = spreader(scale, [...x.shape])
  const own = Float64Array.from({ length: scale.data.length === 1 ? 1 : size }, (_, k) => at(k))
  const before = affine(
    `${name}_scale`,
    x,
    own.map(value => 1 / value),
    Float64Array.of(zero),
  )
  const rounded = quantiser(`${name}_act`, { ...x, node: before.name }, integers, [])
  const after = affine(
    `${name}_rescale`,
    { ...x, node: rounded.name },
    own,
    own.map(value => -zero * value),
  )
  return { drafts: [before, rounded, after], layout: x.layout }
}

/** ±scale by the sign. */
export const readBipolarQuant: NodeReader = ({ inputs, name, place, problems }) => {
  const [x, scale] = inputs
  const [first = 1] = scale?.kind === 'constant' ? scale.values.data : []
  if (x === undefined || scale?.kind !== 'constant' || scale.values.data.some(value => value !== first)) {
    problems.add({
      code: 'onnx/quant-parameters',
      place,
      problem: 'the scale is computed, or differs from channel to channel',
      expected: 'one constant',
      remedy: 'Fold constants before: qonnx-cleanup model.onnx.',
    })
    return undefined
  }
  const type = conversion(fixedType(true, 2, -Math.round(Math.log2(first))))
  const isPlain = Number.isInteger(Math.log2(first))
  const source: SourceQuantiser | undefined = isPlain ? fixedQuantiser(type) : undefined
  if (x.kind === 'constant') {
    const data = x.values.data.map(value => (value >= 0 ? first : -first))
    const values = { shape: x.values.shape, data }
    return { constant: { kind: 'constant', values, ...(source === undefined ? {} : { quantiser: source }) } }
  }
  const unit: Draft = {
    kind: 'binary-tanh',
    layerClass: 'Activation',
    attrs: {},
    name: first === 1 ? name : `${name}_act`,
    inputs: [x.node],
    shape: x.shape,
    quantisers: { result: fixedQuantiser(conversion(fixedType(true, 2, 0))) },
    otherNames: first === 1 ? [`${name}_act`] : [],
  }
  if (first === 1) return { drafts: [unit], layout: x.layout }
  const scaled = affine(name, { ...x, node: unit.name }, Float64Array.of(first), Float64Array.of(0))
  return { drafts: [unit, scaled], layout: x.layout }
}
