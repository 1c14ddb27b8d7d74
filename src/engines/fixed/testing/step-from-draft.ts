// A step of a plan from a draft of numbers, whatever they are: kernels take what fits of them.

import type { PlanBuffer, ProductRule, Step, StepOf } from '../../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType, maxRaw, minRaw } from '../../../fixed/types.ts'

/** Products thrice: they have the most ways to go wrong. */
export const drawnKernels = [
  'convert',
  'clamp',
  'affine',
  'arithmetic',
  'table',
  'reduce',
  'gather',
  'threshold',
  'select',
  'one-hot-maximum',
  'divide',
  'multiply-accumulate',
  'multiply-accumulate',
  'multiply-accumulate',
] as const

type DrawnKernel = (typeof drawnKernels)[number]

/** A step over the chain's buffers; its result is the next buffer. */
export interface ChainStep {
  readonly step: Step
  readonly result: PlanBuffer
}

/** What a step is drawn from; meanings depend on the kernel. */
export interface Draft {
  readonly kernel: DrawnKernel
  readonly sources: readonly number[]
  readonly conversions: readonly Conversion[]
  readonly perElement: boolean
  readonly numbers: readonly number[]
  readonly weights: readonly bigint[]
}

/** A draft beside the buffers that it may read. */
interface Draw extends Draft {
  readonly buffers: readonly PlanBuffer[]
  /** The sources that the draft names, and the buffer that the step makes. */
  readonly a: number
  readonly b: number
  readonly c: number
  readonly into: number
  readonly from: PlanBuffer
  /** Type of table entries and their like. */
  readonly entry: FixedType
}

export function stepOf(draft: Draft, buffers: readonly PlanBuffer[]): ChainStep {
  const [a, b, c] = draft.sources.map(source => source % buffers.length) as [number, number, number]
  const entry = draft.conversions[1]!.to
  return makers[draft.kernel]({ ...draft, buffers, a, b, c, into: buffers.length, from: buffers[a]!, entry })
}

/** The step with conversions for `count` results, one for all or one each. */
function converted(draw: Draw, count: number, step: (conversions: readonly Conversion[]) => Step): ChainStep {
  const list = draw.perElement
    ? Array.from({ length: count }, (_, k) => draw.conversions[k % 3]!)
    : [draw.conversions[0]!]
  return { step: step(list), result: { size: count, types: list.map(({ to }) => to) } }
}

const entries = ({ weights, entry }: Draw, count: number) =>
  Array.from({ length: count }, (_, k) => inType(weights[k % 24]! * BigInt(k + 1), entry))

const makers: { readonly [K in DrawnKernel]: (draw: Draw) => ChainStep } = {
  convert: draw =>
    converted(draw, draw.from.size, conversions => ({
      kernel: 'convert',
      from: draw.a,
      into: draw.into,
      conversions,
    })),
  clamp,
  affine,
  arithmetic,
  table,
  reduce,
  gather,
  threshold,
  select,
  'one-hot-maximum': oneHotMaximum,
  divide: draw =>
    converted(draw, draw.from.size, conversions => ({
      kernel: 'divide',
      from: draw.a,
      into: draw.into,
      divisors: [BigInt(draw.numbers[0]! + 21)],
      conversions,
    })),
  'multiply-accumulate': product,
}

function clamp(draw: Draw): ChainStep {
  const { a, into, numbers, weights } = draw
  const min = numbers[0]! > 0 ? {} : { min: weights[0]! }
  const max = numbers[1]! > 0 ? {} : { max: weights[1]! }
  return converted(draw, draw.from.size, conversions => ({
    kernel: 'clamp',
    from: a,
    into,
    ...min,
    ...max,
    conversions,
  }))
}

function affine(draw: Draw): ChainStep {
  const { a, into, numbers, weights, perElement, from } = draw
  const some = (at: number) =>
    perElement ? Array.from({ length: from.size }, (_, k) => weights[(at + k) % 24]!) : [weights[at]!]
  const shifts = numbers[2]! > 15
  return converted(draw, from.size, conversions => ({
    kernel: 'affine',
    from: a,
    into,
    scale: shifts ? some(0).map(powerOfTwo) : some(0),
    scaleFrac: numbers[0]!,
    bias: some(8),
    biasFrac: numbers[1]!,
    ...(shifts ? { shift: draw.conversions[1]! } : {}),
    conversions,
  }))
}

function arithmetic(draw: Draw): ChainStep {
  const { a, b, into, numbers, buffers, from } = draw
  const op = (['add', 'subtract', 'multiply', 'maximum', 'minimum'] as const)[(numbers[0]! + 20) % 5]!
  const indices = (of: PlanBuffer, at: number) => Array.from({ length: 5 }, (_, k) => (at + 20 + k) % of.size)
  return converted(draw, 5, conversions => ({
    kernel: 'arithmetic',
    op,
    a,
    b,
    into,
    aIndex: indices(from, numbers[1]!),
    bIndex: indices(buffers[b]!, numbers[2]!),
    conversions,
  }))
}

function table(draw: Draw): ChainStep {
  const { a, into, numbers, weights, from, entry } = draw
  const scaled = numbers[0]! > 0
  const index: StepOf<'table'>['index'] = scaled
    ? {
        kind: 'scaled',
        multiply: weights[0]! < 0n ? -weights[0]! + 1n : weights[0]! + 1n,
        shift: (numbers[1]! + 20) % 15,
        offset: BigInt(numbers[2]!),
      }
    : { kind: 'bits', low: (numbers[1]! + 20) % 9, count: 4 }
  const values = entries(draw, scaled ? 21 : 16)
  return {
    step: { kernel: 'table', from: a, into, index, values },
    result: { size: from.size, types: [entry] },
  }
}

