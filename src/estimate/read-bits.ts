// Which bits of each net anything reads: what is cut off a value further on is not built.

import { operandsOf } from '../netlist/live.ts'
import { kindOf, type Net, type Netlist, netType } from '../netlist/netlist.ts'

/** Per net, the raw bits from `low` up to below `high` that anything reads. */
export interface ReadBits {
  readonly low: Int32Array
  readonly high: Int32Array
}

export interface BitRange {
  readonly net: Net
  readonly low: number
  readonly high: number
}

/** Works backwards from outputs and registers, and from what else is read. */
export function readBits(netlist: Netlist, also: readonly BitRange[] = []): ReadBits {
  const count = netlist.kind.length
  const read = { low: new Int32Array(count).fill(1 << 30), high: new Int32Array(count) }
  const need = (net: number, low: number, high: number) => {
    if (net < 0) return
    const width = netType(netlist, net as Net).width
    read.low[net] = Math.min(read.low[net]!, Math.max(0, Math.min(low, width - 1)))
    read.high[net] = Math.max(read.high[net]!, Math.min(high, width))
  }
  for (const { net } of netlist.outputs) need(net, 0, 1 << 30)
  for (const { net, low, high } of also) if (high > 0) need(net, low, high)
  for (let net = 0; net < count; net++)
    if (kindOf(netlist, net as Net) === 'register') need(netlist.a[net]!, 0, 1 << 30)
  for (let net = count - 1; net >= 0; net--) {
    const [low, high] = [read.low[net]!, read.high[net]!]
    if (high === 0) continue
    const [a, b, c] = [netlist.a[net]!, netlist.b[net]!, netlist.c[net]!]
    const param = netlist.param[net]!
    const shift = (operand: number) => netlist.frac[net]! - netlist.frac[operand]!
    const kind = kindOf(netlist, net as Net)
    if (kind === 'bits') need(a, low + param, high + param)
    else if (kind === 'alias') need(a, low, high)
    else if (kind === 'add' || kind === 'sub') {
      need(a, 0, high - shift(a))
      need(b, 0, high - shift(b) - param)
    } else if (kind === 'mux') {
      need(a, 0, 1)
      for (const operand of [b, c]) need(operand, low - shift(operand), high - shift(operand))
    } else for (const operand of operandsOf(netlist, net as Net)) need(operand, 0, 1 << 30)
  }
  return read
}
