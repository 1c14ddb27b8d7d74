// Random layers over the vertices of a graph, with what they read.

import fc from 'fast-check'
import { conversion } from '../../../fixed/types.ts'
import { gatherings } from '../../../ops/gravnet-aggregate/attrs.ts'
import type { Link } from './random-layers.ts'
import { conversions, tensors } from './random-types.ts'

/** A GarNet layer with its vertices and their number. */
export const garNets: fc.Arbitrary<Link[]> = fc
  .record({
    log2Vertices: fc.integer({ min: 0, max: 3 }),
    log2Groups: fc.integer({ min: 0, max: 3 }),
    features: fc.integer({ min: 1, max: 3 }),
    aggregators: fc.integer({ min: 1, max: 2 }),
    filters: fc.integer({ min: 1, max: 2 }),
    collapse: fc.constantFrom('none', 'mean'),
    byVertices: fc.boolean(),
    result: conversions(10),
    count: fc.integer({ min: 0, max: 2 }).map(frac => conversion({ signed: false, width: 4 + frac, frac })),
  })
  .chain(({ log2Vertices, log2Groups, features, result, count, ...attrs }) => {
    const { aggregators, filters } = attrs
    const vertices = 2 ** log2Vertices
    const each = aggregators * filters
    return fc
      .record({
        weights: fc.record({
          input_transform_weights: tensors(each * features, 6),
          input_transform_biases: tensors(each, 6),
          aggregator_distance_weights: tensors(aggregators * features, 6),
          aggregator_distance_biases: tensors(aggregators, 6),
          output_transform_biases: tensors(filters, 6),
        }),
        distance: conversions(7).filter(({ to }) => to.width > 0 && to.width <= 7),
        edge_weight: conversions(8),
        edge_weight_aggr: conversions(10),
        weighted: conversions(10),
        aggr: conversions(14),
        norm: conversions(8),
        mean_bias: conversions(8),
        out: conversions(12),
      })
      .map(({ weights, out, ...roles }): Link[] => {
        const own = Object.entries(weights).map(([role, { type }]) => [role, conversion(type)] as const)
        return [
          { kind: 'input', attrs: {}, shape: [vertices, features], conversions: { result } },
          { kind: 'input', attrs: {}, shape: [1], conversions: { result: count } },
          {
            kind: 'garnet',
            attrs: { ...attrs, stack: null },
            shape: attrs.collapse === 'mean' ? [filters] : [vertices, filters],
            conversions: { ...roles, ...Object.fromEntries(own), result: out },
            weights,
            choices: { ReuseFactor: 2 ** Math.min(log2Groups, log2Vertices) },
            reads: [0, 1],
          },
        ]
      })
  })

/** A gathering with its coordinates and features. */
export const gatheringsOfNeighbours: fc.Arbitrary<Link[]> = fc
  .record({
    vertices: fc.integer({ min: 1, max: 6 }),
    axes: fc.integer({ min: 1, max: 3 }),
    features: fc.integer({ min: 1, max: 3 }),
    includeSelf: fc.boolean(),
    scale: fc.constantFrom(10, 1, 0.5),
    gather: fc.uniqueArray(fc.constantFrom(...gatherings), { minLength: 1 }),
    coordinates: conversions(5),
    result: conversions(10),
  })
  .chain(({ vertices, axes, features, coordinates, result, ...attrs }) => {
    const includeSelf = attrs.includeSelf || vertices === 1
    return fc
      .record({
        neighbours: fc.integer({ min: 1, max: vertices - (includeSelf ? 0 : 1) }),
        distance: conversions(10),
        accum: conversions(14),
        table: conversions(8),
        out: conversions(12),
        TableSize: fc.constantFrom(2, 50, 256),
        TableRangePower2: fc.integer({ min: -4, max: 4 }),
      })
      .map(({ neighbours, out, TableSize, TableRangePower2, ...roles }): Link[] => [
        { kind: 'input', attrs: {}, shape: [vertices, axes], conversions: { result: coordinates } },
        { kind: 'input', attrs: {}, shape: [vertices, features], conversions: { result } },
        {
          kind: 'gravnet-aggregate',
          attrs: { ...attrs, includeSelf, neighbours },
          shape: [vertices, features * attrs.gather.length],
          conversions: { ...roles, result: out },
          choices: { TableSize, TableRangePower2 },
          reads: [0, 1],
        },
      ])
  })
