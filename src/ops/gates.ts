// The activations of recurrent layers. Those by table are hls4ml's: a table over [−range, range), the entry at a
// bin's lower edge, the index truncated toward zero. The others need none.

import { bug } from '../diagnostics/diagnostic.ts'
import { quantiseNumber, rawToNumber } from '../fixed/convert.ts'
import { scaledIndex, type TableIndex } from '../fixed/kernels.ts'
import { parsePrecision } from '../fixed/precision.ts'
import { sigmoidFloat32, softplusFloat32, softsignFloat32, tanhDouble } from '../fixed/table-functions.ts'
import { type Conversion, conversion, type FixedType } from '../fixed/types.ts'

export const tableGates = ['sigmoid', 'tanh', 'softplus', 'softsign'] as const
export const plainGates = ['relu', 'linear', 'hard_sigmoid'] as const
/** Read from a table. */
export type TableGate = (typeof tableGates)[number]
export type GateFunction = TableGate | (typeof plainGates)[number]

interface TableSpec {
  readonly range: number
  readonly entry: (x: number) => number
}

const tables: Readonly<Record<TableGate, TableSpec>> = {
  sigmoid: { range: 8, entry: sigmoidFloat32 },
  tanh: { range: 4, entry: tanhDouble },
  softplus: { range: 8, entry: softplusFloat32 },
  softsign: { range: 8, entry: softsignFloat32 },
}

const meanings: Readonly<Record<GateFunction, (x: number) => number>> = {
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: x => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0),
  softsign: x => x / (Math.abs(x) + 1),
  relu: x => Math.max(x, 0),
  linear: x => x,
  hard_sigmoid: x => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
}

/** Slope and shift of the hard sigmoid, in the types that hls4ml has for them: ufixed<16,0> and ufixed<2,0>. */
export const hardSlope = constantOf(0.2, { signed: false, width: 16, frac: 16 })
export const hardShift = constantOf(0.5, { signed: false, width: 2, frac: 2 })

function constantOf(value: number, type: FixedType) {
  return { raw: quantiseNumber(value, conversion(type)), frac: type.frac }
}

/** A quantised activation: a line, then the conversion into its type; or a curve, whose table has that type. */
export interface GateLine {
  /** x / 2 + 1/2 instead of x. */
  readonly halved: boolean
  readonly curve?: TableGate
  readonly to: Conversion
}

export function gateLine(
  gate: GateFunction,
  type: string | undefined,
  isCurve = false,
): GateLine | undefined {
  const to = textConversion(type)
  if (to === undefined) return undefined
  return isCurve && isTableGate(gate)
    ? { halved: false, curve: gate, to }
    : { halved: gate === 'sigmoid', to }
}

/** The conversion that a text says. */
export function textConversion(type: string | undefined): Conversion | undefined {
  if (type === undefined) return undefined
  const precision = parsePrecision(type, 'a quantiser within a time step')
  return precision.kind === 'fixed' ? precision.conversion : bug(`${type} is no fixed-point type`)
}

/** A value as the conversion leaves it. */
export function convertedNumber(x: number, to: Conversion): number {
  return rawToNumber(quantiseNumber(x, to), to.to.frac)
}

export function lineMeaning({ halved, curve, to }: GateLine): (x: number) => number {
  if (curve !== undefined) return x => convertedNumber(meanings[curve](x), to)
  return x => convertedNumber(halved ? x / 2 + 0.5 : x, to)
}

export function isTableGate(gate: GateFunction): gate is TableGate {
  return tableGates.some(name => name === gate)
}

/** Whether a function of a cell is read from its table. */
export function readsTable(gate: GateFunction, line: GateLine | undefined): boolean {
  return line === undefined ? isTableGate(gate) : line.curve !== undefined
}

export function gateMeaning(gate: GateFunction): (x: number) => number {
  return meanings[gate]
}

/** Whether |y| ≤ 1 for all x. */
export function isBounded(gate: GateFunction): boolean {
  return !['relu', 'linear', 'softplus'].includes(gate)
}

/** The table of a gate covers [−range, range). */
export function gateRange(gate: TableGate): number {
  return tables[gate].range
}

export function gateTable(gate: TableGate, size: number, type: Conversion): readonly bigint[] {
  const { range, entry } = tables[gate]
  return Array.from({ length: size }, (_, k) =>
    quantiseNumber(entry(Math.fround((2 * range * (k - size / 2)) / size)), type),
  )
}

/** trunc(x · size / 2range) + ⌊size / 2⌋, clamped: for x = raw · 2^-frac, raw · size · 2^-(log2 2range + frac). */
export function gateIndex(gate: TableGate, size: number, x: FixedType): TableIndex {
  const half = BigInt(Math.floor(size / 2))
  return scaledIndex(x.frac, BigInt(size), Math.log2(2 * tables[gate].range), half)
}

/** The upper half of an odd table of tanh: [0, 4), the entry at a bin's middle. */
export function halfTanhTable(size: number, type: Conversion): readonly bigint[] {
  return Array.from({ length: size }, (_, k) => quantiseNumber(tanhDouble((4 * (k + 0.5)) / size), type))
}

/** min(trunc(x · size / 4), size − 1) for x ≥ 0. */
export function halfTanhIndex(size: number, x: FixedType): TableIndex {
  return scaledIndex(x.frac, BigInt(size), Math.log2(4))
}
