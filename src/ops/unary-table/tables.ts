// How a value addresses a unary table: rounded to the index's type (half to even), wrapped, its word read without
// sign. Entries stand in the order of these words, those of negative values behind the others:
// fixed<2,2> has the entries of 0, 1, −2, −1.

import { bug } from '../../diagnostics/diagnostic.ts'
import { quantiseNumber } from '../../fixed/convert.ts'
import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { RawValues, TypedOp } from '../definition.ts'

/** The type whose values have entries. */
export interface UnaryTableAttrs {
  readonly signed: boolean
  readonly width: number
  readonly frac: number
}

/** The table, of shape [entries], or with an axis before it [elements, entries] when every element has its own. */
export function tablesOf<T>(name: string, values: T | undefined): T {
  return values ?? bug(`${name} lacks its table`)
}

export function indexType({ signed, width, frac }: UnaryTableAttrs): FixedType {
  return { signed, width, frac }
}

export function intoIndex(attrs: UnaryTableAttrs): Conversion {
  return conversion(indexType(attrs), 'RND_CONV', 'WRAP')
}

export function entryCount({ width }: UnaryTableAttrs): number {
  return 2 ** width
}

/** The address of a value given as a number. */
export function wholeIndex(attrs: UnaryTableAttrs, x: number): number {
  return Number(BigInt.asUintN(attrs.width, quantiseNumber(x, intoIndex(attrs))))
}

/** The entries of an element from the word `first` on, and which of several tables they are. */
export function entriesOf(
  op: TypedOp<UnaryTableAttrs>,
  element: number,
  first: bigint,
): { values: readonly bigint[]; number: number | undefined } {
  const { raw } = tablesOf<RawValues>(op.name, op.weight('table'))
  const count = entryCount(op.attrs)
  const isShared = raw.length === count
  if (!isShared && raw.length !== count * sizeOf(op.output.shape))
    bug(`${op.name} has tables for other elements`)
  const start = isShared ? 0 : element * count
  const positive = count + Number(first)
  const own = raw.slice(start, start + count)
  return {
    values: [...own.slice(positive), ...own.slice(0, positive)],
    number: isShared ? undefined : element,
  }
}
