// From calls of layers to a float graph: every call's chain of nodes, joined as the calls are.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { assemble } from '../draft.ts'
import type { Problems } from '../problems.ts'
import type { Architecture, SourceLayer } from './architecture.ts'
import { readAttributes } from './attributes.ts'
import { checkDtype } from './dtype.ts'
import type { LayerContext, NodeDraft } from './layer.ts'
import { inputCount, layerReader } from './layers.ts'
import { nameNodes, type Placed } from './node-names.ts'
import { draftsOfPart } from './recurrent-states.ts'
import type { SourceModel } from './source-model.ts'
import type { WeightsSource } from './weights.ts'

/** What stands for a call to those that read it; without a node where it could not be read. */
interface Result {
  readonly node: Placed | undefined
  readonly shape: Shape | undefined
}

/** Reads all layers. What follows one that cannot be read is still looked at, without a shape; problems are collected, and thrown together before anything is returned. */
export function buildGraph(architecture: Architecture, source: WeightsSource, problems: Problems): OpGraph {
  const results: Result[] = []
  const placed: Placed[] = []
  const firstCalls = new Map<string, readonly Placed[]>()
  for (const layer of architecture.layers) {
    const inputs = layer.inputs.map(place => results[place]!)
    const chain = readLayer(layer, source, inputs, problems)
    const key = JSON.stringify(layer.path)
    const nodes = placeChain(layer, chain ?? [], inputs, firstCalls.get(key))
    if (!firstCalls.has(key)) firstCalls.set(key, nodes)
    placed.push(...nodes)
    results.push(resultOf(chain, nodes, inputs))
  }
  source.finish()
  const names = nameNodes(placed, problems)
  problems.throwIfAny()
  const nameOf = (node: Placed | undefined) =>
    (node && names.get(node)) ?? bug('a layer that was not read has no node')
  const graph = assemble(
    architecture.name,
    placed.map(node => ({
      draft: { ...node.draft, name: nameOf(node) },
      inputs: node.reads.map(nameOf),
      source: node.layer.path.join('/'),
      ...(node.first !== undefined && hasSameWeights(node, node.first) && { sharedWith: nameOf(node.first) }),
    })),
    architecture.outputs.map(place => nameOf(results[place]!.node)),
  )
  const models = modelNames(architecture.model)
  return models.length === 0 ? graph : { ...graph, absorbed: models }
}

/** Models that are layers: configs written by hls4ml name them. */
function modelNames({ layers }: SourceModel): readonly string[] {
  const names = layers.flatMap(({ name, model }) => (model === undefined ? [] : [name, ...modelNames(model)]))
  return [...new Set(names)]
}

function placeChain(
  layer: SourceLayer,
  chain: readonly NodeDraft[],
  inputs: readonly Result[],
  first: readonly Placed[] | undefined,
): readonly Placed[] {
  const nodes: Placed[] = []
  let before = inputs.flatMap(({ node }) => node ?? [])
  for (const [k, draft] of chain.entries()) {
    const reads = draft.reads?.flatMap(own => nodeRead(own, nodes, inputs)) ?? before
    nodes.push({ layer, draft, reads, first: first?.[k], isAgain: first !== undefined })
    before = nodes.slice(-1)
  }
  return nodes
}

/** Nothing for what could not be read, which was reported. */
function nodeRead(
  own: string | number,
  nodes: readonly Placed[],
  inputs: readonly Result[],
): readonly Placed[] {
  const node = typeof own === 'number' ? inputs[own]?.node : nodes.find(({ draft }) => draft.name === own)
  return node === undefined ? [] : [node]
}

/** A layer that leaves no node is what it reads. */
function resultOf(
  chain: readonly NodeDraft[] | undefined,
  nodes: readonly Placed[],
  inputs: readonly Result[],
): Result {
  if (chain?.length === 0 && inputs[0] !== undefined) return inputs[0]
  return { node: nodes.at(-1), shape: nodes.at(-1)?.draft.shape }
}

/** Some follow from the shape of what is read, too. */
function hasSameWeights({ draft }: Placed, { draft: first }: Placed): boolean {
  const roles = Object.entries(draft.weights ?? {})
  return roles.every(([role, values]) => {
    const others = first.weights?.[role]
    if (values?.shape.join() !== others?.shape.join()) return false
    return values?.data.every((value, k) => Object.is(value, others?.data[k])) === true
  })
}

function readLayer(
  layer: SourceLayer,
  source: WeightsSource,
  inputs: readonly Result[],
  problems: Problems,
): readonly NodeDraft[] | undefined {
  const inputShapes = inputs.map(({ shape }) => shape)
  if (layer.className === 'InputLayer' && layer.inputs.length > 0) {
    checkHeldInput(layer, inputShapes[0], problems)
    return []
  }
  if (layer.part !== undefined) return draftsOfPart(layer.name, layer.part, inputShapes[0])
  const reader = layerReader(layer, problems)
  if (reader === undefined) return undefined
  checkInputCount(layer, problems)
  const attributes = readAttributes(layer.config, layer.place, problems)
  const weights = source.of(layer)
  const context: LayerContext = {
    layer,
    attributes,
    weights,
    inputShape: inputShapes[0],
    inputShapes,
    problems,
  }
  if (layer.className === 'InputLayer')
    attributes.only('dtype', inputDtypes, 'Save the model with float32 layers.')
  else checkDtype(attributes)
  const before = problems.list.length
  const chain = reader(context)
  checkStatedShape(context)
  attributes.finish()
  weights.finish()
  return problems.list.length > before && chain.length === 0 ? undefined : chain
}

/** Numbers of any kind enter by the type of the input. */
const inputDtypes = [
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
]

function checkInputCount(layer: SourceLayer, problems: Problems): void {
  const { least, most } = inputCount(layer)
  if (layer.inputs.length >= least && layer.inputs.length <= most) return
  problems.add({
    code: 'keras/inbound-nodes',
    place: layer.place,
    problem: `the layer reads ${layer.inputs.length} others`,
    expected: `${least}${most > least ? ' or more' : ''} for a layer of this class`,
    remedy: 'Save the model again.',
  })
}

/** Any layer may repeat the shape of what it reads. */
function checkStatedShape({ layer, attributes, inputShape }: LayerContext): void {
  if (layer.className === 'InputLayer' || !attributes.has('batch_input_shape')) return
  const stated = attributes.value('batch_input_shape')
  if (inputShape === undefined || JSON.stringify(stated) === JSON.stringify([null, ...inputShape])) return
  attributes.refuse(
    'batch_input_shape',
    `[null,${inputShape}], which is what it reads`,
    'Save the model again.',
  )
}

/** The InputLayer of a model that is a layer may leave extents open, and is called on what fits the others. */
function checkHeldInput(layer: SourceLayer, given: Shape | undefined, problems: Problems): void {
  const shape = given && (layer.perStep === true ? given.slice(1) : given)
  const attributes = readAttributes(layer.config, layer.place, problems)
  const stated = attributes.value('batch_input_shape')
  const fits =
    !Array.isArray(stated) ||
    shape === undefined ||
    (stated.length === shape.length + 1 &&
      stated.slice(1).every((extent, axis) => extent === null || extent === shape[axis]))
  if (!fits)
    attributes.refuse('batch_input_shape', `[null,${shape}], on which it is called`, 'Save the model again.')
  for (const name of ['sparse', 'ragged', 'dtype']) attributes.value(name)
  attributes.finish()
}
