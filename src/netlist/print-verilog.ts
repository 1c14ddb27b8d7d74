// A netlist's cells as the body of a Verilog-2005 module: declarations, assignments in topological order, registers
// in clocked blocks grouped by enable and reset, tables and memories. Ports and instances are the caller's.

import { bug } from '../diagnostics/diagnostic.ts'
import { isFixedNet, liveCells, operandsOf } from './live.ts'
import { type CellKind, kindOf, type Net, type Netlist, netType } from './netlist.ts'
import {
  addressWidth,
  aligned,
  alignedAt,
  field,
  type Signals,
  verilogExpression,
  verilogLiteral,
} from './verilog-expression.ts'
import type { NameScope } from './verilog-names.ts'
import { createTables, memoryImage, type VerilogTables } from './verilog-tables.ts'

export interface VerilogBodyOptions {
  /** Names of the module: the caller has taken those of ports, and the body takes those of its signals. */
  readonly scope: NameScope
  /** Name of the module, of which its memory files' names are made. */
  readonly moduleName: string
  /** Nets that outputs, instances and the like read; their cells are printed, and what they need. */
  readonly roots: readonly Net[]
  /** Signals that exist already for input and instance cells. */
  readonly given: ReadonlyMap<Net, string>
  /** Expressions for input and instance cells that get a signal here. */
  readonly driven: ReadonlyMap<Net, string>
}

export interface VerilogBody {
  readonly signals: Signals
  readonly declarations: readonly string[]
  readonly statements: readonly string[]
  /** Memory images by file name, one hexadecimal word per line. */
  readonly files: ReadonlyMap<string, string>
}

interface Printing {
  readonly netlist: Netlist
  readonly options: VerilogBodyOptions
  readonly live: Uint8Array
  readonly root: (net: Net) => Net
  readonly signals: Signals
  readonly tables: VerilogTables
  /** Table cells that print as part of the register behind them. */
  readonly absorbed: Set<Net>
  readonly wires: Net[]
  readonly registers: Net[]
  readonly declarations: string[]
  readonly statements: string[]
  readonly files: Map<string, string>
}

/** What of the clocked world a netlist's live cells need. */
export function clockNeeds(netlist: Netlist, roots: readonly Net[]): { clk: boolean; rst: boolean } {
  const needs = { clk: false, rst: false }
  liveCells(netlist, roots).forEach((live, k) => {
    const net = k as Net
    if (live === 0 || isFixedNet(netlist, net)) return
    const kind = kindOf(netlist, net)
    if (kind !== 'register' && kind !== 'read') return
    needs.clk = true
    if (netlist.resets.has(net)) needs.rst = true
  })
  return needs
}

/** Prints the live cells. Constants become literals and aliases their source, so neither has a signal. */
export function printVerilogBody(netlist: Netlist, options: VerilogBodyOptions): VerilogBody {
  const printing = startPrinting(netlist, options)
  const { signals, declarations, statements, files } = printing
  printCombinational(printing)
  printRegisters(printing)
  printMemories(printing)
  printing.tables.print(printing.declarations, files)
  return { signals, declarations: [...declareSignals(printing), ...declarations], statements, files }
}

function startPrinting(netlist: Netlist, options: VerilogBodyOptions): Printing {
  const live = liveCells(netlist, options.roots)
  const root = (net: Net): Net =>
    kindOf(netlist, net) === 'alias' && !isFixedNet(netlist, net) ? root(netlist.a[net]! as Net) : net
  const names = nameNets(netlist, live, root, options)
  const tables = createTables(netlist, options)
  const signals: Signals = {
    netlist,
    name: net => names.get(root(net)) ?? bug(`net ${net} has no signal`),
    tableFunction: net => tables.functionOf(net),
  }
  return {
    netlist,
    options,
    live,
    root,
    signals,
    tables,
    absorbed: new Set(),
    wires: [],
    registers: [],
    declarations: [],
    statements: [],
    files: new Map(),
  }
}

/** Names for all nets that get a signal: people's names first, so that none of them has to give way to ours. */
function nameNets(
  netlist: Netlist,
  live: Uint8Array,
  root: (net: Net) => Net,
  { scope, given }: VerilogBodyOptions,
): Map<Net, string> {
  const names = new Map(given)
  const wanted = new Map<Net, string>()
  for (const { name, net } of netlist.inputs) wanted.set(net, name)
  for (const [net, name] of netlist.names) {
    const own = root(net)
    if (own === net || !wanted.has(own)) wanted.set(own, name)
  }
  const signalled: Net[] = []
  for (let k = 0; k < live.length; k++) {
    const net = k as Net
    if (live[k] === 1 && !isFixedNet(netlist, net) && root(net) === net && !names.has(net))
      signalled.push(net)
  }
  for (const net of signalled) if (wanted.has(net)) names.set(net, scope.take(wanted.get(net)!))
  for (const net of signalled) if (!names.has(net)) names.set(net, scope.take(madeName(netlist, net, names)))
  return names
}

