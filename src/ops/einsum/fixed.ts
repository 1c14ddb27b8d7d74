// The bits of a contraction of two tensors: the accumulator starts at 0 and takes each exact product in turn, cut to its
// type once a step (hls4ml's nnet_einsum.h; a dense layer cuts the product before). One conversion to the result.

import type { Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType, sameType } from '../../fixed/types.ts'
import { sizeOf, typeAt, uniformType } from '../../ir/tensor-type.ts'
import { elementPairs } from '../contraction.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { accumulatorOf, contractionOfOp, cutsAlike, type EinsumAttrs } from './attrs.ts'

/** More products than this are held as one term of all results at a time: they no longer fit a cache. */
const manyProducts = 1 << 18

export function emulateEinsum(op: TypedOp<EinsumAttrs>): Plan {
  const accumulator = accumulatorOf(op)
  const { result, terms } = contractionOfOp(op)
  const few = sizeOf(result.shape) * terms <= manyProducts
  return accumulator === undefined || (few && cutsAlike(accumulator))
    ? summedProducts(op, accumulator)
    : chain(op, accumulator)
}

/** All products, then their sums. */
function summedProducts(op: TypedOp<EinsumAttrs>, accumulator: Conversion | undefined): Plan {
  const { left, right } = elementPairs(contractionOfOp(op))
  const terms = left.inner.length
  const aIndex = left.outer.flatMap(base => left.inner.map(offset => base + offset))
  const bIndex = right.outer.flatMap(base => right.inner.map(offset => base + offset))
  const exact = productTypes(op, aIndex, bIndex)
  const products: PlanBuffer = { size: aIndex.length, types: exact }
  const groups = left.outer.map((_, k) => left.inner.map((_, t) => k * terms + t))
  return {
    buffers: [...op.inputs.map(bufferOf), products, bufferOf(op.output)],
    inputs: [0, 1],
    output: 3,
    steps: [
      {
        kernel: 'arithmetic',
        op: 'multiply',
        a: 0,
        b: 1,
        into: 2,
        aIndex,
        bIndex,
        conversions: exact.map(type => conversion(type)),
      },
      {
        kernel: 'reduce',
        op: 'add',
        from: 2,
        into: 3,
        groups,
        tree: false,
        accumulator,
        conversions: resultConversions(op),
      },
    ],
  }
}

/** A product of every result and a sum of every result, term by term. */
function chain(op: TypedOp<EinsumAttrs>, accumulator: Conversion): Plan {
  const { left, right } = elementPairs(contractionOfOp(op))
  const size = left.outer.length
  const held: PlanBuffer = { size, types: [accumulator.to] }
  const buffers: PlanBuffer[] = op.inputs.map(bufferOf)
  const steps: Step[] = []
  let sum: number | undefined
  for (const [t, offset] of left.inner.entries()) {
    const aIndex = left.outer.map(base => base + offset)
    const bIndex = right.outer.map(base => base + right.inner[t]!)
    const multiply = { kernel: 'arithmetic', op: 'multiply', a: 0, b: 1, aIndex, bIndex } as const
    if (sum === undefined) {
      sum = buffers.push(held) - 1
      steps.push({ ...multiply, into: sum, conversions: [accumulator] })
      continue
    }
    const exact = productTypes(op, aIndex, bIndex)
    const product = buffers.push({ size, types: exact }) - 1
    const next = buffers.push(held) - 1
    steps.push({ ...multiply, into: product, conversions: exact.map(type => conversion(type)) })
    steps.push({
      kernel: 'arithmetic',
      op: 'add',
      a: sum,
      b: product,
      into: next,
      conversions: [accumulator],
    })
    sum = next
  }
  const output = buffers.push(bufferOf(op.output)) - 1
  steps.push({ kernel: 'convert', from: sum!, into: output, conversions: resultConversions(op) })
  return { buffers, inputs: [0, 1], output, steps }
}

/** Exact types of products: one for all where the inputs have one each. */
function productTypes(
  { inputs }: TypedOp<EinsumAttrs>,
  aIndex: readonly number[],
  bIndex: readonly number[],
): readonly FixedType[] {
  const [a, b] = [inputs[0]!, inputs[1]!]
  const [one, other] = [uniformType(a), uniformType(b)]
  if (one !== undefined && other !== undefined) return [productType(one, other)]
  const types = aIndex.map((at, k) => productType(typeAt(a, at), typeAt(b, bIndex[k]!)))
  return types.every(type => sameType(type, types[0]!)) ? [types[0]!] : types
}

/** Holds every product of two values, −2^(m−1) · −2^(n−1) among them. */
function productType(a: FixedType, b: FixedType): FixedType {
  const signed = a.signed || b.signed
  return { signed, width: a.width + b.width, frac: a.frac + b.frac }
}
