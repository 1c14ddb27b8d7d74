// The types of a typed network as a config: hls4ml's, by layer name, so that every verb reads it and hls4ml too.

import type { CompiledModel } from '../compile.ts'
import type { LayerSettings, ModelConfig } from '../config/model-config.ts'
import { noSettings } from '../config/model-config.ts'
import { autoPrecision, fixedPrecision, type Precision, printPrecision } from '../fixed/precision.ts'
import { nodeNamed } from '../ir/graph.ts'
import { unionType } from '../ir/tensor-type.ts'
import type { TypedOp } from '../ops/definition.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import { tableSizes } from '../ops/softmax/attrs.ts'
import type { SoftmaxAttrs } from '../ops/softmax/index.ts'
import { type OpGraph, typedOpOfNode } from '../ops/typed-node.ts'
import { fallbackDefault } from '../passes/precision-request.ts'

/** A config without what it asks of precision: strategies, reuse factors and the like stay. */
export function withoutPrecision(config: ModelConfig): ModelConfig {
  const bare = (settings: LayerSettings): LayerSettings => ({ ...settings, precision: {}, typeKeys: {} })
  const each = (given: ReadonlyMap<string, LayerSettings>) =>
    new Map([...given].map(([name, settings]) => [name, bare(settings)]))
  return {
    ...config,
    model: bare(config.model),
    maximum: undefined,
    outputRounding: undefined,
    layerType: each(config.layerType),
    layerName: each(config.layerName),
  }
}

/** `base` with the types of a network that was typed without a config's precision. */
export function configOfTypes({ source, typed }: CompiledModel, base: ModelConfig): ModelConfig {
  const names = new Set(source.nodes.map(({ name }) => name))
  const layerName = new Map(base.layerName)
  const add = (name: string, settings: Pick<LayerSettings, 'precision' | 'typeKeys' | 'choices'>) => {
    const given = layerName.get(name) ?? { ...noSettings, place: `LayerName.${name}` }
    layerName.set(name, {
      ...given,
      precision: { ...given.precision, ...settings.precision },
      typeKeys: { ...given.typeKeys, ...settings.typeKeys },
      choices: { ...given.choices, ...settings.choices },
    })
  }
  for (const node of typed.nodes) {
    const part = partOf(source, node)
    if (names.has(node.name)) add(node.name, settingsOf(source, typed, node))
    else if (part !== undefined) add(part.layer, partSettings(node, part.role))
    for (const merged of node.origin.mergedNames)
      if (names.has(merged) && !layerName.get(merged)?.precision.result && part?.layer !== merged)
        add(merged, { precision: { result: resultOf(source, node) }, typeKeys: {}, choices: {} })
  }
  const byDefault = { default: fixedPrecision(fallbackDefault) }
  return { ...base, origin: 'hls4ml', model: { ...base.model, precision: byDefault }, layerName }
}

function settingsOf(source: OpGraph, typed: OpGraph, node: OpNode) {
  // A pass may have made another operator of it: what a config can say is what the source's has.
  const { roles } = definitionOf(nodeNamed(source, node.name).kind)
  const entries = Object.entries(roles).flatMap(([role, { readFrom }]) =>
    node.resolved[role] === undefined
      ? []
      : [{ role, readFrom, type: role === 'result' ? resultOf(source, node) : typeOfRole(node, role) }],
  )
  const from = (place: 'precision' | 'key') =>
    Object.fromEntries(entries.filter(({ readFrom }) => readFrom === place).map(e => [e.role, e.type]))
  return { precision: from('precision'), typeKeys: from('key'), choices: tableChoice(typed, node) }
}

/** A layer that a normalisation is folded into has a result that hls4ml infers: the two would stay apart else. */
function resultOf(source: OpGraph, node: OpNode): Precision {
  const folds = node.origin.mergedNames.some(name =>
    source.nodes.some(own => own.name === name && own.kind === 'batch-norm'),
  )
  return folds ? autoPrecision : typeOfRole(node, 'result')
}

function typeOfRole(node: OpNode, role: string): Precision {
  const { to, ...modes } = node.resolved[role]!
  const one = unionType({ shape: to.shape, element: to })
  // hls4ml has no type without bits.
  const held = one.width === 0 ? { signed: false, width: 1, frac: 0 } : one
  const isTrained = node.weights[role] !== undefined && node.quantisers[role] === undefined
  return fixedPrecision({ ...modes, ...(isTrained ? { rounding: 'RND_CONV' as const } : {}), to: held })
}

/** A softmax's tables are as large as their indices ask. */
function tableChoice(typed: OpGraph, node: OpNode): LayerSettings['choices'] {
  if (node.kind !== 'softmax') return {}
  const op = typedOpOfNode(typed, { ...node, choices: { ...node.choices, TableSize: 1 << 24 } })
  const { exp, inverse } = tableSizes(op as TypedOp<SoftmaxAttrs>)
  return { TableSize: Math.max(2, exp, inverse) }
}

/** The separable convolution that a node is half of. */
function partOf(source: OpGraph, { name }: OpNode): { layer: string; role: string } | undefined {
  const [, layer, role] = /^(.*)_(depthwise|pointwise)$/.exec(name) ?? []
  const whole = source.nodes.find(own => own.name === layer && own.kind === 'separable-conv')
  return whole === undefined ? undefined : { layer: layer!, role: role! }
}

function partSettings(node: OpNode, part: string) {
  const names: Readonly<Record<string, string>> = {
    weight: part,
    accum: `${part}_accum`,
    ...(part === 'depthwise' ? { result: 'depthwise_result' } : {}),
    bias: 'bias',
  }
  const entries = Object.entries(names).filter(
    ([role]) => node.resolved[role] !== undefined && (role !== 'bias' || part === 'pointwise'),
  )
  const precision = Object.fromEntries(entries.map(([role, name]) => [name, typeOfRole(node, role)]))
  const result = part === 'pointwise' ? { result: typeOfRole(node, 'result') } : {}
  return { precision: { ...precision, ...result }, typeKeys: {}, choices: {} }
}

/** A config's text in hls4ml's shape, as plain data. */
export function hls4mlConfigOf(config: ModelConfig): Readonly<Record<string, unknown>> {
  const layers = (given: ReadonlyMap<string, LayerSettings>) =>
    Object.fromEntries([...given].map(([name, settings]) => [name, entryOf(settings)]))
  return {
    ...(config.projectName !== undefined && { ProjectName: config.projectName }),
    ...(config.backend !== undefined && { Backend: config.backend }),
    ...(config.part !== undefined && { Part: config.part }),
    ...(config.clockNs !== undefined && { ClockPeriod: config.clockNs }),
    IOType: config.ioType,
    HLSConfig: {
      Model: { ReuseFactor: 1, Strategy: 'Latency', ...entryOf(config.model) },
      ...(config.layerType.size > 0 && { LayerType: layers(config.layerType) }),
      LayerName: layers(config.layerName),
    },
  }
}

function entryOf({ precision, typeKeys, choices }: LayerSettings): Record<string, unknown> {
  const text = (given: Precision) => printPrecision(given, 'short')
  const roles = Object.entries(precision).map(([role, given]) => [role, text(given)])
  return {
    ...(roles.length > 0 && { Precision: Object.fromEntries(roles) }),
    ...Object.fromEntries(Object.entries(typeKeys).map(([role, given]) => [`${role}_t`, text(given)])),
    ...choices,
  }
}
