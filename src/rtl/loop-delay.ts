// The slowest path from register to register of a module that pipelining does not touch, by the delay model.

import { cellDelaysNs, type Family, type SpeedGrade, stageOverheadNs } from '../netlist/delay.ts'
import { operandsOf } from '../netlist/live.ts'
import { kindOf, type Net, type Netlist } from '../netlist/netlist.ts'

/** Nanoseconds with the registers' own share. Paths through instances are those of their modules. */
export function slowestPath(netlist: Netlist, family: Family, grade?: SpeedGrade): number {
  const delays = cellDelaysNs(netlist, family, grade)
  const arrival = new Float64Array(delays.length)
  let slowest = 0
  for (let net = 0 as Net; net < delays.length; net++) {
    const kind = kindOf(netlist, net)
    if (kind === 'register' || kind === 'read') continue
    for (const operand of operandsOf(netlist, net)) arrival[net] = Math.max(arrival[net]!, arrival[operand]!)
    arrival[net]! += delays[net]!
    slowest = Math.max(slowest, arrival[net]!)
  }
  return slowest + stageOverheadNs(family, grade)
}
