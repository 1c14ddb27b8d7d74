// Kernels that treat elements one by one, or in small groups, as expressions over lanes.

import { bitLength, trailingZeros } from '../../../fixed/bit-length.ts'
import {
  fracAt,
  type PlanBuffer,
  perElement,
  type Step,
  type StepOf,
  type TableIndex,
} from '../../../fixed/kernels.ts'
import type { Conversion } from '../../../fixed/types.ts'
import { addHeld, align, combineHeld, convertHeld, type Held, multiplyHeld, roundValue } from './held.ts'
import type { Value } from './value.ts'
import * as v from './value.ts'

/** What is known of a source buffer. */
export interface SourceRange {
  readonly min: bigint
  readonly max: bigint
  readonly frac: number
}

/** Elements of the result that share an expression, in terms of the plan's buffers. */
export interface HeldClass {
  readonly sources: readonly number[]
  readonly results: readonly Held[]
  readonly entries: (readonly number[])[]
  readonly parameters: (readonly bigint[])[]
}

/** Ranges by the plan's buffer ids. */
export type Ranges = (buffer: number) => SourceRange

/** Groups longer than this are run plainly: their code is straight-line. */
const longestGroup = 64

/** The step's classes, or undefined where it has no form in lanes. */
export function lowerMap(
  step: Step,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
): HeldClass[] | undefined {
  switch (step.kernel) {
    case 'convert':
      return eachElement(step, buffers, ranges, (x, k) => convertHeld(x, perElement(step.conversions, k)))
    case 'clamp':
      return eachElement(step, buffers, ranges, (x, k, frac) => clampHeld(step, x, k, frac))
    case 'affine':
      return lowerAffine(step, buffers, ranges)
    case 'arithmetic':
      return lowerArithmetic(step, buffers, ranges)
    case 'table':
      if (!hasOneFrac(buffers[step.into]!)) return undefined
      return eachElement(step, buffers, ranges, (x, _k, frac) =>
        tableHeld(step, x, frac, fracAt(buffers[step.into]!, 0)),
      )
    case 'reduce':
      return lowerReduce(step, ranges)
    case 'gather':
      return lowerGather(step, buffers, ranges)
    case 'threshold':
      return lowerThreshold(step, buffers, ranges)
    case 'select':
      return lowerSelect(step, buffers, ranges)
    case 'one-hot-maximum':
      return lowerOneHot(step, buffers, ranges)
    case 'divide':
      return lowerDivide(step, buffers, ranges)
    default:
      return undefined
  }
}

/** Raw values of all elements mean the same numbers. */
function hasOneFrac({ types }: PlanBuffer): boolean {
  return types.every(({ frac }) => frac === types[0]!.frac)
}

/** Puts elements with equal keys into one class; `make` is asked once per class. */
function classify(
  count: number,
  keyOf: (k: number) => string,
  make: (k: number) => Omit<HeldClass, 'entries' | 'parameters'> | undefined,
  entryOf: (k: number) => { entry: readonly number[]; parameters?: readonly bigint[] },
): HeldClass[] | undefined {
  const classes = new Map<string, HeldClass>()
  for (let k = 0; k < count; k++) {
    const key = keyOf(k)
    let found = classes.get(key)
    if (found === undefined) {
      const made = make(k)
      if (made === undefined) return undefined
      found = { ...made, entries: [], parameters: [] }
      classes.set(key, found)
    }
    const { entry, parameters } = entryOf(k)
    found.entries.push(entry)
    found.parameters.push(parameters ?? [])
  }
  return [...classes.values()]
}

export function keyOfConversion({ to, rounding, overflow, saturationBits }: Conversion): string {
  return `${to.signed}/${to.width}/${to.frac}/${rounding}/${overflow}/${saturationBits}`
}

const keyAt = (conversions: readonly Conversion[], k: number) =>
  conversions.length === 1 ? '' : keyOfConversion(perElement(conversions, k))

function sourceOf({ min, max, frac }: SourceRange, slot: number): Held {
  return { value: v.source(slot, min, max), frac }
}

