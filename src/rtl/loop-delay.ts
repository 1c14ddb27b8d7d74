// The slowest path from register to register of a module that pipelining does not touch, by the delay model.

import { cellDelaysNs, type Family, type SpeedGrade, stageOverheadNs } from '../netlist/delay.ts'
import { liveCells, operandsOf } from '../netlist/live.ts'
import { kindOf, type Net } from '../netlist/netlist.ts'
import type { RtlModule } from './module.ts'

/** Nanoseconds with the registers' own share. Paths through instances are those of their modules. */
export function slowestPath({ netlist, instances }: RtlModule, family: Family, grade?: SpeedGrade): number {
  const delays = cellDelaysNs(netlist, family, grade)
  const live = liveCells(
    netlist,
    instances.flatMap(({ inputs }) => Object.values(inputs).flat()),
  )
  const arrival = new Float64Array(delays.length)
  let slowest = 0
  for (let net = 0 as Net; net < delays.length; net++) {
    const kind = kindOf(netlist, net)
    if (kind === 'register' || kind === 'read' || live[net] === 0) continue
    for (const operand of operandsOf(netlist, net)) arrival[net] = Math.max(arrival[net]!, arrival[operand]!)
    arrival[net]! += delays[net]!
    slowest = Math.max(slowest, arrival[net]!)
  }
  return slowest + stageOverheadNs(family, grade)
}
