// Counts results that wrapped, in vector code: beside each layer runs its plan with room for every value, on the same
// inputs, and the results are compared.

import { sizeOf } from '../../ir/tensor-type.ts'
import { bufferOf } from '../../ops/elementwise.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { Batch } from '../engine.ts'
import { type CompiledBatch, compileProgram, rowsAtOnce } from './batch.ts'
import { createLowering, inputConversions } from './lanes/lower-graph.ts'
import type { LaneProgram } from './lanes/program.ts'
import { type Comparison, comparisonOf, createRunner } from './lanes/run-program.ts'
import { type Overflow, wideningOf, wrappedInputs } from './overflow.ts'
import { planOfNode } from './plans.ts'

/** As `countOverflows`, for many rows; `pause` is awaited every some ten thousand. */
export async function countOverflowsInBatch(
  graph: OpGraph,
  inputs: readonly Batch[],
  pause?: () => Promise<void>,
): Promise<Overflow[]> {
  const rows = inputs[0]?.rows ?? 0
  const { compiled, pairs } = await compileBeside(graph)
  const runner = await createRunner(compiled.runnable, compiled.module)
  const compared = comparisonOf(pairs)
  for (let row = 0; row < rows; row += rowsAtOnce) {
    await pause?.()
    runner.run(inputs, new Map(), row, Math.min(rows, row + rowsAtOnce), compared)
  }
  return overflowsOf(graph, inputs, compared)
}

/** What `countOverflows` tells, of results that were compared and of the inputs. */
export function overflowsOf(
  graph: OpGraph,
  inputs: readonly Batch[],
  { pairs, counts }: Comparison,
): Overflow[] {
  const rows = inputs[0]?.rows ?? 0
  const wrapped = new Map(pairs.map(([name], k) => [name, counts[k]!]))
  let next = 0
  return graph.nodes.flatMap(node => {
    const count =
      node.kind === 'input' ? wrappedInputs(graph, node.name, inputs[next++]!) : (wrapped.get(node.name) ?? 0)
    return count === 0 ? [] : [{ layer: node.name, wrapped: count, of: rows * sizeOf(node.shape) }]
  })
}

/** A graph compiled with the widened plans beside it, and which results to compare: of each layer its own and the wide one. */
export interface CompiledBeside {
  readonly compiled: CompiledBatch
  readonly pairs: Comparison['pairs']
}

export async function compileBeside(graph: OpGraph): Promise<CompiledBeside> {
  const { program, pairs } = lowerBeside(graph)
  return { compiled: await compileProgram(graph.name, program), pairs: [...pairs] }
}

/** The graph's program with the widened plans beside it: by layer, the name of its wide result. */
function lowerBeside(graph: OpGraph): { program: LaneProgram; pairs: ReadonlyMap<string, string> } {
  const lowering = createLowering()
  const nodes = new Map<string, number>()
  const pairs = new Map<string, string>()
  for (const node of graph.nodes) {
    if (node.kind === 'input') {
      nodes.set(node.name, lowering.addInput(node.name, inputConversions(node), bufferOf(typeOfNode(node))))
      continue
    }
    const sources = node.inputs.map(name => nodes.get(name)!)
    const plan = planOfNode(graph, node)
    const wide = wideningOf(plan)
    nodes.set(node.name, lowering.addPlan(plan, sources))
    if (wide === undefined) continue
    // No node has a name with a space in it.
    pairs.set(node.name, `wide ${node.name}`)
    nodes.set(`wide ${node.name}`, lowering.addPlan(wide, sources))
  }
  return { program: lowering.finish(nodes), pairs }
}
