// Random chains of plan steps over a few buffers, each reading what was made before it.

import fc from 'fast-check'
import type { PlanBuffer, Step } from '../../../fixed/kernels.ts'
import {
  type Conversion,
  conversion,
  type FixedType,
  maxRaw,
  minRaw,
  overflows,
  roundings,
} from '../../../fixed/types.ts'

/** A step over the chain's buffers; its result is the next buffer. */
export interface ChainStep {
  readonly step: Step
  readonly result: PlanBuffer
}

export interface Chain {
  readonly inputs: readonly PlanBuffer[]
  readonly steps: readonly ChainStep[]
}

/** What a step is drawn from; meanings depend on the kernel. */
interface Draft {
  readonly kernel: Step['kernel']
  readonly sources: readonly number[]
  readonly conversions: readonly Conversion[]
  readonly perElement: boolean
  readonly numbers: readonly number[]
  readonly weights: readonly bigint[]
}

export const types = (widest: number): fc.Arbitrary<FixedType> =>
  fc
    .record({
      signed: fc.boolean(),
      width: fc.integer({ min: 0, max: widest }),
      integer: fc.integer({ min: -4, max: 12 }),
    })
    .map(({ signed, width, integer }) => ({ signed, width, frac: width - integer }))

export const conversions = (widest: number): fc.Arbitrary<Conversion> =>
  fc
    .record({
      to: types(widest),
      rounding: fc.constantFrom(...roundings),
      overflow: fc.oneof(
        { weight: 3, arbitrary: fc.constant('WRAP' as const) },
        { weight: 3, arbitrary: fc.constantFrom(...overflows) },
      ),
      saturationBits: fc.oneof(
        { weight: 19, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.nat(4) },
      ),
    })
    .map(c => (c.overflow === 'WRAP_SM' && !c.to.signed ? { ...c, overflow: 'WRAP' } : c))

const kernels = [
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

const drafts: fc.Arbitrary<Draft> = fc.record({
  kernel: fc.constantFrom(...kernels),
  sources: fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
  conversions: fc.array(
    fc.oneof({ weight: 8, arbitrary: conversions(18) }, { weight: 1, arbitrary: conversions(70) }),
    {
      minLength: 3,
      maxLength: 3,
    },
  ),
  perElement: fc.boolean(),
  numbers: fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 12, maxLength: 12 }),
  weights: fc.array(
    fc.oneof(
      fc.bigInt({ min: -40n, max: 40n }),
      fc.bigInt({ min: -700n, max: 700n }),
      fc.constantFrom(0n, -32768n, 32767n, 100000n),
    ),
    { minLength: 24, maxLength: 24 },
  ),
})

export const chains: fc.Arbitrary<Chain> = fc
  .record({
    inputs: fc.array(types(16), { minLength: 3, maxLength: 3 }),
    drafts: fc.array(drafts, { minLength: 24, maxLength: 24 }),
  })
  .map(({ inputs, drafts: list }) => {
    const buffers: PlanBuffer[] = inputs.map(type => ({ size: 6, types: [type] }))
    // Binary values, as XNOR products take them, are an input of their own.
    buffers.push({ size: 6, types: [{ signed: false, width: 1, frac: 0 }] })
    const given = [...buffers]
    const steps = list.map(draft => {
      const made = stepOf(draft, buffers)
      buffers.push(made.result)
      return made
    })
    return { inputs: given, steps }
  })

