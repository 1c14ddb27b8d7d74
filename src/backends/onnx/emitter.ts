// An ONNX graph as it grows: nodes, initializers, and each result in the layouts that have been asked of it.

import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts'
import type { Shape } from '../../ir/tensor-type.ts'

/** `last`: as in our graph, channels last. `first`: [batch, channels, …], as ONNX's windows have it. */
export type Layout = 'last' | 'first'

export type AttributeValue = number | string | readonly number[] | OnnxAttribute

export interface NodeParts {
  readonly name?: string
  readonly domain?: string
  readonly attributes?: Readonly<Record<string, AttributeValue>>
}

export class Emitter {
  readonly nodes: OnnxNode[] = []
  readonly initializers: Record<string, OnnxTensor> = {}
  private readonly layouts = new Map<string, Partial<Record<Layout, string>>>()
  private readonly used = new Set<string>()

  /** A node of one result, which has the node's name; that of the tensor. */
  add(
    type: string,
    inputs: readonly string[],
    { name, domain = '', attributes = {} }: NodeParts = {},
  ): string {
    const own = this.unused(name ?? `${type}_${this.nodes.length}`)
    const entries = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const)
    this.nodes.push({
      name: own,
      type,
      domain,
      inputs,
      outputs: [own],
      attributes: Object.fromEntries(entries),
    })
    return own
  }

  /** A node of several results, `<name>_<label>`; those of the tensors. */
  addSeveral(
    type: string,
    inputs: readonly string[],
    { name, domain = '', attributes = {} }: NodeParts & { readonly name: string },
    labels: readonly string[],
  ): readonly string[] {
    const own = this.unused(name)
    const outputs = labels.map(label => this.unused(`${name}_${label}`))
    const entries = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const)
    this.nodes.push({ name: own, type, domain, inputs, outputs, attributes: Object.fromEntries(entries) })
    return outputs
  }

  /** An initializer; its name. */
  constant(
    name: string,
    dims: Shape,
    data: ArrayLike<number>,
    element: OnnxTensor['element'] = 'float32',
  ): string {
    const own = this.unused(name)
    this.initializers[own] = { element, dims, data: Float64Array.from(data) }
    return own
  }

  integers(name: string, values: readonly number[]): string {
    return this.constant(name, [values.length], values, 'int64')
  }

  /** Says where the result of a node of our graph is. */
  place(node: string, layout: Layout, tensor: string): void {
    this.layouts.set(node, { [layout]: tensor })
  }

  /** A name that a tensor must have: an input's. */
  reserve(name: string): void {
    this.used.add(name)
  }

  /** The layout in which a node's result is at hand. */
  layoutOf(node: string): Layout {
    return this.layouts.get(node)?.last === undefined ? 'first' : 'last'
  }

  /** The result of a node of so many axes, the batch axis left out, in a layout; turned where it is not at hand. */
  tensor(node: string, layout: Layout, rank: number): string {
    const found = this.layouts.get(node) ?? {}
    if (found[layout] !== undefined) return found[layout]
    const from = found.last ?? found.first ?? ''
    const axes = Array.from({ length: rank }, (_, axis) => axis + 1)
    const perm = layout === 'first' ? [0, rank, ...axes.slice(0, -1)] : [0, ...axes.slice(1), 1]
    const turned = this.add('Transpose', [from], { name: `${node}_channels_${layout}`, attributes: { perm } })
    this.layouts.set(node, { ...found, [layout]: turned })
    return turned
  }

  private unused(wanted: string): string {
    let name = wanted
    for (let count = 1; this.used.has(name); count++) name = `${wanted}_${count}`
    this.used.add(name)
    return name
  }
}

function attributeOf(value: AttributeValue): OnnxAttribute {
  if (typeof value === 'string') return { kind: 'string', value }
  if (typeof value === 'number') return { kind: 'int', value }
  return 'kind' in value ? value : { kind: 'ints', value }
}

/** A float attribute, whole or not. */
export function float(value: number): OnnxAttribute {
  return { kind: 'float', value: Math.fround(value) }
}
