// How much work rows of a graph are: what chooses between the plain engine, which starts at once, and the compiled one.

import { sizeOf } from '../../ir/tensor-type.ts'
import type { OpGraph } from '../../ops/typed-node.ts'

/** Operations that the plain engine does in the time that compiling takes. */
const worthCompiling = 20_000_000

/** Whether compiling pays for so many rows. */
export function isWorthCompiling(graph: OpGraph, rows: number): boolean {
  return rows * operationsOf(graph) >= worthCompiling
}

/** Products and elements of one row, roughly: a kernel is used once per position. */
function operationsOf(graph: OpGraph): number {
  return graph.nodes.reduce((sum, node) => {
    const weights = Object.values(node.weights).map(id => graph.store.get(id)?.shape ?? [])
    const positions = (shape: readonly number[]) => Math.max(1, sizeOf(node.shape) / (shape.at(-1) ?? 1))
    return weights.reduce(
      (all, shape) => all + sizeOf(shape) * positions(shape),
      sum + 10 * sizeOf(node.shape),
    )
  }, 0)
}
