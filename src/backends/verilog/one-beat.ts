// A layer of a large image cut down to what one beat of its stream takes, so that estimates lower some channels and not
// millions of elements: what is done to one pixel is done to all.

import { nodeNamed } from '../../ir/graph.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { OpKind, OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'

/** Elements up to which a layer is lowered whole: all of what stands at borders is then in the figures. */
const wholeElements = 2 ** 14

/** Work on one pixel at a time. */
const byPixel: ReadonlySet<OpKind> = new Set<OpKind>([
  'quantise',
  'relu',
  'leaky-relu',
  'thresholded-relu',
  'elu',
  'selu',
  'hard-activation',
  'table-activation',
  'unary-table',
  'softmax',
  'batch-norm',
  'binary-tanh',
  'ternary-tanh',
  'threshold',
  'merge',
  'concatenate',
  'dense',
])

/** Move elements as they are. */
const moving: ReadonlySet<OpKind> = new Set<OpKind>(['reshape', 'permute', 'pad', 'crop', 'upsample'])

export interface Cut {
  readonly graph: OpGraph
  readonly node: OpNode
}

/** The node for one beat, in a graph of it and its inputs; as it is where it is small, or differs from pixel to pixel. */
export function oneBeat(graph: OpGraph, node: OpNode): Cut | 'nothing' {
  const inputs = node.inputs.map(name => nodeNamed(graph, name))
  const largest = Math.max(...[node, ...inputs].map(({ shape }) => sizeOf(shape)))
  if (largest <= wholeElements) return { graph, node }
  if (moving.has(node.kind)) return 'nothing'
  if (node.kind === 'pool') return pooled(graph, node, inputs)
  const isWhole =
    !byPixel.has(node.kind) ||
    (node.kind === 'concatenate' && node.attrs.axis !== node.shape.length - 1) ||
    (node.kind === 'softmax' && node.attrs.hls4mlWhole === true) ||
    inputs.some(({ shape }) => shape.slice(0, -1).join() !== node.shape.slice(0, -1).join()) ||
    Object.values(node.weights).some(
      id => node.kind !== 'dense' && sizeOf(graph.store.get(id)!.shape) > last(node),
    )
  if (isWhole || [node, ...inputs].some(differs)) return { graph, node }
  return cutTo(graph, [...inputs.map(own => withShape(own, pixel(own))), withShape(node, pixel(node))])
}

const last = ({ shape }: OpNode) => shape.at(-1)!
const pixel = ({ shape }: OpNode): Shape => [...shape.slice(0, -1).map(() => 1), shape.at(-1)!]

/** Types, of any role, that change along other axes than the last. */
function differs({ resolved }: OpNode): boolean {
  return Object.values(resolved).some(({ to }) => sizeOf(to.shape.slice(0, -1)) > 1)
}

/** One window without padding. */
function pooled(graph: OpGraph, node: OpNode & { kind: 'pool' }, inputs: readonly OpNode[]): Cut {
  if ([node, ...inputs].some(differs)) return { graph, node }
  const { size } = node.attrs
  const none = size.map(() => 0)
  const attrs = { ...node.attrs, strides: size, before: none, after: none }
  const from = inputs.map(own => withShape(own, [...size, last(own)]))
  return cutTo(graph, [...from, { ...withShape(node, pixel(node)), attrs } as OpNode])
}

const withShape = (node: OpNode, shape: Shape): OpNode => ({ ...node, shape }) as OpNode

function cutTo(graph: OpGraph, nodes: readonly OpNode[]): Cut {
  const node = nodes.at(-1)!
  return { graph: { ...graph, nodes, outputs: [node.name] }, node }
}
