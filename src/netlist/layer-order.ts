// Layers in order: a cell never reads from a layer behind its own. Passes that make cells when they are first asked
// for may label what two layers share by the later one; cut into modules, the earlier would read from the later and
// the later from it, which looks like a loop to whoever takes modules as wholes.

import { isFixedNet, operandsOf } from './live.ts'
import { kindOf, type Net, type Netlist } from './netlist.ts'

/** The netlist with cells moved to the earliest layer that reads them; `order` names layers from first to last. */
export function orderLayers(netlist: Netlist, order: readonly string[]): Netlist {
  const rank = new Map(order.map((name, k) => [name, k]))
  const ranks = netlist.layers.map((name, k) => rank.get(name) ?? order.length + k)
  const layer = Int32Array.from(netlist.layer)
  for (let net = (layer.length - 1) as Net; net >= 0; net--) {
    if (isFixedNet(netlist, net)) continue
    for (const operand of operandsOf(netlist, net)) {
      if (isFixedNet(netlist, operand) || kindOf(netlist, operand) === 'input') continue
      if (ranks[layer[operand]!]! > ranks[layer[net]!]!) layer[operand] = layer[net]!
    }
  }
  return { ...netlist, layer }
}
