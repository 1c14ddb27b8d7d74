// A node as the interpreter sees it: exact input values, conversions, constants as exact values.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { conversionAt, type Shape, type TensorConversion } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { toRaw, valueOfRaw } from './conversion.ts'
import { type Dyadic, zero } from './dyadic.ts'

/** One node with one row of its first input. */
export interface Operator {
  readonly graph: OpGraph
  readonly node: OpNode
  /** Exact values of the input's elements. */
  readonly x: readonly Dyadic[]
  readonly inputShape: Shape
  /** Type of an element of the input. */
  inputType(index: number): FixedType
  /** How the node before came to an element of the input: its type with its modes. */
  inputConversion(index: number): Conversion
}

export function operatorOf(graph: OpGraph, node: OpNode, raw: readonly bigint[]): Operator {
  const source = nodeNamed(graph, node.inputs[0] ?? bug(`${node.name} reads nothing`))
  const conversions = source.resolved.result ?? bug(`${source.name} has no result type`)
  const inputConversion = (index: number) => conversionAt(conversions, source.shape, index)
  const inputType = (index: number) => inputConversion(index).to
  const x = raw.map((value, index) => valueOfRaw(value, inputType(index)))
  return { graph, node, x, inputShape: source.shape, inputType, inputConversion }
}

/** The conversion of a role with one type for all its values. */
export function roleConversion({ node }: Operator, role: string): Conversion {
  const found: TensorConversion = node.resolved[role] ?? bug(`${node.name} has no type for ${role}`)
  return conversionAt(found, [], 0)
}

/** A trained tensor's exact values; undefined when the node has none. */
export function trained({ graph, node }: Operator, role: string): readonly Dyadic[] | undefined {
  const tensor = graph.store.get(node.weights[role] ?? '')
  if (tensor === undefined) return undefined
  if (tensor.form !== 'raw') bug(`${role} of ${node.name} is not quantised`)
  return tensor.raw.map(raw => valueOfRaw(raw, tensor.type))
}

/** The element of a per-channel constant for a flat index; a missing constant is 0. */
export function channel(values: readonly Dyadic[] | undefined, index: number): Dyadic {
  return values === undefined ? zero : values[index % values.length]!
}

/** Converts every element's exact value into the node's result type. */
export function intoResult({ node }: Operator, values: readonly Dyadic[]): readonly bigint[] {
  const result = node.resolved.result ?? bug(`${node.name} has no result type`)
  return values.map((value, index) => toRaw(value, conversionAt(result, node.shape, index)))
}
