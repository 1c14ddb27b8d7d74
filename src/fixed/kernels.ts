// The dozen kernels that every operator's bits are made of, and their plain meaning on raw integers.
// A plan is a list of steps over buffers for one sample; engines run the same plans batched and fast.
// Nothing is rounded but where a step names a conversion.

import { bug } from '../diagnostics/diagnostic.ts'
import { convertRaw } from './convert.ts'
import type { Conversion, FixedType } from './types.ts'

/** Index of a buffer in `Plan.buffers`. */
export type BufferId = number

/** Raw values of a plan: one type for all elements, or one per element. */
export interface PlanBuffer {
  readonly size: number
  readonly types: readonly FixedType[]
}

/** One conversion for all elements, or one per element. */
export type Conversions = readonly Conversion[]

/** How the product of an input and a weight is formed, before it enters the accumulator. */
export type ProductRule =
  | { readonly kind: 'multiply' }
  /** By a weight ±2^e as a shift: x, x · 2^e and that with the sign, each brought into `to`. */
  | { readonly kind: 'shift'; readonly to: Conversion }
  /** 1 where two XNOR-coded bits are equal. */
  | { readonly kind: 'equal' }

/** How a table is addressed. */
export type TableIndex =
  /** clamp(trunc(raw · multiply / 2^shift) + offset, 0, n − 1), truncation toward zero. */
  | { readonly kind: 'scaled'; readonly multiply: bigint; readonly shift: number; readonly offset: bigint }
  /** The raw word's bits from `low` on, `count` of them, read as unsigned. */
  | { readonly kind: 'bits'; readonly low: number; readonly count: number }

export type Step =
  | {
      readonly kernel: 'convert'
      readonly from: BufferId
      readonly into: BufferId
      readonly conversions: Conversions
    }
  /** Per row r of `rows`: into[r, j] = result(… acc(acc(bias j) + acc(x[r, i]·w[i, j])) …), i in `order`. */
  | {
      readonly kernel: 'multiply-accumulate'
      readonly from: BufferId
      readonly into: BufferId
      readonly rows: number
      readonly inputs: number
      readonly outputs: number
      /** Row-major [inputs, outputs]. */
      readonly weights: readonly bigint[]
      readonly weightFrac: number
      readonly bias: readonly bigint[] | undefined
      readonly biasFrac: number
      readonly product: ProductRule
      /** Applied to the bias, each product and each sum; undefined: exact. */
      readonly accumulator: Conversion | undefined
      /** Order in which inputs are visited, by output; undefined: ascending. */
      readonly order: ((output: number) => readonly number[]) | undefined
      /** Result = accumulator · scale + offset before its conversion (XNOR layers count, then rescale). */
      readonly finish?: { readonly scale: bigint; readonly offset: bigint }
      readonly conversions: Conversions
    }
  /** into[k] = from[k]·scale[k] + bias[k]; arrays hold one value or one per element. */
  | {
      readonly kernel: 'affine'
      readonly from: BufferId
      readonly into: BufferId
      readonly scale: readonly bigint[]
      readonly scaleFrac: number
      readonly bias: readonly bigint[]
      readonly biasFrac: number
      /** Scales are ±2^e, applied as `ProductRule`'s shift in this type. */
      readonly shift?: Conversion
      readonly conversions: Conversions
    }
  | {
      readonly kernel: 'arithmetic'
      readonly op: 'add' | 'subtract' | 'multiply' | 'maximum' | 'minimum'
      readonly a: BufferId
      readonly b: BufferId
      readonly into: BufferId
      /** Which element of a and of b makes each result; undefined: the same index. */
      readonly aIndex?: readonly number[]
      readonly bIndex?: readonly number[]
      readonly conversions: Conversions
    }
  /** Limits to [min, max], given under the source's frac; an absent bound does not limit. */
  | {
      readonly kernel: 'clamp'
      readonly from: BufferId
      readonly into: BufferId
      readonly min?: bigint
      readonly max?: bigint
      readonly conversions: Conversions
    }
  | {
      readonly kernel: 'table'
      readonly from: BufferId
      readonly into: BufferId
      readonly index: TableIndex
      readonly values: readonly bigint[]
    }
  /** Reduces each group of element indices; `tree` splits at the largest power of two below the length. */
  | {
      readonly kernel: 'reduce'
      readonly op: 'add' | 'maximum'
      readonly from: BufferId
      readonly into: BufferId
      readonly groups: readonly (readonly number[])[]
      readonly tree: boolean
      /** Applied to every element taken in and every partial result. */
      readonly accumulator: Conversion | undefined
      readonly conversions: Conversions
    }
  /** into[k] = element index[k] of the sources laid end to end; −1 gives `fill`. All under one frac. */
  | {
      readonly kernel: 'gather'
      readonly from: readonly BufferId[]
      readonly into: BufferId
      readonly index: readonly number[]
      readonly fill: bigint
    }
  /** into[k] = values[number of thresholds of k that are ≤ from[k]]; thresholds ascend, under the source's frac. */
  | {
      readonly kernel: 'threshold'
      readonly from: BufferId
      readonly into: BufferId
      readonly thresholds: readonly (readonly bigint[])[]
      readonly values: readonly bigint[]
    }
  /** into[k] = test[k] > 0 ? whenPositive[k] : otherwise[k]. */
  | {
      readonly kernel: 'select'
      readonly test: BufferId
      readonly whenPositive: BufferId
      readonly otherwise: BufferId
      readonly into: BufferId
      readonly conversions: Conversions
    }
  /** Per group, `one` at the first maximum and 0 elsewhere. */
  | {
      readonly kernel: 'one-hot-maximum'
      readonly from: BufferId
      readonly into: BufferId
      readonly groups: readonly (readonly number[])[]
      readonly one: bigint
    }
  /** Raw integer division truncating toward zero. */
  | {
      readonly kernel: 'divide'
      readonly from: BufferId
      readonly into: BufferId
      readonly divisors: readonly bigint[]
      readonly conversions: Conversions
    }
  /** Runs `body` once per row of `from`; its input 0 is the row, states carry over. */
  | {
      readonly kernel: 'scan'
      readonly from: BufferId
      readonly into: BufferId
      readonly steps: number
      readonly reverse: boolean
      readonly body: Plan
      readonly states: readonly {
        readonly initial: readonly bigint[]
        readonly read: BufferId
        readonly write: BufferId
      }[]
      readonly emit: 'all' | 'last'
    }

