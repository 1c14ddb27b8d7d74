// Rows in pieces, so that memory is bounded however many there are.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { sizeOf, type TensorConversion, typeAt, uniform } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import { type TypeRange, typeRangeOf } from './type-fit.ts'

/** Values of all layers that are held at once. */
const heldValues = 2 ** 20

/** Rows of a piece, by what all layers of the graphs hold for a row. */
export function rowsAtOnce(...graphs: readonly OpGraph[]): number {
  const size = graphs.flatMap(({ nodes }) => nodes).reduce((sum, { shape }) => sum + sizeOf(shape), 1)
  return Math.max(1, Math.min(4096, Math.floor(heldValues / size)))
}

/** The rows from `from` on, at most `rows` of them, of every input. */
export function piece(inputs: readonly Batch[], from: number, rows: number): Batch[] {
  return inputs.map(batch => {
    const size = batch.data.length / batch.rows
    const to = Math.min(batch.rows, from + rows)
    return { rows: to - from, shape: batch.shape, data: batch.data.subarray(from * size, to * size) }
  })
}

/** The numbers that a layer's raw results stand for: single bits of binary activations are −1 and +1. */
export function meaning(node: OpNode, batch: RawBatch): Float64Array {
  const values = toNumbers(node, batch)
  return codesSigns(node) ? values.map(bit => 2 * bit - 1) : values
}

/** How values come into a node's result, as numbers: a bit that stands for ±1 holds these two. */
export function resultConversion(node: OpNode): TensorConversion {
  const result = node.resolved.result ?? bug(`${node.name} has no type`)
  return codesSigns(node) ? { ...result, to: uniform({ signed: true, width: 2, frac: 0 }) } : result
}

/** The range of a node's type under its own spelling, where `resultConversion` stands for it. */
export function ownRange<R extends TypeRange>(node: OpNode, range: R): R {
  if (!codesSigns(node)) return range
  return { ...range, type: `${typeRangeOf(node.resolved.result!, node.shape).type} as ±1`, min: -1, max: 1 }
}

/** Whether a result is XNOR-coded: 1 for +1 and 0 for −1. */
function codesSigns(node: OpNode): boolean {
  const binary = node.kind === 'binary-tanh' || (node.kind === 'threshold' && node.attrs.levels === 2)
  const type = typeAt(typeOfNode(node), 0)
  return binary && !type.signed && type.width === 1
}
