// Products with constant matrices: dense layers.

import type { FloatValues } from '../../ops/definition.ts'
import { readTensorProduct } from './contractions.ts'
import { asInFile, fileOrder } from './layout.ts'
import type { Computed, Constant, Draft, NodeContext, NodeMeaning, NodeReader } from './node.ts'

export const readMatMul: NodeReader = context => {
  if (!isDense(context)) return inFileLayout(context, readTensorProduct)
  const operands = productOperands(context)
  if (operands === undefined) return undefined
  const { x, weight, turning } = operands
  const matrix = reordered(weight.values, x)
  const quantisers = weight.quantiser && { weight: weight.quantiser }
  return { drafts: [...turning, dense(context, x, matrix, quantisers)] }
}

/** A computed tensor times a constant matrix. */
function isDense({ inputs: [x, weight] }: NodeContext): boolean {
  return x?.kind === 'computed' && weight?.kind === 'constant' && weight.values.shape.length === 2
}

/** What a reader that names axes makes of operands in any layout. */
function inFileLayout(context: NodeContext, read: NodeReader): NodeMeaning | undefined {
  const turned = context.inputs.map((operand, k) =>
    operand?.kind === 'computed' ? asInFile(operand, `${context.name}_${k}`) : undefined,
  )
  const inputs = context.inputs.map((operand, k) => turned[k]?.x ?? operand)
  const meaning = read({ ...context, inputs })
  if (meaning === undefined || !('drafts' in meaning)) return meaning
  return { ...meaning, drafts: [...turned.flatMap(own => own?.drafts ?? []), ...meaning.drafts] }
}

/** alpha · x · W + beta · C, W and C transposed and scaled beforehand. */
export const readGemm: NodeReader = context => {
  const { attributes, inputs } = context
  const alpha = attributes.number('alpha', 1)
  const beta = attributes.number('beta', 1)
  attributes.only('transA', [0], 'Transpose the input in the model.')
  const transposes = attributes.number('transB', 0) === 1
  const operands = productOperands(context)
  if (operands === undefined) return undefined
  const { x, weight, turning } = operands
  const columns = transposes ? transposed(weight.values) : weight.values
  const matrix = scaled(reordered(columns, x), alpha)
  const given = inputs[2]
  if (given?.kind === 'computed') return refuseComputed(context, 'C')
  const bias = given && scaled(spread(given.values, matrix.shape[1]!), beta)
  const quantisers = {
    ...(weight.quantiser && alpha === 1 && { weight: weight.quantiser }),
    ...(given?.quantiser && beta === 1 && { bias: given.quantiser }),
  }
  return { drafts: [...turning, dense(context, x, matrix, quantisers, bias)] }
}

interface ProductOperands {
  readonly x: Computed
  readonly weight: Constant
  /** What brings x into its layout. */
  readonly turning: readonly Draft[]
}

function productOperands(context: NodeContext): ProductOperands | undefined {
  const [x, weight] = context.inputs
  if (x?.kind === 'computed' && weight?.kind === 'constant') {
    if (weight.values.shape.length === 2) {
      const { x: own, drafts } = x.layout.kind === 'flattened' ? { x, drafts: [] } : asInFile(x, context.name)
      return { x: own, weight, turning: drafts }
    }
    context.problems.add({
      code: 'onnx/operand',
      place: context.place,
      problem: `the matrix has the shape [${weight.values.shape.join(', ')}]`,
      expected: '[inputs, outputs]',
      remedy: 'Give a matrix of rank 2.',
    })
    return undefined
  }
  if (x !== undefined && weight !== undefined) refuseComputed(context, 'B')
  return undefined
}

/** Rows in the order in which the elements lie. */
function reordered(matrix: FloatValues, { layout }: Computed): FloatValues {
  if (layout.kind !== 'flattened') return matrix
  const units = matrix.shape[1]!
  const order = fileOrder(layout.from)
  const data = matrix.data.map((_, k) => matrix.data[order[Math.floor(k / units)]! * units + (k % units)]!)
  return { ...matrix, data }
}

function refuseComputed({ place, problems, inputs }: NodeContext, name: string): undefined {
  const wrong = inputs[0]?.kind === 'constant' ? 'the first operand is a constant' : `${name} is computed`
  problems.add({
    code: 'onnx/operand',
    place,
    problem: wrong,
    expected: 'a computed tensor times a constant one',
    remedy: 'Transpose the product in the model, or compute its constants beforehand.',
  })
  return undefined
}

function dense(
  { name, place, problems }: NodeContext,
  x: Computed,
  weight: FloatValues,
  quantisers: Draft['quantisers'],
  bias?: FloatValues,
): Draft {
  const units = weight.shape[1]!
  if (weight.shape[0] !== x.shape.at(-1)) {
    problems.add({
      code: 'onnx/operand',
      place,
      problem: `the matrix has ${weight.shape[0]} rows for an input of [${x.shape.join(', ')}]`,
      expected: `${x.shape.at(-1)} rows`,
      remedy: 'Export the model again.',
    })
  }
  const attrs = { units, weightCoding: 'plain', inputCoding: 'plain' } as const
  return {
    kind: 'dense',
    layerClass: 'Dense',
    attrs,
    name,
    inputs: [x.node],
    shape: [...x.shape.slice(0, -1), units],
    weights: { weight, ...(bias === undefined ? {} : { bias }) },
    quantisers: quantisers ?? {},
    otherNames: [`Dense_${name}`],
  }
}

function transposed({ shape, data }: FloatValues): FloatValues {
  const [rows = 0, columns = 0] = shape
  const turned = Float64Array.from(
    { length: data.length },
    (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]!,
  )
  return { shape: [columns, rows], data: turned }
}

function scaled(values: FloatValues, factor: number): FloatValues {
  return factor === 1 ? values : { ...values, data: values.data.map(value => Math.fround(value * factor)) }
}

function spread({ data }: FloatValues, count: number): FloatValues {
  return { shape: [count], data: Float64Array.from({ length: count }, (_, k) => data[k % data.length]!) }
}
