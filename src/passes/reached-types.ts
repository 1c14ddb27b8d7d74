// Which of the values that a quantiser's types have it really gives.

import { bitLength } from '../fixed/bit-length.ts'
import { convertRaw } from '../fixed/convert.ts'
import { type Conversion, conversion, type FixedType, fixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import { conversionAt, sizeOf, type TensorConversion, typeAt, uniform } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'

/**
 * The types that a quantiser's values really take, given those of what it reads: HGQ's leave a bit at a place above all
 * that arrives where an element was pruned. Results of the network keep the types that the source states.
 */
export function reachedTypes(graph: OpGraph, node: OpNode, declared: TensorConversion): TensorConversion {
  if (node.kind !== 'quantise' || graph.outputs.includes(node.name)) return declared
  const source = typeOfNode(nodeNamed(graph, node.inputs[0]!))
  const count = Math.max(declared.to.types.length, source.element.types.length)
  if (count === 1)
    return { ...declared, to: uniform(valuesOf(conversionAt(declared, [], 0), source.element.types[0]!)) }
  const types = Array.from({ length: sizeOf(node.shape) }, (_, k) =>
    valuesOf(conversionAt(declared, node.shape, k), typeAt(source, k)),
  )
  return { ...declared, to: { shape: node.shape, types } }
}

/** The narrowest type under the same point for all that the conversion makes of a type's values. */
function valuesOf(own: Conversion, from: FixedType): FixedType {
  const { frac } = own.to
  const wide = conversion(
    fixedType(true, from.width + Math.abs(from.frac) + Math.abs(frac) + 2, frac),
    own.rounding,
  )
  const [least, most] = [convertRaw(minRaw(from), from.frac, wide), convertRaw(maxRaw(from), from.frac, wide)]
  // A symmetric type lacks its least value: one below stands for it.
  const low = own.overflow === 'SAT_SYM' && least < 0n ? least - 1n : least
  if (low < minRaw(own.to) || most > maxRaw(own.to)) return own.to
  const type = { signed: low < 0n, width: widthOf(low, most), frac }
  return type.width < own.to.width ? type : own.to
}

function widthOf(least: bigint, most: bigint): number {
  if (least >= 0n) return bitLength(most)
  return 1 + Math.max(bitLength(-least - 1n), most > 0n ? bitLength(most) : 0)
}
