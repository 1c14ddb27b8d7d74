// Tables in Verilog: up to 256 words a function with a case, above that an array filled from a memory image. Both are
// addressed by the index's raw bits, so no subtraction stands before them: −1 of four bits is word 15.

import { bug } from '../diagnostics/diagnostic.ts'
import { type Net, type Netlist, netType } from './netlist.ts'
import { field, type Signals, verilogLiteral } from './verilog-expression.ts'
import type { NameScope } from './verilog-names.ts'

/** Tables and memories of up to this many words stand in the text itself. */
const inlineWords = 256

/** The parameter that says where the memory images are; every module that has some, or whose instances do, has it. */
export const pathParameter = 'TABLE_PATH'

export interface VerilogTables {
  functionOf(net: Net): string
  /** The expression of a table cell. */
  lookup(net: Net, signals: Signals): string
  /** Appends the tables looked up so far, and their files. */
  print(declarations: string[], files: Map<string, string>): void
}

interface PrintedTable {
  readonly name: string
  readonly indexWidth: number
  readonly width: number
  /** Words by raw index bits, where an index can be. */
  readonly words: ReadonlyMap<bigint, bigint>
}

interface Naming {
  readonly scope: NameScope
  readonly moduleName: string
}

/** Tables of a module; cells with the same table and index range share one. */
export function createTables(netlist: Netlist, naming: Naming): VerilogTables {
  const tables = new Map<string, PrintedTable>()
  const tableOf = (net: Net): PrintedTable => {
    const index = netlist.a[net]!
    const key = `${netlist.param[net]},${netlist.min[index]},${netlist.max[index]}`
    const known = tables.get(key)
    if (known !== undefined) return known
    const made = printedTable(netlist, net, naming)
    tables.set(key, made)
    return made
  }
  return {
    functionOf: net => tableOf(net).name,
    lookup: (net, signals) => {
      const { name, words, indexWidth } = tableOf(net)
      const index = field(signals, netlist.a[net]! as Net, 0, indexWidth)
      return words.size <= inlineWords ? `${name}(${index})` : `${name}[${index}]`
    },
    print: (declarations, files) => {
      for (const table of tables.values()) {
        declarations.push('')
        if (table.words.size <= inlineWords) declarations.push(...caseFunction(table))
        else declarations.push(...romArray(table, naming, files))
      }
    },
  }
}

function printedTable(netlist: Netlist, net: Net, { scope }: Naming): PrintedTable {
  const table = netlist.tables[netlist.param[net]!]!
  const index = netlist.a[net]! as Net
  const indexWidth = netType(netlist, index).width
  const words = new Map<bigint, bigint>()
  for (let at = netlist.min[index]!; at <= netlist.max[index]!; at++) {
    const value = table.values[Number(at - table.first)] ?? bug(`table ${table.name} has no word ${at}`)
    words.set(BigInt.asUintN(indexWidth, at), value)
  }
  return { name: scope.take(table.name), indexWidth, width: netType(netlist, net).width, words }
}

function caseFunction({ name, indexWidth, width, words }: PrintedTable): string[] {
  const range = (bits: number) => (bits === 1 ? '' : `[${bits - 1}:0] `)
  const items = [...words]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([at, value]) => `      ${verilogLiteral(at, indexWidth)}: ${name} = ${verilogLiteral(value, width)};`,
    )
  return [
    `function ${range(width)}${name};`,
    `  input ${range(indexWidth)}index;`,
    '  begin',
    '    case (index)',
    ...items,
    // No index comes here; what a tool makes of it does not matter.
    `      default: ${name} = {${width}{1'bx}};`,
    '    endcase',
    '  end',
    'endfunction',
  ]
}

function romArray(table: PrintedTable, naming: Naming, files: Map<string, string>): string[] {
  const { name, indexWidth, width, words } = table
  let last = 0n
  for (const at of words.keys()) if (at > last) last = at
  const values = Array.from({ length: Number(last) + 1 }, (_, k) => words.get(BigInt(k)) ?? 0n)
  if (indexWidth > 24) bug(`table ${name} has an index of ${indexWidth} bits`)
  const declaration = `reg [${width - 1}:0] ${name} [0:${values.length - 1}];`
  return [declaration, ...memoryImage(naming, name, values, width, files)]
}

/** Initial contents of an array of words: inline, or from a file that is added to `files`. */
export function memoryImage(
  { moduleName }: Naming,
  name: string,
  values: readonly bigint[],
  width: number,
  files: Map<string, string>,
): string[] {
  if (values.length <= inlineWords)
    return [
      'initial begin',
      ...values.map((value, k) => `  ${name}[${k}] = ${verilogLiteral(value, width)};`),
      'end',
    ]
  const file = `${moduleName}_${name}.mem`
  const digits = Math.ceil(width / 4)
  const lines = values.map(value => BigInt.asUintN(width, value).toString(16).padStart(digits, '0'))
  files.set(file, `${lines.join('\n')}\n`)
  return [`initial $readmemh({${pathParameter}, "${file}"}, ${name});`]
}