/** Steps for one sample. `inputs` and `output` name buffers. */
export interface Plan {
  readonly buffers: readonly PlanBuffer[]
  readonly inputs: readonly BufferId[]
  readonly output: BufferId
  readonly steps: readonly Step[]
}

type Raws = readonly bigint[]
export type StepOf<K extends Step['kernel']> = Extract<Step, { kernel: K }>

/** The fraction bits of one element of a buffer. */
export function fracAt(buffer: PlanBuffer, index: number): number {
  return (buffer.types[index] ?? buffer.types[0] ?? bug('a buffer without a type')).frac
}

/** The element of a list that holds one value for all or one per element. */
export function perElement<T>(list: readonly T[], index: number): T {
  return (list.length === 1 ? list[0] : list[index]) ?? bug('a list per element is too short')
}

/** Runs a plan on one sample with bigints: the kernels' plain meaning. */
export function runPlan(plan: Plan, inputs: readonly Raws[]): Raws {
  const values: Raws[] = plan.buffers.map(() => [])
  plan.inputs.forEach((buffer, k) => {
    values[buffer] = inputs[k] ?? bug('a plan input is missing')
  })
  for (const step of plan.steps) values[step.into] = runStep(step, plan.buffers, values)
  return values[plan.output]!
}

/** Runs one step: reads its source buffers from `values`, returns the values of `step.into`. */
export function runStep(step: Step, buffers: readonly PlanBuffer[], values: readonly Raws[]): Raws {
  switch (step.kernel) {
    case 'convert': {
      const source = buffers[step.from]!
      return values[step.from]!.map((raw, k) =>
        convertRaw(raw, fracAt(source, k), perElement(step.conversions, k)),
      )
    }
    case 'multiply-accumulate':
      return multiplyAccumulate(step, buffers[step.from]!, values[step.from]!)
    case 'affine':
      return affine(step, buffers[step.from]!, values[step.from]!)
    case 'arithmetic':
      return arithmetic(step, buffers, values)
    case 'clamp':
      return clamp(step, buffers[step.from]!, values[step.from]!)
    case 'table':
      return values[step.from]!.map(raw => step.values[tableIndex(step.index, raw, step.values.length)]!)
    case 'reduce':
      return reduce(step, buffers[step.from]!, values[step.from]!)
    case 'gather': {
      const all = step.from.flatMap(buffer => values[buffer]!)
      return step.index.map(k => (k < 0 ? step.fill : all[k]!))
    }
    case 'threshold':
      return values[step.from]!.map((raw, k) => {
        const passed = perElement(step.thresholds, k).filter(threshold => threshold <= raw).length
        return step.values[passed]!
      })
    case 'select':
      return select(step, buffers, values)
    case 'one-hot-maximum':
      return oneHotMaximum(step, values[step.from]!)
    case 'divide': {
      const source = buffers[step.from]!
      return values[step.from]!.map((raw, k) =>
        convertRaw(raw / perElement(step.divisors, k), fracAt(source, k), perElement(step.conversions, k)),
      )
    }
    case 'scan':
      return scan(step, values[step.from]!)
    default:
      return step satisfies never
  }
}