function stepOf(draft: Draft, buffers: readonly PlanBuffer[]): ChainStep {
  const into = buffers.length
  const [a, b, c] = draft.sources.map(source => source % buffers.length) as [number, number, number]
  const from = buffers[a]!
  const size = from.size
  const converted = (count: number): { conversions: readonly Conversion[]; result: PlanBuffer } => {
    const list = draft.perElement
      ? Array.from({ length: count }, (_, k) => draft.conversions[k % 3]!)
      : [draft.conversions[0]!]
    return { conversions: list, result: { size: count, types: list.map(({ to }) => to) } }
  }
  const { numbers, weights } = draft
  const entry = draft.conversions[1]!.to
  const entries = (count: number) =>
    Array.from({ length: count }, (_, k) => inType(weights[k % 24]! * BigInt(k + 1), entry))
  switch (draft.kernel) {
    case 'convert': {
      const { conversions: list, result } = converted(size)
      return { step: { kernel: 'convert', from: a, into, conversions: list }, result }
    }
    case 'clamp': {
      const { conversions: list, result } = converted(size)
      const min = numbers[0]! > 0 ? {} : { min: weights[0]! }
      const max = numbers[1]! > 0 ? {} : { max: weights[1]! }
      return { step: { kernel: 'clamp', from: a, into, ...min, ...max, conversions: list }, result }
    }
    case 'affine': {
      const { conversions: list, result } = converted(size)
      const some = (at: number) =>
        draft.perElement ? Array.from({ length: size }, (_, k) => weights[(at + k) % 24]!) : [weights[at]!]
      const step: Step = {
        kernel: 'affine',
        from: a,
        into,
        scale: numbers[2]! > 15 ? some(0).map(powerOfTwo) : some(0),
        scaleFrac: numbers[0]!,
        bias: some(8),
        biasFrac: numbers[1]!,
        ...(numbers[2]! > 15 ? { shift: draft.conversions[1]! } : {}),
        conversions: list,
      }
      return { step, result }
    }
    case 'arithmetic': {
      const op = (['add', 'subtract', 'multiply', 'maximum', 'minimum'] as const)[(numbers[0]! + 20) % 5]!
      const { conversions: list, result } = converted(5)
      const indices = (of: PlanBuffer, at: number) =>
        Array.from({ length: 5 }, (_, k) => (at + 20 + k) % of.size)
      const step: Step = {
        kernel: 'arithmetic',
        op,
        a,
        b,
        into,
        aIndex: indices(from, numbers[1]!),
        bIndex: indices(buffers[b]!, numbers[2]!),
        conversions: list,
      }
      return { step, result }
    }
    case 'table': {
      const scaled = numbers[0]! > 0
      const index = scaled
        ? ({
            kind: 'scaled',
            multiply: weights[0]! < 0n ? -weights[0]! + 1n : weights[0]! + 1n,
            shift: (numbers[1]! + 20) % 15,
            offset: BigInt(numbers[2]!),
          } as const)
        : ({ kind: 'bits', low: (numbers[1]! + 20) % 9, count: 4 } as const)
      const step: Step = { kernel: 'table', from: a, into, index, values: entries(scaled ? 21 : 16) }
      return { step, result: { size, types: [entry] } }
    }
    case 'reduce': {
      const { conversions: list, result } = converted(2)
      const groups = [0, 1].map(g =>
        Array.from({ length: 1 + ((numbers[g]! + 20) % 7) }, (_, k) => (k * 5 + g) % size),
      )
      const step: Step = {
        kernel: 'reduce',
        op: numbers[2]! > 0 ? 'add' : 'maximum',
        from: a,
        into,
        groups,
        tree: numbers[3]! > 0,
        accumulator: numbers[4]! > 0 ? undefined : draft.conversions[2]!,
        conversions: list,
      }
      return { step, result }
    }
    case 'gather': {
      const index = numbers.slice(0, 7).map(n => (n < -12 ? -1 : (n + 20) % size))
      const one = from.types.length === 1
      const fill = one ? inType(weights[0]!, from.types[0]!) : 0n
      const result = { size: 7, types: one ? from.types : index.map(k => from.types[Math.max(0, k)]!) }
      return { step: { kernel: 'gather', from: [a], into, index, fill }, result }
    }
    case 'threshold': {
      const lists = Array.from({ length: draft.perElement ? size : 1 }, (_, k) =>
        [weights[k % 24]!, weights[(k + 1) % 24]!].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)),
      )
      const step: Step = { kernel: 'threshold', from: a, into, thresholds: lists, values: entries(3) }
      return { step, result: { size, types: [entry] } }
    }
    case 'select': {
      const same = [a, b, c].map(id => buffers[id]!.size)
      const least = Math.min(...same)
      const ids = same.every(own => own === least) ? [a, b, c] : [a, a, a]
      const { conversions: list, result } = converted(buffers[ids[0]!]!.size)
      const step: Step = {
        kernel: 'select',
        test: ids[0]!,
        whenPositive: ids[1]!,
        otherwise: ids[2]!,
        into,
        conversions: list,
      }
      return { step, result }
    }
    case 'one-hot-maximum': {
      const all = Array.from({ length: size }, (_, k) => k)
      const groups = numbers[0]! > 0 && size > 1 ? [all.slice(0, 1), all.slice(1)] : [all]
      const step: Step = { kernel: 'one-hot-maximum', from: a, into, groups, one: inType(1n, entry) }
      return { step, result: { size, types: [entry] } }
    }
    case 'divide': {
      const { conversions: list, result } = converted(size)
      const step: Step = {
        kernel: 'divide',
        from: a,
        into,
        divisors: [BigInt(numbers[0]! + 21)],
        conversions: list,
      }
      return { step, result }
    }
    default:
      return product(draft, buffers, a, into)
  }
}

