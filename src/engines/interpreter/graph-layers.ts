// Layers over the vertices of a graph, one vertex after the other.

import { exp } from '../../fixed/transcendental.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'
import type { GarNetAttrs } from '../../ops/garnet/attrs.ts'
import type { Gathering, GravNetAttrs } from '../../ops/gravnet-aggregate/attrs.ts'
import { converted, rawOfNumber, valueOfRaw } from './conversion.ts'
import {
  add,
  compare,
  type Dyadic,
  dyadic,
  floor,
  largest,
  multiply,
  one,
  subtract,
  timesPowerOfTwo,
  truncate,
  zero,
} from './dyadic.ts'
import { intoResult, type Operator, roleConversion, trained } from './operator.ts'
import { clampIndex } from './tables.ts'

const range = (count: number) => Array.from({ length: count }, (_, k) => k)

/** What aggregators know: their mean edge weights, and mean features by aggregator. */
interface Means {
  readonly edges: readonly Dyadic[]
  readonly features: readonly (readonly Dyadic[])[]
}

export function garnet(op: Operator, attrs: GarNetAttrs): readonly bigint[] {
  const [vertices, features] = op.inputShape as readonly [number, number]
  const data = range(vertices).map(v => op.x.slice(v * features, (v + 1) * features))
  const isThere = (v: number) => floor(subtract(op.inputs[1]!.x[0]!, dyadic(BigInt(v + 1)))) >= 0n
  const edges = data.map((x, v) =>
    range(attrs.aggregators).map(a => (isThere(v) ? edgeWeight(op, x, a) : zero)),
  )
  const means = meansOf(op, attrs, data, edges)
  const base = range(attrs.filters).map(o =>
    range(attrs.aggregators).map(a => transform(op, attrs, means, o, a)),
  )
  if (attrs.collapse === 'mean') return intoResult(op, collapsed(op, attrs, means, base))
  const result = roleConversion(op, 'result')
  const biases = constants(op, 'output_transform_biases')
  const outputs = edges.flatMap((own, v) =>
    base.map((row, o) => {
      if (!isThere(v)) return zero
      return row.reduce(
        (sum, aggr, a) => converted(add(sum, converted(multiply(own[a]!, aggr), result)), result),
        converted(biases[o]!, result),
      )
    }),
  )
  return intoResult(op, outputs)
}

function constants(op: Operator, role: string): readonly Dyadic[] {
  return trained(op, role) ?? []
}

/** e^(−d²) by the word of d, whose sum is converted at every step. */
function edgeWeight(op: Operator, x: readonly Dyadic[], aggregator: number): Dyadic {
  const distance = roleConversion(op, 'distance')
  const weights = constants(op, 'aggregator_distance_weights')
  const start = converted(constants(op, 'aggregator_distance_biases')[aggregator]!, distance)
  const d = x.reduce((sum, own, f) => {
    const step = converted(multiply(own, weights[aggregator * x.length + f]!), distance)
    return converted(add(sum, step), distance)
  }, start)
  return edgeEntry(d, distance.to, roleConversion(op, 'edge_weight'))
}

function edgeEntry(d: Dyadic, { frac }: FixedType, edge: Conversion): Dyadic {
  if (d.mantissa === 0n) {
    const ones = subtract(one, timesPowerOfTwo(one, -edge.to.width))
    return converted(ones, edge)
  }
  const square = multiply(d, d)
  const real = exp(-Number(square.mantissa) * 2 ** square.exponent)
  const fine: Conversion = {
    to: { signed: true, width: 64, frac: 2 * frac },
    rounding: 'TRN',
    overflow: 'WRAP',
    saturationBits: 0,
  }
  return converted(valueOfRaw(rawOfNumber(real, fine), fine.to), edge)
}

/** What a shift to the right leaves of a value's raw integer. */
function shifted(value: Dyadic, by: number, { frac }: FixedType): Dyadic {
  return dyadic(floor(timesPowerOfTwo(value, frac - by)), -frac)
}

function meansOf(
  op: Operator,
  attrs: GarNetAttrs,
  data: readonly (readonly Dyadic[])[],
  edges: readonly (readonly Dyadic[])[],
): Means {
  const [edge, aggr] = [roleConversion(op, 'edge_weight'), roleConversion(op, 'aggr')]
  const weighted = roleConversion(op, 'weighted')
  const groups = Number(op.node.choices.ReuseFactor ?? 1)
  const total = (values: readonly Dyadic[], to: Conversion) => {
    const sum = groupedTotal(values, groups, to)
    return attrs.byVertices
      ? multiply(sum, norm(op, data.length / groups))
      : shifted(sum, Math.log2(groups), to.to)
  }
  const aggregators = range(attrs.aggregators)
  return {
    edges: aggregators.map(a =>
      converted(
        total(
          edges.map(own => own[a]!),
          roleConversion(op, 'edge_weight_aggr'),
        ),
        edge,
      ),
    ),
    features: aggregators.map(a =>
      data[0]!.map((_, f) =>
        converted(
          total(
            data.map((x, v) => converted(multiply(x[f]!, edges[v]![a]!), weighted)),
            aggr,
          ),
          aggr,
        ),
      ),
    ),
  }
}

