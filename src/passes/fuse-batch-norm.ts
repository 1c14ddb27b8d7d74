// Folds a batch normalisation into the layer before it, in float: two scales into one, or a scale into a dense layer's
// weights. hls4ml folds only where the earlier layer's result is `auto`, and into weights that have no quantiser.

import { finding } from '../diagnostics/diagnostic.ts'
import { printPrecision } from '../fixed/precision.ts'
import { floatTensor, nodeNamed, removeNode, updateNode, usersOf, withTensors } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'

export const fuseBatchNorm: Pass = {
  name: 'fuse-batch-norm',
  summary: 'folds batch normalisation into the scale or dense layer before it',
  run: (graph, context) =>
    [mergeScales, foldIntoProducts].reduce((current, fuse) => sweep(current, fuse, context), graph),
}

/** Fuses two neighbours, or gives the graph back. */
type Fuse = (graph: OpGraph, before: OpNode, norm: NormNode, context: PassContext) => OpGraph
type NormNode = Extract<OpNode, { kind: 'batch-norm' }>

function sweep(graph: OpGraph, fuse: Fuse, context: PassContext): OpGraph {
  return graph.nodes.reduce((current, { name }) => {
    const node = nodeNamed(current, name)
    if (node.kind !== 'batch-norm') return current
    const before = nodeNamed(current, node.inputs[0]!)
    const isShared = usersOf(current, before.name).length !== 1 || current.outputs.includes(before.name)
    return isShared || !isAuto(before) ? current : fuse(current, before, node, context)
  }, graph)
}

function isAuto({ requested }: OpNode): boolean {
  return requested.result === undefined || requested.result.kind === 'auto'
}

const float32 = Math.fround

/** s = s1·s0, b = s1·b0 + b1; the later node stays. Behind two quantisers of one role nothing is merged. */
const mergeScales: Fuse = (graph, first, second) => {
  if (first.kind !== 'batch-norm') return graph
  const [s0, b0] = [floatTensor(graph, first, 'scale').data, floatTensor(graph, first, 'bias').data]
  const [s1, b1] = [floatTensor(graph, second, 'scale').data, floatTensor(graph, second, 'bias').data]
  const bothCoded = first.attrs.scaleCoding !== 'plain' && second.attrs.scaleCoding !== 'plain'
  const bothQuantised = first.quantisers.bias !== undefined && second.quantisers.bias !== undefined
  if (bothCoded || bothQuantised) return graph
  const size = Math.max(s0.length, b0.length, s1.length, b1.length)
  const at = (data: Float64Array, k: number) => data[k % data.length]!
  // Scales of QKeras and of ternary thresholds are doubles in hls4ml, those of batch normalisation floats.
  const round = second.origin.layerClass === 'ApplyAlpha' ? (x: number) => x : float32
  const scale = Float64Array.from({ length: size }, (_, k) => round(at(s1, k) * at(s0, k)))
  const bias = Float64Array.from({ length: size }, (_, k) => round(round(at(s1, k) * at(b0, k)) + at(b1, k)))
  return storeAndRemove(graph, first.name, second, { scale, bias })
}

const foldIntoProducts: Fuse = (graph, before, norm, context) => {
  if (before.kind !== 'dense' && before.kind !== 'conv') return graph
  const isCoded = before.kind === 'dense' && before.attrs.weightCoding !== 'plain'
  if (norm.attrs.scaleCoding !== 'plain' || isCoded || !keepsQuantisers(graph, before, norm)) return graph
  if (!isByUnit(graph, before, norm)) return graph
  reportDropped(before, norm, context)
  return fold(graph, before, norm)
}

/** A product has one bias for each unit: values that differ from row to row stay behind it. */
function isByUnit(graph: OpGraph, before: OpNode, norm: OpNode): boolean {
  const units = floatTensor(graph, before, 'weight').shape.at(-1)!
  return ['scale', 'bias'].every(role => floatTensor(graph, norm, role).data.length <= units)
}

