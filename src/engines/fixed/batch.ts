// The fast engine: a typed graph compiled once for batches of rows.

import type { OpGraph } from '../../ops/typed-node.ts'
import { assemble, type WasmModule } from '../../wasm/assemble.ts'
import type { Batch, RawBatch } from '../engine.ts'
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
