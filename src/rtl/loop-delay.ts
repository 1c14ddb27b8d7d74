// The slowest path from register to register of a module that pipelining does not touch, by the delay model.

import { cellDelaysNs, type Family, stageOverheadNs } from '../netlist/delay.ts'
import { operandsOf } from '../netlist/live.ts'
import { kindOf, type Net, type Netlist } from '../netlist/netlist.ts'

/**
 * A DSP block between registers of its own, in ns: data sheet figures of the slowest speed grade for A or B through the
 * multiplier to P, rounded up (DS181, DS892, DS922; the multiplication itself, without the block's inner registers).
 */
const dspNs: Readonly<Record<Family, number>> = { xc7: 4, xcu: 3, xcup: 2.4 }

/** Nanoseconds with the registers' own share. Paths through instances are those of their modules. */
export function slowestPath(netlist: Netlist, family: Family): number {
  const delays = cellDelaysNs(netlist, family)
  const arrival = new Float64Array(delays.length)
  let slowest = 0
  for (let net = 0 as Net; net < delays.length; net++) {
    const kind = kindOf(netlist, net)
    if (kind === 'register' || kind === 'read') continue
    const own = kind === 'mul' ? dspNs[family] : delays[net]!
    for (const operand of operandsOf(netlist, net)) arrival[net] = Math.max(arrival[net]!, arrival[operand]!)
    arrival[net]! += own
    slowest = Math.max(slowest, arrival[net]!)
  }
  return slowest + stageOverheadNs(family)
}
