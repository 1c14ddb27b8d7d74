// The bits of a GarNet layer (hls4ml nnet_garnet): sums over vertices group by group, then over groups.

import { bug } from '../../diagnostics/diagnostic.ts'
import { convertRaw } from '../../fixed/convert.ts'
import { type BufferId, type Plan, scaledIndex } from '../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import { unionType } from '../../ir/tensor-type.ts'
import type { RawValues, TypedOp } from '../definition.ts'
import { bufferOf } from '../elementwise.ts'
import { productType } from '../exact-type.ts'
import { createPlan, type PlanBuilder } from '../plan-builder.ts'
import {
  affine,
  arithmetic,
  ceilTo,
  chosen,
  converted,
  gathered,
  lookedUp,
  reaching,
  shiftedRight,
  zeros,
} from '../plan-steps.ts'
import type { GarNetAttrs, GarNetWeight } from './attrs.ts'
import { edgeWeights, norms } from './table.ts'
import { type GarNetTurns, garNetTurns } from './type.ts'

/** What every part of the plan needs. */
interface Lowering {
  readonly plan: PlanBuilder
  readonly op: TypedOp<GarNetAttrs>
  readonly turns: GarNetTurns
  readonly data: BufferId
  /** How many vertices there are. */
  readonly count: BufferId
}

/** What aggregators know: their weights and features, by aggregator, means over the vertices. */
interface Means {
  readonly edges: BufferId
  readonly features: BufferId
}

export function emulate(op: TypedOp<GarNetAttrs>): Plan {
  const plan = createPlan()
  const [x, n] = op.inputs.map(bufferOf)
  const [data, count] = [plan.buffer(x!.size, ...x!.types), plan.buffer(n!.size, ...n!.types)]
  const turns = garNetTurns(op.inputs[0]!.shape, op.choices, op.name)
  const own = { plan, op, turns, data, count }
  const edges = edgesOf(own)
  const means = meansOf(own, edges)
  const base = transforms(own, means)
  const output = op.attrs.collapse === 'mean' ? collapsed(own, means, base) : byVertex(own, edges, base)
  return plan.finish([data, count], output)
}

function weightOf(op: TypedOp<GarNetAttrs>, role: GarNetWeight): RawValues {
  return op.weight(role) ?? bug(`${op.name} lacks ${role}`)
}

function indices(count: number, at: (k: number) => number): number[] {
  return Array.from({ length: count }, (_, k) => at(k))
}

/** Edge weights [vertices, aggregators], 0 for vertices that are not there. */
function edgesOf(own: Lowering): BufferId {
  const { plan, op, turns } = own
  const { aggregators } = op.attrs
  const { vertices, features } = turns
  const distance = op.conversion('distance')
  const edge = op.conversion('edge_weight')
  const weights = weightOf(op, 'aggregator_distance_weights')
  const biases = weightOf(op, 'aggregator_distance_biases')
  const distances = plan.buffer(vertices * aggregators, distance.to)
  plan.step({
    kernel: 'multiply-accumulate',
    from: own.data,
    into: distances,
    rows: vertices,
    inputs: features,
    outputs: aggregators,
    weights: indices(
      features * aggregators,
      k => (k % aggregators) * features + Math.floor(k / aggregators),
    ).map(at => weights.raw[at]!),
    weightFrac: weights.type.frac,
    bias: biases.raw,
    biasFrac: biases.type.frac,
    product: { kind: 'multiply' },
    accumulator: distance,
    order: undefined,
    conversions: [distance],
  })
  const values = edgeWeights(distance.to, edge)
  const index = { kind: 'bits', low: 0, count: distance.to.width } as const
  const edges = lookedUp(plan, distances, { index, values }, edge.to)
  return present(own, edges, aggregators)
}

