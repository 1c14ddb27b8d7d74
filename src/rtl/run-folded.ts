// Runs frames through a folded stage by itself, in the built-in simulator.

import { bug } from '../diagnostics/diagnostic.ts'
import { createSimulator } from '../netlist/simulate.ts'
import { flatten } from './flatten.ts'
import type { FoldedStage } from './folded-stage.ts'

/** Raw results of raw frames, each begun as soon as the stage may take it. Checks the latency it states. */
export function runFolded(
  stage: Pick<FoldedStage, 'module' | 'latency' | 'interval'>,
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
    const frame = cycle % stage.interval === 0 ? frames[cycle / stage.interval] : undefined
    simulator.set(start, frame === undefined ? 0 : 1)
    frame?.forEach((raw, k) => void simulator.set(x[k]!, raw))
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
