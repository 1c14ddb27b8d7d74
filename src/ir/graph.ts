// The layer graph: frozen plain nodes in topological order, each with one output. It knows no operator: kinds and
// attributes come from the operator table. Trained arrays stand in a read-only store, nodes name them.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Precision } from '../fixed/precision.ts'
import type { FixedType } from '../fixed/types.ts'
import type { Shape, TensorConversion } from './tensor-type.ts'

/** Name of a tensor in the store. */
export type TensorId = string

/** Trained values as the source has them, or, after quantisation, raw integers under a type. */
export type StoredTensor =
  | { readonly form: 'float'; readonly shape: Shape; readonly data: Float64Array }
  | { readonly form: 'raw'; readonly shape: Shape; readonly type: FixedType; readonly raw: readonly bigint[] }

export type TensorStore = ReadonlyMap<TensorId, StoredTensor>

/** What a source says of a tensor's quantisation, e.g. QKeras `quantized_bits(4, 0, alpha='auto_po2')`. */
export interface SourceQuantiser {
  readonly name: string
  readonly options: Readonly<Record<string, number | string | boolean | null>>
}

/** Where a node comes from and by which names users and configs know it. */
export interface Origin {
  /** hls4ml's layer class, the key of `LayerType`: Dense, Activation, Softmax, … */
  readonly layerClass: string
  /** Name of the source layer that the node stands for. */
  readonly source: string
  /** Names of layers that passes merged into this node; their traces are this node's. */
  readonly mergedNames: readonly string[]
}

export interface Node<K extends string = string, A = unknown> {
  readonly kind: K
  /** Unique in the graph; hls4ml's name where there is one. */
  readonly name: string
  /** Names of the nodes read, in order. */
  readonly inputs: readonly string[]
  readonly attrs: A
  /** Trained tensors by role (`weight`, `bias`, `scale`, …). */
  readonly weights: Readonly<Record<string, TensorId>>
  /** The source's quantisers by role (`weight`, `bias`, `result`). */
  readonly quantisers: Readonly<Record<string, SourceQuantiser>>
  /** Precisions asked for by role; a role not named is the operator's default. */
  readonly requested: Readonly<Record<string, Precision>>
  /** Conversions by role, once precision is resolved; `result` is always among them then. */
  readonly resolved: Readonly<Record<string, TensorConversion>>
  /** Shape of the output, without the batch axis. */
  readonly shape: Shape
  /** How the node is to be built: reuse factor, strategy and other choices that change no float meaning. */
  readonly choices: Readonly<Record<string, number | string | boolean>>
  readonly origin: Origin
}

export interface Graph<N extends Node = Node> {
  readonly name: string
  readonly nodes: readonly N[]
  /** Names of the output nodes, in the source's order. */
  readonly outputs: readonly string[]
  readonly store: TensorStore
  /** Names in the source of what is no node: constants that became weights, models that are layers. Configs written by hls4ml name them. */
  readonly absorbed?: readonly string[]
}

export function nodeNamed<N extends Node>(graph: Graph<N>, name: string): N {
  return graph.nodes.find(node => node.name === name) ?? bug(`no node named ${name}`)
}

/** Nodes that read the node of this name. */
export function usersOf<N extends Node>(graph: Graph<N>, name: string): readonly N[] {
  return graph.nodes.filter(node => node.inputs.includes(name))
}

/** The graph with one node replaced by others; users of the old name read `newName` instead. */
export function replaceNode<N extends Node>(
  graph: Graph<N>,
  name: string,
  nodes: readonly N[],
  newName: string,
): Graph<N> {
  const rename = (other: string) => (other === name ? newName : other)
  const inner = new Set(nodes.map(node => node.name))
  const result = graph.nodes.flatMap(node => {
    if (node.name === name) return nodes
    if (inner.has(node.name)) return []
    return [node.inputs.includes(name) ? { ...node, inputs: node.inputs.map(rename) } : node]
  })
  return { ...graph, nodes: result, outputs: graph.outputs.map(rename) }
}

/** The graph without a node of one input; its users read that input instead. */
export function removeNode<N extends Node>(graph: Graph<N>, name: string): Graph<N> {
  const node = nodeNamed(graph, name)
  return replaceNode(graph, name, [], node.inputs[0] ?? bug(`${name} has no input to stand for it`))
}

/** The graph with one node changed in place. */
export function updateNode<N extends Node>(graph: Graph<N>, name: string, change: (node: N) => N): Graph<N> {
  return { ...graph, nodes: graph.nodes.map(node => (node.name === name ? change(node) : node)) }
}

/** The graph with tensors added to its store. */
export function withTensors<N extends Node>(
  graph: Graph<N>,
  tensors: Iterable<readonly [TensorId, StoredTensor]>,
): Graph<N> {
  return { ...graph, store: new Map([...graph.store, ...tensors]) }
}

/** The trained values of a role; a bug if the node has none. */
export function floatTensor(graph: Graph, node: Node, role: string): { shape: Shape; data: Float64Array } {
  const tensor = graph.store.get(node.weights[role] ?? bug(`${node.name} has no ${role}`))
  if (tensor?.form !== 'float') bug(`${role} of ${node.name} is not a float tensor`)
  return tensor
}

/** The raw values of a role after quantisation; a bug if the node has none. */
export function rawTensor(
  graph: Graph,
  node: Node,
  role: string,
): { shape: Shape; type: FixedType; raw: readonly bigint[] } {
  const tensor = graph.store.get(node.weights[role] ?? bug(`${node.name} has no ${role}`))
  if (tensor?.form !== 'raw') bug(`${role} of ${node.name} is not quantised`)
  return tensor
}
