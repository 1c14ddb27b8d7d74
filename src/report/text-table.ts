// Tables of plain characters, ruled as the vendors' reports are: `+---+`, cells between bars.

import { plainText } from './plain-text.ts'

export interface TextTable {
  readonly head: readonly string[]
  /** Groups of rows, with a rule between groups. */
  readonly groups: readonly (readonly (readonly string[])[])[]
  /** Columns whose cells begin at the left; the others end at the right. */
  readonly left?: readonly number[]
}

/** The table's lines, each indented and ended. */
export function printTable({ head, groups, left = [0] }: TextTable, indent = ''): string {
  const shown = groups.map(group => group.map(row => row.map(plainText)))
  const widths = head.map((title, column) =>
    Math.max(...[title, ...shown.flat().map(row => row[column] ?? '')].map(cell => widthOf(cell) + 2)),
  )
  const rule = `${indent}+${widths.map(width => '-'.repeat(width)).join('+')}+\n`
  const line = (cells: readonly string[]) => `${indent}|${cells.join('|')}|\n`
  const body = shown
    .filter(group => group.length > 0)
    .map(group =>
      group.map(row => line(widths.map((width, k) => pad(row[k] ?? '', width, left.includes(k))))),
    )
  const titles = line(head.map((title, column) => centre(title, widths[column]!)))
  return [rule, titles, rule, ...body.flatMap(group => [...group, rule])].join('')
}

function pad(cell: string, width: number, left: boolean): string {
  const space = ' '.repeat(width - 2 - widthOf(cell))
  return left ? ` ${cell}${space} ` : ` ${space}${cell} `
}

function centre(title: string, width: number): string {
  const before = Math.floor((width - widthOf(title)) / 2)
  return `${' '.repeat(before)}${title}`.padEnd(width)
}

function widthOf(cell: string): number {
  return [...cell].length
}