/** A kernel of one source with the element's own index. */
function eachElement(
  step: StepOf<'convert' | 'clamp' | 'table'>,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
  make: (x: Held, k: number, declaredFrac: number) => Held | undefined,
): HeldClass[] | undefined {
  const from = buffers[step.from]!
  const conversions = step.kernel === 'table' ? [] : step.conversions
  return classify(
    buffers[step.into]!.size,
    k => `${conversions.length === 0 ? '' : keyAt(conversions, k)} ${fracAt(from, k)}`,
    k => {
      const result = make(sourceOf(ranges(step.from), 0), k, fracAt(from, k))
      return result && { sources: [step.from], results: [result] }
    },
    k => ({ entry: [k, k] }),
  )
}

function clampHeld(step: StepOf<'clamp'>, x: Held, k: number, frac: number): Held | undefined {
  const bound = (raw: bigint): Held => {
    const zeros = Math.min(trailingZeros(raw), Math.max(0, frac - x.frac))
    return { value: v.constant(raw >> BigInt(zeros)), frac: frac - zeros }
  }
  const low = step.min === undefined ? x : combineHeld('maximum', x, bound(step.min))
  const limited = step.max === undefined ? low : combineHeld('minimum', low, bound(step.max))
  return convertHeld(limited, perElement(step.conversions, k))
}

const least = (values: readonly bigint[]) => values.reduce((a, b) => (b < a ? b : a))
const most = (values: readonly bigint[]) => values.reduce((a, b) => (b > a ? b : a))

function parameterOf(values: readonly bigint[], slot: number, frac: number): Held {
  const [min, max] = [least(values), most(values)]
  return { value: min === max ? v.constant(min) : v.parameter(slot, min, max), frac }
}

function lowerAffine(
  step: StepOf<'affine'>,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
): HeldClass[] | undefined {
  if (step.shift !== undefined) return undefined
  const scale = parameterOf(step.scale, 0, step.scaleFrac)
  const bias = parameterOf(step.bias, 1, step.biasFrac)
  return classify(
    buffers[step.into]!.size,
    k => keyAt(step.conversions, k),
    k => {
      const product = multiplyHeld(sourceOf(ranges(step.from), 0), scale)
      const result = convertHeld(addHeld(product, bias), perElement(step.conversions, k))
      return result && { sources: [step.from], results: [result] }
    },
    k => ({ entry: [k, k], parameters: [perElement(step.scale, k), perElement(step.bias, k)] }),
  )
}

function lowerArithmetic(
  step: StepOf<'arithmetic'>,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
): HeldClass[] | undefined {
  const [a, b] = [sourceOf(ranges(step.a), 0), sourceOf(ranges(step.b), 1)]
  const combined =
    step.op === 'multiply'
      ? multiplyHeld(a, b)
      : step.op === 'add'
        ? addHeld(a, b)
        : combineHeld(step.op, a, b)
  return classify(
    buffers[step.into]!.size,
    k => keyAt(step.conversions, k),
    k => {
      const result = convertHeld(combined, perElement(step.conversions, k))
      return result && { sources: [step.a, step.b], results: [result] }
    },
    k => ({ entry: [k, step.aIndex?.[k] ?? k, step.bIndex?.[k] ?? k] }),
  )
}

/** `frac` is what the raw value has that addresses the table; the source may be held with less or more. */
function tableHeld(step: StepOf<'table'>, x: Held, frac: number, resultFrac: number): Held | undefined {
  const index = indexOf(step.index, x, frac - x.frac, step.values.length)
  return index && { value: v.entry(index, step.values), frac: resultFrac }
}

function indexOf(index: TableIndex, { value }: Held, zeros: number, length: number): Value | undefined {
  if (index.kind === 'bits') {
    if (length < 2 ** index.count) return undefined
    const drop = index.low - zeros
    if (drop >= 0) return v.wrap(v.shiftRight(value, Math.min(drop, bitsOf(value))), index.count, false)
    return v.shiftLeft(v.wrap(value, index.count + drop, false), -drop)
  }
  const shifts = trailingZeros(index.multiply)
  const drop = index.shift - zeros - shifts
  const scaled = v.multiply(value, v.constant(index.multiply >> BigInt(shifts)))
  const whole = drop > 0 ? roundValue(scaled, drop, 'TRN_ZERO') : v.shiftLeft(scaled, -drop)
  const moved = v.add(whole, v.constant(index.offset))
  return v.minimum(v.maximum(moved, v.constant(0n)), v.constant(BigInt(length - 1)))
}

