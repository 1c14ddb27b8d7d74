// Single steps of plans, each into a buffer of its own.

import type { BufferId, TableIndex } from '../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType } from '../fixed/types.ts'
import type { PlanBuilder } from './plan-builder.ts'

/** One bit: 1 or 0. */
export const bit: FixedType = { signed: false, width: 1, frac: 0 }

/** Elements of buffers of one type laid end to end; −1 gives 0. */
export function gathered(
  plan: PlanBuilder,
  from: readonly BufferId[],
  type: FixedType,
  index: readonly number[],
): BufferId {
  const into = plan.buffer(index.length, type)
  plan.step({ kernel: 'gather', from, into, index, fill: 0n })
  return into
}

/** Zeros, which are gathered from nowhere; `near` is any buffer. */
export function zeros(plan: PlanBuilder, near: BufferId, type: FixedType, count: number): BufferId {
  return gathered(
    plan,
    [near],
    type,
    Array.from({ length: count }, () => -1),
  )
}

export function converted(plan: PlanBuilder, from: BufferId, to: Conversion): BufferId {
  const into = plan.buffer(plan.sizeOf(from), to.to)
  plan.step({ kernel: 'convert', from, into, conversions: [to] })
  return into
}

/** Constants by element, one for all or one each, with their point. */
export interface Constants {
  readonly raw: readonly bigint[]
  readonly frac: number
}

/** x · scale + bias, exactly, then the conversion; 1 and 0 where not given. */
export function affine(
  plan: PlanBuilder,
  from: BufferId,
  { scale, bias }: { readonly scale?: Constants; readonly bias?: Constants },
  to: Conversion,
): BufferId {
  const into = plan.buffer(plan.sizeOf(from), to.to)
  plan.step({
    kernel: 'affine',
    from,
    into,
    scale: scale?.raw ?? [1n],
    scaleFrac: scale?.frac ?? 0,
    bias: bias?.raw ?? [0n],
    biasFrac: bias?.frac ?? 0,
    conversions: [to],
  })
  return into
}

/** ⌊x / 2^by⌋ on the grid of x: what a shift does to raw integers. */
export function shiftedRight(plan: PlanBuilder, from: BufferId, by: number): BufferId {
  const [type] = plan.typesOf(from) as [FixedType]
  return affine(plan, from, { scale: { raw: [1n], frac: by } }, conversion(type))
}

export interface Operands {
  readonly a: BufferId
  readonly b: BufferId
  /** Which element of a and of b makes each result; of a by itself where not given. */
  readonly aIndex?: readonly number[]
  readonly bIndex?: readonly number[]
}

/** a op b, exactly, then the conversion. */
export function arithmetic(
  plan: PlanBuilder,
  op: 'add' | 'subtract' | 'multiply',
  operands: Operands,
  to: Conversion,
): BufferId {
  const size = (operands.aIndex ?? operands.bIndex)?.length ?? plan.sizeOf(operands.a)
  const into = plan.buffer(size, to.to)
  plan.step({ kernel: 'arithmetic', op, ...operands, into, conversions: [to] })
  return into
}

/** The entries of a table at the addresses that elements make. */
export function lookedUp(
  plan: PlanBuilder,
  from: BufferId,
  { index, values }: { readonly index: TableIndex; readonly values: readonly bigint[] },
  type: FixedType,
): BufferId {
  const into = plan.buffer(plan.sizeOf(from), type)
  plan.step({ kernel: 'table', from, into, index, values })
  return into
}

/** 1 where an element is at least its threshold (one for all, or one each), given under the buffer's own point. */
export function reaching(plan: PlanBuilder, from: BufferId, thresholds: readonly bigint[]): BufferId {
  const into = plan.buffer(plan.sizeOf(from), bit)
  plan.step({
    kernel: 'threshold',
    from,
    into,
    thresholds: thresholds.map(own => [own]),
    values: [0n, 1n],
  })
  return into
}

/** Where the test is above 0 the one, else the other; both of the same type. */
export function chosen(
  plan: PlanBuilder,
  test: BufferId,
  whenPositive: BufferId,
  otherwise: BufferId,
): BufferId {
  const [type] = plan.typesOf(otherwise) as [FixedType]
  const into = plan.buffer(plan.sizeOf(otherwise), type)
  plan.step({ kernel: 'select', test, whenPositive, otherwise, into, conversions: [conversion(type)] })
  return into
}

/** One value for all, or one for each element, those of a row repeating. */
export function repeated<T>(values: readonly T[], count: number): readonly T[] {
  return values.length === 1 ? values : Array.from({ length: count }, (_, k) => values[k % values.length]!)
}

/** The least raw value under `frac` that is no less than raw · 2^−own. */
export function ceilTo(raw: bigint, own: number, frac: number): bigint {
  return frac >= own ? raw << BigInt(frac - own) : -(-raw >> BigInt(own - frac))
}