function product(draft: Draft, buffers: readonly PlanBuffer[], a: number, into: number): ChainStep {
  const { numbers, weights } = draft
  const from = buffers[a]!
  const rows = from.size % 2 === 0 && numbers[0]! > 0 ? 2 : 1
  const inputs = from.size / rows
  const outputs = 1 + ((numbers[1]! + 20) % 6)
  const binary =
    from.types.length === 1 &&
    from.types[0]!.width === 1 &&
    !from.types[0]!.signed &&
    from.types[0]!.frac === 0
  const own = binary ? 'equal' : numbers[2]! > 16 ? 'shift' : 'multiply'
  const weight = (k: number) =>
    own === 'equal'
      ? weights[k % 24]! & 1n
      : own === 'shift'
        ? powerOfTwo(weights[k % 24]!)
        : weights[(k * 7) % 24]!
  const count = draft.perElement && rows === 1 ? outputs : 1
  const conversions = Array.from({ length: count }, (_, k) => draft.conversions[k % 3]!)
  const accumulator = numbers[3]! > 8 ? undefined : draft.conversions[1]!
  const step: Step = {
    kernel: 'multiply-accumulate',
    from: a,
    into,
    rows,
    inputs,
    outputs,
    weights: Array.from({ length: inputs * outputs }, (_, k) => weight(k)),
    weightFrac: own === 'equal' ? 0 : numbers[4]!,
    bias: numbers[5]! > 10 ? undefined : Array.from({ length: outputs }, (_, j) => weights[(j + 3) % 24]!),
    biasFrac: numbers[6]!,
    product: own === 'shift' ? { kind: 'shift', to: draft.conversions[2]! } : { kind: own },
    accumulator:
      numbers[7]! > -8 || accumulator === undefined ? accumulator : coarse(accumulator, from, numbers[4]!),
    order: numbers[8]! > 10 ? () => Array.from({ length: inputs }, (_, i) => inputs - 1 - i) : undefined,
    ...(numbers[9]! > 15 ? { finish: { scale: 2n, offset: BigInt(-inputs) } } : {}),
    conversions,
  }
  return { step, result: { size: rows * outputs, types: conversions.map(({ to }) => to) } }
}

/** A wrapping accumulator that drops a few bits of every product, as narrow ones do in practice. */
function coarse({ rounding }: Conversion, from: PlanBuffer, weightFrac: number): Conversion {
  const frac = from.types[0]!.frac + weightFrac - 5
  return conversion({ signed: true, width: 12, frac }, rounding)
}

function powerOfTwo(weight: bigint): bigint {
  const magnitude = 1n << BigInt(Number(weight < 0n ? -weight : weight) % 7)
  return weight < 0n ? -magnitude : magnitude
}

function inType(value: bigint, type: FixedType): bigint {
  const [min, max] = [minRaw(type), maxRaw(type)]
  return value < min ? min : value > max ? max : value
}
