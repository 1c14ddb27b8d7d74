// A netlist as text: one line per cell, for people and for golden tests. `printNetlist` and `parseNetlist` are inverses.
//
//   (%5 (add %3 %4 2) [-10 20] /4 @1 "sum")     net 5 = net 3 + net 4·2^2, raw −10 to 20, frac 4, layer 1
//
// An absent operand is `-`. Tables, memories, ports and resets have lines of their own around the cells.

import { fail } from '../diagnostics/diagnostic.ts'
import { operandCounts } from './live.ts'
import {
  type CellKind,
  cellKinds,
  kindOf,
  type Memory,
  type Net,
  type Netlist,
  type Table,
} from './netlist.ts'
import { type Expression, isList, readExpressions } from './s-expression.ts'
import { type CellWriter, createWriter } from './writer.ts'

/** Kinds whose `param` means something. */
const parametric: ReadonlySet<CellKind> = new Set([
  'input',
  'add',
  'sub',
  'bits',
  'table',
  'read',
  'instance',
] as const)

/** The netlist as text; the same netlist gives the same text. */
export function printNetlist(netlist: Netlist): string {
  const lines = [
    `(layers ${netlist.layers.map(quoted).join(' ')})`,
    ...netlist.tables.map(printTable),
    ...netlist.memories.map(printMemory),
    ...Array.from(netlist.kind, (_, net) => printCell(netlist, net as Net)),
    ...[...netlist.resets].map(([net, raw]) => `(reset %${net} ${raw})`),
    ...netlist.inputs.map(({ name, net }) => `(in ${quoted(name)} %${net})`),
    ...netlist.outputs.map(({ name, net }) => `(out ${quoted(name)} %${net})`),
  ]
  return `${lines.join('\n')}\n`
}

const quoted = (text: string) => JSON.stringify(text)
const netName = (net: number) => (net < 0 ? '-' : `%${net}`)

function printCell(netlist: Netlist, net: Net): string {
  const kind = kindOf(netlist, net)
  const operands = [netlist.a, netlist.b, netlist.c]
    .slice(0, operandCounts[kind])
    .map(column => netName(column[net]!))
  const param = parametric.has(kind) ? [`${netlist.param[net]}`] : []
  const name = netlist.names.get(net)
  const interval = `[${netlist.min[net]} ${netlist.max[net]}] /${netlist.frac[net]} @${netlist.layer[net]}`
  return `(%${net} (${[kind, ...operands, ...param].join(' ')}) ${interval}${name === undefined ? '' : ` ${quoted(name)}`})`
}

function printTable({ name, first, frac, values }: Table): string {
  return `(table ${quoted(name)} ${first} /${frac} [${values.join(' ')}])`
}

function printMemory({ name, depth, element, write, initial }: Memory): string {
  const type = `[${element.signed ? 'signed' : 'unsigned'} ${element.width} ${element.frac}]`
  const port = write === undefined ? '-' : `[%${write.address} %${write.data} %${write.enable}]`
  return `(memory ${quoted(name)} ${depth} ${type} ${port} ${initial === undefined ? '-' : `[${initial.join(' ')}]`})`
}

interface Parsing {
  readonly writer: CellWriter
  layers: readonly string[]
  readonly tables: Table[]
  readonly memories: Memory[]
  readonly resets: Map<Net, bigint>
  readonly names: Map<Net, string>
  readonly inputs: { name: string; net: Net }[]
  readonly outputs: { name: string; net: Net }[]
}

/** Reads what `printNetlist` wrote. Anything else is an error that names its line. */
export function parseNetlist(text: string): Netlist {
  const state: Parsing = {
    writer: createWriter(),
    layers: [''],
    tables: [],
    memories: [],
    resets: new Map(),
    names: new Map(),
    inputs: [],
    outputs: [],
  }
  for (const expression of readExpressions(text)) parseLine(state, expression)
  const { writer, ...rest } = state
  const netlist = writer.finish(rest)
  checkNets(netlist)
  return netlist
}

function parseLine(state: Parsing, expression: Expression): void {
  const { line } = expression
  const [head, ...rest] = listOf(expression, line)
  const word = atomOf(head, line)
  const port = () => ({ name: textOf(rest[0], line), net: netOf(rest[1], line) })
  if (word.startsWith('%')) parseCell(state, netOf(head, line), rest, line)
  else if (word === 'layers') state.layers = rest.map(name => textOf(name, line))
  else if (word === 'table') state.tables.push(parseTable(rest, line))
  else if (word === 'memory') state.memories.push(parseMemory(rest, line))
  else if (word === 'reset') state.resets.set(netOf(rest[0], line), integerOf(rest[1], line))
  else if (word === 'in') state.inputs.push(port())
  else if (word === 'out') state.outputs.push(port())
  else
    refuse(line, `a line begins with '${word}'`, 'layers, table, memory, reset, in, out or a net such as %0')
}