const shortKinds: Partial<Record<CellKind, string>> = { register: 'reg', constant: 'value', instance: 'from' }

/** A name for a net that nobody named: after its data for a delay (`acc_3_q`, `acc_3_q2`), else by layer and kind. */
function madeName(netlist: Netlist, net: Net, names: ReadonlyMap<Net, string>): string {
  const kind = kindOf(netlist, net)
  const source = kind === 'register' && netlist.a[net]! >= 0 ? names.get(netlist.a[net]! as Net) : undefined
  if (source !== undefined && netlist.a[net]! < net) {
    const match = /^(.*)_q(\d*)$/.exec(source)
    return match === null ? `${source}_q` : `${match[1]}_q${Number(match[2] || 1) + 1}`
  }
  const layer = netlist.layers[netlist.layer[net]!] ?? ''
  return `${layer === '' ? '' : `${layer}_`}${shortKinds[kind] ?? kind}${net}`
}

function signalNets({ netlist, live, root, options }: Printing): Net[] {
  const nets: Net[] = []
  for (let k = 0; k < live.length; k++) {
    const net = k as Net
    if (live[k] === 1 && !isFixedNet(netlist, net) && root(net) === net && !options.given.has(net))
      nets.push(net)
  }
  return nets
}

function printCombinational(printing: Printing): void {
  const { netlist, options, signals, wires, registers, statements } = printing
  const nets = signalNets(printing)
  findAbsorbed(printing, nets)
  for (const net of nets) {
    const kind = kindOf(netlist, net)
    if (kind === 'register' || kind === 'read') {
      registers.push(net)
      continue
    }
    if (printing.absorbed.has(net)) continue
    wires.push(net)
    const driver = options.driven.get(net)
    const text =
      driver ?? (kind === 'table' ? printing.tables.lookup(net, signals) : verilogExpression(signals, net))
    statements.push(`assign ${signals.name(net)} = ${text};`)
  }
}

/** Tables that only a register without reset reads: they print as a registered lookup, which maps to block RAM. */
function findAbsorbed({ netlist, options, root, absorbed }: Printing, nets: readonly Net[]): void {
  const uses = new Map<Net, number>()
  const use = (net: Net) => uses.set(root(net), (uses.get(root(net)) ?? 0) + 1)
  for (const net of nets) operandsOf(netlist, net).forEach(use)
  for (const { write } of netlist.memories)
    if (write !== undefined) [write.address, write.data, write.enable].forEach(use)
  options.roots.forEach(use)
  for (const { net } of netlist.outputs) use(net)
  for (const net of nets) {
    if (kindOf(netlist, net) !== 'register' || netlist.resets.has(net)) continue
    const data = netlist.a[net]! as Net
    const sameBits = root(data) === data && netlist.frac[data] === netlist.frac[net]
    if (sameBits && isTable(netlist, data) && uses.get(data) === 1) absorbed.add(data)
  }
}

function isTable(netlist: Netlist, net: Net): boolean {
  return kindOf(netlist, net) === 'table' && !isFixedNet(netlist, net)
}

function declareSignals({ netlist, signals, wires, registers }: Printing): string[] {
  return [...declare(netlist, signals, 'reg', registers), ...declare(netlist, signals, 'wire', wires)]
}

