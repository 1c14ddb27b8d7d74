// Values that hls4ml alters: an illegal reuse factor is snapped to the nearest legal one (Resource strategies), a
// softmax table is cut to the words its index has. Both are said, with both values.

import { settingsOf } from '../config/model-config.ts'
import { finding } from '../diagnostics/diagnostic.ts'
import { nodeNamed } from '../ir/graph.ts'
import { conversionAt, sizeOf, typeAt } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import { isLegalReuse, nearestLegalReuse, strategyOf } from '../ops/strategy.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'
import { isRecurrent, type RecurrentNode, snapRecurrent } from './snap-recurrent.ts'

export const snapChoices: Pass = {
  name: 'snap-choices',
  summary: 'snaps reuse factors and cuts softmax tables as hls4ml does, saying so',
  run: (graph, context) => ({
    ...graph,
    nodes: graph.nodes.map(node => {
      if (node.kind === 'dense' || isPlainConvolution(node)) return snapReuse(graph, node, context)
      if (isRecurrent(node)) return snapGates(graph, node, context)
      return node.kind === 'softmax' ? cutTable(graph, node, context) : node
    }),
  }),
}

function altered(
  context: PassContext,
  node: OpNode,
  key: string,
  from: unknown,
  to: unknown,
  why: string,
): void {
  context.report(
    finding({
      code: 'config/altered',
      place: `layer '${node.name}'`,
      problem: `${key} is ${String(from)} and takes effect as ${String(to)}: ${why}`,
      remedy: `Write ${key}: ${String(to)} to say what is built.`,
    }),
  )
}

function isAsked({ config }: PassContext, { name, origin }: OpNode, key: string): boolean {
  return settingsOf(config, { name, layerClass: origin.layerClass }).some(({ choices }) =>
    Object.hasOwn(choices, key),
  )
}

/** hls4ml looks at the reuse factors of these, and takes those of depthwise convolutions as they are. */
function isPlainConvolution(node: OpNode): boolean {
  return node.kind === 'conv' && node.attrs.groups === 1
}

function snapReuse(graph: OpGraph, node: OpNode, context: PassContext): OpNode {
  const strategy = strategyOf(node.choices.Strategy)
  if (strategy === 'latency' || strategy === 'distributed-arithmetic') return node
  const window = node.kind === 'conv' ? sizeOf(node.attrs.kernelSize) : 1
  const inputs = nodeNamed(graph, node.inputs[0]!).shape.at(-1)! * window
  const outputs = node.shape.at(-1)!
  const asked = Number(node.choices.ReuseFactor)
  if (isLegalReuse(inputs, outputs, asked)) return node
  const effective = nearestLegalReuse(inputs, outputs, asked)
  altered(
    context,
    node,
    'ReuseFactor',
    asked,
    effective,
    `${inputs} × ${outputs} products cannot be shared ${asked} times`,
  )
  return { ...node, choices: { ...node.choices, ReuseFactor: effective } }
}

/** What nobody asked for follows in silence. */
function snapGates(graph: OpGraph, node: RecurrentNode, context: PassContext): OpNode {
  const features = nodeNamed(graph, node.inputs[0]!).shape.at(-1)!
  const snapped = snapRecurrent(node, features)
  for (const { key, to, why } of snapped) {
    const isOwn = key === 'ReuseFactor' || isAsked(context, node, key)
    if (isOwn) altered(context, node, key, node.choices[key] ?? 1, to, why)
  }
  return {
    ...node,
    choices: { ...node.choices, ...Object.fromEntries(snapped.map(({ key, to }) => [key, to])) },
  }
}

function cutTable(graph: OpGraph, node: OpNode, context: PassContext): OpNode {
  const implementation = String(node.choices.Implementation).toLowerCase()
  if (implementation !== 'stable' && implementation !== 'latency') return node
  // Of a source that states the tables' types, every value of these has an entry.
  if (node.quantisers.exp_table !== undefined) return node
  const input = typeAt(typeOfNode(nodeNamed(graph, node.inputs[0]!)), 0).width
  const inverse = conversionAt(node.resolved.inv_table!, [], 0).to.width
  const asked = Number(node.choices.TableSize)
  const limit = 2 ** Math.min(input, inverse)
  if (asked <= limit || sizeOf(node.shape) === 0) return node
  // What nobody asked for is not altered: the default is only an upper limit.
  if (isAsked(context, node, 'TableSize'))
    altered(context, node, 'TableSize', asked, limit, `its index has ${Math.min(input, inverse)} bits`)
  return { ...node, choices: { ...node.choices, TableSize: limit } }
}
