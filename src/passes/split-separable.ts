// Splits a separable convolution into a depthwise one, `<name>_depthwise`, and one of kernel 1, `<name>_pointwise`, with
// what the config asks of either (hls4ml `SeperableToDepthwiseAndConv`).

import { type LayerSettings, settingsOf } from '../config/model-config.ts'
import type { Precision } from '../fixed/precision.ts'
import { nodeNamed, replaceNode } from '../ir/graph.ts'
import { type OpNode, ops } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { windowCounts } from '../ops/windows.ts'
import type { Pass, PassContext } from './pass.ts'
import { requestOf } from './request-precision.ts'

export const splitSeparable: Pass = {
  name: 'split-separable',
  summary: 'splits separable convolutions into a depthwise and a plain one',
  run: (graph, context) =>
    graph.nodes.reduce(
      (current, node) => (node.kind === 'separable-conv' ? split(current, node, context) : current),
      graph,
    ),
}

type Separable = Extract<OpNode, { kind: 'separable-conv' }>
type Conv = Extract<OpNode, { kind: 'conv' }>
type Part = 'depthwise' | 'pointwise'

function split(graph: OpGraph, node: Separable, context: PassContext): OpGraph {
  const first = depthwiseOf(graph, node, context)
  const second = pointwiseOf(node, first, context)
  return replaceNode(graph, node.name, [first, second], second.name)
}

function depthwiseOf(graph: OpGraph, node: Separable, context: PassContext): Conv {
  const { multiplier, filters: _, ...windows } = node.attrs
  const shape = nodeNamed(graph, node.inputs[0]!).shape
  const channels = shape.at(-1)!
  const filters = channels * multiplier
  const counts = windowCounts({ size: windows.kernelSize, ...windows }, shape.slice(0, -1), node.name)
  return {
    ...part(node, 'depthwise', context),
    attrs: { ...windows, filters, groups: channels },
    shape: [...counts, filters],
    weights: { weight: node.weights.depthwise! },
  }
}

function pointwiseOf(node: Separable, before: Conv, context: PassContext): Conv {
  const each = (value: number) => node.attrs.kernelSize.map(() => value)
  const { bias } = node.weights
  const own = part(node, 'pointwise', context)
  return {
    ...own,
    attrs: {
      filters: node.attrs.filters,
      groups: 1,
      kernelSize: each(1),
      strides: each(1),
      dilation: each(1),
      before: each(0),
      after: each(0),
    },
    inputs: [before.name],
    weights: { weight: node.weights.pointwise!, ...(bias !== undefined && { bias }) },
    quantisers: { ...own.quantisers, ...(node.quantisers.bias && { bias: node.quantisers.bias }) },
    origin: { ...own.origin, mergedNames: [node.name] },
  }
}

/** What both parts have; the class is hls4ml's of the part. */
function part(node: Separable, name: Part, context: PassContext): Conv {
  const quantiser = node.quantisers[name]
  return {
    ...node,
    kind: 'conv',
    name: `${node.name}_${name}`,
    quantisers: quantiser === undefined ? {} : { weight: quantiser },
    requested: requestsOf(node, name, context),
    origin: {
      ...node.origin,
      layerClass: node.origin.layerClass.replace('Separable', name === 'depthwise' ? 'Depthwise' : ''),
      mergedNames: [],
    },
  } as unknown as Conv
}

function requestsOf(node: Separable, name: Part, context: PassContext): Record<string, Precision> {
  const settings = settingsOf(context.config, { name: node.name, layerClass: node.origin.layerClass })
  const own = settings.map(entry => settingsOfPart(entry, name))
  return Object.fromEntries(
    Object.entries(ops.conv.roles).map(([role, definition]) => [role, requestOf(role, definition, own)]),
  )
}

/** Where nothing is said of the depthwise result, hls4ml gives it the type of the whole layer's. */
function settingsOfPart(settings: LayerSettings, name: Part): LayerSettings {
  const { precision } = settings
  const named = {
    weight: precision[name],
    accum: precision[`${name}_accum`],
    result: precision[`${name}_result`],
  }
  const given = Object.entries(named).filter(([, asked]) => asked !== undefined)
  return {
    ...settings,
    precision: { ...precision, ...(Object.fromEntries(given) as Record<string, Precision>) },
  }
}
