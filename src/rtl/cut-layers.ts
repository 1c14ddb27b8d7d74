// Which cells of a pipelined netlist go to which part when it is cut by layers, and which nets cross the cut.

import { bug } from '../diagnostics/diagnostic.ts'
import { isFixedNet, liveCells, operandsOf } from '../netlist/live.ts'
import { type CellKind, intervalWidth, kindOf, type Net, type Netlist } from '../netlist/netlist.ts'

/** The cells that become one module. */
export interface Part {
  readonly name: string
  readonly layer: string
  readonly cells: Net[]
  /** Nets read here that are made elsewhere. */
  readonly imports: Set<Net>
  /** Nets made here that are read elsewhere. */
  readonly exports: Set<Net>
}

export interface Cut {
  readonly netlist: Netlist
  readonly parts: readonly Part[]
  /** Per net, its part; undefined for inputs and constants. */
  readonly home: readonly (Part | undefined)[]
  /** Per net, the register ranks before it. */
  readonly stage: Int32Array
  /** Per input net, the port it comes through. */
  readonly portOf: ReadonlyMap<Net, string>
  /** Nets that enable registers. */
  readonly enables: ReadonlySet<Net>
}

/** Cuts the netlist by layers; `inputPorts` names the port of each of its inputs. */
export function cutNetlist(netlist: Netlist, inputPorts: readonly string[], moduleBits: number): Cut {
  if (netlist.memories.length > 0) bug('a netlist with memories cannot be cut by layers')
  const live = liveCells(netlist)
  const { parts, home } = assignParts(netlist, live, moduleBits)
  const cut: Cut = {
    netlist,
    parts,
    home,
    stage: stagesOf(netlist),
    portOf: new Map(netlist.inputs.map(({ net }, k) => [net, inputPorts[k]!])),
    enables: new Set(parts.flatMap(part => part.cells.flatMap(net => enableOf(netlist, net)))),
  }
  for (const part of parts)
    for (const net of part.cells) for (const operand of operandsOf(netlist, net)) cross(cut, part, operand)
  for (const { net } of netlist.outputs) cut.home[net]?.exports.add(net)
  return cut
}

function cross(cut: Cut, reader: Part, net: Net): void {
  const maker = cut.home[net]
  if (maker === reader || isCopied(cut.netlist, net)) return
  reader.imports.add(net)
  maker?.exports.add(net)
}

/** Constants are made wherever they are read; so are inputs that can only have one value. */
export function isCopied(netlist: Netlist, net: Net): boolean {
  return isFixedNet(netlist, net)
}

function enableOf(netlist: Netlist, net: Net): Net[] {
  return kindOf(netlist, net) === 'register' && netlist.b[net]! >= 0 ? [netlist.b[net] as Net] : []
}

const wiring: ReadonlySet<CellKind> = new Set(['register', 'bits', 'alias'] as const)

/** Neighbouring cells of a layer, in as many parts of even size as its logic needs. */
function assignParts(
  netlist: Netlist,
  live: Uint8Array,
  moduleBits: number,
): { parts: Part[]; home: (Part | undefined)[] } {
  const names = new Set<string>()
  const byLayer = new Map<number, { parts: Part[]; each: number; filled: number }>()
  const totals = layerBits(netlist, live)
  const home: (Part | undefined)[] = []
  const parts: Part[] = []
  for (let net = 0 as Net; net < live.length; net++) {
    if (!live[net] || !isPlaced(netlist, net)) continue
    const layer = netlist.layer[net]!
    const known = byLayer.get(layer)
    const group = known ?? startLayer(netlist.layers[layer]!, totals[layer]!, moduleBits, names)
    if (known === undefined) {
      byLayer.set(layer, group)
      parts.push(...group.parts)
    }
    const part = group.parts[Math.min(group.parts.length - 1, Math.floor(group.filled / group.each))]!
    group.filled += logicBits(netlist, net)
    part.cells.push(net)
    home[net] = part
  }
  return { parts: parts.filter(part => part.cells.length > 0), home }
}

function isPlaced(netlist: Netlist, net: Net): boolean {
  return kindOf(netlist, net) !== 'input' && !isFixedNet(netlist, net)
}

function logicBits(netlist: Netlist, net: Net): number {
  return wiring.has(kindOf(netlist, net)) ? 0 : intervalWidth(netlist.min[net]!, netlist.max[net]!)
}

function layerBits(netlist: Netlist, live: Uint8Array): Float64Array {
  const bits = new Float64Array(netlist.layers.length)
  for (let net = 0 as Net; net < live.length; net++)
    if (live[net] && isPlaced(netlist, net)) bits[netlist.layer[net]!]! += logicBits(netlist, net)
  return bits
}

function startLayer(layer: string, bits: number, moduleBits: number, names: Set<string>) {
  const count = Math.max(1, Math.ceil(bits / moduleBits))
  const base = uniqueName(identifier(layer), names)
  const parts = Array.from(
    { length: count },
    (_, k): Part => ({
      name: count === 1 ? base : uniqueName(`${base}_${k}`, names),
      layer,
      cells: [],
      imports: new Set(),
      exports: new Set(),
    }),
  )
  return { parts, each: Math.max(1, bits / count), filled: 0 }
}

function identifier(layer: string): string {
  if (layer === '') return 'common'
  const word = layer.replace(/[^A-Za-z0-9_]+/g, '_')
  return /^[A-Za-z_]/.test(word) ? word : `l_${word}`
}

function uniqueName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let k = 2; taken.has(name); k++) name = `${wanted}_${k}`
  taken.add(name)
  return name
}

function stagesOf(netlist: Netlist): Int32Array {
  const stage = new Int32Array(netlist.kind.length)
  for (let net = 0 as Net; net < stage.length; net++) {
    const register = kindOf(netlist, net) === 'register'
    const data = register ? [netlist.a[net] as Net] : operandsOf(netlist, net)
    for (const operand of data) {
      if (operand >= net) bug('only pipelines without loops can be cut by layers')
      stage[net] = Math.max(stage[net]!, stage[operand]! + (register ? 1 : 0))
    }
  }
  return stage
}
