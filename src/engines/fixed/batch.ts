// The fast engine: a typed graph compiled once for batches of rows, and the choice between it and the plain engine.

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
  /** Raw results by node name for the nodes asked, for every row; float inputs are in graph order. */
  run(inputs: readonly Batch[], wanted: readonly string[]): Map<string, RawBatch>
}

export async function compileBatch(graph: OpGraph): Promise<CompiledBatch> {
  const program = lowerGraph(graph)
  const { text, ...rest } = emitProgram(program)
  return { module: await assemble(graph.name, text), runnable: { ...rest, ...namesOf(program) } }
}

function namesOf({ buffers, inputs, nodes }: LaneProgram) {
  return { buffers, nodes, programInputs: inputs.map(({ classes: _, ...rest }) => rest) }
}

/** Loads the assembler and compiles: some tens of milliseconds, worth it for thousands of rows. */
export async function createBatchEngine(graph: OpGraph): Promise<BatchEngine> {
  const { runnable, module } = await compileBatch(graph)
  const runner = await createRunner(runnable, module)
  return {
    run: (inputs, wanted) => {
      const rows = inputs[0]?.rows ?? 0
      const results = newResults(runnable, wanted, rows)
      runner.run(inputs, results, 0, rows)
      return results
    },
  }
}
