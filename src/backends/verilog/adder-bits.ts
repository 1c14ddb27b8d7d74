// Full-adder bits of a netlist: what its additions cost, and nearly what they take in LUTs.

import { cellCount, kindOf, type Net, type Netlist, netType } from '../../netlist/netlist.ts'

/** Sum over additions and subtractions of the bits of their results. */
export function adderBits(netlist: Netlist): number {
  let bits = 0
  for (let net = 0; net < cellCount(netlist); net++) {
    const kind = kindOf(netlist, net as Net)
    if (kind === 'add' || kind === 'sub') bits += netType(netlist, net as Net).width
  }
  return bits
}
