// How constant products are built: by the optimiser, or by what an estimate takes in its place.

import { lowerAdderGraph, type SearchNote } from './adder-graph.ts'
import type { NetlistBuilder } from './builder.ts'
import { adderGraphOf, type ConstantMatrix, type MatrixOptions } from './constant-matrix.ts'
import type { Net } from './netlist.ts'

export type ProductOptions = Pick<MatrixOptions, 'biases' | 'arrival'>

export interface SolvedProduct {
  /** One per column. */
  readonly nets: readonly Net[]
  readonly search?: SearchNote | undefined
}

/** How constant products are built; `layer` is the one that cells are made for. */
export interface ProductSolver {
  columns(
    builder: NetlistBuilder,
    weights: ConstantMatrix,
    x: readonly Net[],
    options: ProductOptions,
    lower: (columns: readonly number[]) => readonly Net[],
    layer: string,
  ): readonly Net[]
  solve(
    builder: NetlistBuilder,
    weights: ConstantMatrix,
    x: readonly Net[],
    options: ProductOptions,
    layer: string,
  ): SolvedProduct
}

export function optimiser(effort: number): ProductSolver {
  return {
    columns: (_builder, { columns }, _x, _options, lower) =>
      lower(Array.from({ length: columns }, (_, column) => column)),
    solve: (builder, weights, x, options) => {
      const inputs = x.map(net => builder.interval(net))
      const graph = adderGraphOf(weights, inputs, { ...options, effort })
      return { nets: lowerAdderGraph(builder, graph, x), search: graph.search }
    },
  }
}