const bitsOf = (value: Value) => Math.max(bitLength(value.min), bitLength(value.max)) + 1

function lowerReduce(step: StepOf<'reduce'>, ranges: Ranges): HeldClass[] | undefined {
  if (step.groups.some(group => group.length > longestGroup || group.length === 0)) return undefined
  return classify(
    step.groups.length,
    k => `${step.groups[k]!.length} ${keyAt(step.conversions, k)}`,
    k => {
      const group = step.groups[k]!
      const total = reduced(step, group, ranges(step.from))
      const result = total && convertHeld(total, perElement(step.conversions, k))
      return result && { sources: group.map(() => step.from), results: [result] }
    },
    k => ({ entry: [k, ...step.groups[k]!] }),
  )
}

function reduced(step: StepOf<'reduce'>, group: readonly number[], range: SourceRange): Held | undefined {
  const through = (held: Held | undefined) =>
    held && (step.accumulator === undefined ? held : convertHeld(held, step.accumulator))
  const join = (a: Held | undefined, b: Held | undefined) =>
    a && b && (step.op === 'add' ? through(addHeld(a, b)) : combineHeld('maximum', a, b))
  const terms = group.map((_, slot) => through(sourceOf(range, slot)))
  return step.tree ? reduceTree(terms, join) : terms.reduce(join)
}

/** Splits at the largest power of two below the length, left part first. */
function reduceTree<T>(terms: readonly T[], join: (a: T, b: T) => T): T {
  if (terms.length === 1) return terms[0]!
  const half = 2 ** Math.floor(Math.log2(terms.length - 1))
  return join(reduceTree(terms.slice(0, half), join), reduceTree(terms.slice(half), join))
}

function lowerGather(
  step: StepOf<'gather'>,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
): HeldClass[] | undefined {
  if (step.fill !== 0n && !hasOneFrac(buffers[step.into]!)) return undefined
  const places = step.from.flatMap(id =>
    Array.from({ length: buffers[id]!.size }, (_, index) => ({ id, index })),
  )
  const fill: Held = { value: v.constant(step.fill), frac: fracAt(buffers[step.into]!, 0) }
  return classify(
    step.index.length,
    k => (step.index[k]! < 0 ? 'fill' : `${places[step.index[k]!]!.id}`),
    k => {
      if (step.index[k]! < 0) return { sources: [], results: [fill] }
      const { id } = places[step.index[k]!]!
      return { sources: [id], results: [sourceOf(ranges(id), 0)] }
    },
    k => ({ entry: step.index[k]! < 0 ? [k] : [k, places[step.index[k]!]!.index] }),
  )
}

function lowerThreshold(
  step: StepOf<'threshold'>,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
): HeldClass[] | undefined {
  const from = buffers[step.from]!
  if (step.thresholds.some(list => list.length > longestGroup)) return undefined
  if (!hasOneFrac(buffers[step.into]!)) return undefined
  const resultFrac = fracAt(buffers[step.into]!, 0)
  return classify(
    buffers[step.into]!.size,
    k => `${perElement(step.thresholds, k).length} ${fracAt(from, k)}`,
    k => {
      const x = sourceOf(ranges(step.from), 0)
      const lists = step.thresholds.filter(list => list.length === perElement(step.thresholds, k).length)
      const passed = perElement(step.thresholds, k).map((_, n) => {
        const bound = parameterOf(
          lists.map(list => list[n]!),
          n,
          fracAt(from, k),
        )
        const frac = Math.max(x.frac, bound.frac)
        return v.less(align(x, frac), align(bound, frac))
      })
      const value = passed.reduce(
        (below, isLess, n) => v.choose(isLess, below, v.constant(step.values[n + 1]!)),
        v.constant(step.values[0]!) as Value,
      )
      return { sources: [step.from], results: [{ value, frac: resultFrac }] }
    },
    k => ({ entry: [k, k], parameters: perElement(step.thresholds, k) }),
  )
}

