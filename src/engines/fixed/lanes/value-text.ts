// The text form of expressions over lanes. Code works on eight samples at a time: two vectors of 32-bit lanes or four
// of 64-bit lanes, its parts.

import { bug } from '../../../diagnostics/diagnostic.ts'
import { type Lane, nodesOf, type Value } from './value.ts'

/** How a buffer's values lie in memory: sample after sample. */
export type Cell = 'i16' | 'i32' | 'i64'

export const samplesPerUnit = 8
export const cellBytes: Readonly<Record<Cell, number>> = { i16: 2, i32: 4, i64: 8 }

export function partsOf(lane: Lane): number {
  return lane === 'i32' ? 2 : 4
}

const shape = (lane: Lane) => (lane === 'i32' ? 'i32x4' : 'i64x2')
const bitsOf = (lane: Lane) => (lane === 'i32' ? 32 : 64)

export function constantText(value: bigint, lane: Lane): string {
  return lane === 'i32'
    ? `(v128.const i32x4 ${`${value} `.repeat(4)})`
    : `(v128.const i64x2 ${value} ${value})`
}

export interface Emission {
  /** The vector of a source's part. */
  source(slot: number, part: number): string
  /** The vector that holds a parameter in every lane. */
  parameter(slot: number): string
  /** Where a table of this lane's entries lies. */
  table(values: readonly bigint[], lane: Lane): number
  /** Prefix of the locals made, unique in the function. */
  readonly prefix: string
}

export interface Emitted {
  readonly statements: readonly string[]
  /** Names of vector locals to declare. */
  readonly locals: readonly string[]
  /** By root and part. */
  readonly results: readonly (readonly string[])[]
}

/** Statements that compute the expressions, and where their results are. */
export function emitValues(roots: readonly Value[], lane: Lane, emission: Emission): Emitted {
  const statements: string[] = []
  const locals: string[] = []
  const names = new Map<Value, string[]>()
  const parts = Array.from({ length: partsOf(lane) }, (_, part) => part)
  nodesOf(roots).forEach((value, n) => {
    names.set(
      value,
      parts.map(part => {
        const text = textOf(
          value,
          lane,
          part,
          value.op.kind === 'entry'
            ? [`(local.get $${emission.prefix}${n}_${part})`]
            : value.args.map(arg => names.get(arg)![part]!),
          emission,
        )
        if (value.op.kind === 'constant' || value.op.kind === 'parameter') return text
        const local = `$${emission.prefix}${n}_${part}`
        locals.push(local)
        if (value.op.kind === 'entry')
          statements.push(`(local.set ${local} ${offsetsText(lane, names.get(value.args[0]!)![part]!)})`)
        statements.push(`(local.set ${local} ${text})`)
        return `(local.get ${local})`
      }),
    )
  })
  return { statements, locals, results: roots.map(root => names.get(root)!) }
}

function textOf(
  { op }: Value,
  lane: Lane,
  part: number,
  args: readonly string[],
  emission: Emission,
): string {
  const [a, b, c] = args
  const of = (name: string) => `(${shape(lane)}.${name} ${args.join(' ')})`
  switch (op.kind) {
    case 'source':
      return emission.source(op.slot, part)
    case 'parameter':
      return emission.parameter(op.slot)
    case 'constant':
      return constantText(op.value, lane)
    case 'add':
      return of('add')
    case 'subtract':
      return of('sub')
    case 'multiply':
      return of('mul')
    case 'minimum':
    case 'maximum':
      return extremeText(op.kind, lane, a!, b!)
    case 'less':
      return of('lt_s')
    case 'equal':
      return of('eq')
    case 'negative':
      return `(${shape(lane)}.shr_s ${a} (i32.const ${bitsOf(lane) - 1}))`
    case 'and':
      return `(v128.and ${a} ${b})`
    case 'andNot':
      return `(v128.andnot ${a} ${b})`
    case 'xor':
      return `(v128.xor ${a} ${b})`
    case 'choose':
      return `(v128.bitselect ${b} ${c} ${a})`
    case 'shiftLeft':
      return `(${shape(lane)}.shl ${a} (i32.const ${op.by}))`
    case 'shiftRight':
      return `(${shape(lane)}.shr_s ${a} (i32.const ${op.by}))`
    case 'wrap':
      return wrapText(op.width, op.signed, lane, a!)
    case 'entry':
      return entryText(emission.table(op.table, lane), lane, a!)
    default:
      return op satisfies never
  }
}