/** A raw value and its fraction bits, while sums are exact. */
interface Exact {
  readonly raw: bigint
  readonly frac: number
}

/** The exact sum of two values. */
function addExact(a: Exact, b: Exact): Exact {
  const frac = Math.max(a.frac, b.frac)
  return { raw: (a.raw << BigInt(frac - a.frac)) + (b.raw << BigInt(frac - b.frac)), frac }
}

function through(value: Exact, conversion: Conversion | undefined): Exact {
  if (conversion === undefined) return value
  return { raw: convertRaw(value.raw, value.frac, conversion), frac: conversion.to.frac }
}

/** ±(x · 2^e): floors away from the sign, since the sign comes last. */
function shifted(x: Exact, weight: bigint, weightFrac: number, to: Conversion): Exact {
  const held = through(x, to)
  const magnitude = weight < 0n ? -weight : weight
  const { raw, frac } = through({ raw: held.raw * magnitude, frac: held.frac + weightFrac }, to)
  return weight < 0n ? through({ raw: -raw, frac }, to) : { raw, frac }
}

function productOf(step: StepOf<'multiply-accumulate'>, x: Exact, weight: bigint): Exact {
  if (step.product.kind === 'equal') return { raw: x.raw === weight ? 1n : 0n, frac: 0 }
  if (step.product.kind === 'shift') return shifted(x, weight, step.weightFrac, step.product.to)
  return { raw: x.raw * weight, frac: x.frac + step.weightFrac }
}

function multiplyAccumulate(step: StepOf<'multiply-accumulate'>, source: PlanBuffer, x: Raws): Raws {
  const ascending = Array.from({ length: step.inputs }, (_, i) => i)
  const result: bigint[] = []
  for (let row = 0; row < step.rows; row++) {
    for (let j = 0; j < step.outputs; j++) {
      let sum = through({ raw: step.bias?.[j] ?? 0n, frac: step.biasFrac }, step.accumulator)
      for (const i of step.order?.(j) ?? ascending) {
        const k = row * step.inputs + i
        const product = productOf(
          step,
          { raw: x[k]!, frac: fracAt(source, k) },
          step.weights[i * step.outputs + j]!,
        )
        sum = through(addExact(sum, through(product, step.accumulator)), step.accumulator)
      }
      result.push(finishSum(step, sum, row * step.outputs + j))
    }
  }
  return result
}

function finishSum(step: StepOf<'multiply-accumulate'>, sum: Exact, index: number): bigint {
  const { scale, offset } = step.finish ?? { scale: 1n, offset: 0n }
  const total = addExact({ raw: sum.raw * scale, frac: sum.frac }, { raw: offset, frac: 0 })
  return convertRaw(total.raw, total.frac, perElement(step.conversions, index))
}

function affine(step: StepOf<'affine'>, source: PlanBuffer, x: Raws): Raws {
  return x.map((raw, k) => {
    const own = { raw, frac: fracAt(source, k) }
    const scale = perElement(step.scale, k)
    const product =
      step.shift === undefined
        ? { raw: raw * scale, frac: own.frac + step.scaleFrac }
        : shifted(own, scale, step.scaleFrac, step.shift)
    const sum = addExact(product, { raw: perElement(step.bias, k), frac: step.biasFrac })
    return convertRaw(sum.raw, sum.frac, perElement(step.conversions, k))
  })
}

