// How values are spread: quantiles, zeros, magnitudes. Values come in pieces; up to `exactValues` of them are kept and
// sorted, beyond that they are counted in classes of their leading bits, so that memory stays bounded and the answer
// is the same for the same values, however they were cut into pieces.

/** Values up to which quantiles are exact. */
const exactValues = 2 ** 17

/** Quantiles at 5, 25, 50, 75 and 95 %. */
export interface Quantiles {
  readonly p5: number
  readonly p25: number
  readonly p50: number
  readonly p75: number
  readonly p95: number
}

/** What is told of a tensor's values; shares are of 1, of `count`. */
export interface Distribution {
  /** Finite values seen. */
  readonly count: number
  /** NaN and infinities, which nothing else here counts. */
  readonly notFinite: number
  readonly min: number
  readonly max: number
  /** Of the values themselves, between neighbours by linear interpolation. */
  readonly quantiles: Quantiles
  /** Of |x|, zeros included. */
  readonly medianMagnitude: number
  /** Of |x| over values other than 0; absent when all are 0. */
  readonly magnitudes?: Quantiles & { readonly min: number; readonly max: number }
  readonly zeros: number
  /** The least e with |x| ≤ 2^e for all; absent when all are 0. */
  readonly exponent?: number
  /** Quantiles are at most this share of themselves too near to 0: 0 where values were sorted, else 2^-8. */
  readonly quantileError: number
}

export interface DistributionCollector {
  add(values: ArrayLike<number>): void
  result(): Distribution
}

/** Collects values piece by piece; `result` may be asked at any time. */
export function createDistribution(limit: number = exactValues): DistributionCollector {
  let kept = new Float64Array(Math.min(limit, 1024))
  let count = 0
  let notFinite = 0
  let bins: Bins | undefined
  const keep = (value: number) => {
    if (count === kept.length) kept = grown(kept, limit)
    kept[count] = value
  }
  return {
    add: values => {
      for (let k = 0; k < values.length; k++) {
        // −0 is 0.
        const value = values[k]! + 0
        if (!Number.isFinite(value)) notFinite++
        else {
          if (bins === undefined && count === limit) bins = binsOf(kept)
          if (bins === undefined) keep(value)
          else bins.add(value)
          count++
        }
      }
    },
    result: () =>
      bins === undefined ? sortedSummary(kept.slice(0, count), notFinite) : binnedSummary(bins, notFinite),
  }
}

/** The distribution of values that are all there. */
export function distributionOf(values: ArrayLike<number>): Distribution {
  const collector = createDistribution(Math.max(values.length, 1))
  collector.add(values)
  return collector.result()
}

function grown(values: Float64Array, limit: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.min(limit, values.length * 2))
  larger.set(values)
  return larger
}

/** Values ascending, each with how often it was seen. */
interface Counted {
  readonly values: ArrayLike<number>
  /** Absent: once each. */
  readonly counts?: ArrayLike<number>
}

function sortedSummary(values: Float64Array, notFinite: number): Distribution {
  const magnitudes = values.map(Math.abs).sort()
  const zeros = firstAbove(magnitudes, 0)
  return {
    ...summaryOf({ values: values.sort() }, { values: magnitudes }, zeros, values.length),
    notFinite,
    quantileError: 0,
  }
}

function binnedSummary(bins: Bins, notFinite: number): Distribution {
  const { all, magnitudes, zeros, count, min, max } = bins.ordered()
  const summary = summaryOf(all, magnitudes, zeros, count)
  const most = Math.max(-min, max)
  return {
    ...summary,
    ...(summary.magnitudes === undefined
      ? {}
      : { magnitudes: { ...summary.magnitudes, max: most }, exponent: exponentOf(most) }),
    min,
    max,
    notFinite,
    quantileError: 2 ** -8,
  }
}

type Summary = Omit<Distribution, 'notFinite' | 'quantileError'>

/** `magnitudes` has the zeros first. */
function summaryOf(all: Counted, magnitudes: Counted, zeros: number, count: number): Summary {
  if (count === 0)
    return { count, min: 0, max: 0, quantiles: quantilesOf(() => 0, 0, 1), medianMagnitude: 0, zeros: 0 }
  const value = ranked(all)
  const magnitude = ranked(magnitudes)
  const [min, max, most] = [value(0), value(count - 1), magnitude(count - 1)]
  return {
    count,
    min,
    max,
    quantiles: quantilesOf(value, 0, count),
    medianMagnitude: quantile(magnitude, 0, count, 0.5),
    zeros: zeros / count,
    ...(zeros === count
      ? {}
      : {
          magnitudes: { ...quantilesOf(magnitude, zeros, count), min: magnitude(zeros), max: most },
          exponent: exponentOf(most),
        }),
  }
}

