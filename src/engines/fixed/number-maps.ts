// Tables, reductions and arithmetic on doubles holding integers, for the cases where every intermediate provably fits
// 53 bits: what softmax and its like are made of.

import { numberConverter } from '../../fixed/convert.ts'
import { type PlanBuffer, perElement, type StepOf, type TableIndex } from '../../fixed/kernels.ts'
import type { Conversion } from '../../fixed/types.ts'
import { isNumeric, rangeOf } from './forms.ts'
import type { NumberStep } from './number-steps.ts'

type Convert = (raw: number) => number
const limit = 1n << 53n

/** Whole numbers of 2^−frac within bounds that a double holds. */
interface Range {
  readonly min: bigint
  readonly max: bigint
  readonly frac: number
}

const fits = ({ min, max }: Range) => min >= -limit && max <= limit

export function tableStep(step: StepOf<'table'>, buffers: readonly PlanBuffer[]): NumberStep | undefined {
  const range = rangeOf(buffers[step.from]!)
  const values = Float64Array.from(step.values, Number)
  const indexOf = range && indexer(step.index, range, values.length)
  if (indexOf === undefined) return undefined
  const { size } = buffers[step.into]!
  return held => {
    const from = held[step.from]!
    const into = held[step.into]!
    for (let k = 0; k < size; k++) into[k] = values[indexOf(from[k]!)]!
  }
}

function indexer(index: TableIndex, range: Range, length: number): Convert | undefined {
  if (index.kind === 'bits') {
    const [scale, count] = [2 ** -index.low, 2 ** index.count]
    if (index.low > 900 || count > length) return undefined
    return raw => {
      const word = Math.floor(raw * scale)
      return word - Math.floor(word / count) * count
    }
  }
  const ends = [range.min * index.multiply, range.max * index.multiply]
  if (ends.some(end => end > limit || end < -limit) || index.shift > 900) return undefined
  const [multiply, scale, offset] = [Number(index.multiply), 2 ** -index.shift, Number(index.offset)]
  return raw => Math.min(Math.max(Math.trunc(raw * multiply * scale) + offset, 0), length - 1)
}

export function arithmeticStep(
  step: StepOf<'arithmetic'>,
  buffers: readonly PlanBuffer[],
): NumberStep | undefined {
  const [a, b] = [rangeOf(buffers[step.a]!), rangeOf(buffers[step.b]!)]
  const result = a && b && combinedRange(step.op, a, b)
  if (result === undefined) return undefined
  const made = step.conversions.map(own => numberConverter(result.frac, result.min, result.max, own))
  if (made.some(own => own === undefined)) return undefined
  const convert = made as Convert[]
  const combine = combiner(step.op, a!, b!)
  const { size } = buffers[step.into]!
  const [aIndex, bIndex] = [step.aIndex, step.bIndex]
  return held => {
    const x = held[step.a]!
    const y = held[step.b]!
    const into = held[step.into]!
    for (let k = 0; k < size; k++)
      into[k] = perElement(convert, k)(combine(x[aIndex?.[k] ?? k]!, y[bIndex?.[k] ?? k]!))
  }
}

/** What the combination can be; undefined where a double may not hold it, or an operand once aligned. */
function combinedRange(op: StepOf<'arithmetic'>['op'], a: Range, b: Range): Range | undefined {
  if (op === 'multiply') {
    const ends = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max]
    const product = { min: least(ends), max: most(ends), frac: a.frac + b.frac }
    return fits(product) ? product : undefined
  }
  const frac = Math.max(a.frac, b.frac)
  const [x, y] = [aligned(a, frac), aligned(b, frac)]
  const sum =
    op === 'add'
      ? { min: x.min + y.min, max: x.max + y.max, frac }
      : op === 'subtract'
        ? { min: x.min - y.max, max: x.max - y.min, frac }
        : { min: least([x.min, y.min]), max: most([x.max, y.max]), frac }
  return [x, y, sum].every(fits) ? sum : undefined
}