/** Declarations with signals of one width on shared lines. */
function declare(netlist: Netlist, signals: Signals, word: string, nets: readonly Net[]): string[] {
  const byWidth = new Map<number, string[]>()
  for (const net of nets) {
    const { width } = netType(netlist, net)
    append(byWidth, width, signals.name(net))
  }
  const widths = [...byWidth.keys()].sort((a, b) => a - b)
  return widths.flatMap(width => wrapList(`${word} ${range(width)}`, byWidth.get(width)!, ';'))
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/** `[7:0] `, or nothing for a single bit. */
export function range(width: number): string {
  return width === 1 ? '' : `[${width - 1}:0] `
}

/** `head item, item, …` in lines of at most about 110 characters. */
export function wrapList(head: string, items: readonly string[], tail: string, indent = '  '): string[] {
  const lines: string[] = []
  let line = head
  items.forEach((item, k) => {
    const text = item + (k === items.length - 1 ? tail : ',')
    if (k > 0 && line.length + text.length > 108) {
      lines.push(line.trimEnd())
      line = `${indent}${text} `
    } else line += `${text} `
  })
  return [...lines, line.trimEnd()]
}

function printRegisters(printing: Printing): void {
  const { netlist, registers, signals } = printing
  const groups = new Map<string, Net[]>()
  for (const net of registers) {
    if (kindOf(netlist, net) !== 'register') continue
    const enable = netlist.b[net]!
    const key = `${enable < 0 ? '' : field(signals, enable as Net, 0, 1)},${netlist.resets.has(net)}`
    append(groups, key, net)
  }
  for (const nets of groups.values()) printGroup(printing, nets)
}

function printGroup(printing: Printing, nets: readonly Net[]): void {
  const { netlist, signals, statements } = printing
  const enable = netlist.b[nets[0]!]! as Net
  const loads = nets.map(net => `${signals.name(net)} <= ${nextValue(printing, net)};`)
  const hasReset = netlist.resets.has(nets[0]!)
  statements.push('')
  if (!hasReset) {
    const condition = enable < 0 ? '' : `if (${field(signals, enable, 0, 1)}) `
    statements.push(`always @(posedge clk) ${condition}begin`, ...indented(loads, 1), 'end')
    return
  }
  const resets = nets.map(net => {
    const literal = verilogLiteral(netlist.resets.get(net)!, netType(netlist, net).width)
    return `${signals.name(net)} <= ${literal};`
  })
  const otherwise = enable < 0 ? 'end else begin' : `end else if (${field(signals, enable, 0, 1)}) begin`
  statements.push(
    'always @(posedge clk) begin',
    '  if (rst) begin',
    ...indented(resets, 2),
    `  ${otherwise}`,
    ...indented(loads, 2),
    '  end',
    'end',
  )
}

function indented(lines: readonly string[], depth: number): string[] {
  return lines.map(line => '  '.repeat(depth) + line)
}

function nextValue(printing: Printing, net: Net): string {
  const { netlist, signals, absorbed, tables } = printing
  const data = netlist.a[net]! as Net
  return absorbed.has(data)
    ? tables.lookup(data, signals)
    : aligned(signals, data, net, netType(netlist, net).width)
}

function printMemories(printing: Printing): void {
  const { netlist, registers } = printing
  netlist.memories.forEach((_, id) => {
    const reads = registers.filter(net => kindOf(netlist, net) === 'read' && netlist.param[net] === id)
    if (reads.length > 0) printMemory(printing, id, reads)
  })
}

function printMemory(printing: Printing, id: number, reads: readonly Net[]): void {
  const { netlist, options, signals, statements, declarations } = printing
  const memory = netlist.memories[id]!
  const { write, element, initial } = memory
  const name = options.scope.take(memory.name)
  // A single word would be no memory to some tools; the second one is never used.
  const depth = Math.max(2, memory.depth)
  declarations.push(`reg ${range(element.width)}${name} [0:${depth - 1}];`)
  if (initial !== undefined) {
    const words = Array.from({ length: depth }, (_, k) => initial[k] ?? 0n)
    declarations.push(...memoryImage(printing.options, name, words, element.width, printing.files))
  }
  const address = (net: Net, what: string) => memoryAddress(printing, net, memory.depth, `${name}_${what}`)
  if (write !== undefined) {
    const at = address(write.address, 'write')
    const data = alignedAt(signals, write.data, element.frac, element.width)
    statements.push(
      '',
      `always @(posedge clk) if (${field(signals, write.enable, 0, 1)}) begin`,
      `  ${name}[${at}] <= ${data};`,
      'end',
    )
  }
  for (const net of reads) {
    const enable = netlist.b[net]! as Net
    const condition = enable < 0 ? '' : `if (${field(signals, enable, 0, 1)}) `
    const at = address(netlist.a[net]! as Net, 'read')
    statements.push(
      '',
      `always @(posedge clk) ${condition}begin`,
      `  ${signals.name(net)} <= ${name}[${at}];`,
      'end',
    )
  }
}

function memoryAddress(printing: Printing, net: Net, depth: number, wanted: string): string {
  const { netlist, options, signals, declarations, statements } = printing
  const width = addressWidth(depth)
  if (netlist.min[net]! < 0n || netlist.max[net]! >= 1n << BigInt(width) || netlist.frac[net] !== 0)
    bug(`${wanted} takes addresses [${netlist.min[net]}, ${netlist.max[net]}] of ${depth}`)
  const text = field(signals, net, 0, width)
  if (!isFixedNet(netlist, net)) return text
  // A literal as the index would make some tools take the memory apart.
  const name = options.scope.take(wanted)
  declarations.push(`wire ${range(width)}${name};`)
  statements.push(`assign ${name} = ${text};`)
  return name
}
