// From layers to a float graph: every layer's chain of nodes, joined as the layers are.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { assemble } from '../draft.ts'
import type { Problems } from '../problems.ts'
import type { Architecture, SourceLayer } from './architecture.ts'
import { readAttributes } from './attributes.ts'
import type { LayerContext, NodeDraft } from './layer.ts'
import { inputCount, layerReader } from './layers.ts'
import type { LayerWeights } from './weights.ts'

/** Where trained arrays are. */
export interface WeightsSource {
  of(layer: SourceLayer): LayerWeights
  /** Reports what belongs to no layer. */
  finish(): void
}

interface Placed {
  readonly layer: SourceLayer
  readonly draft: NodeDraft
  readonly inputs: readonly string[]
}

/** What stands for a layer to those that read it. */
interface Result {
  readonly node: string
  readonly shape: Shape | undefined
}

/** Reads all layers. What follows one that cannot be read is still looked at, without a shape; problems are collected, and thrown together before anything is returned. */
export function buildGraph(architecture: Architecture, source: WeightsSource, problems: Problems): OpGraph {
  const results = new Map<string, Result>()
  const placed: Placed[] = []
  for (const layer of architecture.layers) {
    const inputs = layer.inputs.flatMap(name => results.get(name) ?? [])
    const chain = readLayer(layer, source, inputs, problems)
    let from = inputs.map(input => input.node)
    for (const draft of chain ?? []) {
      placed.push({ layer, draft, inputs: from })
      from = [draft.name]
    }
    const last = chain?.at(-1)
    const dropped = chain?.length === 0 ? inputs[0] : undefined
    results.set(layer.name, dropped ?? { node: last?.name ?? layer.name, shape: last?.shape })
  }
  source.finish()
  reportNameClashes(placed, problems)
  problems.throwIfAny()
  const outputs = architecture.outputs.map(name => results.get(name)?.node ?? bug(`no layer ${name}`))
  return assemble(
    architecture.name,
    placed.map(({ layer, ...rest }) => ({ ...rest, source: layer.name })),
    outputs,
  )
}

function readLayer(
  layer: SourceLayer,
  source: WeightsSource,
  inputs: readonly Result[],
  problems: Problems,
): readonly NodeDraft[] | undefined {
  const reader = layerReader(layer, problems)
  if (reader === undefined) return undefined
  checkInputCount(layer, problems)
  const attributes = readAttributes(layer.config, layer.place, problems)
  const weights = source.of(layer)
  const inputShapes = inputs.map(({ shape }) => shape)
  const context: LayerContext = {
    layer,
    attributes,
    weights,
    inputShape: inputShapes[0],
    inputShapes,
    problems,
  }
  attributes.only('dtype', ['float32'], 'Save the model with float32 layers.')
  const before = problems.list.length
  const chain = reader(context)
  checkStatedShape(context)
  attributes.finish()
  weights.finish()
  return problems.list.length > before && chain.length === 0 ? undefined : chain
}

function checkInputCount(layer: SourceLayer, problems: Problems): void {
  const { least, most } = inputCount(layer.className)
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

/** An activation's node is named `<layer>_<activation>`, which may be another layer's name. */
function reportNameClashes(placed: readonly Placed[], problems: Problems): void {
  const layerNames = new Set(placed.map(({ layer }) => layer.name))
  const seen = new Set<string>()
  for (const { layer, draft } of placed) {
    if (draft.name === layer.name) continue
    if (layerNames.has(draft.name) || seen.has(draft.name)) {
      problems.add({
        code: 'keras/duplicate-name',
        place: layer.place,
        problem: `its part '${draft.name}' has the name of another layer`,
        expected: 'a name of its own for every layer and its activation',
        remedy: `Rename the layer '${draft.name}'.`,
      })
    }
    seen.add(draft.name)
  }
}