function parseCell(state: Parsing, net: Net, parts: readonly Expression[], line: number): void {
  const [what, interval, frac, layer, name] = parts
  const [kindName, ...operands] = listOf(what, line).map(part => atomOf(part, line))
  const kind = cellKinds.find(known => known === kindName)
  if (kind === undefined) refuse(line, `'${kindName}' is no kind of cell`, cellKinds.join(', '))
  const count = operandCounts[kind]
  const wanted = count + (parametric.has(kind) ? 1 : 0)
  if (operands.length !== wanted)
    refuse(line, `${kind} has ${operands.length} operands and parameters`, `${wanted}`)
  const operand = (k: number) => (k >= count || operands[k] === '-' ? -1 : Number(operands[k]!.slice(1)))
  const [min, max] = listOf(interval, line).map(bound => integerOf(bound, line))
  const made = state.writer.add({
    kind: cellKinds.indexOf(kind),
    a: operand(0),
    b: operand(1),
    c: operand(2),
    param: parametric.has(kind) ? Number(operands[count]) : 0,
    min: min ?? refuse(line, 'an interval without bounds', '[min max]'),
    max: max ?? refuse(line, 'an interval without its upper bound', '[min max]'),
    frac: markedOf('/', frac, line),
    layer: markedOf('@', layer, line),
  })
  if (made !== net) refuse(line, `net %${net} stands where %${made} belongs`, 'nets in order, none left out')
  if (name !== undefined) state.names.set(net, textOf(name, line))
}

function parseTable([name, first, frac, values]: readonly Expression[], line: number): Table {
  return {
    name: textOf(name, line),
    first: integerOf(first, line),
    values: integersOf(values, line),
    frac: markedOf('/', frac, line),
  }
}

function parseMemory([name, depth, element, write, initial]: readonly Expression[], line: number): Memory {
  const [sign, width, frac] = listOf(element, line).map(part => atomOf(part, line))
  const [address, data, enable] = isAbsent(write) ? [] : listOf(write, line).map(part => netOf(part, line))
  return {
    name: textOf(name, line),
    depth: Number(integerOf(depth, line)),
    element: { signed: sign === 'signed', width: Number(width), frac: Number(frac) },
    write: isAbsent(write) ? undefined : { address: address!, data: data!, enable: enable! },
    initial: isAbsent(initial) ? undefined : integersOf(initial, line),
  }
}

function isAbsent(expression: Expression | undefined): boolean {
  return expression !== undefined && !isList(expression) && expression.atom === '-'
}

function listOf(expression: Expression | undefined, line: number): readonly Expression[] {
  if (expression === undefined || !isList(expression)) return refuse(line, 'a list is missing', '(…) or […]')
  return expression.list
}

function atomOf(expression: Expression | undefined, line: number): string {
  if (expression === undefined || isList(expression)) return refuse(line, 'a word is missing', 'a word')
  return expression.atom
}

function textOf(expression: Expression | undefined, line: number): string {
  const atom = atomOf(expression, line)
  return atom.startsWith('"')
    ? (JSON.parse(atom) as string)
    : refuse(line, `'${atom}' is no quoted name`, '"…"')
}

function integerOf(expression: Expression | undefined, line: number): bigint {
  const atom = atomOf(expression, line)
  return /^-?\d+$/.test(atom) ? BigInt(atom) : refuse(line, `'${atom}' is no whole number`, 'a whole number')
}

function integersOf(expression: Expression | undefined, line: number): bigint[] {
  return listOf(expression, line).map(value => integerOf(value, line))
}

function netOf(expression: Expression | undefined, line: number): Net {
  const atom = atomOf(expression, line)
  return /^%\d+$/.test(atom)
    ? (Number(atom.slice(1)) as Net)
    : refuse(line, `'${atom}' is no net`, 'a net such as %0')
}

function markedOf(mark: string, expression: Expression | undefined, line: number): number {
  const atom = atomOf(expression, line)
  const marked = atom.startsWith(mark) && /^-?\d+$/.test(atom.slice(1))
  return marked ? Number(atom.slice(1)) : refuse(line, `'${atom}' stands where ${mark}… belongs`, `${mark}0`)
}

/** Operands stand before their cell, except those that a register or a read takes a cycle earlier. */
function checkNets(netlist: Netlist): void {
  const count = netlist.kind.length
  for (let net = 0; net < count; net++) {
    const kind = kindOf(netlist, net as Net)
    const stateful = kind === 'register' || kind === 'read'
    const operands = [netlist.a, netlist.b, netlist.c]
      .slice(0, operandCounts[kind])
      .map(column => column[net]!)
    operands.forEach((operand, k) => {
      const fits = operand < (stateful ? count : net) && (operand >= 0 || (stateful && k === 1))
      if (!fits) refuse(0, `net %${net} reads ${netName(operand)}`, 'a net that stands before it')
    })
    if (netlist.layers[netlist.layer[net]!] === undefined)
      refuse(0, `net %${net} has no layer`, 'a layer of this netlist')
    if (kind === 'table' && netlist.tables[netlist.param[net]!] === undefined)
      refuse(0, `net %${net} names table ${netlist.param[net]}`, 'a table of this netlist')
  }
  for (const { name, net } of [...netlist.inputs, ...netlist.outputs])
    if (net >= count) refuse(0, `port '${name}' names net %${net}`, `a net below %${count}`)
}

function refuse(line: number, problem: string, expected: string): never {
  return fail({
    code: 'netlist/syntax',
    place: line > 0 ? `line ${line}` : 'netlist text',
    problem,
    expected,
    remedy: 'Compare with what printing a netlist gives.',
  })
}
