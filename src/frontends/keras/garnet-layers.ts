// GarNet and GarNetStack of hls4ml's contrib/garnet, in the simplified form that it has a kernel for. Transforms of input
// and output are both linear, with nothing between but weights by aggregator: they become one.

import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { GarNetAttrs } from '../../ops/garnet/attrs.ts'
import { isList, type Json } from '../json.ts'
import { resultShape } from './extents.ts'
import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

/** What one layer, of a stack or alone, is made of. */
interface Sizes {
  readonly aggregators: number
  readonly propagated: number
  readonly filters: number
}

const sizeNames = { aggregators: 'n_aggregators', propagated: 'n_propagate', filters: 'n_filters' } as const

export const readGarNet: LayerReader = context => {
  const common = readCommon(context)
  const sizes = readSizes(context, 1)
  return sizes === undefined ? [] : [garNetDraft(context, { ...common, ...sizes[0]!, stack: null }, '')]
}

/** A chain of layers, of which all but the last give their results for every vertex. */
export const readGarNetStack: LayerReader = context => {
  const common = readCommon(context)
  const isCount = (value: number) => Number.isInteger(value) && value > 0
  const count = context.attributes.number('n_sublayers', 1, 'a whole number above 0', isCount)
  const sizes = readSizes(context, count)
  if (sizes === undefined) return []
  const { name } = context.layer
  const drafts: NodeDraft[] = []
  for (const [k, own] of sizes.entries()) {
    const isLast = k === sizes.length - 1
    const collapse = isLast ? common.collapse : 'none'
    const before = drafts.at(-1)
    const inputs = [before === undefined ? context.inputShape : before.shape, context.inputShapes[1]]
    const from = { name: isLast ? name : `${name}_${k}`, inputs, reads: [before?.name ?? 0, 1] }
    drafts.push(garNetDraft(context, { ...common, ...own, collapse, stack: name }, `${k}`, from))
  }
  return drafts
}

type Common = Pick<GarNetAttrs, 'collapse' | 'byVertices'>

function readCommon({ attributes }: LayerContext): Common {
  attributes.only('simplified', [true], 'Train with simplified=True, the form that hls4ml has a kernel for.')
  attributes.only('input_format', ['xn'], "Give the vertices and their number, input_format='xn'.")
  attributes.only('output_activation', [null, 'linear'], 'Put an Activation layer behind it.')
  attributes.only('quantize_transforms', [false, null], 'Quantise by the config: types of the layer say how.')
  for (const unused of ['total_bits', 'int_bits']) attributes.value(unused)
  const collapse = attributes.value('collapse') ?? null
  if (collapse !== null && collapse !== 'mean')
    attributes.refuse(
      'collapse',
      'null or "mean"',
      'hls4ml has no kernel for others: put a pooling layer behind it.',
    )
  return {
    collapse: collapse === 'mean' ? 'mean' : 'none',
    byVertices: attributes.boolean('mean_by_nvert', false),
  }
}

/** Of each layer of a stack; undefined, and reported, where they are none. */
function readSizes({ attributes }: LayerContext, count: number): readonly Sizes[] | undefined {
  const isCount = (value: Json | undefined) =>
    typeof value === 'number' && Number.isInteger(value) && value > 0
  const lists = Object.entries(sizeNames).map(([key, name]) => {
    const value = attributes.value(name)
    const list = isList(value) ? value : [value]
    const fits = list.length === count && list.every(isCount)
    if (!fits)
      attributes.refuse(
        name,
        count === 1 ? 'a whole number above 0' : `${count} whole numbers above 0`,
        'Save the model again.',
      )
    return fits ? ([key, list] as const) : undefined
  })
  if (lists.some(list => list === undefined)) return undefined
  return Array.from({ length: count }, (_, k) =>
    Object.fromEntries(lists.map(list => [list![0], list![1][k]])),
  ) as unknown as readonly Sizes[]
}

interface Place {
  readonly name: string
  readonly inputs: readonly (Shape | undefined)[]
  readonly reads?: readonly (string | number)[]
}

function garNetDraft(
  context: LayerContext,
  { propagated, ...attrs }: GarNetAttrs & Sizes,
  part: string,
  place: Place = { name: context.layer.name, inputs: context.inputShapes },
): NodeDraft {
  const layerClass = attrs.stack === null ? 'GarNet' : 'GarNetStack'
  const shape = resultShape(context, { kind: 'garnet', attrs }, place.inputs)
  const weights = readWeights(context, { ...attrs, propagated }, place.inputs[0]?.[1], part)
  return {
    kind: 'garnet',
    layerClass,
    name: place.name,
    attrs,
    shape,
    weights,
    ...(place.reads !== undefined && { reads: place.reads }),
  }
}

function readWeights(
  { weights }: LayerContext,
  { aggregators, propagated, filters }: Sizes,
  features: number | undefined,
  part: string,
): Readonly<Record<string, FloatValues | undefined>> {
  const take = (name: string, shape: readonly (number | undefined)[]) => {
    const [sublayer, variable] = name.split('_') as [string, string]
    return weights.take(`${sublayer}${part}_${variable}`, shape)
  }
  const kernel = take('FLR_kernel', [features, propagated])
  const bias = take('FLR_bias', [propagated])
  const output = take('Fout_kernel', [aggregators * propagated, filters])
  const distances = take('S_kernel', [features, aggregators])
  const sizes = { aggregators, propagated, filters }
  return {
    input_transform_weights: kernel && output && transformed(kernel, output, sizes),
    input_transform_biases: bias && output && transformedBias(bias, output, sizes),
    aggregator_distance_weights: distances && transposed(distances),
    aggregator_distance_biases: take('S_bias', [aggregators]),
    output_transform_biases: take('Fout_bias', [filters]),
  }
}

/** [filters, aggregators, features]: sums over what is propagated, as float32. */
function transformed(kernel: FloatValues, output: FloatValues, sizes: Sizes): FloatValues {
  const { aggregators, filters, propagated } = sizes
  const [features] = kernel.shape as readonly [number]
  const data = Float64Array.from({ length: filters * aggregators * features }, (_, k) => {
    const [feature, pair] = [k % features, Math.floor(k / features)]
    const row = kernel.data.subarray(feature * propagated, (feature + 1) * propagated)
    return through(row, output, pair, sizes)
  })
  return { shape: [filters, aggregators, features], data }
}

function transformedBias(bias: FloatValues, output: FloatValues, sizes: Sizes): FloatValues {
  const { aggregators, filters } = sizes
  const data = Float64Array.from({ length: filters * aggregators }, (_, pair) =>
    through(bias.data, output, pair, sizes),
  )
  return { shape: [filters, aggregators], data }
}

/** What a vector that is propagated brings to a filter by way of an aggregator. */
function through(row: Float64Array, output: FloatValues, pair: number, sizes: Sizes): number {
  const { aggregators, filters, propagated } = sizes
  const [filter, aggregator] = [Math.floor(pair / aggregators), pair % aggregators]
  const sum = row.reduce(
    (total, value, p) => total + value * output.data[(aggregator * propagated + p) * filters + filter]!,
    0,
  )
  return Math.fround(sum)
}

function transposed({ shape, data }: FloatValues): FloatValues {
  const [rows, columns] = shape as readonly [number, number]
  const turned = Float64Array.from(data, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]!)
  return { shape: [columns, rows], data: turned }
}
