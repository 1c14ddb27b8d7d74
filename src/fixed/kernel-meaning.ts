// The plain meaning of the kernels: a plan run on one sample with bigints, as slow and as clear as can be. Engines that
// are fast are held against it.

import { bug } from '../diagnostics/diagnostic.ts'
import { convertRaw } from './convert.ts'
import {
  type BufferId,
  fracAt,
  type Plan,
  type PlanBuffer,
  perElement,
  type Step,
  type StepOf,
  type TableIndex,
} from './kernels.ts'
import type { Conversion } from './types.ts'

type Raws = readonly bigint[]

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
