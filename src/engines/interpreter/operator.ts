// A node as the interpreter sees it: exact input values, conversions, constants as exact values.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { conversionAt, type Shape, type TensorConversion } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { toRaw, valueOfRaw } from './conversion.ts'
import { type Dyadic, zero } from './dyadic.ts'

/** One row of an input: exact values of its elements. */
export interface InputRow {
  readonly x: readonly Dyadic[]
  readonly shape: Shape
}

/** One node with one row of each input; `x` and what follows is of the first. */
export interface Operator {
  readonly graph: OpGraph
  readonly node: OpNode
  readonly inputs: readonly InputRow[]
  /** Most fraction bits of any element of any input. */
  readonly finestFrac: number
  /** Exact values of the input's elements. */
  readonly x: readonly Dyadic[]
  readonly inputShape: Shape
  /** Type of an element of the input. */
  inputType(index: number): FixedType
  /** How the node before came to an element of the input: its type with its modes. */
  inputConversion(index: number): Conversion
}

/** `raws` holds a row of each input. */
export function operatorOf(graph: OpGraph, node: OpNode, raws: readonly (readonly bigint[])[]): Operator {
  const sources = node.inputs.map(name => nodeNamed(graph, name))
  const conversionOf = (source: OpNode, index: number) =>
    conversionAt(source.resolved.result ?? bug(`${source.name} has no result type`), source.shape, index)
  const first = sources[0] ?? bug(`${node.name} reads nothing`)
  const inputConversion = (index: number) => conversionOf(first, index)
  const inputs = sources.map((source, k) => ({
    shape: source.shape,
    x: raws[k]!.map((value, index) => valueOfRaw(value, conversionOf(source, index).to)),
  }))
  const fracs = sources.flatMap((source, k) =>
    raws[k]!.map((_, index) => conversionOf(source, index).to.frac),
  )
  return {
    graph,
    node,
    inputs,
    finestFrac: fracs.reduce((most, frac) => Math.max(most, frac)),
    x: inputs[0]!.x,
    inputShape: first.shape,
    inputType: index => inputConversion(index).to,
    inputConversion,
  }
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