/** The elements of vertices that are there, `each` of them for a vertex; 0 for the others. */
function present({ plan, op, turns, count }: Lowering, from: BufferId, each: number): BufferId {
  const size = turns.vertices * each
  const type = unionType(op.inputs[1]!)
  const counts = gathered(
    plan,
    [count],
    type,
    indices(size, () => 0),
  )
  const least = indices(size, k => Math.floor(k / each) + 1).map(own => ceilTo(BigInt(own), 0, type.frac))
  const isThere = reaching(plan, counts, least)
  const [to] = plan.typesOf(from) as [FixedType]
  return chosen(plan, isThere, from, zeros(plan, from, to, size))
}

function meansOf(own: Lowering, edges: BufferId): Means {
  const { plan, op, turns } = own
  const { aggregators } = op.attrs
  const { vertices, features } = turns
  const size = vertices * aggregators * features
  const weighted = arithmetic(
    plan,
    'multiply',
    {
      a: own.data,
      b: edges,
      aIndex: indices(size, k => Math.floor(k / (aggregators * features)) * features + (k % features)),
      bIndex: indices(size, k => Math.floor(k / features)),
    },
    op.conversion('weighted'),
  )
  const edgeSum = groupedSum(own, edges, aggregators, op.conversion('edge_weight_aggr'))
  const featureSum = groupedSum(own, weighted, aggregators * features, op.conversion('aggr'))
  if (op.attrs.byVertices) return normalised(own, edgeSum, featureSum)
  return {
    edges: converted(plan, shiftedRight(plan, edgeSum, turns.log2Groups), op.conversion('edge_weight')),
    features: shiftedRight(plan, featureSum, turns.log2Groups),
  }
}

/**
 * Sums over vertices of `size` elements each: s = to(s + x) within a group, floored by a shift of ⌊log2⌋ of the group's
 * vertices; t = to(t + s) over groups.
 */
function groupedSum({ plan, turns }: Lowering, from: BufferId, size: number, to: Conversion): BufferId {
  const { groups, log2Groups, log2Vertices, vertices } = turns
  const side = vertices / groups
  const all = groups * size
  let local = zeros(plan, from, to.to, all)
  for (let k = 0; k < side; k++) {
    const bIndex = indices(all, at => (Math.floor(at / size) * side + k) * size + (at % size))
    local = arithmetic(plan, 'add', { a: local, b: from, aIndex: indices(all, at => at), bIndex }, to)
  }
  const shares = shiftedRight(plan, local, log2Vertices - log2Groups)
  let sum = zeros(plan, from, to.to, size)
  for (let group = 0; group < groups; group++) {
    const bIndex = indices(size, at => group * size + at)
    sum = arithmetic(plan, 'add', { a: sum, b: shares, aIndex: indices(size, at => at), bIndex }, to)
  }
  return sum
}

/** Sums are means over the groups' vertices: times those, divided by the number of vertices that there are. */
function normalised({ plan, op, turns, count }: Lowering, edgeSum: BufferId, featureSum: BufferId): Means {
  const norm = op.conversion('norm')
  const { frac } = unionType(op.inputs[1]!)
  const factor = lookedUp(plan, count, { index: scaledIndex(frac, 1n), values: norms(turns, norm) }, norm.to)
  const scaled = (from: BufferId, to: Conversion) => {
    const size = plan.sizeOf(from)
    const operands = { a: from, b: factor, aIndex: indices(size, k => k), bIndex: indices(size, () => 0) }
    return arithmetic(plan, 'multiply', operands, to)
  }
  return {
    edges: scaled(edgeSum, op.conversion('edge_weight')),
    features: scaled(featureSum, op.conversion('aggr')),
  }
}

