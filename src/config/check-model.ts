// Checks `Model`, whose keys are fewer than a layer's: what a layer alone reads has no effect there.

import { didYouMean } from '../diagnostics/nearest.ts'
import type { Graph, Node } from '../ir/graph.ts'
import { isNamed } from '../ops/definition.ts'
import { definitionOf, isOpKind, operatorKinds } from '../ops/index.ts'
import { strategyOf } from '../ops/strategy.ts'
import {
  checkKnown,
  definitionsOfRole,
  isDeadRole,
  reportDeadRole,
  reportNotSupported,
  reportValue,
} from './check-settings.ts'
import { operatorChoices, type SettingKey, settingKey, settingKeys } from './layer-keys.ts'
import { type ChoiceValue, type LayerSettings, type ModelConfig, settingsOf } from './model-config.ts'
import { deadModelKeys } from './no-effect.ts'
import type { Notes } from './notes.ts'
import { mismatch } from './values.ts'

export function checkModel({ model }: ModelConfig, graph: Graph, notes: Notes): void {
  for (const role of Object.keys(model.precision)) checkRole(role, notes)
  for (const role of Object.keys(model.typeKeys))
    reportUnknownKey(`${role}_t`, definitionsOfRole(role).length > 0, notes)
  for (const [key, value] of Object.entries(model.choices)) checkChoice(key, value, graph, notes)
}

function checkRole(role: string, notes: Notes): void {
  const spot = { settings: 'Model', key: `Precision.${role}` }
  if (role === 'default' || definitionsOfRole(role).some(isNamed)) return
  if (isDeadRole(role)) {
    reportDeadRole(spot, role, notes)
    return
  }
  const known = ['default', 'maximum', ...precisionRoles()]
  const near = didYouMean(role, known)
  notes.error(spot, {
    code: 'config/unknown-role',
    problem: `no layer has a precision called '${role}'`,
    expected: `one of ${known.join(', ')}`,
    ...(near !== '' && { remedy: near }),
  })
}

function precisionRoles(): readonly string[] {
  const roles = operatorKinds().flatMap(kind => Object.entries(definitionOf(kind).roles))
  return [...new Set(roles.filter(([, role]) => isNamed(role)).map(([role]) => role))]
}

function checkChoice(key: string, value: ChoiceValue, graph: Graph, notes: Notes): void {
  const spot = { settings: 'Model', key }
  const dead = deadModelKeys.get(key)
  const known = settingKey(key, 'model')
  if (dead !== undefined) notes.noEffect(spot, dead, 'hls4ml accepts it and never reads it')
  else if (known === undefined) reportUnknownKey(key, isLayerKey(key), notes)
  else if (key === 'Strategy') checkStrategy(value, spot, notes)
  else {
    checkKnown(value, known, spot, notes)
    if (known.treatment === 'judged' && isRefused(value, known, graph))
      reportNotSupported(value, known, spot, notes)
  }
}

function checkStrategy(value: ChoiceValue, spot: { settings: string; key: string }, notes: Notes): void {
  const read = operatorChoices.get('Strategy')?.find(choice => choice.noEffect === undefined)
  if (read !== undefined && mismatch(value, read.check) !== undefined)
    reportValue(value, read.check, spot, notes)
}

/** The judged keys of the model: values of the right shape that would change what is built. */
function isRefused(value: ChoiceValue, { key, shape }: SettingKey, graph: Graph): boolean {
  if (mismatch(value, shape) !== undefined) return false
  switch (key) {
    case 'BramFactor':
      return [...graph.store.values()].some(tensor => sizeOf(tensor.shape) > Number(value))
    case 'ChannelsLastConversion':
      return value !== 'full' && hasChannels(graph)
    case 'BitExact':
      return value !== graph.nodes.some(node => node.origin.layerClass === 'FixedPointQuantizer')
    case 'TransposeOutputs':
      return value === true && hasChannels(graph)
    default:
      return false
  }
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1)
const hasChannels = (graph: Graph) => graph.nodes.some(node => node.shape.length > 1)

function isLayerKey(key: string): boolean {
  return operatorChoices.has(key) || settingKey(key, 'layer') !== undefined
}

function reportUnknownKey(key: string, isOfLayers: boolean, notes: Notes): void {
  const known = [
    'Precision',
    ...settingKeys.filter(entry => entry.scopes.includes('model')).map(entry => entry.key),
  ]
  const near = didYouMean(key, known)
  notes.error(
    { settings: 'Model', key },
    {
      code: 'config/unknown-key',
      problem: isOfLayers
        ? `'${key}' is read for layers only, not for the model`
        : `Model has no key '${key}'`,
      expected: `one of ${known.join(', ')}`,
      ...(isOfLayers
        ? { remedy: 'Write it under LayerType or LayerName.' }
        : near !== '' && { remedy: near }),
    },
  )
}

/** `Compression` counts only together with `Strategy: Resource`, wherever each of the two stands. */
export function checkCompression(config: ModelConfig, graph: Graph, notes: Notes): void {
  const known = settingKeys.find(entry => entry.key === 'Compression')!
  const levels = [config.model, ...config.layerType.values(), ...config.layerName.values()]
  for (const settings of levels.filter(({ choices }) => choices.Compression === true)) {
    const nodes = graph.nodes.filter(node => levelOf(config, node, 'Compression') === settings)
    const spot = { settings: settings.place, key: 'Compression' }
    if (nodes.some(node => isResource(config, node))) reportNotSupported(true, known, spot, notes)
    else notes.noEffect(spot, 'compression', 'hls4ml compresses weights under the strategy Resource only')
  }
}

/** The settings that decide a key for a node. */
function levelOf(config: ModelConfig, node: Node, key: string): LayerSettings | undefined {
  const levels = settingsOf(config, { name: node.name, layerClass: node.origin.layerClass })
  return levels.find(({ choices }) => choices[key] !== undefined)
}

function isResource(config: ModelConfig, node: Node): boolean {
  const choices = isOpKind(node.kind) ? definitionOf(node.kind).choices : []
  const hasStrategy = choices.some(choice => choice.key === 'Strategy' && choice.noEffect === undefined)
  return hasStrategy && strategyOf(levelOf(config, node, 'Strategy')?.choices.Strategy) === 'resource'
}
