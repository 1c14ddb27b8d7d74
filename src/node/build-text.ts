// What a build says on a terminal.

import { percent } from '../report/plain-text.ts'
import type { BuildResult } from './build.ts'

/** A few lines: when results come, whether the roads agree, what it takes, how good it is. */
export function buildText({ report, verification, resources }: BuildResult): string[] {
  // Icarus takes only the first of many vectors, which its line then says.
  const share = (vectors: number) => (vectors < verification.vectors ? ` on the first ${vectors}` : '')
  const roads = verification.roads.map(road =>
    road.skipped === undefined
      ? `${road.road} ${road.equal ? 'equal' : 'DIFFERS'}${share(road.vectors)}`
      : `${road.road} skipped (${road.skipped})`,
  )
  const total = resources?.total
  return [
    `latency ${report.timing.latencyCycles} cycles, II ${report.timing.ii}, at ${report.timing.clockNs} ns`,
    `${verification.vectors} vectors: ${roads.join(', ')}`,
    ...(total === undefined
      ? []
      : [
          `${total.lut + total.lutram + total.srl} LUT, ${total.ff} FF, ${total.dsp} DSP, ${total.bram18} BRAM (18 kb)${resources!.complete ? '' : ', not all layers finished'}`,
        ]),
    ...(report.accuracy === undefined
      ? []
      : [
          `accuracy: float ${percent(report.accuracy.float.accuracy)}, hardware ${percent(report.accuracy.hardware.accuracy)}`,
        ]),
  ]
}
