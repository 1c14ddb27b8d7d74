// Hard swish and powers of two.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { HardSwishAttrs } from '../../ops/hard-swish/index.ts'
import type { PowerOfTwoAttrs } from '../../ops/power-of-two/index.ts'
import {
  add,
  compare,
  type Dyadic,
  dyadic,
  dyadicOfNumber,
  largest,
  multiply,
  negate,
  one,
  smallest,
  timesPowerOfTwo,
  zero,
} from './dyadic.ts'
import { intoResult, type Operator } from './operator.ts'

export function hardSwish(op: Operator, { shift, bound }: HardSwishAttrs): readonly bigint[] {
  const top = dyadicOfNumber(bound)
  const result = op.node.resolved.result ?? bug(`${op.node.name} has no result type`)
  const finest = Math.max(...result.to.types.map(({ frac }) => frac))
  return intoResult(
    op,
    op.x.map(x => {
      const gate = largest(zero, smallest(top, add(x, dyadicOfNumber(shift))))
      return quotient(multiply(x, gate), top, finest)
    }),
  )
}

/** a / b where it is a multiple of 2^-(frac + 2); else the middle of the two multiples that it lies between. */
function quotient(a: Dyadic, b: Dyadic, frac: number): Dyadic {
  const scaled = timesPowerOfTwo(a, frac + 2)
  const exponent = Math.min(scaled.exponent, b.exponent)
  const above = scaled.mantissa << BigInt(scaled.exponent - exponent)
  const below = b.mantissa << BigInt(b.exponent - exponent)
  const toZero = above / below
  const floor = above < 0n && toZero * below !== above ? toZero - 1n : toZero
  return dyadic(2n * floor + (floor * below === above ? 0n : 1n), -frac - 3)
}

export function powerOfTwo(op: Operator, attrs: PowerOfTwoAttrs): readonly bigint[] {
  return intoResult(
    op,
    op.x.map(x => {
      if (x.mantissa >= 0n) return dyadic(1n, exponentOf(x, attrs))
      if (attrs.negative === null) return dyadic(1n, attrs.zero)
      return dyadic(-1n, exponentOf(timesPowerOfTwo(negate(x), attrs.negative), attrs))
    }),
  )
}

function exponentOf(size: Dyadic, attrs: PowerOfTwoAttrs): number {
  if (compare(size, dyadicOfNumber(Math.fround(1e-7))) < 0) return attrs.zero
  const step = attrs.squares ? 2 : 1
  let exponent = attrs.lowest
  while (exponent < attrs.highest && reaches(size, exponent + step, attrs)) exponent += step
  return exponent
}

/** Whether a size has at least this exponent: by its logarithm, which with squares is that of its root. */
function reaches(size: Dyadic, exponent: number, { squares, down }: PowerOfTwoAttrs): boolean {
  if (down) return compare(size, timesPowerOfTwo(one, exponent)) >= 0
  if (squares) return compare(size, timesPowerOfTwo(one, exponent - 1)) > 0
  return compare(multiply(size, size), timesPowerOfTwo(one, 2 * exponent - 1)) >= 0
}
