// Random layers over the vertices of a graph, with what they read.

import fc from 'fast-check'
import { conversion } from '../../../fixed/types.ts'
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
