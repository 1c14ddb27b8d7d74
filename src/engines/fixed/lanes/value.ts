// Expressions over lanes of a vector: whole numbers with exact ranges. From the ranges follows in which lanes an
// expression can be computed without losing a bit; the text form stands in value-text.ts.

import { bug } from '../../../diagnostics/diagnostic.ts'

/** What a vector's lanes hold while computing. */
export type Lane = 'i32' | 'i64'

/** A value and all it can be. Nodes are shared, so an expression is a directed acyclic graph. */
export interface Value {
  readonly op: Op
  readonly args: readonly Value[]
  readonly min: bigint
  readonly max: bigint
}

export type Op =
  | { readonly kind: 'source' | 'parameter'; readonly slot: number }
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'add' | 'subtract' | 'multiply' | 'minimum' | 'maximum' }
  /** All ones where it holds, else zero: as a number −1 or 0. */
  | { readonly kind: 'less' | 'equal' | 'negative' }
  | { readonly kind: 'and' | 'andNot' | 'xor' }
  /** args: mask, value where set, value where clear. */
  | { readonly kind: 'choose' }
  | { readonly kind: 'shiftLeft' | 'shiftRight'; readonly by: number }
  /** The low bits alone, signed or not. */
  | { readonly kind: 'wrap'; readonly width: number; readonly signed: boolean }
  | { readonly kind: 'entry'; readonly table: readonly bigint[] }

const node = (op: Op, args: readonly Value[], min: bigint, max: bigint): Value => ({ op, args, min, max })
const least = (...values: bigint[]) => values.reduce((a, b) => (b < a ? b : a))
const most = (...values: bigint[]) => values.reduce((a, b) => (b > a ? b : a))

export const source = (slot: number, min: bigint, max: bigint) => node({ kind: 'source', slot }, [], min, max)

export const parameter = (slot: number, min: bigint, max: bigint) =>
  node({ kind: 'parameter', slot }, [], min, max)

export const constant = (value: bigint) => node({ kind: 'constant', value }, [], value, value)

export function isConstant(value: Value): boolean {
  return value.min === value.max
}

export function add(a: Value, b: Value): Value {
  if (isConstant(a) && isConstant(b)) return constant(a.min + b.min)
  if (isConstant(b) && b.min === 0n) return a
  if (isConstant(a) && a.min === 0n) return b
  return node({ kind: 'add' }, [a, b], a.min + b.min, a.max + b.max)
}

export function subtract(a: Value, b: Value): Value {
  if (isConstant(b) && b.min === 0n) return a
  return node({ kind: 'subtract' }, [a, b], a.min - b.max, a.max - b.min)
}

export function multiply(a: Value, b: Value): Value {
  if (isConstant(b) && b.min === 1n) return a
  const ends = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max]
  return node({ kind: 'multiply' }, [a, b], least(...ends), most(...ends))
}

export function maximum(a: Value, b: Value): Value {
  if (a.min >= b.max) return a
  if (b.min >= a.max) return b
  return node({ kind: 'maximum' }, [a, b], most(a.min, b.min), most(a.max, b.max))
}

export function minimum(a: Value, b: Value): Value {
  if (a.max <= b.min) return a
  if (b.max <= a.min) return b
  return node({ kind: 'minimum' }, [a, b], least(a.min, b.min), least(a.max, b.max))
}

export const less = (a: Value, b: Value) => node({ kind: 'less' }, [a, b], -1n, 0n)
export const equal = (a: Value, b: Value) => node({ kind: 'equal' }, [a, b], -1n, 0n)
export const xor = (a: Value, mask: Value) =>
  node({ kind: 'xor' }, [a, mask], least(a.min, -1n - a.max), most(a.max, -1n - a.min))

/** −1 where the value is negative, else 0. */
export function negative(a: Value): Value {
  if (a.min >= 0n) return constant(0n)
  return a.max < 0n ? constant(-1n) : node({ kind: 'negative' }, [a], -1n, 0n)
}

/** `value` where the mask is set, else 0. */
export function where(mask: Value, value: Value): Value {
  return node({ kind: 'and' }, [mask, value], least(value.min, 0n), most(value.max, 0n))
}

/** `mask` without what is set in `other`. */
export const without = (mask: Value, other: Value) => node({ kind: 'andNot' }, [mask, other], -1n, 0n)

export function choose(mask: Value, set: Value, clear: Value): Value {
  return node({ kind: 'choose' }, [mask, set, clear], least(set.min, clear.min), most(set.max, clear.max))
}

export function shiftLeft(a: Value, by: number): Value {
  if (by === 0) return a
  const factor = BigInt(by)
  if (isConstant(a)) return constant(a.min << factor)
  return node({ kind: 'shiftLeft', by }, [a], a.min << factor, a.max << factor)
}

/** Floor of a / 2^by. */
export function shiftRight(a: Value, by: number): Value {
  if (by === 0) return a
  if (isConstant(a)) return constant(a.min >> BigInt(by))
  return node({ kind: 'shiftRight', by }, [a], a.min >> BigInt(by), a.max >> BigInt(by))
}

/** The low `width` bits; a value within them already stays as it is. */
export function wrap(a: Value, width: number, signed: boolean): Value {
  if (width <= 0) return constant(0n)
  const half = 1n << BigInt(width - 1)
  const [min, max] = signed ? [-half, half - 1n] : [0n, 2n * half - 1n]
  if (a.min >= min && a.max <= max) return a
  if (isConstant(a)) return constant(signed ? BigInt.asIntN(width, a.min) : BigInt.asUintN(width, a.min))
  return node({ kind: 'wrap', width, signed }, [a], min, max)
}

/** The entry of a table at an index that lies within it. */
export function entry(index: Value, table: readonly bigint[]): Value {
  if (index.min < 0n || index.max >= BigInt(table.length)) bug('an index leaves its table')
  return node({ kind: 'entry', table }, [index], least(...reach(table, least)), most(...reach(table, most)))
}

/** Spread arguments are limited in number; tables are not. */
function reach(table: readonly bigint[], pick: (...values: bigint[]) => bigint): bigint[] {
  return [table.reduce((a, b) => pick(a, b))]
}

const limits: Readonly<Record<Lane, bigint>> = { i32: 1n << 31n, i64: 1n << 63n }

export function fitsLane(min: bigint, max: bigint, lane: Lane): boolean {
  return min >= -limits[lane] && max < limits[lane]
}

/** Every node of the expressions once, arguments first. */
export function nodesOf(roots: readonly Value[]): Value[] {
  const seen = new Set<Value>()
  const order: Value[] = []
  const visit = (value: Value): void => {
    if (seen.has(value)) return
    seen.add(value)
    value.args.forEach(visit)
    order.push(value)
  }
  roots.forEach(visit)
  return order
}

/** The narrowest lanes in which no intermediate overflows; undefined where 64 bits are too few. */
export function laneOf(roots: readonly Value[]): Lane | undefined {
  const nodes = nodesOf(roots)
  const fits = (lane: Lane) =>
    nodes.every(value => fitsLane(value.min, value.max, lane) && shiftFits(value, lane))
  return fits('i32') ? 'i32' : fits('i64') ? 'i64' : undefined
}

/** Vector shifts count modulo the lane's width. */
function shiftFits({ op }: Value, lane: Lane): boolean {
  const bits = lane === 'i32' ? 32 : 64
  if (op.kind === 'shiftLeft' || op.kind === 'shiftRight') return op.by < bits
  return op.kind !== 'wrap' || op.width <= bits
}