function lowerSelect(
  step: StepOf<'select'>,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
): HeldClass[] | undefined {
  const test = sourceOf(ranges(step.test), 0)
  return classify(
    buffers[step.into]!.size,
    k => keyAt(step.conversions, k),
    k => {
      const through = (id: number, slot: number) =>
        convertHeld(sourceOf(ranges(id), slot), perElement(step.conversions, k))
      const [positive, otherwise] = [through(step.whenPositive, 1), through(step.otherwise, 2)]
      if (positive === undefined || otherwise === undefined) return undefined
      const frac = Math.max(positive.frac, otherwise.frac)
      const isPositive = v.less(v.constant(0n), test.value)
      const value = v.choose(isPositive, align(positive, frac), align(otherwise, frac))
      return { sources: [step.test, step.whenPositive, step.otherwise], results: [{ value, frac }] }
    },
    k => ({ entry: [k, k, k, k] }),
  )
}

/** The first of the maxima wins. Elements of no group are 0. */
function lowerOneHot(
  step: StepOf<'one-hot-maximum'>,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
): HeldClass[] | undefined {
  const { size } = buffers[step.into]!
  const covered = step.groups.flat()
  if (new Set(covered).size !== covered.length || covered.length !== size) return undefined
  if (step.groups.some(group => group.length > longestGroup)) return undefined
  if (!hasOneFrac(buffers[step.into]!) || !hasOneFrac(buffers[step.from]!)) return undefined
  const frac = fracAt(buffers[step.into]!, 0)
  return classify(
    step.groups.length,
    k => `${step.groups[k]!.length}`,
    k => {
      const group = step.groups[k]!
      const terms = group.map((_, slot) => sourceOf(ranges(step.from), slot).value)
      const largest = terms.reduce(v.maximum)
      let taken: Value = v.constant(0n)
      const results = terms.map(term => {
        const first = v.without(v.equal(term, largest), taken)
        taken = v.choose(first, v.constant(-1n), taken)
        return { value: v.where(first, v.constant(step.one)), frac }
      })
      return { sources: group.map(() => step.from), results }
    },
    k => ({ entry: [...step.groups[k]!, ...step.groups[k]!] }),
  )
}

/** Raw values under their type, divided as integers toward zero. */
function lowerDivide(
  step: StepOf<'divide'>,
  buffers: readonly PlanBuffer[],
  ranges: Ranges,
): HeldClass[] | undefined {
  const from = buffers[step.from]!
  const x = sourceOf(ranges(step.from), 0)
  return classify(
    buffers[step.into]!.size,
    k => `${perElement(step.divisors, k)} ${keyAt(step.conversions, k)} ${fracAt(from, k)}`,
    k => {
      const frac = fracAt(from, k)
      const raw = x.frac > frac ? v.shiftRight(x.value, x.frac - frac) : align(x, frac)
      const value = divided(raw, perElement(step.divisors, k))
      const result = convertHeld({ value, frac }, perElement(step.conversions, k))
      return result && { sources: [step.from], results: [result] }
    },
    k => ({ entry: [k, k] }),
  )
}

/**
 * trunc(x / d). For 0 ≤ x < 2^n and 2^(l−1) < d ≤ 2^l it is ⌊x · m / 2^(n + l)⌋ with m = ⌈2^(n + l) / d⌉ (Granlund and
 * Montgomery, "Division by invariant integers using multiplication").
 */
function divided(x: Value, divisor: bigint): Value {
  const l = bitLength(divisor - 1n)
  if (divisor === 1n) return x
  if (divisor === 1n << BigInt(l)) return roundValue(x, l, 'TRN_ZERO')
  const largest = x.max > -x.min ? x.max : -x.min
  const bits = bitLength(largest) + l
  const factor = ((1n << BigInt(bits)) + divisor - 1n) / divisor
  const magnitude = { ...v.maximum(x, v.subtract(v.constant(0n), x)), min: 0n, max: largest }
  const quotient = v.shiftRight(v.multiply(magnitude, v.constant(factor)), bits)
  if (x.min >= 0n) return quotient
  const negated = v.subtract(v.constant(0n), quotient)
  return v.choose(v.negative(x), negated, quotient)
}
