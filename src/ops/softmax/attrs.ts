// Softmax over the last axis, which elements that takes together, and the names of its four implementations.

import { fail } from '../../diagnostics/diagnostic.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { TypedOp } from '../definition.ts'

export interface SoftmaxAttrs {
  /** −1, the last axis. */
  readonly axis: number
  /** All elements of the tensor together, as hls4ml's C simulation takes those of Keras 2 models. */
  readonly over?: 'tensor'
  /** The source is one that hls4ml reads so; a pass makes `over` of it where hls4ml's rules hold. */
  readonly hls4mlWhole?: true
  /** Of an input [.., queries, keys]: query q takes the first q + 1 keys alone, and all others are 0. */
  readonly causal?: true
  /** Factor of every input. */
  readonly scale?: number
  /** Added to the sum before its inverse. */
  readonly epsilon?: number
}

/** Elements that sum to 1 together, by their flat indices, ascending; what is in none of them is 0. */
export function slicesOf({ over, causal }: SoftmaxAttrs, shape: Shape): readonly (readonly number[])[] {
  const size = sizeOf(shape)
  const extent = over === 'tensor' ? size : shape.at(-1)!
  const queries = shape.at(-2) ?? 1
  const kept = (slice: number) => (causal ? Math.min((slice % queries) + 1, extent) : extent)
  return Array.from({ length: size / extent }, (_, slice) =>
    Array.from({ length: kept(slice) }, (_, k) => slice * extent + k),
  )
}

export type SoftmaxImplementation = 'latency' | 'stable' | 'legacy' | 'argmax'

export function implementationOf(op: TypedOp<SoftmaxAttrs>): SoftmaxImplementation {
  return String(op.choices.Implementation ?? 'stable').toLowerCase() as SoftmaxImplementation
}

/** Entries of the exponential and inverse tables: a power of two, no more than their index types have values. */
export function tableSizes(op: TypedOp<SoftmaxAttrs>): { exp: number; inverse: number } {
  const asked = Number(op.choices.TableSize ?? 1024)
  if (!Number.isInteger(Math.log2(asked))) {
    fail({
      code: 'softmax/table-size',
      place: `layer '${op.name}'`,
      problem: `TableSize is ${asked}; a softmax table is addressed by whole bits`,
      expected: 'a power of two',
      remedy: `Write ${2 ** Math.ceil(Math.log2(asked))}.`,
    })
  }
  const index =
    implementationOf(op) === 'stable' ? op.conversion('inp_norm').to : op.inputs[0]!.element.types[0]!
  const inverse = op.conversion('inv_inp').to
  return { exp: Math.min(asked, 2 ** index.width), inverse: Math.min(asked, 2 ** inverse.width) }
}