/** What each aggregator brings to each filter [filters, aggregators]: b = aggr(edge · bias), then b = aggr(b + feature · weight). */
function transforms({ plan, op, turns }: Lowering, means: Means): BufferId {
  const { aggregators, filters } = op.attrs
  const { features } = turns
  const size = filters * aggregators
  const aggr = op.conversion('aggr')
  const weights = weightOf(op, 'input_transform_weights')
  const biases = weightOf(op, 'input_transform_biases')
  const edge = op.conversion('edge_weight').to
  const ofEach = gathered(
    plan,
    [means.edges],
    edge,
    indices(size, k => k % aggregators),
  )
  let sum = affine(plan, ofEach, { scale: { raw: biases.raw, frac: biases.type.frac } }, aggr)
  for (let feature = 0; feature < features; feature++) {
    const from = gathered(
      plan,
      [means.features],
      aggr.to,
      indices(size, k => (k % aggregators) * features + feature),
    )
    const raw = indices(size, k => k * features + feature).map(at => weights.raw[at]!)
    const product = affine(
      plan,
      from,
      { scale: { raw, frac: weights.type.frac } },
      conversion(productType(aggr.to, weights.type)),
    )
    sum = arithmetic(plan, 'add', { a: sum, b: product }, aggr)
  }
  return sum
}

/** The mean over vertices: y = result(bias), then y = result(y + edge · transform) over aggregators. */
function collapsed(own: Lowering, means: Means, base: BufferId): BufferId {
  const { plan, op } = own
  const { aggregators, filters } = op.attrs
  const result = op.conversion('result')
  const product = conversion(productType(op.conversion('edge_weight').to, op.conversion('aggr').to))
  let sum = converted(plan, meanBias(own), result)
  for (let aggregator = 0; aggregator < aggregators; aggregator++) {
    const aIndex = indices(filters, () => aggregator)
    const bIndex = indices(filters, k => k * aggregators + aggregator)
    const term = arithmetic(plan, 'multiply', { a: means.edges, b: base, aIndex, bIndex }, product)
    sum = arithmetic(plan, 'add', { a: sum, b: term }, result)
  }
  return sum
}

/** The mean of the biases: all of it, or the share of vertices that are there. */
function meanBias({ plan, op, turns, count }: Lowering): BufferId {
  const { filters, byVertices } = op.attrs
  const biases = weightOf(op, 'output_transform_biases')
  const to = conversion(biases.type)
  const counts = gathered(
    plan,
    [count],
    unionType(op.inputs[1]!),
    indices(filters, () => 0),
  )
  const own = { raw: biases.raw, frac: biases.type.frac }
  if (byVertices) return affine(plan, counts, { scale: { raw: [0n], frac: 0 }, bias: own }, to)
  const aggr = op.conversion('aggr')
  const raw = biases.raw.map(bias => convertRaw(bias, biases.type.frac, aggr))
  const all = affine(plan, counts, { scale: { raw, frac: aggr.to.frac } }, aggr)
  return converted(plan, shiftedRight(plan, all, turns.log2Vertices), op.conversion('mean_bias'))
}

/** For every vertex that is there: y = result(bias), then y = result(y + result(edge · transform)) over aggregators. */
function byVertex(own: Lowering, edges: BufferId, base: BufferId): BufferId {
  const { plan, op, turns } = own
  const { aggregators, filters } = op.attrs
  const size = turns.vertices * filters
  const result = op.conversion('result')
  const biases = weightOf(op, 'output_transform_biases')
  const raw = indices(size, k => k % filters).map(at => biases.raw[at]!)
  const nothing = zeros(plan, base, result.to, size)
  let sum = affine(plan, nothing, { bias: { raw, frac: biases.type.frac } }, result)
  for (let aggregator = 0; aggregator < aggregators; aggregator++) {
    const aIndex = indices(size, k => Math.floor(k / filters) * aggregators + aggregator)
    const bIndex = indices(size, k => (k % filters) * aggregators + aggregator)
    const term = arithmetic(plan, 'multiply', { a: edges, b: base, aIndex, bIndex }, result)
    sum = arithmetic(plan, 'add', { a: sum, b: term }, result)
  }
  return present(own, sum, filters)
}
