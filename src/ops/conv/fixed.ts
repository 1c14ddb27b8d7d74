// The bits of a convolution: each window is gathered, zeros where it reaches over the border, and then is a dense
// layer's input: bias preloaded, every product and sum through the accumulator's type, one conversion to the result.
// Groups are dense layers of their own, whose results are interleaved at the end.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { conversionAt, sizeOf, typeAt } from '../../ir/tensor-type.ts'
import type { ConstantProduct } from '../constant-product.ts'
import type { RawValues, TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { type Strategy, strategyOf } from '../strategy.ts'
import { type ConvAttrs, windowSize } from './attrs.ts'
import { windowIndices } from './float.ts'

export function emulateConv(op: TypedOp<ConvAttrs>): Plan {
  if (op.attrs.groups > 1) return groupedPlan(op)
  const { window, steps } = groupOf(op, 0)
  const buffers = [bufferOf(op.inputs[0]!), window, bufferOf(op.output)]
  return { buffers, inputs: [0], output: 2, steps: steps(1, 2) }
}

/** Buffers: the input, windows and sums of each group, all sums interleaved, the result. */
function groupedPlan(op: TypedOp<ConvAttrs>): Plan {
  const [input, output] = [bufferOf(op.inputs[0]!), bufferOf(op.output)]
  const parts = Array.from({ length: op.attrs.groups }, (_, group) => groupOf(op, group))
  const into = 2 * parts.length + 1
  const buffers = [input, ...parts.flatMap(({ window, sums }) => [window, sums])]
  const steps = parts.flatMap((part, group) => part.steps(2 * group + 1, 2 * group + 2))
  const gather: Step = {
    kernel: 'gather',
    from: parts.map((_, group) => 2 * group + 2),
    into,
    index: interleaved(output.size / op.attrs.filters, op.attrs),
    fill: 0n,
  }
  const { accumulator } = productOf(op)
  if (accumulator === undefined)
    return { buffers: [...buffers, output], inputs: [0], output: into, steps: [...steps, gather] }
  const held: PlanBuffer = { size: output.size, types: [accumulator.to] }
  const conversions = resultConversions(op)
  const convert: Step = { kernel: 'convert', from: into, into: into + 1, conversions }
  return {
    buffers: [...buffers, held, output],
    inputs: [0],
    output: into + 1,
    steps: [...steps, gather, convert],
  }
}

/** Per element of the result, its place in the groups' results laid end to end. */
function interleaved(rows: number, { filters, groups }: ConvAttrs): number[] {
  const each = filters / groups
  return Array.from({ length: rows * filters }, (_, k) => {
    const [row, filter] = [Math.floor(k / filters), k % filters]
    const group = Math.floor(filter / each)
    return group * rows * each + row * each + (filter % each)
  })
}

/** A group's windows, its sums, and the steps from the input (buffer 0) to them. */
function groupOf(op: TypedOp<ConvAttrs>, group: number) {
  const shape = op.inputs[0]!.shape
  const windows = windowIndices(op.attrs, shape, group)
  const index = windows.flat()
  const { weight, bias, columns, accumulator } = groupProduct(op, group)
  const inputs = windowSize(op.attrs, shape)
  const steps = (into: number, result: number): Step[] => [
    { kernel: 'gather', from: [0], into, index, fill: 0n },
    {
      kernel: 'multiply-accumulate',
      from: into,
      into: result,
      rows: windows.length,
      inputs,
      outputs: columns,
      weights: weight.raw,
      weightFrac: weight.type.frac,
      bias: bias?.raw,
      biasFrac: bias?.type.frac ?? 0,
      product: { kind: 'multiply' },
      accumulator,
      order: visitOrder(op, group, inputs),
      conversions: groupConversions(op, group, windows.length),
    },
  ]
  return { window: gatheredBuffer(op, index), sums: sumsBuffer(op, group, windows.length), steps }
}

/** Kernel, bias and accumulator; distributed arithmetic ignores the accumulator. */
export function productOf(op: TypedOp<ConvAttrs>): ConstantProduct {
  const exact = strategyOf(op.choices.Strategy) === 'distributed-arithmetic'
  return {
    weight: op.weight('weight') ?? bug(`${op.name} lacks weights`),
    bias: op.weight('bias'),
    columns: op.attrs.filters,
    accumulator: exact ? undefined : op.conversion('accum'),
  }
}

/** The filters of one group. */
function groupProduct(op: TypedOp<ConvAttrs>, group: number): ConstantProduct {
  const whole = productOf(op)
  const columns = op.attrs.filters / op.attrs.groups
  const own = (values: RawValues): RawValues => ({
    ...values,
    shape: [...values.shape.slice(0, -1), columns],
    raw: values.raw.filter((_, k) => Math.floor((k % op.attrs.filters) / columns) === group),
  })
  return { ...whole, weight: own(whole.weight), bias: whole.bias && own(whole.bias), columns }
}

/** One group of several leaves its sums as they are in the accumulator; without one, and alone, it makes results. */
function groupConversions(op: TypedOp<ConvAttrs>, group: number, rows: number) {
  const { accumulator } = productOf(op)
  if (op.attrs.groups > 1 && accumulator !== undefined) return [accumulator]
  if (op.attrs.groups === 1 || op.result.to.types.length === 1) return resultConversions(op)
  return filtersOf(op, group, rows).map(index => conversionAt(op.result, op.output.shape, index))
}

function sumsBuffer(op: TypedOp<ConvAttrs>, group: number, rows: number): PlanBuffer {
  const size = (rows * op.attrs.filters) / op.attrs.groups
  const { accumulator } = productOf(op)
  if (accumulator !== undefined) return { size, types: [accumulator.to] }
  if (op.output.element.types.length === 1) return { size, types: op.output.element.types }
  return { size, types: filtersOf(op, group, rows).map(index => typeAt(op.output, index)) }
}

/** Flat indices in the result of one group's results. */
function filtersOf(
  { attrs: { filters, groups } }: TypedOp<ConvAttrs>,
  group: number,
  rows: number,
): number[] {
  const each = filters / groups
  return Array.from(
    { length: rows * each },
    (_, k) => Math.floor(k / each) * filters + group * each + (k % each),
  )
}

/**
 * Resource and Unrolled with reuse RF visit the window's elements r, r + RF, … for each r < RF, counted over all
 * channels (hls4ml's dense and depthwise products alike); a group meets its own in that order. Undefined: ascending.
 */
function visitOrder(
  op: TypedOp<ConvAttrs>,
  group: number,
  inputs: number,
): ((output: number) => readonly number[]) | undefined {
  const strategy: Strategy = strategyOf(op.choices.Strategy)
  const channels = op.inputs[0]!.shape.at(-1)!
  const all = sizeOf(op.attrs.kernelSize) * channels
  const reuse = Math.min(Number(op.choices.ReuseFactor ?? 1), all)
  const inTurns = strategy === 'resource' || strategy === 'unrolled'
  if (!inTurns || reuse <= 1 || (op.attrs.groups === 1 && reuse >= all)) return undefined
  const own = channels / op.attrs.groups
  const turn = (k: number) => (Math.floor(k / own) * channels + group * own + (k % own)) % reuse
  const order = Array.from({ length: inputs }, (_, k) => k).sort((a, b) => turn(a) - turn(b) || a - b)
  return () => order
}

/** Elements keep their pixel's type; padding takes that of the first, being 0 in any. */
function gatheredBuffer(op: TypedOp<ConvAttrs>, index: readonly number[]): PlanBuffer {
  const input = op.inputs[0]!
  if (input.element.types.length === 1) return { size: index.length, types: input.element.types }
  return { size: index.length, types: index.map(at => typeAt(input, Math.max(0, at))) }
}
