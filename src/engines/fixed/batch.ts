// The fast engine: a typed graph compiled once for batches of rows, and the choice between it and the plain engine.

import { sizeOf } from '../../ir/tensor-type.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { assemble, type WasmModule } from '../../wasm/assemble.ts'
import type { Batch, RawBatch } from '../engine.ts'
import { createFixedEngine } from './fixed.ts'
import { lowerGraph } from './lanes/lower-graph.ts'
import type { LaneProgram } from './lanes/program.ts'
import { emitProgram } from './lanes/program-text.ts'
import { createRunner, newResults, type Runnable } from './lanes/run-program.ts'

/** A typed graph compiled for batches: what workers are sent. */
export interface CompiledBatch {
  readonly runnable: Runnable
  readonly module: WasmModule
}

export interface BatchEngine {
  /**
   * Raw results by node name for the nodes asked, for every row; float inputs are in graph order. `pause` is awaited
   * every some ten thousand rows: what it rejects with ends the run.
   */
  run(
    inputs: readonly Batch[],
    wanted: readonly string[],
    pause?: () => Promise<void>,
  ): Promise<Map<string, RawBatch>>
}

/** Rows between pauses, and a worker's share at a time. */
export const rowsAtOnce = 16_384

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

/** Lowers to vector code and compiles it: some tens of milliseconds. */
export function compileBatch(graph: OpGraph): Promise<CompiledBatch> {
  return compileProgram(graph.name, lowerGraph(graph))
}

export async function compileProgram(name: string, program: LaneProgram): Promise<CompiledBatch> {
  const { text, ...rest } = emitProgram(program)
  return { module: await assemble(name, text), runnable: { ...rest, ...namesOf(program) } }
}

function namesOf({ buffers, inputs, nodes }: LaneProgram) {
  return { buffers, nodes, programInputs: inputs.map(({ classes: _, ...rest }) => rest) }
}

/** A compiled engine, for many rows or many runs. */
export async function createBatchEngine(graph: OpGraph): Promise<BatchEngine> {
  const { runnable, module } = await compileBatch(graph)
  const runner = await createRunner(runnable, module)
  return {
    run: async (inputs, wanted, pause) => {
      const rows = inputs[0]?.rows ?? 0
      const results = newResults(runnable, wanted, rows)
      for (let row = 0; row < rows; row += rowsAtOnce) {
        await pause?.()
        runner.run(inputs, results, row, Math.min(rows, row + rowsAtOnce))
      }
      return results
    },
  }
}

/** Runs rows once, compiled where that pays: the same bits either way. */
export async function runBatch(
  graph: OpGraph,
  inputs: readonly Batch[],
  wanted: readonly string[],
  pause?: () => Promise<void>,
): Promise<Map<string, RawBatch>> {
  if (!isWorthCompiling(graph, inputs[0]?.rows ?? 0)) {
    await pause?.()
    return createFixedEngine(graph).run(inputs, wanted)
  }
  return (await createBatchEngine(graph)).run(inputs, wanted, pause)
}
