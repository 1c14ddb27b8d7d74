// Batch normalisation followed by a binary or ternary tanh becomes comparisons with thresholds, in the type of the
// values compared (hls4ml `merge_batch_norm_quantized_tanh`): floor(t · 2^F) / 2^F.

import { fail, finding } from '../diagnostics/diagnostic.ts'
import { conversion, type FixedType } from '../fixed/types.ts'
import {
  floatTensor,
  nodeNamed,
  removeNode,
  type StoredTensor,
  updateNode,
  usersOf,
  withTensors,
} from '../ir/graph.ts'
import { conversionAt, sizeOf, tensorConversion, typeAt } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'

export const mergeThresholds: Pass = {
  name: 'merge-thresholds',
  summary: 'turns batch normalisation with binary or ternary tanh into thresholds',
  run: (graph, context) =>
    graph.nodes.reduce((current, node) => {
      if (node.kind !== 'batch-norm') return current
      if (current.outputs.includes(node.name)) return current
      const users = usersOf(current, node.name)
      const next = users[0]
      if (users.length !== 1 || (next?.kind !== 'binary-tanh' && next?.kind !== 'ternary-tanh'))
        return current
      warnOfNegativeScales(current, node, context)
      return merged(current, nodeNamed(current, node.name), next)
    }, graph),
}

/** hls4ml does not turn the comparison round where the scale is negative: its bits are kept, and said to be wrong. */
function warnOfNegativeScales(graph: OpGraph, norm: OpNode, context: PassContext): void {
  const negative = floatTensor(graph, norm, 'scale').data.filter(scale => scale < 0).length
  if (negative === 0) return
  context.report(
    finding({
      code: 'threshold/negative-scale',
      place: `layer '${norm.name}'`,
      problem: `${negative} of its scales ${negative === 1 ? 'is' : 'are'} negative, and hls4ml's thresholds compare as if none were: such outputs are inverted`,
      remedy:
        'Without a config Lutra compares exactly; or negate, in these channels, the scale, the moving mean, and the weights and bias of the layer before.',
    }),
  )
}

/** Where s·x + b crosses `level`, for every element. */
function crossings(graph: OpGraph, norm: OpNode, level: number): Float64Array {
  const scale = floatTensor(graph, norm, 'scale').data
  const bias = floatTensor(graph, norm, 'bias').data
  return Float64Array.from({ length: sizeOf(norm.shape) }, (_, k) => {
    const s = scale[k % scale.length]!
    if (s === 0) refuseZeroScale(norm, k % scale.length)
    return level / s - bias[k % bias.length]! / s
  })
}

function refuseZeroScale({ name }: OpNode, channel: number): never {
  return fail({
    code: 'graph/zero-scale',
    place: `layer '${name}'`,
    problem: `the scale of channel ${channel} is 0, so the binary or ternary activation behind it never changes`,
    expected: 'scales other than 0',
    remedy: 'Remove the channel, or train again.',
  })
}

function merged(graph: OpGraph, norm: OpNode, tanh: OpNode): OpGraph {
  const levels = tanh.kind === 'binary-tanh' ? 2 : 3
  const input = typeAt(typeOfNode(nodeNamed(graph, norm.inputs[0]!)), 0)
  const name = `bnbt_${norm.name}`
  const roles = levels === 2 ? { threshold: 0 } : { threshold_hi: 0.5, threshold_lo: -0.5 }
  const stored = withTensors(
    graph,
    Object.entries(roles).map(([role, level]) => [`${name}.${role}`, thresholds(graph, norm, level, input)]),
  )
  const forRoles = <T>(of: (role: string) => T) =>
    Object.fromEntries(Object.keys(roles).map(role => [role, of(role)]))
  const withThresholds: OpGraph = updateNode(removeNode(stored, tanh.name), norm.name, node => ({
    ...node,
    kind: 'threshold',
    attrs: { levels },
    weights: forRoles(role => `${name}.${role}`),
    quantisers: {},
    requested: {},
    resolved: {
      result: tensorConversion(conversion(resultTypes[levels])),
      ...forRoles(() => tensorConversion(conversion(input))),
    },
    origin: {
      layerClass: 'BatchNormalizationQuantizedTanh',
      source: node.origin.source,
      mergedNames: [norm.name, tanh.name],
    },
  }))
  return renamed(withThresholds, norm.name, name)
}

const resultTypes = {
  2: { signed: false, width: 1, frac: 0 },
  3: { signed: true, width: 2, frac: 0 },
} as const

/** Where the normalisation crosses a level, cut to the last bit of what is compared. */
function thresholds(graph: OpGraph, norm: OpNode, level: number, { frac }: FixedType): StoredTensor {
  const data = crossings(graph, norm, level).map(value => Math.floor(value * 2 ** frac) / 2 ** frac)
  return { form: 'float', shape: norm.shape, data }
}

/** The graph with one node under another name; readers of a binary result read it XNOR-coded. */
function renamed(graph: OpGraph, from: string, to: string): OpGraph {
  const rename = (name: string) => (name === from ? to : name)
  const binary = conversionAt(nodeNamed(graph, from).resolved.result!, [], 0).to.width === 1
  const nodes = graph.nodes.map(node => {
    const reads = node.inputs.includes(from)
    const own: OpNode =
      reads && binary && node.kind === 'dense'
        ? { ...node, attrs: { ...node.attrs, inputCoding: 'xnor' } }
        : node
    return { ...own, name: rename(own.name), inputs: own.inputs.map(rename) }
  })
  return { ...graph, nodes, outputs: graph.outputs.map(rename) }
}
