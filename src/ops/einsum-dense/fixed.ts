// The bits of a contraction with a constant kernel: dense layers over gathered rows, whose results are put in place.

import type { Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { conversionAt, typeAt } from '../../ir/tensor-type.ts'
import { visitOrder } from '../constant-product.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { strategyOf } from '../strategy.ts'
import {
  accumulatorOf,
  type DensePart,
  type EinsumDenseAttrs,
  partsOfOp,
  partValues,
  weightOf,
} from './attrs.ts'

export function emulateEinsumDense(op: TypedOp<EinsumDenseAttrs>): Plan {
  const parts = partsOfOp(op)
  const buffers: PlanBuffer[] = [bufferOf(op.inputs[0]!)]
  const steps: Step[] = []
  const sums = parts.map(part => {
    const from = inOrder(part.input, buffers[0]!.size) ? 0 : gathered(op, part, buffers, steps)
    const into = buffers.push(sumsBuffer(op, part)) - 1
    steps.push(denseStep(op, part, from, into))
    return into
  })
  const places = parts.flatMap(({ result }) => result)
  if (sums.length === 1 && inOrder(places, places.length))
    return { buffers, inputs: [0], output: sums[0]!, steps }
  const output = buffers.push(bufferOf(op.output)) - 1
  const index = new Array<number>(places.length)
  for (const [k, place] of places.entries()) index[place] = k
  steps.push({ kernel: 'gather', from: sums, into: output, index, fill: 0n })
  return { buffers, inputs: [0], output, steps }
}

function inOrder(index: readonly number[], size: number): boolean {
  return index.length === size && index.every((at, k) => at === k)
}

/** A buffer of a part's rows, each element under the type it has in the input. */
function gathered(
  op: TypedOp<EinsumDenseAttrs>,
  { input: index }: DensePart,
  buffers: PlanBuffer[],
  steps: Step[],
): number {
  const input = op.inputs[0]!
  const types = input.element.types.length === 1 ? input.element.types : index.map(at => typeAt(input, at))
  const into = buffers.push({ size: index.length, types }) - 1
  steps.push({ kernel: 'gather', from: [0], into, index, fill: 0n })
  return into
}

function sumsBuffer({ output }: TypedOp<EinsumDenseAttrs>, { result }: DensePart): PlanBuffer {
  const { types } = output.element
  return { size: result.length, types: types.length === 1 ? types : result.map(at => typeAt(output, at)) }
}

function denseStep(op: TypedOp<EinsumDenseAttrs>, part: DensePart, from: number, into: number): Step {
  const { weight, bias } = partValues(part, weightOf(op), op.weight('bias'))
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  const uniform = op.result.to.types.length === 1
  return {
    kernel: 'multiply-accumulate',
    from,
    into,
    rows: part.rows,
    inputs: part.terms,
    outputs: part.columns,
    weights: weight.raw,
    weightFrac: weight.type.frac,
    bias: bias?.raw,
    biasFrac: bias?.type.frac ?? 0,
    product: { kind: 'multiply' },
    accumulator: accumulatorOf(op),
    order: visitOrder(strategyOf(op.choices.Strategy), part.terms, reuse),
    conversions: uniform
      ? resultConversions(op)
      : part.result.map(at => conversionAt(op.result, op.output.shape, at)),
  }
}
