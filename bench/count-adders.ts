// What the adders of a combinational netlist cost: full-adder bits as the reference data defines them, and how many
// stand in series.

import { adderBits } from '../src/netlist/adder-graph.ts'
import { carryFreeForm } from '../src/netlist/carry-free.ts'
import { isFixedNet, liveCells, operandsOf } from '../src/netlist/live.ts'
import { kindOf, type Net, type Netlist } from '../src/netlist/netlist.ts'

export interface AdderCount {
  readonly adders: number
  /** Bits of adders of two variables. */
  readonly bits: number
  /** Bits of adders with a constant operand: biases and corrections of sign. */
  readonly constantBits: number
  /** Adders in series, those with constants counted too. */
  readonly depth: number
}

export function countAdders(netlist: Netlist): AdderCount {
  const live = liveCells(netlist)
  const depths = new Int32Array(netlist.kind.length)
  const count = { adders: 0, bits: 0, constantBits: 0, depth: 0 }
  for (let net = 0 as Net; net < live.length; net++) {
    if (live[net] === 0 || isFixedNet(netlist, net)) continue
    const own = isAdder(netlist, net)
    for (const operand of operandsOf(netlist, net)) depths[net] = Math.max(depths[net]!, depths[operand]!)
    if (!own) continue
    depths[net]! += 1
    count.depth = Math.max(count.depth, depths[net]!)
    const [a, b] = [netlist.a[net]! as Net, netlist.b[net]! as Net]
    const bits = adderBits(intervalOf(netlist, a, 0), intervalOf(netlist, b, netlist.param[net]!))
    if (isFixedNet(netlist, a) || isFixedNet(netlist, b)) count.constantBits += bits
    else {
      count.adders++
      count.bits += bits
    }
  }
  return count
}

function isAdder(netlist: Netlist, net: Net): boolean {
  const kind = kindOf(netlist, net)
  return (kind === 'add' || kind === 'sub') && carryFreeForm(netlist, net) === undefined
}

function intervalOf(netlist: Netlist, net: Net, shift: number) {
  return { min: netlist.min[net]!, max: netlist.max[net]!, frac: netlist.frac[net]! - shift }
}
