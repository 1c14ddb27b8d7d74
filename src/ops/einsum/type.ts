// Precision of a contraction that loses nothing.

import { intervalOf } from '../../fixed/interval.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import { type TensorType, typeAt, uniformType } from '../../ir/tensor-type.ts'
import { intervalWidth } from '../../netlist/netlist.ts'
import { contractionOf, elementPairs } from '../contraction.ts'
import type { PrecisionRequest, RoleConversions } from '../definition.ts'
import type { EinsumAttrs } from './attrs.ts'

/** Accumulator and result hold every sum that elements of the inputs' types can give, and no more. */
export function inferEinsumLossless(request: PrecisionRequest<EinsumAttrs>): RoleConversions {
  const type = conversion(exactSum(request))
  return { accum: type, result: type }
}

interface Bounds {
  readonly min: bigint
  readonly max: bigint
}

function exactSum({ attrs, inputs, name }: PrecisionRequest<EinsumAttrs>): FixedType {
  const [a, b] = [inputs[0]!, inputs[1]!]
  const contraction = contractionOf(attrs.equation, a.shape, b.shape, name)
  const frac = mostFraction(a) + mostFraction(b)
  const [one, other] = [uniformType(a), uniformType(b)]
  const { min, max } =
    one !== undefined && other !== undefined
      ? times(productBounds(one, other, frac), BigInt(contraction.terms))
      : widestSum(a, b, elementPairs(contraction), frac)
  return { signed: min < 0n, width: intervalWidth(min, max), frac }
}

function widestSum(
  a: TensorType,
  b: TensorType,
  { left, right }: ReturnType<typeof elementPairs>,
  frac: number,
): Bounds {
  let [min, max] = [0n, 0n]
  for (const [k, base] of left.outer.entries()) {
    let sum: Bounds = { min: 0n, max: 0n }
    for (const [t, offset] of left.inner.entries()) {
      const own = productBounds(typeAt(a, base + offset), typeAt(b, right.outer[k]! + right.inner[t]!), frac)
      sum = { min: sum.min + own.min, max: sum.max + own.max }
    }
    if (sum.min < min) min = sum.min
    if (sum.max > max) max = sum.max
  }
  return { min, max }
}

/** Of a product of two values, at `frac` fraction bits. */
function productBounds(a: FixedType, b: FixedType, frac: number): Bounds {
  const [x, y] = [intervalOf(a), intervalOf(b)]
  const corners = [x.min * y.min, x.min * y.max, x.max * y.min, x.max * y.max]
  const up = BigInt(frac - a.frac - b.frac)
  const least = corners.reduce((low, own) => (own < low ? own : low))
  const most = corners.reduce((high, own) => (own > high ? own : high))
  return { min: least << up, max: most << up }
}

function times({ min, max }: Bounds, count: bigint): Bounds {
  return { min: min * count, max: max * count }
}

function mostFraction({ element }: TensorType): number {
  return Math.max(...element.types.map(type => type.frac))
}
