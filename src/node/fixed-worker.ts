// A worker that runs rows of a compiled graph: it is sent the compiled module, then shares of rows.

import { parentPort, workerData } from 'node:worker_threads'
import { createRunner, newResults } from '../engines/fixed/lanes/run-program.ts'
import { receiveRunnable } from '../engines/fixed/lanes/sendable.ts'
import { describeProblem, type Share, type ShareResult, type WorkerStart } from './row-share.ts'

const { runnable: sent, module } = workerData as WorkerStart
const runnable = receiveRunnable(sent)
const runner = await createRunner(runnable, module)

parentPort!.on('message', ({ index, inputs, wanted }: Share) => {
  const rows = inputs[0]?.rows ?? 0
  const results = newResults(runnable, wanted, rows)
  try {
    runner.run(inputs, results, 0, rows)
  } catch (problem) {
    answer({ index, ...describeProblem(problem), spent: [] }, [])
    return
  }
  const buffers = [...results.values()].flatMap(({ raw }) =>
    raw instanceof Float64Array ? [raw.buffer] : [],
  )
  const spent = inputs.map(({ data }) => data.buffer as ArrayBuffer)
  answer({ index, results, spent }, [...(buffers as ArrayBuffer[]), ...spent])
})

function answer(result: ShareResult, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(result, transfer)
}
