// Checks the settings of a layer, or of all layers of a class, against what their operators declare.

import { didYouMean } from '../diagnostics/nearest.ts'
import { printPrecision } from '../fixed/precision.ts'
import type { Node } from '../ir/graph.ts'
import { type ChoiceDefinition, isNamed, type RoleDefinition } from '../ops/definition.ts'
import { definitionOf, isOpKind, operatorKinds } from '../ops/index.ts'
import { allWords, canonicalKey, type SettingKey, settingKey, settingKeys } from './layer-keys.ts'
import type { ChoiceValue, LayerSettings } from './model-config.ts'
import type { Notes } from './notes.ts'
import { describe, mismatch, type ValueShape } from './values.ts'

/** What a message calls the layers: `softmax`, or `a Dense layer`. */
interface Subject {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly roles: ReadonlyMap<string, RoleDefinition>
  readonly choices: readonly ChoiceDefinition[]
}

/** Checks settings that hold for these nodes, all of one class and at least one. */
export function checkSettings(settings: LayerSettings, nodes: readonly Node[], notes: Notes): void {
  const definitions = nodes
    .map(({ kind }) => kind)
    .filter(isOpKind)
    .map(definitionOf)
  const subject: Subject = {
    name: `a layer of class ${nodes[0]!.origin.layerClass}`,
    nodes,
    roles: new Map(definitions.flatMap(definition => Object.entries(definition.roles))),
    choices: definitions.flatMap(definition => definition.choices),
  }
  for (const role of Object.keys(settings.precision)) checkRole(role, subject, settings, notes)
  for (const role of Object.keys(settings.typeKeys)) checkTypeKey(role, subject, settings, notes)
  for (const [key, value] of Object.entries(settings.choices))
    checkChoice(key, value, subject, settings, notes)
}

/** Roles of hls4ml's activations that are listed under `Precision` but read from layer keys only. */
const listedRoles = ['table', 'exp_table', 'inv_table', 'inv_inp', 'inp_norm', 'slope', 'shift']

function checkRole(role: string, subject: Subject, { place }: LayerSettings, notes: Notes): void {
  const definition = subject.roles.get(role)
  if (role === 'default' || (definition !== undefined && isNamed(definition))) return
  const spot = { settings: place, key: `Precision.${role}` }
  if (isDeadRole(role)) {
    reportDeadRole(spot, role, notes)
    return
  }
  const known = ['default', ...subject.roles.keys()].filter(
    name => name === 'default' || isNamed(subject.roles.get(name)!),
  )
  const near = didYouMean(role, known)
  notes.error(spot, {
    code: 'config/unknown-role',
    problem:
      role === 'maximum'
        ? 'only Model.Precision has a maximum'
        : `${subject.name} has no precision called '${role}'`,
    expected: `one of ${known.join(', ')}`,
    ...(near !== '' && { remedy: near }),
  })
}

/** Whether hls4ml lists a role under `Precision` without reading it there. */
export function isDeadRole(role: string): boolean {
  return listedRoles.includes(role) || definitionsOfRole(role).some(({ readFrom }) => readFrom === 'key')
}

export function definitionsOfRole(role: string): readonly RoleDefinition[] {
  return operatorKinds().flatMap(kind => {
    const { roles } = definitionOf(kind)
    return Object.hasOwn(roles, role) ? [roles[role]!] : []
  })
}

export function reportDeadRole(spot: { settings: string; key: string }, role: string, notes: Notes): void {
  const byDefault = definitionsOfRole(role).find(({ default: value }) => typeof value === 'object')?.default
  const otherwise =
    typeof byDefault === 'object'
      ? ` (${printPrecision({ kind: 'fixed', conversion: byDefault }, 'short')} without it)`
      : ''
  const problem = `hls4ml lists this precision, but reads the layer key '${role}_t' only`
  const remedy = `Remove it, or write '${role}_t' where a layer has such a type${otherwise}.`
  notes.noEffect(spot, 'table-precision', problem, remedy)
}

function checkTypeKey(role: string, subject: Subject, { place }: LayerSettings, notes: Notes): void {
  const spot = { settings: place, key: `${role}_t` }
  if (subject.roles.get(role)?.readFrom === 'data') {
    notes.error(spot, {
      code: 'config/unknown-key',
      problem: `'${role}_t' is not read: the type follows from the trained values`,
      remedy: `Remove '${role}_t'.`,
    })
    return
  }
  // Weights and results carry their own type, which replaces the attribute of this name.
  if (role === 'result' || subject.nodes.some(node => Object.hasOwn(node.weights, role))) {
    notes.error(spot, {
      code: 'config/unknown-key',
      problem: `'${role}_t' is overwritten by Precision.${role}`,
      remedy: `Write Precision.${role}.`,
    })
  } else if (!subject.roles.has(role)) {
    reportUnknownKey(`${role}_t`, spot, subject, notes)
  }
}

