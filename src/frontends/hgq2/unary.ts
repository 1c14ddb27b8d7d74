// HGQ2's unary functions by table (layers/activation.py): the function, in float32, at every value that its input's
// quantiser leaves, as its output's quantiser leaves it. Functions are Lutra's own: sources differ in their last bit.

import { rawToNumber } from '../../fixed/convert.ts'
import { sigmoidFloat32, softplusFloat32, softsignFloat32, tanhDouble } from '../../fixed/table-functions.ts'
import { expFloat32 } from '../../fixed/transcendental.ts'
import { type FixedType, fixedType, joinTypes } from '../../fixed/types.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { widestIndex } from '../../ops/unary-table/index.ts'
import type { NodeDraft } from '../draft.ts'
import { isObject, shown } from '../json.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'
import { exactly, ownPlace, passOver, quantiserDraft } from './quantised-layer.ts'
import {
  elementTypes,
  type Hgq2Quantiser,
  quantisedValues,
  readQuantiser,
  resultQuantiser,
} from './quantiser.ts'

const { fround } = Math

const functions: Readonly<Record<string, (x: number) => number>> = {
  linear: x => x,
  relu: x => Math.max(x, 0),
  relu6: x => Math.min(Math.max(x, 0), 6),
  sigmoid: sigmoidFloat32,
  tanh: x => fround(tanhDouble(x)),
  softplus: softplusFloat32,
  softsign: softsignFloat32,
  exponential: expFloat32,
  exp: expFloat32,
  elu: x => (x > 0 ? x : fround(expFloat32(x) - 1)),
  silu: x => fround(x * sigmoidFloat32(x)),
  swish: x => fround(x * sigmoidFloat32(x)),
}

export const readUnaryFunction: LayerReader = context => {
  const { attributes, weights, layer } = context
  const isAffine = layer.className === 'hgq>QAffinedUnaryFunctionLUT'
  const own = functionOf(context)
  const scale = isAffine ? weights.take('scale', [1]) : undefined
  const bias = isAffine ? weights.take('bias', [1]) : undefined
  if (own === undefined || (isAffine && (scale === undefined || bias === undefined))) {
    for (const name of Object.keys(layer.config)) attributes.value(name)
    return []
  }
  if (scale === undefined || bias === undefined) return table(context, own)
  const [factor, offset] = [fround(scale.data[0]!), fround(bias.data[0]!)]
  return table(context, x => own(fround(fround(x * factor) + offset)))
}

function functionOf({ attributes, layer, problems }: LayerContext): ((x: number) => number) | undefined {
  const value = attributes.value('activation')
  const name = isObject(value) && value.class_name === 'function' ? value.config : value
  if (typeof name === 'string' && Object.hasOwn(functions, name)) return functions[name]
  problems.add({
    code: 'keras/unsupported-activation',
    place: layer.place,
    problem: `the function ${shown(value)} has no table`,
    expected: `one of ${Object.keys(functions).join(', ')}`,
    remedy: 'Use one of these, or make a table of it as HGQ’s proxy models have them.',
  })
  return undefined
}

function table(context: LayerContext, own: (x: number) => number): readonly NodeDraft[] {
  const { attributes, layer, inputShape: shape } = context
  passOver(context, [
    'allow_heterogeneous_table',
    'allow_heterogeneous_input',
    'target_ii',
    'override_oq_k0_to_0',
  ])
  attributes.only('enable_iq', [true], 'A table needs an input of a known type.')
  const place = ownPlace(context, 'iq')
  const before = quantiserDraft(context, place, { name: `${layer.name}_iq`, shape })
  const input = readQuantiser(context, place, shape && [1, ...shape])
  const after = ownPlace(context, 'oq')
  const isQuantised = attributes.boolean('enable_oq', false)
  const output = isQuantised ? readQuantiser(context, after, shape && [1, ...shape]) : undefined
  if (input === undefined || shape === undefined || (isQuantised && output === undefined)) return before
  const index = elementTypes(input).reduce(joinTypes, fixedType(false, 0, 0))
  const copies = output === undefined || elementTypes(output).length === 1 ? 1 : sizeOf(shape)
  if (index.width + Math.ceil(Math.log2(copies)) > widestIndex) {
    attributes.refuse('iq_conf', `tables of no more than 2^${widestIndex} entries`, 'Quantise to fewer bits.')
    return before
  }
  const values = quantisedTable(entriesOf(index, own), output, shape, copies)
  const draft: NodeDraft = {
    kind: 'unary-table',
    name: layer.name,
    layerClass: 'UnaryLUT',
    attrs: { signed: index.signed, width: index.width, frac: index.frac },
    shape,
    weights: { table: values },
    ...(output !== undefined && { quantisers: { result: resultQuantiser(output) } }),
  }
  return [...before, ...exactly([draft])]
}

/** The function at every value, in the order of the raw words read without sign. */
function entriesOf(type: FixedType, own: (x: number) => number): Float64Array {
  return Float64Array.from({ length: 2 ** type.width }, (_, word) => {
    const raw = type.signed ? BigInt.asIntN(type.width, BigInt(word)) : BigInt(word)
    return own(fround(rawToNumber(raw, type.frac)))
  })
}

/** One table, or a table for every element whose type is its own. */
function quantisedTable(
  entries: Float64Array,
  output: Hgq2Quantiser | undefined,
  shape: readonly number[],
  copies: number,
): FloatValues {
  if (output === undefined) return { shape: [entries.length], data: entries }
  const all = { shape: [1, ...shape, entries.length], data: new Float64Array(copies * entries.length) }
  for (let k = 0; k < copies; k++) all.data.set(entries, k * entries.length)
  const one = { shape: [entries.length], data: entries }
  if (copies === 1) return quantisedValues(one, { ...output, bits: { ...output.bits, shape: [1] } })
  const bits = { ...output.bits, shape: [...output.bits.shape, 1] }
  const { data } = quantisedValues(all, { ...output, bits })
  return { shape: [...shape, entries.length], data }
}