const least = (values: readonly bigint[]) => values.reduce((a, b) => (b < a ? b : a))
const most = (values: readonly bigint[]) => values.reduce((a, b) => (b > a ? b : a))

function aligned({ min, max, frac }: Range, to: number): Range {
  const by = BigInt(to - frac)
  return { min: min << by, max: max << by, frac: to }
}

function combiner(op: StepOf<'arithmetic'>['op'], a: Range, b: Range): (x: number, y: number) => number {
  // 0 · −1 is −0 in doubles; adding 0 makes it the integer.
  if (op === 'multiply') return (x, y) => x * y + 0
  const frac = Math.max(a.frac, b.frac)
  const [p, q] = [factor(a, frac), factor(b, frac)]
  switch (op) {
    case 'add':
      return (x, y) => x * p + y * q
    case 'subtract':
      return (x, y) => x * p - y * q
    case 'maximum':
      return (x, y) => Math.max(x * p, y * q)
    default:
      return (x, y) => Math.min(x * p, y * q)
  }
}

/** A range so far from the other that only 0 fits is 0, whatever the factor. */
function factor({ frac }: Range, to: number): number {
  return to - frac > 900 ? 0 : 2 ** (to - frac)
}

export function reduceStep(step: StepOf<'reduce'>, buffers: readonly PlanBuffer[]): NumberStep | undefined {
  const source = rangeOf(buffers[step.from]!)
  if (source === undefined || !isNumeric(buffers[step.from]!)) return undefined
  const longest = step.groups.reduce((length, group) => Math.max(length, group.length), 1)
  const joined = step.op === 'maximum' ? partsOf(step, source) : sumParts(step, source, longest)
  if (joined === undefined) return undefined
  const { take, join, held } = joined
  const made = step.conversions.map(own => numberConverter(held.frac, held.min, held.max, own))
  if (made.some(own => own === undefined)) return undefined
  const convert = made as Convert[]
  const terms = new Float64Array(longest)
  return values => {
    const from = values[step.from]!
    const into = values[step.into]!
    step.groups.forEach((group, k) => {
      for (let n = 0; n < group.length; n++) terms[n] = take(from[group[n]!]!)
      into[k] = perElement(
        convert,
        k,
      )(step.tree ? tree(terms, 0, group.length, join) : chain(terms, group.length, join))
    })
  }
}

interface Parts {
  /** An element as it is taken in. */
  readonly take: Convert
  readonly join: (a: number, b: number) => number
  /** What elements and partial results are. */
  readonly held: Range
}

const same: Convert = raw => raw

function taken(
  accumulator: Conversion | undefined,
  source: Range,
): { take: Convert; held: Range } | undefined {
  if (accumulator === undefined) return { take: same, held: source }
  const take = numberConverter(source.frac, source.min, source.max, accumulator)
  const { width, signed, frac } = accumulator.to
  const top = 1n << BigInt(Math.max(0, signed ? width - 1 : width))
  const held = width === 0 ? { min: 0n, max: 0n, frac } : { min: signed ? -top : 0n, max: top - 1n, frac }
  return take && fits(held) ? { take, held } : undefined
}

function partsOf(step: StepOf<'reduce'>, source: Range): Parts | undefined {
  const own = taken(step.accumulator, source)
  return own && { ...own, join: (a, b) => Math.max(a, b) }
}

function sumParts(step: StepOf<'reduce'>, source: Range, longest: number): Parts | undefined {
  const own = taken(step.accumulator, source)
  if (own === undefined) return undefined
  const { take, held } = own
  if (step.accumulator === undefined) {
    const most = { min: held.min * BigInt(longest), max: held.max * BigInt(longest), frac: held.frac }
    return fits(most) ? { take, held: most, join: (a, b) => a + b } : undefined
  }
  const through = numberConverter(held.frac, 2n * held.min, 2n * held.max, step.accumulator)
  return through && { take, held, join: (a, b) => through(a + b) }
}