function checkChoice(
  key: string,
  value: ChoiceValue,
  subject: Subject,
  { place }: LayerSettings,
  notes: Notes,
): void {
  const spot = { settings: place, key }
  const choices = subject.choices.filter(choice => choice.key === key)
  const known = settingKey(key, 'layer')
  if (choices.length > 0) checkAgainst(key, value, choices, spot, notes)
  else if (key === 'Strategy') checkStrayStrategy(value, spot, notes)
  else if (known === undefined) reportUnknownKey(key, spot, subject, notes)
  else if (key === 'TableSize' && !isActivation(subject)) reportUnknownKey(key, spot, subject, notes)
  else checkKnown(value, known, spot, notes)
}

type Spot = { settings: string; key: string }

/** A value is right when any of the layers' operators takes it. */
function checkAgainst(
  key: string,
  value: ChoiceValue,
  choices: readonly ChoiceDefinition[],
  spot: Spot,
  notes: Notes,
): void {
  if (choices.every(choice => mismatch(value, choice.check) !== undefined)) {
    reportValue(value, choices[0]!.check, spot, notes)
  } else if (choices.every(choice => choice.noEffect !== undefined)) {
    notes.noEffect(spot, 'strategy', choices[0]!.noEffect!, `Remove '${key}'.`)
  }
}

function checkStrayStrategy(value: ChoiceValue, spot: Spot, notes: Notes): void {
  const shape: ValueShape = { kind: 'word', words: allWords('Strategy') }
  if (mismatch(value, shape) !== undefined) reportValue(value, shape, spot, notes)
  else
    notes.noEffect(
      spot,
      'strategy',
      'these layers have no products to build one way or another',
      "Remove 'Strategy'.",
    )
}

/** A key that no operator among the layers declares, but that has a meaning of its own. */
export function checkKnown(value: ChoiceValue, known: SettingKey, spot: Spot, notes: Notes): void {
  if (mismatch(value, known.shape) !== undefined) reportValue(value, known.shape, spot, notes)
  else if (known.treatment === 'refused') reportNotSupported(value, known, spot, notes)
}

export function reportNotSupported(value: ChoiceValue, known: SettingKey, spot: Spot, notes: Notes): void {
  notes.error(spot, {
    code: 'config/not-supported',
    problem: `'${known.key}' is ${describe(value)}, which Lutra does not build`,
    remedy: known.reason,
  })
}

export function reportValue(value: ChoiceValue, shape: ValueShape, spot: Spot, notes: Notes): void {
  const near = shape.kind === 'word' && typeof value === 'string' ? didYouMean(value, shape.words) : ''
  notes.error(spot, {
    code: 'config/unknown-value',
    problem: `'${spot.key}' is ${describe(value)}`,
    expected: mismatch(undefined, shape) ?? '',
    ...(near !== '' && { remedy: near }),
  })
}

function reportUnknownKey(key: string, spot: Spot, subject: Subject, notes: Notes): void {
  const own = [...subject.choices.map(choice => choice.key), ...typeKeysOf(subject)]
  const known = [...new Set(['Precision', 'ReuseFactor', 'Trace', ...own])]
  const candidates = [
    ...known,
    ...settingKeys.filter(entry => entry.scopes.includes('layer')).map(entry => entry.key),
  ]
  const near = didYouMean(key, candidates)
  notes.error(spot, {
    code: 'config/unknown-key',
    problem: `${subject.name} has no key '${canonicalKey(key)}'`,
    expected: `one of ${known.join(', ')}`,
    ...(near !== '' && near !== `Did you mean '${key}'?` && { remedy: near }),
  })
}

function typeKeysOf(subject: Subject): string[] {
  const roles = [...subject.roles.keys()].filter(role => role !== 'result')
  return roles
    .filter(role => subject.nodes.every(node => !Object.hasOwn(node.weights, role)))
    .map(role => `${role}_t`)
}

/** hls4ml gives every activation a table, used or not. */
function isActivation({ nodes }: Subject): boolean {
  return nodes.every(({ origin }) => activationClasses.has(origin.layerClass))
}

const activationClasses: ReadonlySet<string> = new Set([
  'Activation',
  'ParametrizedActivation',
  'PReLU',
  'Softmax',
  'TernaryTanh',
  'HardActivation',
])