/** Two quantisers of one role do not become one, unless one of the two changes nothing: a scale of 1, a bias of 0. */
function keepsQuantisers(graph: OpGraph, before: OpNode, norm: OpNode): boolean {
  const all = (node: OpNode, role: string, value: number) =>
    node.weights[role] === undefined || floatTensor(graph, node, role).data.every(own => own === value)
  const plain = (role: string, other: string) =>
    before.quantisers[role] === undefined && norm.quantisers[other] === undefined
  const scales = plain('weight', 'scale') || all(norm, 'scale', 1)
  return scales && (plain('bias', 'bias') || all(before, 'bias', 0) || all(norm, 'bias', 0))
}

/** The type of a normalisation that is folded away is not read: the layer's stays to be inferred. */
function reportDropped(before: OpNode, norm: OpNode, context: PassContext): void {
  const asked = norm.requested.result
  if (asked === undefined || asked.kind === 'auto') return
  context.report(
    finding({
      code: 'config/no-effect',
      place: `layer '${norm.name}'`,
      problem: `its result type ${printPrecision(asked, 'short')} is not read: hls4ml folds it into '${before.name}', whose result is auto`,
      remedy: `Set Precision.result of '${before.name}'; then the two stay apart.`,
    }),
  )
}

/** w·s for each output, b·s + offset, in single precision. */
function fold(graph: OpGraph, layer: OpNode, norm: OpNode): OpGraph {
  const { data: weight, shape } = floatTensor(graph, layer, 'weight')
  const units = shape.at(-1)!
  const scale = floatTensor(graph, norm, 'scale').data
  const offset = floatTensor(graph, norm, 'bias').data
  const own = layer.weights.bias === undefined ? undefined : floatTensor(graph, layer, 'bias').data
  const s = (unit: number) => scale[unit % scale.length]!
  const folded = weight.map((w, k) => float32(w * s(k % units)))
  const bias = Float64Array.from({ length: units }, (_, unit) =>
    float32(float32((own?.[unit] ?? 0) * s(unit)) + offset[unit % offset.length]!),
  )
  const id = (role: string) => `${layer.name}.${role}+${norm.name}`
  const stored = withTensors(graph, [
    [id('weight'), { form: 'float', shape, data: folded }],
    [id('bias'), { form: 'float', shape: [units], data: bias }],
  ])
  const changed = updateNode(stored, layer.name, node => ({
    ...node,
    weights: { weight: id('weight'), bias: id('bias') },
    // A layer without a bias of its own takes the normalisation's, with what the source says of its type.
    ...(own?.some(value => value !== 0) === true ? {} : inheritedBias(node, norm)),
    origin: {
      ...node.origin,
      mergedNames: [...node.origin.mergedNames, norm.name, ...norm.origin.mergedNames],
    },
  }))
  return removeNode(changed, norm.name)
}

function inheritedBias(
  { quantisers: { bias: _, ...others }, requested }: OpNode,
  norm: OpNode,
): Pick<OpNode, 'quantisers' | 'requested'> {
  const { bias } = norm.quantisers
  if (bias === undefined) return { quantisers: others, requested }
  const asked = norm.requested.bias === undefined ? {} : { bias: norm.requested.bias }
  return { quantisers: { ...others, bias }, requested: { ...requested, ...asked } }
}

/** The later scale with the product's values; they are plain numbers, whatever the factors were. */
function storeAndRemove(
  graph: OpGraph,
  removed: string,
  kept: NormNode,
  tensors: Record<string, Float64Array>,
): OpGraph {
  const ids = Object.keys(tensors).map(role => [role, `${kept.name}.${role}+${removed}`] as const)
  const stored = withTensors(
    graph,
    ids.map(([role, id]) => [id, { form: 'float', shape: [tensors[role]!.length], data: tensors[role]! }]),
  )
  const changed = updateNode(
    stored,
    kept.name,
    node =>
      ({
        ...node,
        attrs: { scaleCoding: 'plain' } as const,
        weights: Object.fromEntries(ids),
        quantisers: {},
      }) as OpNode,
  )
  return removeNode(changed, removed)
}