function chain(terms: Float64Array, length: number, join: Parts['join']): number {
  let total = terms[0]!
  for (let n = 1; n < length; n++) total = join(total, terms[n]!)
  return total
}

/** Splits at the largest power of two below the length, left part first. */
function tree(terms: Float64Array, from: number, length: number, join: Parts['join']): number {
  if (length === 1) return terms[from]!
  const half = 1 << (31 - Math.clz32(length - 1))
  return join(tree(terms, from, half, join), tree(terms, from + half, length - half, join))
}

/** Elements of one frac that only change place. */
export function gatherStep(step: StepOf<'gather'>, buffers: readonly PlanBuffer[]): NumberStep | undefined {
  const sources = step.from.flatMap(id =>
    Array.from({ length: buffers[id]!.size }, (_, index) => ({ id, index })),
  )
  const places = step.index.map(k => (k < 0 ? undefined : sources[k]!))
  const ids = Int32Array.from(places, place => place?.id ?? -1)
  const indices = Int32Array.from(places, place => place?.index ?? 0)
  const fill = Number(step.fill)
  return held => {
    const into = held[step.into]!
    for (let k = 0; k < ids.length; k++) into[k] = ids[k]! < 0 ? fill : held[ids[k]!]![indices[k]!]!
  }
}

/** The first of the largest raw values wins. */
export function oneHotStep(step: StepOf<'one-hot-maximum'>): NumberStep {
  const one = Number(step.one)
  return held => {
    const from = held[step.from]!
    const into = held[step.into]!
    into.fill(0)
    for (const group of step.groups) {
      let best = group[0]!
      for (const index of group) if (from[index]! > from[best]!) best = index
      into[best] = one
    }
  }
}

/** The number of thresholds that a raw value reaches says which entry it becomes. */
export function thresholdStep(
  step: StepOf<'threshold'>,
  buffers: readonly PlanBuffer[],
): NumberStep | undefined {
  if (step.thresholds.some(list => list.some(bound => bound > limit || bound < -limit))) return undefined
  const lists = step.thresholds.map(list => Float64Array.from(list, Number))
  const values = Float64Array.from(step.values, Number)
  const { size } = buffers[step.into]!
  return held => {
    const from = held[step.from]!
    const into = held[step.into]!
    for (let k = 0; k < size; k++) {
      const list = perElement(lists, k)
      let passed = 0
      for (let n = 0; n < list.length; n++) if (list[n]! <= from[k]!) passed++
      into[k] = values[passed]!
    }
  }
}

/** A raw value times a constant, plus a constant. */
export function affineStep(step: StepOf<'affine'>, buffers: readonly PlanBuffer[]): NumberStep | undefined {
  const source = rangeOf(buffers[step.from]!)
  if (source === undefined || step.shift !== undefined) return undefined
  const { size } = buffers[step.into]!
  const frac = Math.max(source.frac + step.scaleFrac, step.biasFrac)
  const [up, over] = [frac - source.frac - step.scaleFrac, frac - step.biasFrac]
  if (up > 60 || over > 60) return undefined
  const scales = step.scale.map(scale => scale << BigInt(up))
  const biases = step.bias.map(bias => bias << BigInt(over))
  const ends = scales.flatMap(scale => [scale * source.min, scale * source.max])
  const [low, high] = [least([...ends, 0n]), most([...ends, 0n])]
  const sum = { min: low + least([...biases, 0n]), max: high + most([...biases, 0n]), frac }
  const wide = [...scales, ...biases, low, high].some(value => value > limit || value < -limit)
  const made = step.conversions.map(own => numberConverter(frac, sum.min, sum.max, own))
  if (wide || !fits(sum) || made.some(own => own === undefined)) return undefined
  const convert = made as Convert[]
  const [scale, bias] = [scales.map(Number), biases.map(Number)]
  return held => {
    const from = held[step.from]!
    const into = held[step.into]!
    for (let k = 0; k < size; k++)
      into[k] = perElement(convert, k)(from[k]! * perElement(scale, k) + perElement(bias, k))
  }
}
