// Operators that treat every element alike and need no table.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { HardActivationAttrs } from '../../ops/hard-activation/index.ts'
import type { ThresholdAttrs } from '../../ops/threshold/index.ts'
import { converted, rawOfNumber, valueOfRaw } from './conversion.ts'
import {
  add,
  compare,
  type Dyadic,
  dyadicOfNumber,
  largest,
  multiply,
  negate,
  one,
  smallest,
  subtract,
  timesPowerOfTwo,
  zero,
} from './dyadic.ts'
import { channel, intoResult, type Operator, roleConversion, trained } from './operator.ts'

/** x itself, converted. */
export function quantise(op: Operator): readonly bigint[] {
  return intoResult(op, op.x)
}

export function relu(op: Operator, maxValue: number | null): readonly bigint[] {
  const clipped = (x: Dyadic) => (maxValue === null ? x : smallest(x, dyadicOfNumber(maxValue)))
  return intoResult(
    op,
    op.x.map(x => (x.mantissa > 0n ? clipped(x) : zero)),
  )
}

export function leakyRelu(op: Operator, alpha: number): readonly bigint[] {
  const slope = constant(op, 'param', alpha)
  return intoResult(
    op,
    op.x.map(x => (x.mantissa > 0n ? x : multiply(slope, x))),
  )
}

export function hardActivation(op: Operator, attrs: HardActivationAttrs): readonly bigint[] {
  const slope = constant(op, 'slope', attrs.slope)
  const shift = constant(op, 'shift', attrs.shift)
  const values = op.x.map(x => {
    const line = largest(zero, smallest(one, add(multiply(slope, x), shift)))
    return attrs.function === 'hard_tanh' ? subtract(timesPowerOfTwo(line, 1), one) : line
  })
  return intoResult(op, values)
}

/** An attribute's value in the type of its role. */
function constant(op: Operator, role: string, value: number): Dyadic {
  const conversion = roleConversion(op, role)
  return valueOfRaw(rawOfNumber(value, conversion), conversion.to)
}

export function binaryTanh(op: Operator): readonly bigint[] {
  const type = roleConversion(op, 'result').to
  const low = !type.signed && type.width === 1 && type.frac === 0 ? zero : negate(one)
  return intoResult(
    op,
    op.x.map(x => (x.mantissa >= 0n ? one : low)),
  )
}

export function ternaryTanh(op: Operator): readonly bigint[] {
  const values = op.x.map((x, index) => {
    const doubled = converted(timesPowerOfTwo(x, 1), op.inputConversion(index))
    if (compare(doubled, one) > 0) return one
    return compare(doubled, negate(one)) > 0 ? zero : negate(one)
  })
  return intoResult(op, values)
}

export function threshold(op: Operator, { levels }: ThresholdAttrs): readonly bigint[] {
  const limit = (role: string) => trained(op, role) ?? bug(`${op.node.name} has no ${role}`)
  if (levels === 2) {
    const at = limit('threshold')
    return intoResult(
      op,
      op.x.map((x, index) => (compare(x, channel(at, index)) >= 0 ? one : zero)),
    )
  }
  const high = limit('threshold_hi')
  const low = limit('threshold_lo')
  const values = op.x.map((x, index) => {
    if (compare(x, channel(high, index)) > 0) return one
    return compare(x, channel(low, index)) > 0 ? zero : negate(one)
  })
  return intoResult(op, values)
}
