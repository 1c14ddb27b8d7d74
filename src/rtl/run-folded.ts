// Runs frames through a folded stage by itself, in the built-in simulator.

import { bug } from '../diagnostics/diagnostic.ts'
import { createSimulator } from '../netlist/simulate.ts'
import { flatten } from './flatten.ts'
import type { FoldedStage } from './folded-stage.ts'

/** Raw results of raw frames, each begun as soon as the stage may take it. Checks the latency it states. */
export function runFolded(
  stage: Pick<FoldedStage, 'module' | 'latency' | 'interval' | 'perBeat'>,
  frames: readonly (readonly bigint[])[],
): bigint[][] {
  const netlist = flatten(stage.module)
  const simulator = createSimulator(netlist)
  const inputs = (port: string) =>
    netlist.inputs.flatMap(({ name }, k) => (name === port || name.startsWith(`${port}[`) ? [k] : []))
  const outputs = (port: string) =>
    netlist.outputs.flatMap(({ name }, k) => (name === port || name.startsWith(`${port}[`) ? [k] : []))
  const [start, x, done, y] = [inputs('start')[0]!, inputs('x'), outputs('done')[0]!, outputs('y')]
  const results: bigint[][] = []
  const cycles = (frames.length - 1) * stage.interval + stage.latency
  for (let cycle = 0; cycle <= cycles; cycle++) {
    const beat = beatAt(stage, frames, cycle)
    simulator.set(start, beat === undefined ? 0 : 1)
    beat?.forEach((raw, k) => void simulator.set(x[k]!, raw))
    simulator.settle()
    if (simulator.getNumber(done) === 1) {
      if (cycle !== results.length * stage.interval + stage.latency)
        bug(`${stage.module.name} is done in cycle ${cycle}, not after ${stage.latency}`)
      results.push(y.map(output => simulator.get(output)))
    }
    simulator.tick()
  }
  return results
}

/** What stands on `x` in a cycle: a frame, or one of its beats, filled up with zeros. */
function beatAt(
  { interval, perBeat }: Pick<FoldedStage, 'interval' | 'perBeat'>,
  frames: readonly (readonly bigint[])[],
  cycle: number,
): readonly bigint[] | undefined {
  const frame = frames[Math.floor(cycle / interval)]
  if (perBeat === undefined || frame === undefined) return cycle % interval === 0 ? frame : undefined
  const first = (cycle % interval) * perBeat
  if (first >= frame.length) return undefined
  return Array.from({ length: Math.min(perBeat, frame.length) }, (_, k) => frame[first + k] ?? 0n)
}
