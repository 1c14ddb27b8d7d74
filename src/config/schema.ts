// The JSON Schema of Lutra's config, derived from the operator table and the key tables, for editors and for those
// who write configs by program. It says which keys and values there are; whether a model has such a layer, `check` says.

import { overflows, roundings } from '../fixed/types.ts'
import { isNamed } from '../ops/definition.ts'
import { definitionOf, type OpKind, ops } from '../ops/index.ts'
import { layerClasses } from './layer-classes.ts'
import { operatorChoices, settingKeys } from './layer-keys.ts'
import { toCamel } from './spelling.ts'
import { type TopKey, topKeys } from './top-keys.ts'
import type { ValueShape } from './values.ts'

export type JsonSchema = { readonly [key: string]: unknown }

/** The schema, JSON Schema draft-07; equal in every run. */
export function configSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Lutra config',
    type: 'object',
    additionalProperties: false,
    properties: { ...topProperties(), ...hlsProperties() },
    definitions: {
      precision: {
        type: 'string',
        description: "a type such as 'fixed<16,6>', 'ap_ufixed<8,0,AP_RND,AP_SAT>', 'int<8>', or 'auto'",
      },
      modelSettings: settingsSchema('model'),
      layerSettings: settingsSchema('layer'),
    },
  }
}