/** Sums of groups, each cut by a shift to its share, then summed. */
function groupedTotal(values: readonly Dyadic[], groups: number, to: Conversion): Dyadic {
  const side = values.length / groups
  const sumOf = (terms: readonly Dyadic[]) => terms.reduce((sum, x) => converted(add(sum, x), to), zero)
  return sumOf(
    range(groups).map(group => {
      const local = sumOf(values.slice(group * side, (group + 1) * side))
      return shifted(local, Math.log2(side), to.to)
    }),
  )
}

/** By what a group's mean is multiplied: its vertices by those that there are. */
function norm(op: Operator, side: number): Dyadic {
  const given = truncate(op.inputs[1]!.x[0]!)
  const most = BigInt(op.inputShape[0]!)
  const count = given < 0n ? 0 : Number(given > most ? most : given)
  const c = roleConversion(op, 'norm')
  return count === 0 ? zero : valueOfRaw(rawOfNumber(side / count, c), c.to)
}

function transform(
  op: Operator,
  attrs: GarNetAttrs,
  means: Means,
  filter: number,
  aggregator: number,
): Dyadic {
  const aggr = roleConversion(op, 'aggr')
  const at = filter * attrs.aggregators + aggregator
  const features = means.features[aggregator]!
  const weights = constants(op, 'input_transform_weights')
  const start = multiply(means.edges[aggregator]!, constants(op, 'input_transform_biases')[at]!)
  return features.reduce(
    (sum, mean, f) => converted(add(sum, multiply(mean, weights[at * features.length + f]!)), aggr),
    converted(start, aggr),
  )
}

function collapsed(
  op: Operator,
  attrs: GarNetAttrs,
  means: Means,
  base: readonly (readonly Dyadic[])[],
): readonly Dyadic[] {
  const result = roleConversion(op, 'result')
  const biases = constants(op, 'output_transform_biases')
  return base.map((row, o) => {
    const bias = attrs.byVertices ? biases[o]! : shareOf(op, biases[o]!)
    return row.reduce(
      (sum, aggr, a) => converted(add(sum, multiply(means.edges[a]!, aggr)), result),
      converted(bias, result),
    )
  })
}

/** A bias for each vertex that is there, over all that there is room for. */
function shareOf(op: Operator, bias: Dyadic): Dyadic {
  const aggr = roleConversion(op, 'aggr')
  const all = converted(multiply(converted(bias, aggr), op.inputs[1]!.x[0]!), aggr)
  return converted(shifted(all, Math.log2(op.inputShape[0]!), aggr.to), roleConversion(op, 'mean_bias'))
}

/** One neighbour of a vertex: its number, its squared distance. */
interface Neighbour {
  readonly at: number
  readonly square: Dyadic
}

export function gravNetAggregate(op: Operator, attrs: GravNetAttrs): readonly bigint[] {
  const [vertices, axes] = op.inputShape as readonly [number, number]
  const { x, shape } = op.inputs[1]!
  const features = shape[1]!
  const row = (v: number) => op.x.slice(v * axes, (v + 1) * axes)
  const accum = roleConversion(op, 'accum')
  const results = range(vertices).flatMap(vertex => {
    const near = nearest(op, attrs, range(vertices).map(row), vertex)
    const terms = near.map(({ at, square }) => {
      const weight = distanceWeight(op, attrs.scale, square)
      return range(features).map(f => converted(multiply(x[at * features + f]!, weight), accum))
    })
    return attrs.gather.flatMap(how =>
      range(features).map(f =>
        gathered(
          op,
          how,
          terms.map(term => term[f]!),
        ),
      ),
    )
  })
  return intoResult(op, results)
}

/** The nearest in the order of their numbers, of equally near ones the first. */
function nearest(
  op: Operator,
  { neighbours, includeSelf }: GravNetAttrs,
  rows: readonly (readonly Dyadic[])[],
  vertex: number,
): readonly Neighbour[] {
  const distance = roleConversion(op, 'distance')
  const all = rows.map((own, at) => ({
    at,
    square: own.reduce((sum, c, axis) => {
      const apart = subtract(rows[vertex]![axis]!, c)
      return converted(add(sum, converted(multiply(apart, apart), distance)), distance)
    }, zero),
  }))
  return all
    .filter(({ at }) => includeSelf || at !== vertex)
    .sort((a, b) => compare(a.square, b.square) || a.at - b.at)
    .slice(0, neighbours)
    .sort((a, b) => a.at - b.at)
}

function distanceWeight(op: Operator, scale: number, square: Dyadic): Dyadic {
  const size = Number(op.node.choices.TableSize)
  const range = Number(op.node.choices.TableRangePower2)
  const table = roleConversion(op, 'table')
  const index = clampIndex(truncate(timesPowerOfTwo(multiply(square, dyadic(BigInt(size))), range)), size)
  return valueOfRaw(rawOfNumber(exp(-scale * ((index / size) * 2 ** -range)), table), table.to)
}

function gathered(op: Operator, how: Gathering, values: readonly Dyadic[]): Dyadic {
  if (how === 'max') return values.reduce(largest)
  const accum = roleConversion(op, 'accum')
  const sum = values.reduce((total, value) => converted(add(total, value), accum), zero)
  if (how === 'sum') return sum
  const count = BigInt(values.length)
  if ((count & (count - 1n)) === 0n) return timesPowerOfTwo(sum, -Math.log2(values.length))
  const { frac } = accum.to
  return dyadic(floor(timesPowerOfTwo(sum, frac)) / count, -frac)
}