function reduce(draw: Draw): ChainStep {
  const { a, into, numbers, from } = draw
  const groups = [0, 1].map(g =>
    Array.from({ length: 1 + ((numbers[g]! + 20) % 7) }, (_, k) => (k * 5 + g) % from.size),
  )
  return converted(draw, 2, conversions => ({
    kernel: 'reduce',
    op: numbers[2]! > 0 ? 'add' : 'maximum',
    from: a,
    into,
    groups,
    tree: numbers[3]! > 0,
    accumulator: numbers[4]! > 0 ? undefined : draw.conversions[2]!,
    conversions,
  }))
}

function gather({ a, into, numbers, weights, from }: Draw): ChainStep {
  const index = numbers.slice(0, 7).map(n => (n < -12 ? -1 : (n + 20) % from.size))
  const one = from.types.length === 1
  const fill = one ? inType(weights[0]!, from.types[0]!) : 0n
  const types = one ? from.types : index.map(k => from.types[Math.max(0, k)]!)
  return { step: { kernel: 'gather', from: [a], into, index, fill }, result: { size: 7, types } }
}

function threshold(draw: Draw): ChainStep {
  const { a, into, weights, perElement, from, entry } = draw
  const thresholds = Array.from({ length: perElement ? from.size : 1 }, (_, k) =>
    [weights[k % 24]!, weights[(k + 1) % 24]!].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)),
  )
  const step: Step = { kernel: 'threshold', from: a, into, thresholds, values: entries(draw, 3) }
  return { step, result: { size: from.size, types: [entry] } }
}

/** Of three buffers where they are equally long, else of one. */
function select(draw: Draw): ChainStep {
  const { a, b, c, into, buffers } = draw
  const sizes = [a, b, c].map(id => buffers[id]!.size)
  const [test, whenPositive, otherwise] = sizes.every(own => own === sizes[0]) ? [a, b, c] : [a, a, a]
  return converted(draw, buffers[test!]!.size, conversions => ({
    kernel: 'select',
    test: test!,
    whenPositive: whenPositive!,
    otherwise: otherwise!,
    into,
    conversions,
  }))
}

function oneHotMaximum({ a, into, numbers, from, entry }: Draw): ChainStep {
  const all = Array.from({ length: from.size }, (_, k) => k)
  const groups = numbers[0]! > 0 && from.size > 1 ? [all.slice(0, 1), all.slice(1)] : [all]
  const step: Step = { kernel: 'one-hot-maximum', from: a, into, groups, one: inType(1n, entry) }
  return { step, result: { size: from.size, types: [entry] } }
}

function product(draw: Draw): ChainStep {
  const { numbers, weights, from } = draw
  const rows = from.size % 2 === 0 && numbers[0]! > 0 ? 2 : 1
  const inputs = from.size / rows
  const outputs = 1 + ((numbers[1]! + 20) % 6)
  const rule = productRule(draw)
  const count = draw.perElement && rows === 1 ? outputs : 1
  const conversions = Array.from({ length: count }, (_, k) => draw.conversions[k % 3]!)
  const step: Step = {
    kernel: 'multiply-accumulate',
    from: draw.a,
    into: draw.into,
    rows,
    inputs,
    outputs,
    weights: Array.from({ length: inputs * outputs }, (_, k) => weightOf(draw, rule.kind, k)),
    weightFrac: rule.kind === 'equal' ? 0 : numbers[4]!,
    bias: numbers[5]! > 10 ? undefined : Array.from({ length: outputs }, (_, j) => weights[(j + 3) % 24]!),
    biasFrac: numbers[6]!,
    product: rule,
    accumulator: accumulatorOf(draw),
    order: numbers[8]! > 10 ? () => Array.from({ length: inputs }, (_, i) => inputs - 1 - i) : undefined,
    ...(numbers[9]! > 15 ? { finish: { scale: 2n, offset: BigInt(-inputs) } } : {}),
    conversions,
  }
  return { step, result: { size: rows * outputs, types: conversions.map(({ to }) => to) } }
}

/** Bits are compared, as XNOR coding has it. */
function productRule({ from, numbers, conversions }: Draw): ProductRule {
  const [type] = from.types
  const isBit = from.types.length === 1 && type!.width === 1 && !type!.signed && type!.frac === 0
  if (isBit) return { kind: 'equal' }
  return numbers[2]! > 16 ? { kind: 'shift', to: conversions[2]! } : { kind: 'multiply' }
}

function weightOf({ weights }: Draw, rule: ProductRule['kind'], k: number): bigint {
  if (rule === 'equal') return weights[k % 24]! & 1n
  return rule === 'shift' ? powerOfTwo(weights[k % 24]!) : weights[(k * 7) % 24]!
}

/** None, the draft's, or a wrapping one that drops a few bits of every product, as narrow ones do in practice. */
function accumulatorOf({ numbers, conversions, from }: Draw): Conversion | undefined {
  const own = numbers[3]! > 8 ? undefined : conversions[1]!
  if (numbers[7]! > -8 || own === undefined) return own
  const frac = from.types[0]!.frac + numbers[4]! - 5
  return conversion({ signed: true, width: 12, frac }, own.rounding)
}

function powerOfTwo(weight: bigint): bigint {
  const magnitude = 1n << BigInt(Number(weight < 0n ? -weight : weight) % 7)
  return weight < 0n ? -magnitude : magnitude
}

function inType(value: bigint, type: FixedType): bigint {
  const [min, max] = [minRaw(type), maxRaw(type)]
  return value < min ? min : value > max ? max : value
}