function extremeText(kind: 'minimum' | 'maximum', lane: Lane, a: string, b: string): string {
  if (lane === 'i32') return `(i32x4.${kind === 'minimum' ? 'min_s' : 'max_s'} ${a} ${b})`
  const less = `(i64x2.lt_s ${a} ${b})`
  return kind === 'minimum' ? `(v128.bitselect ${a} ${b} ${less})` : `(v128.bitselect ${b} ${a} ${less})`
}

function wrapText(width: number, signed: boolean, lane: Lane, a: string): string {
  const unused = bitsOf(lane) - width
  if (!signed) return `(v128.and ${a} ${constantText((1n << BigInt(width)) - 1n, lane)})`
  if (unused === 0) return a
  return `(${shape(lane)}.shr_s (${shape(lane)}.shl ${a} (i32.const ${unused})) (i32.const ${unused}))`
}

/** Where entries lie from their table's address on. */
function offsetsText(lane: Lane, index: string): string {
  return `(${shape(lane)}.shl ${index} (i32.const ${lane === 'i32' ? 2 : 3}))`
}

/** The entries at byte offsets that stand in the 32-bit lanes of `offsets`, each loaded into its lane. */
function entryText(address: number, lane: Lane, offsets: string): string {
  const at = (k: number) => `(i32x4.extract_lane ${k} ${offsets})`
  if (lane === 'i64')
    return `(v128.load64_lane offset=${address} 1 ${at(2)} (v128.load64_zero offset=${address} ${at(0)}))`
  return [1, 2, 3].reduce(
    (text, k) => `(v128.load32_lane offset=${address} ${k} ${at(k)} ${text})`,
    `(v128.load32_zero offset=${address} ${at(0)})`,
  )
}

/** The part of a buffer's eight samples at `pointer`. */
export function loadText(cell: Cell, lane: Lane, pointer: string, part: number): string {
  if (lane === 'i32') {
    if (cell === 'i16') return `(v128.load16x4_s offset=${8 * part} ${pointer})`
    if (cell === 'i32') return `(v128.load offset=${16 * part} ${pointer})`
    return bug('64-bit cells are read in 32-bit lanes')
  }
  if (cell === 'i16') {
    const narrow = `(v128.load32_zero offset=${4 * part} ${pointer})`
    return `(i64x2.extend_low_i32x4_s (i32x4.extend_low_i16x8_s ${narrow}))`
  }
  return cell === 'i32'
    ? `(v128.load32x2_s offset=${8 * part} ${pointer})`
    : `(v128.load offset=${16 * part} ${pointer})`
}

const lowWords = (a: string, b: string) =>
  `(i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 ${a} ${b})`

/** Stores eight samples, given in parts, in cells that hold them. */
export function storeText(cell: Cell, lane: Lane, pointer: string, parts: readonly string[]): string {
  const words = lane === 'i32' ? parts : undefined
  const [a, b] = words ?? [lowWords(parts[0]!, parts[1]!), lowWords(parts[2]!, parts[3]!)]
  if (cell === 'i16') return `(v128.store ${pointer} (i16x8.narrow_i32x4_s ${a} ${b}))`
  const vectors =
    cell === 'i32'
      ? [a, b]
      : words === undefined
        ? parts
        : words.flatMap(word => [`(i64x2.extend_low_i32x4_s ${word})`, `(i64x2.extend_high_i32x4_s ${word})`])
  return vectors.map((vector, k) => `(v128.store offset=${16 * k} ${pointer} ${vector})`).join('\n')
}
