// Operators that join tensors element by element, and the inner product.

import type { MergeOperation } from '../../ops/merge/index.ts'
import { converted } from './conversion.ts'
import {
  add,
  type Dyadic,
  dyadic,
  largest,
  multiply,
  smallest,
  subtract,
  timesPowerOfTwo,
  zero,
} from './dyadic.ts'
import { type InputRow, intoResult, type Operator, roleConversion } from './operator.ts'
import { elementAt, places } from './shapes.ts'

/** The element of a smaller tensor under a place of the result: axes of one element repeat, missing ones too. */
function spread(input: InputRow, place: readonly number[]): Dyadic {
  const own = place.slice(place.length - input.shape.length)
  return elementAt(
    input,
    own.map((at, axis) => (input.shape[axis] === 1 ? 0 : at)),
  )!
}

const pairs = {
  add,
  subtract,
  multiply,
  average: add,
  maximum: largest,
  minimum: smallest,
} as const satisfies Record<MergeOperation, (a: Dyadic, b: Dyadic) => Dyadic>

export function merge(op: Operator, operation: MergeOperation): readonly bigint[] {
  const values = [...places(op.node.shape)].map(place => {
    const whole = op.inputs.map(input => spread(input, place)).reduce(pairs[operation])
    return operation === 'average' ? mean(op, whole) : whole
  })
  return intoResult(op, values)
}

/** The sum over a power of two exactly; over other counts as a whole number of the finest input's steps, toward zero. */
function mean(op: Operator, sum: Dyadic): Dyadic {
  const count = op.inputs.length
  const halvings = Math.log2(count)
  if (Number.isInteger(halvings)) return timesPowerOfTwo(sum, -halvings)
  const step = op.finestFrac
  const { mantissa, exponent } = timesPowerOfTwo(sum, step)
  return dyadic((mantissa * 2n ** BigInt(exponent)) / BigInt(count), -step)
}

export function dot(op: Operator): readonly bigint[] {
  const accumulator = roleConversion(op, 'accum')
  const [a, b] = op.inputs as readonly [InputRow, InputRow]
  const sum = a.x
    .map((x, k) => converted(multiply(x, b.x[k]!), accumulator))
    .reduce((total, term) => converted(add(total, term), accumulator), zero)
  return intoResult(op, [sum])
}