const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` })

/** A property under Lutra's spelling and, where it differs, hls4ml's. */
function spelled(schema: JsonSchema, ...names: readonly string[]): [string, JsonSchema][] {
  return [...new Set(names)].map(name => [name, schema])
}

function topProperties(): Record<string, JsonSchema> {
  const plain = topKeys.filter(({ use, name }) => use !== 'hls' && name !== 'outputRoundingSaturationMode')
  const entries = plain.flatMap(key =>
    spelled(
      { description: key.summary, ...shapeSchema(key.shape) },
      key.name,
      hls4mlName(key),
      key.alias ?? key.name,
    ),
  )
  return Object.fromEntries([
    ...entries,
    [
      'model',
      {
        description: "the model's file or files, or what is asked of the whole model",
        anyOf: [shapeSchema({ kind: 'texts' }), ref('modelSettings')],
      },
    ],
    ['outputRoundingSaturationMode', outputRounding],
    ['deploy', deployment],
  ])
}

/** hls4ml's case of a key, for the keys it has. */
function hls4mlName({ name, use }: TopKey): string {
  if (name === 'ioType') return 'IOType'
  if (name !== 'board' && (use === 'run' || use === 'ignored')) return name
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

function hlsProperties(): Record<string, JsonSchema> {
  const byName = {
    type: 'object',
    description: 'settings by layer name',
    additionalProperties: ref('layerSettings'),
  }
  const byType = {
    type: 'object',
    description: 'settings by layer class',
    additionalProperties: false,
    properties: Object.fromEntries(layerClasses.map(name => [name, ref('layerSettings')])),
  }
  const layers = [...spelled(byName, 'layerName', 'LayerName'), ...spelled(byType, 'layerType', 'LayerType')]
  const inner = Object.fromEntries([...spelled(ref('modelSettings'), 'model', 'Model'), ...layers])
  const hlsConfig = { type: 'object', additionalProperties: false, properties: inner }
  return Object.fromEntries([
    ['Model', ref('modelSettings')],
    ...layers,
    ...spelled(hlsConfig, 'hlsConfig', 'HLSConfig', 'hls_config'),
  ])
}

const deployment: JsonSchema = {
  type: 'object',
  description: 'where the board is reached that lutra deploy runs on',
  additionalProperties: false,
  properties: {
    host: { type: 'string' },
    user: { type: 'string' },
    key: { type: 'string' },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    folder: { type: 'string' },
  },
}

const outputRounding: JsonSchema = {
  type: 'object',
  description: 'rounding and overflow modes for the results of chosen layers',
  additionalProperties: false,
  required: ['layers'],
  properties: {
    layers: { type: 'array', minItems: 1, items: { type: 'string' } },
    roundingMode: { enum: [...roundings, ...roundings.map(mode => `AP_${mode}`)] },
    saturationMode: { enum: [...overflows, ...overflows.map(mode => `AP_${mode}`)] },
    saturationBits: { type: 'integer', minimum: 0 },
  },
}

/** Keys of the model's or a layer's settings, in both spellings; those that are always refused are left out. */
function settingsSchema(scope: 'model' | 'layer'): JsonSchema {
  const known = settingKeys.filter(
    ({ scopes, key, treatment }) =>
      treatment !== 'refused' && scopes.includes(scope) && !(scope === 'layer' && operatorChoices.has(key)),
  )
  const shapes = new Map<string, JsonSchema>(
    known.map(({ key, shape, reason }) => [key, { description: reason, ...shapeSchema(shape) }]),
  )
  if (scope === 'layer') for (const [key, schema] of choiceSchemas()) shapes.set(key, schema)
  else shapes.set('Strategy', choiceSchemas().get('Strategy') ?? {})
  const roles = rolesOf(scope)
  const typeKeys =
    scope === 'layer'
      ? rolesOf('key').flatMap(role => spelled(ref('precision'), `${role}_t`, toCamel(`${role}_t`)))
      : []
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries([
      ...spelled(precisionSchema(roles), 'precision', 'Precision'),
      ...[...shapes].flatMap(([key, schema]) => spelled(schema, toCamel(key), key)),
      ...typeKeys,
    ]),
  }
}

function precisionSchema(roles: readonly string[]): JsonSchema {
  const properties = Object.fromEntries(roles.flatMap(role => spelled(ref('precision'), role, toCamel(role))))
  return { anyOf: [ref('precision'), { type: 'object', additionalProperties: false, properties }] }
}

/** Roles read from `Precision`, or with `key` those that a layer key `<role>_t` sets. */
function rolesOf(scope: 'model' | 'layer' | 'key'): readonly string[] {
  const roles = (Object.keys(ops) as OpKind[]).flatMap(kind => Object.entries(definitionOf(kind).roles))
  if (scope === 'key') {
    const keys = roles.filter(([role, { readFrom }]) => readFrom !== 'data' && !overwritten.has(role))
    return [...new Set(keys.map(([role]) => role))]
  }
  const read = roles.filter(([, role]) => isNamed(role)).map(([role]) => role)
  return [...new Set(['default', ...(scope === 'model' ? ['maximum'] : []), ...read])]
}

/** Roles whose own values carry the type, so that a layer key cannot set it. */
const overwritten: ReadonlySet<string> = new Set([
  'result',
  'weight',
  'bias',
  'scale',
  'threshold',
  'threshold_hi',
  'threshold_lo',
])

/** Choices that several operators declare allow what any of them does; those without effect are left out. */
function choiceSchemas(): ReadonlyMap<string, JsonSchema> {
  return new Map(
    [...operatorChoices].flatMap(([key, declared]) => {
      const choices = declared.filter(choice => choice.noEffect === undefined)
      if (choices.length === 0) return []
      const schemas = [
        ...new Map(choices.map(({ check }) => [JSON.stringify(check), shapeSchema(check)])).values(),
      ]
      const [only] = schemas
      return [
        [
          key,
          { description: choices[0]?.summary ?? '', ...(schemas.length === 1 ? only : { anyOf: schemas }) },
        ] as const,
      ]
    }),
  )
}

/** Words may be written without their underscores: `DistributedArithmetic`. */
function shapeSchema(shape: ValueShape): JsonSchema {
  switch (shape.kind) {
    case 'integer':
      return { type: 'integer', minimum: shape.min, maximum: shape.max }
    case 'boolean':
      return { type: 'boolean' }
    case 'word':
      return { enum: [...new Set([...shape.words, ...shape.words.map(word => word.replaceAll('_', ''))])] }
    case 'text':
      return { type: 'string', minLength: 1 }
    case 'name':
      return { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_]*$' }
    case 'number':
      return { type: 'number', exclusiveMinimum: shape.above }
    case 'loss':
      return { type: 'number', minimum: 0, exclusiveMaximum: 1 }
    case 'texts':
      return {
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'array', minItems: 1, items: { type: 'string' } },
        ],
      }
    case 'precisions':
      return { anyOf: [ref('precision'), { type: 'object', additionalProperties: ref('precision') }] }
    case 'mapping':
      return { type: 'object' }
    case 'amount':
      return {
        anyOf: [
          { type: 'number', minimum: 0 },
          { type: 'string', pattern: '^\\d+(\\.\\d+)?%?$' },
        ],
      }
    case 'any':
      return {}
  }
}
