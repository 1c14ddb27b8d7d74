// The four softmaxes.

import { bug } from '../../diagnostics/diagnostic.ts'
import { reciprocalFloat32 } from '../../fixed/table-functions.ts'
import { expFloat32 } from '../../fixed/transcendental.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'
import type { SoftmaxAttrs } from '../../ops/softmax/index.ts'
import { converted, rawOfNumber, valueOfRaw } from './conversion.ts'
import {
  add,
  compare,
  type Dyadic,
  dyadic,
  largest,
  multiply,
  one,
  subtract,
  timesPowerOfTwo,
  truncate,
  zero,
} from './dyadic.ts'
import { intoResult, type Operator, roleConversion } from './operator.ts'
import { clampIndex, symmetricIndex, symmetricPoint } from './tables.ts'

/** Over every vector along the last axis, or over the whole input as one; with `causal` over the first of each alone. */
export function softmax(op: Operator, attrs: SoftmaxAttrs): readonly bigint[] {
  const extent = attrs.over === 'tensor' ? op.x.length : op.inputShape.at(-1)!
  const vectors = Array.from({ length: op.x.length / extent }, (_, k) =>
    op.x.slice(k * extent, (k + 1) * extent),
  )
  return intoResult(
    op,
    vectors.flatMap((vector, row) => {
      if (!attrs.causal) return probabilities(op, vector, attrs)
      const query = row % op.inputShape.at(-2)!
      const seen = vector.filter((_, key) => key <= query)
      return [...probabilities(op, seen, attrs), ...vector.slice(seen.length).map(() => zero)]
    }),
  )
}

function probabilities(op: Operator, x: readonly Dyadic[], attrs: SoftmaxAttrs): readonly Dyadic[] {
  const implementation = String(op.node.choices.Implementation ?? 'stable').toLowerCase()
  switch (implementation) {
    case 'stable':
      return stable(op, x, attrs)
    case 'latency':
      return exponentialsOverSum(op, x, op.inputType(0), 1, attrs)
    case 'legacy':
      return legacy(op, x)
    case 'argmax': {
      const first = x.findIndex(candidate => x.every(other => compare(candidate, other) >= 0))
      return x.map((_, index) => (index === first ? one : zero))
    }
    default:
      return bug(`softmax has no implementation ${implementation}`)
  }
}

function stable(op: Operator, x: readonly Dyadic[], attrs: SoftmaxAttrs): readonly Dyadic[] {
  const norm = roleConversion(op, 'inp_norm')
  const top = x.reduce(largest)
  const differences = x.map(value => converted(subtract(top, value), norm))
  return exponentialsOverSum(op, differences, norm.to, -1, attrs)
}

/** e^(sign·y) for every y, times the inverse of their sum; both functions from tables. */
function exponentialsOverSum(
  op: Operator,
  y: readonly Dyadic[],
  type: FixedType,
  sign: 1 | -1,
  { scale, epsilon }: SoftmaxAttrs,
): readonly Dyadic[] {
  const accumulator = roleConversion(op, 'accum')
  const entry = roleConversion(op, 'exp_table')
  const exponentials = y.map(value => {
    const point = binEdge(value, type, entries(op, type))
    const power = scale === undefined ? sign * point : Math.fround(sign * point * Math.fround(scale))
    return converted(fromDouble(expFloat32(power), entry), accumulator)
  })
  const address = roleConversion(op, 'inv_inp')
  const sum = converted(treeSum(exponentials, accumulator), address)
  const edge = binEdge(sum, address.to, entries(op, address.to))
  const divisor = epsilon === undefined ? edge : Math.fround(edge + Math.fround(epsilon))
  const inverse = fromDouble(reciprocalFloat32(divisor), roleConversion(op, 'inv_table'))
  return exponentials.map(exponential => multiply(exponential, inverse))
}

function entries(op: Operator, type: FixedType): number {
  return Math.min(Number(op.node.choices.TableSize), 2 ** type.width)
}

/** The smallest value of the bin of a value in a table addressed by the top bits of its raw word, as float32. */
function binEdge(value: Dyadic, type: FixedType, size: number): number {
  const dropped = type.width - Math.log2(size)
  const raw = value.mantissa === 0n ? 0n : rawUnder(value, type)
  const kept = (raw >> BigInt(dropped)) << BigInt(dropped)
  return Math.fround(Number(kept) * 2 ** -type.frac)
}

function rawUnder(value: Dyadic, type: FixedType): bigint {
  return truncate(timesPowerOfTwo(value, type.frac))
}

function fromDouble(value: number, c: Conversion): Dyadic {
  return valueOfRaw(rawOfNumber(value, c), c.to)
}

/** Sums in a tree whose left side is the largest power of two below the count; every sum is converted. */
function treeSum(values: readonly Dyadic[], accumulator: Conversion): Dyadic {
  if (values.length === 1) return values[0]!
  let left = 1
  while (left * 2 < values.length) left *= 2
  const sum = add(treeSum(values.slice(0, left), accumulator), treeSum(values.slice(left), accumulator))
  return converted(sum, accumulator)
}

/** For every element the sum of e^(others − own), then 1/sum; one table type for all. */
function legacy(op: Operator, x: readonly Dyadic[]): readonly Dyadic[] {
  const type = roleConversion(op, 'table')
  const size = Number(op.node.choices.TableSize)
  return x.map((own, i) => {
    const sum = x.reduce((sum, other, j) => {
      const index = symmetricIndex(subtract(other, own), size, 3)
      const term = i === j ? one : dyadicEntry(expFloat32(symmetricPoint(index, size, 3)), type)
      return converted(add(sum, converted(term, type)), type)
    }, zero)
    const index = clampIndex(truncate(timesPowerOfTwo(multiply(sum, dyadic(BigInt(size))), -6)), size)
    const point = Math.fround((64 * index) / size)
    return dyadicEntry(point > 0 ? 1 / point : 0, type)
  })
}

function dyadicEntry(value: number, type: Conversion): Dyadic {
  return valueOfRaw(rawOfNumber(value, type), type.to)
}
