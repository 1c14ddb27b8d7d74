// The architecture of a model as Keras 2 and QKeras write it (`model_config`). A layer's attributes follow from its fields.

import type { Json, JsonObject } from '../frontends/json.ts'
import type { ActivationSpec } from './fields.ts'
import type { LayerDefinition, WeightSpec } from './layers/definition.ts'
import { layerOf } from './layers/index.ts'
import type { BuiltLayer, LayerSpec, Model } from './model.ts'
import { quantiserText } from './quantisers/parse.ts'

/** The name under which a file has a weight. */
export const variableOf = ({ variable, name }: WeightSpec): string => variable ?? name

/** Any quantiser among a layer's settings makes it one of QKeras. */
function isQuantised(definition: LayerDefinition, layer: LayerSpec): boolean {
  const { quantised, plain } = definition.classes
  if (quantised === undefined || plain === undefined) return plain === undefined
  if (definition.isQuantised !== undefined) return definition.isQuantised(layer.settings as never)
  return Object.entries(definition.fields).some(([name, field]) => {
    const value = layer.settings[name]
    if (/_quantizer$/.test(field.keras)) return value !== null
    return /activation$/.test(field.keras) && (value as ActivationSpec).kind === 'quantiser'
  })
}

/** What Keras writes beside a layer's own settings: penalties and limits of weights, which training has of its own. */
function weightAttributes(layer: BuiltLayer, quantised: boolean): JsonObject {
  // `depthwise_kernel` goes by `depthwise_regularizer`, `kernel` by its own name.
  const trained = layer.weights.filter(own => own.trainable).map(variableOf)
  const roles = trained.map(name => name.replace(/_kernel$/, ''))
  if (roles.length === 0) return {}
  const words = roles.flatMap(role => [
    [`${role}_regularizer`, null],
    [`${role}_constraint`, null],
  ])
  const main = trained.some(name => /kernel|embeddings/.test(name)) ? [['activity_regularizer', null]] : []
  const ranges =
    quantised && roles.includes('kernel')
      ? [
          ['kernel_range', null],
          ['bias_range', null],
        ]
      : []
  return Object.fromEntries([...words, ...main, ...ranges])
}

function layerObject(layer: BuiltLayer): JsonObject {
  const definition = layerOf(layer.kind)
  const quantised = isQuantised(definition, layer)
  const own = Object.entries(definition.fields).flatMap(([name, field]): [string, Json][] => {
    const isQuantiserField = /_quantizer$/.test(field.keras)
    if (isQuantiserField && !quantised) return []
    return [[field.keras, field.write(layer.settings[name])]]
  })
  const config: JsonObject = {
    name: layer.name,
    trainable: true,
    dtype: 'float32',
    ...Object.fromEntries(own),
    ...(definition.keras?.(layer.settings as never, layer.inputShapes[0]!) as JsonObject | undefined),
    ...weightAttributes(layer, quantised),
  }
  const className = (quantised ? definition.classes.quantised : definition.classes.plain)!
  const activation = layer.settings.activation as ActivationSpec | undefined
  // QActivation holds its quantiser as text.
  if (className === 'QActivation' && activation?.kind === 'quantiser')
    return { class_name: className, config: { ...config, activation: quantiserText(activation) } }
  return { class_name: className, config: definition.held?.write(config, quantised) ?? config }
}

function inputObject({ name, shape }: Model['inputs'][number]): JsonObject {
  const config = { batch_input_shape: [null, ...shape], dtype: 'float32', sparse: false, ragged: false, name }
  return { class_name: 'InputLayer', config }
}

/** Whether every layer reads the one before, and the last is the output. */
export function isSequential({ inputs, layers: list, outputs, isFunctional }: Model): boolean {
  if (isFunctional === true) return false
  const chain = [inputs[0]!.name, ...list.map(({ name }) => name)]
  if (inputs.length > 1 || outputs.length > 1 || outputs[0] !== chain.at(-1)) return false
  return list.every(layer => layer.inputs.length === 1 && layer.inputs[0] === chain[list.indexOf(layer)])
}

/** Keras 2's `model_config`: Sequential where every layer reads the one before, otherwise Functional. */
export function kerasArchitecture(model: Model): JsonObject {
  const objects = [...model.inputs.map(inputObject), ...model.layers.map(layerObject)]
  if (isSequential(model)) return { class_name: 'Sequential', config: { name: model.name, layers: objects } }
  const reads = [...model.inputs.map(() => []), ...model.layers.map(({ inputs }) => inputs)]
  const names = [...model.inputs, ...model.layers].map(({ name }) => name)
  const config = {
    name: model.name,
    trainable: true,
    layers: objects.map((object, k) => ({
      ...object,
      name: names[k]!,
      inbound_nodes: reads[k]!.length === 0 ? [] : [reads[k]!.map(name => [name, 0, 0, {}])],
    })),
    input_layers: model.inputs.map(({ name }) => [name, 0, 0]),
    output_layers: model.outputs.map(name => [name, 0, 0]),
  }
  return { class_name: 'Functional', config }
}
