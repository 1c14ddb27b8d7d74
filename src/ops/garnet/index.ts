// GarNet, simplified as hls4ml has it: vertices know their distances to a few aggregators, which take means of all
// features and give them back, both weighted with e^(−d²) (Iiyama et al., arXiv:2008.03601; hls4ml nnet_garnet).

import { bug } from '../../diagnostics/diagnostic.ts'
import { conversion } from '../../fixed/types.ts'
import { type FloatOp, type OpDefinition, type RoleDefinition, refuse } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { blocksOf, hlsTables } from '../hls-cost.ts'
import { reuseFactorChoice } from '../strategy.ts'
import { type GarNetAttrs, type GarNetWeight, garNetWeights } from './attrs.ts'
import { garNetExamples } from './examples.ts'
import { garNetHls } from './hls.ts'
import { emulate } from './plan.ts'
import { garNetShape, garNetTurns, inferAuto, inferLossless } from './type.ts'

const named = (summary: string): RoleDefinition => ({ summary, readFrom: 'named', default: 'auto' })

export const garnet: OpDefinition<'garnet', GarNetAttrs> = {
  kind: 'garnet',
  summary: 'graph layer over vertices and their number: means by aggregators, weighted with e^(−d²)',
  roles: {
    result: resultRole,
    distance: {
      ...named('type of distances, whose words address the table of edge weights'),
      default: conversion({ signed: true, width: 12, frac: 8 }, 'TRN', 'SAT'),
    },
    edge_weight: named('type of edge weights'),
    edge_weight_aggr: named('type of their sums over vertices'),
    weighted: named("type of a feature times an edge weight: the input's"),
    aggr: named('type of sums of features, and of transforms'),
    mean_bias: named("type of the biases' mean over vertices: the biases' own"),
    norm: named('type of the divisor of means over the vertices that there are'),
    ...Object.fromEntries(
      Object.entries(garNetWeights).map(([role, summary]) => [role, { summary, readFrom: 'data' as const }]),
    ),
  },
  choices: [reuseFactorChoice],
  inferShape: garNetShape,
  inferAuto,
  inferLossless,
  evaluate,
  emulate,
  hls: garNetHls,
  rtl: () => refuse('rtl/garnet', 'a GarNet layer has no Verilog form yet'),
  estimate: op => {
    const { vertices, features, groups } = garNetTurns(op.inputs[0]!.shape, op.choices, op.name)
    const { aggregators, filters } = op.attrs
    const side = vertices / groups
    const [edge, aggr] = ['edge_weight', 'aggr'].map(role => op.conversion(role).to.width) as [number, number]
    const x = op.inputs[0]!.element.types[0]!.width
    const edges = side * aggregators
    const products = filters * aggregators * (op.attrs.collapse === 'mean' ? 1 : side)
    const dsp =
      edges * features * (blocksOf(x, 10) + blocksOf(x, edge)) +
      filters * aggregators * features * blocksOf(aggr, 10) +
      products * blocksOf(edge, aggr)
    return {
      lut: edges * (features + 1) * aggr,
      ff: edges * (features + 1) * aggr,
      dsp,
      bram18: hlsTables(2 ** op.conversion('distance').to.width, edge, edges),
      latency: 2 * groups + 20,
      interval: groups,
    }
  },
  findings: () => [],
  examples: garNetExamples,
}

/** Sizes of a layer, and how many vertices of a sample are there. */
interface Sample {
  readonly x: Float64Array
  readonly there: number
  readonly features: number
  readonly aggregators: number
}

function evaluate(op: FloatOp<GarNetAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const { aggregators, filters, collapse, byVertices } = op.attrs
  const [vertices, features] = op.inputs[0] as readonly [number, number]
  const there = Math.min(vertices, Math.max(0, Math.trunc(inputs[1]![0]!)))
  const total = byVertices ? Math.max(1, there) : vertices
  const sample = { x: inputs[0]!, there, features, aggregators }
  const edges = edgesOf(op, sample)
  const base = transforms(op, sample, edges, total)
  const biases = valuesOf(op, 'output_transform_biases')
  const result = new Float64Array(vertices * filters)
  for (let vertex = 0; vertex < there; vertex++)
    for (let filter = 0; filter < filters; filter++) {
      let sum = biases[filter]!
      for (let k = 0; k < aggregators; k++)
        sum += edges[vertex * aggregators + k]! * base[filter * aggregators + k]!
      result[vertex * filters + filter] = sum
    }
  if (collapse === 'none') return result
  // The mean over no vertices at all is what every vertex would begin with.
  if (byVertices && there === 0) return Float64Array.from(biases)
  return Float64Array.from({ length: filters }, (_, filter) => {
    let sum = 0
    for (let vertex = 0; vertex < there; vertex++) sum += result[vertex * filters + filter]!
    return sum / total
  })
}

function valuesOf(op: FloatOp<GarNetAttrs>, role: GarNetWeight): Float64Array {
  return op.weight(role)?.data ?? bug(`${op.name} lacks ${role}`)
}

/** e^(−d²) for the vertices that are there. */
function edgesOf(op: FloatOp<GarNetAttrs>, { x, there, features, aggregators }: Sample): Float64Array {
  const weights = valuesOf(op, 'aggregator_distance_weights')
  const biases = valuesOf(op, 'aggregator_distance_biases')
  return Float64Array.from({ length: there * aggregators }, (_, k) => {
    const [vertex, aggregator] = [Math.floor(k / aggregators), k % aggregators]
    let distance = biases[aggregator]!
    for (let f = 0; f < features; f++)
      distance += x[vertex * features + f]! * weights[aggregator * features + f]!
    return Math.exp(-distance * distance)
  })
}

/** What each aggregator brings to each filter: means over vertices of their features, weighted, transformed. */
function transforms(
  op: FloatOp<GarNetAttrs>,
  { x, there, features, aggregators }: Sample,
  edges: Float64Array,
  total: number,
): Float64Array {
  const weights = valuesOf(op, 'input_transform_weights')
  return valuesOf(op, 'input_transform_biases').map((bias, k) => {
    let mean = 0
    for (let vertex = 0; vertex < there; vertex++) {
      let sum = bias
      for (let f = 0; f < features; f++) sum += x[vertex * features + f]! * weights[k * features + f]!
      mean += (edges[vertex * aggregators + (k % aggregators)]! * sum) / total
    }
    return mean
  })
}