/** The value of a rank, counted from 0. */
type Ranked = (rank: number) => number

function ranked({ values, counts }: Counted): Ranked {
  if (counts === undefined) return rank => values[rank]!
  const ends = new Float64Array(counts.length)
  let sum = 0
  for (let k = 0; k < counts.length; k++) {
    sum += counts[k]!
    ends[k] = sum
  }
  return rank => values[firstAbove(ends, rank)]!
}

function quantilesOf(value: Ranked, from: number, to: number): Quantiles {
  const at = (share: number) => quantile(value, from, to, share)
  return { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) }
}

/** Of the ranks from `from` to below `to`, with linear interpolation between neighbours. */
function quantile(value: Ranked, from: number, to: number, share: number): number {
  const place = share * (to - from - 1)
  const low = Math.floor(place)
  const [a, b] = [value(from + low), value(from + Math.min(low + 1, to - from - 1))]
  return a + (b - a) * (place - low)
}

/** Index of the first element above a limit in ascending values. */
function firstAbove(values: ArrayLike<number>, limit: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! > limit) high = middle
    else low = middle + 1
  }
  return low
}

/** The least e with magnitude ≤ 2^e, for a magnitude above 0. */
export function exponentOf(magnitude: number): number {
  let exponent = Math.ceil(Math.log2(magnitude))
  while (2 ** exponent < magnitude) exponent++
  while (2 ** (exponent - 1) >= magnitude) exponent--
  return exponent + 0
}

interface Bins {
  add(value: number): void
  ordered(): {
    readonly all: Counted
    readonly magnitudes: Counted
    readonly zeros: number
    readonly count: number
    readonly min: number
    readonly max: number
  }
}

const classes = 256

/**
 * Counts by sign, exponent and the eight bits below the leading one: a value is told as the end of its class nearer to
 * 0, which is exact for values of up to nine significant bits and at most 2^-8 off otherwise.
 */
function binsOf(first: Float64Array): Bins {
  const number = new Float64Array(1)
  const words = new Uint32Array(number.buffer)
  const high = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0
  // A block of counts for each sign and exponent that occurs.
  const blocks: (Float64Array | undefined)[] = new Array<undefined>(4096)
  let [count, zeros, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const add = (value: number) => {
    count++
    if (value < min) min = value
    if (value > max) max = value
    if (value === 0) {
      zeros++
      return
    }
    number[0] = value
    const word = words[high]!
    const block = blocks[word >>> 20] ?? new Float64Array(classes)
    blocks[word >>> 20] = block
    block[(word >>> 12) & (classes - 1)]!++
  }
  for (const value of first) add(value)
  const magnitudeAt = (exponent: number, k: number) => {
    words[high] = ((exponent & 2047) << 20) | (k << 12)
    words[1 - high] = 0
    return number[0]!
  }
  return {
    add,
    ordered: () => {
      const positive = listed(blocks, 0, magnitudeAt)
      const negative = listed(blocks, 2048, magnitudeAt)
      const zero = zeros === 0 ? [] : [[0, zeros] as const]
      const descending = negative.map(([value, times]) => [-value, times] as const).reverse()
      const merged = [...positive, ...negative].sort(([a], [b]) => a - b)
      return {
        all: countedOf([...descending, ...zero, ...positive]),
        magnitudes: countedOf([...zero, ...merged]),
        zeros,
        count,
        min,
        max,
      }
    },
  }
}

/** Classes of one sign that were seen, by magnitude, ascending. */
function listed(
  blocks: readonly (Float64Array | undefined)[],
  sign: number,
  magnitudeAt: (exponent: number, k: number) => number,
): (readonly [magnitude: number, times: number])[] {
  const found: [number, number][] = []
  for (let exponent = 0; exponent < 2048; exponent++) {
    blocks[sign + exponent]?.forEach((times, k) => {
      if (times > 0) found.push([magnitudeAt(exponent, k), times])
    })
  }
  return found
}

function countedOf(pairs: readonly (readonly [number, number])[]): Counted {
  return {
    values: Float64Array.from(pairs, ([value]) => value),
    counts: Float64Array.from(pairs, ([, times]) => times),
  }
}