function arithmetic(
  step: StepOf<'arithmetic'>,
  buffers: readonly PlanBuffer[],
  values: readonly Raws[],
): Raws {
  const element = (buffer: BufferId, index: number): Exact => ({
    raw: values[buffer]![index]!,
    frac: fracAt(buffers[buffer]!, index),
  })
  return Array.from({ length: buffers[step.into]!.size }, (_, k) => {
    const result = combine(
      step.op,
      element(step.a, step.aIndex?.[k] ?? k),
      element(step.b, step.bIndex?.[k] ?? k),
    )
    return convertRaw(result.raw, result.frac, perElement(step.conversions, k))
  })
}

function combine(op: StepOf<'arithmetic'>['op'], a: Exact, b: Exact): Exact {
  if (op === 'multiply') return { raw: a.raw * b.raw, frac: a.frac + b.frac }
  const difference = addExact(a, { raw: -b.raw, frac: b.frac })
  if (op === 'add') return addExact(a, b)
  if (op === 'subtract') return difference
  const aIsLess = difference.raw < 0n
  return (op === 'maximum') === aIsLess ? b : a
}

function clamp(step: StepOf<'clamp'>, source: PlanBuffer, x: Raws): Raws {
  return x.map((raw, k) => {
    const low = step.min !== undefined && raw < step.min ? step.min : raw
    const limited = step.max !== undefined && low > step.max ? step.max : low
    return convertRaw(limited, fracAt(source, k), perElement(step.conversions, k))
  })
}

/** The entry that a raw value addresses in a table of `length` entries. */
export function tableIndex(index: TableIndex, raw: bigint, length: number): number {
  if (index.kind === 'bits') return Number(BigInt.asUintN(index.count, raw >> BigInt(index.low)))
  const scaled = (raw * index.multiply) / (1n << BigInt(index.shift)) + index.offset
  if (scaled < 0n) return 0
  return scaled >= BigInt(length) ? length - 1 : Number(scaled)
}

function reduce(step: StepOf<'reduce'>, source: PlanBuffer, x: Raws): Raws {
  const join = (a: Exact, b: Exact): Exact =>
    step.op === 'add' ? through(addExact(a, b), step.accumulator) : combine('maximum', a, b)
  return step.groups.map((group, k) => {
    const terms = group.map(index =>
      through({ raw: x[index]!, frac: fracAt(source, index) }, step.accumulator),
    )
    const total = step.tree ? reduceTree(terms, join) : terms.reduce(join)
    return convertRaw(total.raw, total.frac, perElement(step.conversions, k))
  })
}

/** Splits at the largest power of two below the length, left part first. */
function reduceTree(terms: readonly Exact[], join: (a: Exact, b: Exact) => Exact): Exact {
  if (terms.length === 1) return terms[0]!
  const half = 1 << Math.floor(Math.log2(terms.length - 1))
  return join(reduceTree(terms.slice(0, half), join), reduceTree(terms.slice(half), join))
}

function select(step: StepOf<'select'>, buffers: readonly PlanBuffer[], values: readonly Raws[]): Raws {
  return values[step.test]!.map((test, k) => {
    const from = test > 0n ? step.whenPositive : step.otherwise
    return convertRaw(values[from]![k]!, fracAt(buffers[from]!, k), perElement(step.conversions, k))
  })
}

function oneHotMaximum(step: StepOf<'one-hot-maximum'>, x: Raws): Raws {
  const result = x.map(() => 0n)
  for (const group of step.groups) {
    const best = group.reduce((winner, index) => (x[index]! > x[winner]! ? index : winner))
    result[best] = step.one
  }
  return result
}

function scan(step: StepOf<'scan'>, x: Raws): Raws {
  const length = x.length / step.steps
  const states = step.states.map(state => state.initial)
  const rows: Raws[] = []
  for (let t = 0; t < step.steps; t++) {
    const at = step.reverse ? step.steps - 1 - t : t
    const values: Raws[] = step.body.buffers.map(() => [])
    values[step.body.inputs[0]!] = x.slice(at * length, (at + 1) * length)
    step.states.forEach((state, k) => {
      values[state.read] = states[k]!
    })
    for (const inner of step.body.steps) values[inner.into] = runStep(inner, step.body.buffers, values)
    step.states.forEach((state, k) => {
      states[k] = values[state.write]!
    })
    rows.push(values[step.body.output]!)
  }
  return step.emit === 'all' ? rows.flat() : rows.at(-1)!
}
