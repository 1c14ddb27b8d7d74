// Operators with trained factors: dense layers (accumulated product by product) and batch normalisation.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { FixedType } from '../../fixed/types.ts'
import type { DenseAttrs } from '../../ops/dense/index.ts'
import { converted } from './conversion.ts'
import { add, type Dyadic, dyadic, multiply, negate, one, subtract, timesPowerOfTwo, zero } from './dyadic.ts'
import { channel, intoResult, type Operator, roleConversion, trained } from './operator.ts'

/** An input element of a sum with its type. */
export interface Tap {
  readonly x: Dyadic
  readonly type: FixedType
}

export function dense(op: Operator, attrs: DenseAttrs): readonly bigint[] {
  const inputs = op.inputShape.at(-1)!
  const taps = op.x.map((x, index) => ({ x, type: op.inputType(index) }))
  const vectors = Array.from({ length: taps.length / inputs }, (_, k) =>
    taps.slice(k * inputs, (k + 1) * inputs),
  )
  return intoResult(
    op,
    vectors.flatMap(vector => sumsOfProducts(op, attrs, vector)),
  )
}

/** Where a layer of products finds its trained values and how often its multipliers are reused. */
export interface ProductRoles {
  readonly weight: string
  readonly bias: string
  readonly reuse: string
}

const plainRoles: ProductRoles = { weight: 'weight', bias: 'bias', reuse: 'ReuseFactor' }

/** The sum of a bias and products x · w, converted into the accumulator step by step; `turns` says when each is taken. */
export function plainSum(
  op: Operator,
  bias: Dyadic,
  factors: readonly { readonly x: Dyadic; readonly weight: Dyadic }[],
  turns: readonly number[],
): Dyadic {
  const terms = factors.map(({ x, weight }) => multiply(x, weight))
  return accumulate(op, bias, terms, plainRoles.reuse, turns)
}

/** Every unit's sum over one vector of inputs, before the result's conversion. */
export function sumsOfProducts(
  op: Operator,
  attrs: DenseAttrs,
  taps: readonly Tap[],
  roles = plainRoles,
): readonly Dyadic[] {
  const bias = trained(op, roles.bias)
  const weights = trained(op, roles.weight) ?? bug(`${op.node.name} has no weights`)
  const counted = attrs.weightCoding === 'xnor' && attrs.inputCoding === 'xnor'
  return Array.from({ length: attrs.units }, (_, unit) => {
    const terms = taps.map((tap, input) => term(op, attrs, tap, weights[input * attrs.units + unit]!))
    const sum = accumulate(op, channel(bias, unit), terms, roles.reuse)
    return counted ? subtract(timesPowerOfTwo(sum, 1), dyadic(BigInt(taps.length))) : sum
  })
}

/** The bias and all terms: exactly with distributed arithmetic, else converted into the accumulator at every step. */
function accumulate(
  op: Operator,
  bias: Dyadic,
  terms: readonly Dyadic[],
  reuseKey: string,
  turns: readonly number[] = terms.map((_, index) => index),
): Dyadic {
  const strategy = String(op.node.choices.Strategy ?? 'Latency')
    .toLowerCase()
    .replaceAll('_', '')
  if (strategy === 'da' || strategy === 'distributedarithmetic') {
    return terms.reduce(add, bias)
  }
  const accumulator = roleConversion(op, 'accum')
  const reuse =
    strategy === 'latency' || strategy === 'compressed' ? 1 : Number(op.node.choices[reuseKey] ?? 1)
  return inOrder(terms, turns, reuse).reduce(
    (sum, term) => converted(add(sum, converted(term, accumulator)), accumulator),
    converted(bias, accumulator),
  )
}

/** Terms whose turn is 0, r, 2r, …, 1, r+1, …: the order in which the cycles of a reused multiplier take them. */
export function inOrder(
  terms: readonly Dyadic[],
  turns: readonly number[],
  reuse: number,
): readonly Dyadic[] {
  const cycles = Math.min(reuse, Math.max(...turns, 0) + 1)
  return Array.from({ length: cycles }, (_, cycle) =>
    terms.filter((_, index) => turns[index]! % cycles === cycle),
  ).flat()
}

/** What an input adds through a weight, exactly. */
function term(op: Operator, attrs: DenseAttrs, { x, type }: Tap, weight: Dyadic): Dyadic {
  if (attrs.inputCoding === 'xnor') {
    const bit = x.mantissa !== 0n
    if (attrs.weightCoding === 'xnor') return bit === weight.mantissa > 0n ? one : zero
    return bit ? weight : negate(weight)
  }
  return attrs.weightCoding === 'exponent'
    ? shiftProduct(x, type, weight, roleConversion(op, 'weight').to.width)
    : multiply(x, weight)
}

/** x times ±2^e, the shift in a type of twice the widths: what falls below it is floored before the sign is applied. */
function shiftProduct(x: Dyadic, type: FixedType, factor: Dyadic, codingWidth: number): Dyadic {
  const bits = codingWidth + type.width
  const product = {
    to: { signed: true, width: 2 * bits, frac: bits },
    rounding: 'TRN',
    overflow: 'WRAP',
    saturationBits: 0,
  } as const
  const negative = factor.mantissa < 0n
  const shifted = converted(multiply(converted(x, product), negative ? negate(factor) : factor), product)
  return negative ? converted(negate(shifted), product) : shifted
}

export function batchNorm(op: Operator, scaleCoding: 'plain' | 'exponent'): readonly bigint[] {
  const scale = trained(op, 'scale')
  const bias = trained(op, 'bias')
  const sums = op.x.map((x, index) => {
    const factor = channel(scale, index)
    const product =
      scaleCoding === 'plain'
        ? multiply(x, factor)
        : shiftProduct(x, op.inputType(index), factor, roleConversion(op, 'scale').to.width)
    return add(product, channel(bias, index))
  })
  return intoResult(op, sums)
}
