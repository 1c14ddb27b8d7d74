// SimpleRNN, LSTM and GRU, their QKeras kin, and Bidirectional around them.

import { fixedPrecision, printPrecision } from '../../fixed/precision.ts'
import type { SourceQuantiser } from '../../ir/graph.ts'
import { exactQuantiserType, hasScale } from '../../ir/source-quantiser.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { type GateFunction, plainGates, tableGates } from '../../ops/gates.ts'
import { type CellAttrs, type CellKind, gateCount } from '../../ops/recurrent-cell.ts'
import type { CellQuantisers } from '../../ops/recurrent-shape.ts'
import { isObject, type Json, type JsonObject, shown } from '../json.ts'
import { parseCall, parseQuantiser } from '../qkeras/parse.ts'
import { quantisedRole } from '../qkeras/products.ts'
import type { SourceLayer } from './architecture.ts'
import { type Attributes, readAttributes } from './attributes.ts'
import { checkDtype } from './dtype.ts'
import { resultShape } from './extents.ts'
import { innerConfig } from './inner-config.ts'
import type { LayerContext, LayerReader, Meaning, NodeDraft } from './layer.ts'
import { cellKinds } from './recurrent-states.ts'
import type { LayerWeights } from './weights.ts'

const layerClasses = { lstm: 'LSTM', gru: 'GRU', 'simple-rnn': 'SimpleRNN' } as const

/** A cell with its sequence, as an attribute-bearing layer states it. */
interface ReadCell extends CellAttrs {
  readonly returnSequences: boolean
  readonly goBackwards: boolean
  readonly weights: Readonly<Record<string, FloatValues | undefined>>
  readonly quantisers: Readonly<Record<string, SourceQuantiser>>
  /** Quantizers within a step, by attribute and name. */
  readonly unkept: readonly string[]
  /** Types of those that can be computed as they are. */
  readonly within: CellQuantisers
}

export const readRecurrent =
  (cell: CellKind): LayerReader =>
  context => {
    const own = readCell(context, cell)
    const meaning = meaningOf(own, context.layer.givesStates === true)
    const shape = resultShape(context, meaning)
    const { name } = context.layer
    const { weights, quantisers } = own
    return [{ ...meaning, name, shape, weights, quantisers } as NodeDraft]
  }

function meaningOf(own: ReadCell, returnState: boolean): Meaning {
  const { cell, units, returnSequences, goBackwards, activation, recurrentActivation, resetAfter } = own
  const layerClass = layerClasses[cell]
  const state = returnState ? { returnState } : {}
  const unkept = own.unkept.length > 0 ? { unkept: own.unkept } : {}
  const within = Object.keys(own.within).length > 0 ? { within: own.within } : {}
  const attrs = { units, returnSequences, goBackwards, ...state, ...unkept, ...within, activation }
  if (cell === 'lstm') return { kind: cell, layerClass, attrs: { ...attrs, recurrentActivation } }
  if (cell === 'gru') return { kind: cell, layerClass, attrs: { ...attrs, recurrentActivation, resetAfter } }
  return { kind: cell, layerClass, attrs }
}

function readCell(context: LayerContext, cell: CellKind): ReadCell {
  const { attributes } = context
  const isCount = (value: number) => Number.isInteger(value) && value > 0
  const units = attributes.number('units', 1, 'a whole number above 0', isCount)
  checkUnsupported(attributes)
  const resetAfter = cell === 'gru' && attributes.boolean('reset_after', true)
  const useBias = attributes.boolean('use_bias', true)
  const attrs = {
    cell,
    units,
    activation: readGate(context, 'activation', 'tanh'),
    recurrentActivation:
      cell === 'simple-rnn' ? 'linear' : readGate(context, 'recurrent_activation', 'sigmoid'),
    resetAfter,
  } as const
  return {
    ...attrs,
    returnSequences: attributes.boolean('return_sequences', false),
    goBackwards: attributes.boolean('go_backwards', false),
    unkept: unkeptQuantisers(context, cell),
    within: quantisersWithin(context, cell),
    ...readWeights(context, attrs, useBias),
  }
}

/** What layers with a memory of their own, or other axes, would need; and what only changes how Keras computes. */
function checkUnsupported(attributes: Attributes): void {
  // Who reads the states says whether there are such results.
  attributes.value('return_state')
  attributes.only(
    'stateful',
    [false],
    'Every sequence begins from zero states, or from those that inputs give: states are not kept between them.',
  )
  attributes.only('time_major', [false], 'Train the model with the batch first.')
  const ignored = [
    'unroll',
    'implementation',
    'unit_forget_bias',
    'dropout',
    'recurrent_dropout',
    'seed',
    'use_cudnn',
    // There are no masks.
    'zero_output_for_mask',
  ]
  for (const name of ignored) attributes.value(name)
}

const gateNames: readonly GateFunction[] = [...tableGates, ...plainGates]

/** QKeras's functions of a cell, which hls4ml takes by their names. */
const quantisedGates: Readonly<Record<string, GateFunction>> = {
  quantized_tanh: 'tanh',
  quantized_sigmoid: 'sigmoid',
  quantized_relu: 'relu',
}

function readGate(context: LayerContext, name: string, fallback: GateFunction): GateFunction {
  const value = context.attributes.value(name) ?? (context.attributes.has(name) ? 'linear' : fallback)
  const text = gateText(value)
  const known =
    gateNames.find(own => own === text) ?? (isQuantised(context) ? quantisedGates[text] : undefined)
  if (known !== undefined) return known
  context.problems.add({
    code: 'keras/unsupported-activation',
    place: context.layer.place,
    problem: `the ${name} ${shown(value)} is not supported in a recurrent layer`,
    expected: `one of ${gateNames.join(', ')}`,
    remedy: 'Replace it and train again.',
  })
  return fallback
}

/** hls4ml goes by the functions' names and by the result's type. */
function unkeptQuantisers(context: LayerContext, cell: CellKind): readonly string[] {
  if (!isQuantised(context)) return []
  const gates = cell === 'simple-rnn' ? ['activation'] : ['activation', 'recurrent_activation']
  const told = gates.filter(name =>
    Object.hasOwn(quantisedGates, gateText(context.attributes.value(name) ?? null)),
  )
  const state = (context.attributes.value('state_quantizer') ?? null) === null ? [] : ['state_quantizer']
  return [...state, ...told].map(name => `${name} ${quantiserText(context.attributes.value(name) ?? null)}`)
}

/** A quantizer within a step: the type of what it gives, and whether a curve comes before its rounding. */
interface Within {
  readonly type: string
  readonly isCurve: boolean
}

/** Types of quantizers within a step. */
function quantisersWithin(context: LayerContext, cell: CellKind): CellQuantisers {
  if (!isQuantised(context)) return {}
  const typeOf = (name: string) => typeWithin(context, context.attributes.value(name) ?? null)
  const types = {
    activation: typeOf('activation'),
    recurrentActivation: cell === 'simple-rnn' ? undefined : typeOf('recurrent_activation'),
    state: typeOf('state_quantizer'),
  }
  const known = Object.fromEntries(
    Object.entries(types).flatMap(([which, own]) => (own ? [[which, own.type]] : [])),
  )
  const curves = (['activation', 'recurrentActivation'] as const).filter(
    which => types[which]?.isCurve === true,
  )
  return { ...known, ...(curves.length > 0 && { curves }) }
}

/** What is a line or a curve rounded and saturated, and no more: slopes below zero, scales and chance are not. */
function typeWithin({ layer, problems }: LayerContext, value: Json): Within | undefined {
  const name = gateText(value)
  if (name !== 'quantized_bits' && !Object.hasOwn(quantisedGates, name)) return undefined
  const quantiser = parseQuantiser(value as string | JsonObject, layer.place, problems)
  if (quantiser === undefined) return undefined
  const { source } = quantiser
  const { options } = source
  const isCurve = options.use_real_tanh === true || options.use_real_sigmoid === true
  const isLeaky = options.negative_slope !== undefined && options.negative_slope !== 0
  const leavesOut = name === 'quantized_sigmoid' && options.symmetric === true
  if (isLeaky || leavesOut || hasScale(source)) return undefined
  const type = exactQuantiserType(source, 'result')
  return type && { type: printPrecision(fixedPrecision(type), 'short'), isCurve }
}

const quantiserText = (value: Json) => (isObject(value) ? `${value.class_name}` : `${value}`)

function isQuantised({ layer }: LayerContext): boolean {
  return layer.className.startsWith('Q')
}

/** The name in `tanh`, `quantized_tanh(8)` and `{class_name: 'quantized_tanh', config: …}`. */
function gateText(value: Json): string {
  if (isObject(value)) {
    const { class_name: name, config } = value
    return name === 'function' ? `${config}` : `${name}`
  }
  return parseCall(`${value}`)?.name ?? ''
}

function readWeights(context: LayerContext, attrs: CellAttrs, useBias: boolean) {
  const { weights, inputShape } = context
  const { cell, units, resetAfter } = attrs
  const columns = gateCount[cell] * units
  const arrays: Record<string, FloatValues | undefined> = {
    weight: weights.take('kernel', [inputShape?.[1], columns]),
    recurrent_weight: weights.take('recurrent_kernel', [units, columns]),
    ...(useBias && biases(weights, columns, resetAfter)),
  }
  if (!isQuantised(context)) return { weights: arrays, quantisers: {} }
  return quantised(context, arrays)
}

/** A GRU that resets after its product has two rows: one for the input's, one for the state's. */
function biases(weights: LayerWeights, columns: number, two: boolean) {
  if (!two) return { bias: weights.take('bias', [columns]) }
  const both = weights.take('bias', [2, columns])
  const row = (k: number) =>
    both && { shape: [columns], data: both.data.slice(k * columns, (k + 1) * columns) }
  return { bias: row(0), recurrent_bias: row(1) }
}

function quantised(context: LayerContext, arrays: Record<string, FloatValues | undefined>) {
  const names = { weight: 'kernel', recurrent_weight: 'recurrent', bias: 'bias', recurrent_bias: 'bias' }
  const weights: Record<string, FloatValues | undefined> = {}
  const quantisers: Record<string, SourceQuantiser> = {}
  for (const [role, values] of Object.entries(arrays)) {
    const attribute = `${names[role as keyof typeof names]}_quantizer`
    const { values: own, quantiser } = quantisedRole(context, attribute, values)
    weights[role] = own
    if (quantiser !== undefined) quantisers[role] = quantiser
  }
  for (const attribute of ['kernel', 'recurrent', 'bias']) context.attributes.value(`${attribute}_quantizer`)
  return { weights, quantisers }
}

const merges = ['concat', 'sum', 'mul', 'ave'] as const

export const readBidirectional: LayerReader = context => {
  const { attributes, layer, inputShape } = context
  // Without a merge the results of both directions are parts of one tensor.
  const mode = attributes.value('merge_mode') ?? 'concat'
  const merge = merges.find(name => name === mode)
  if (merge === undefined)
    attributes.refuse('merge_mode', `${merges.join(', ')} or null`, 'Use one of these.')
  const forward = innerLayer(context, 'layer')
  const backward = attributes.has('backward_layer') ? innerLayer(context, 'backward_layer') : forward
  attributes.value('backward_layer')
  if (forward === undefined || backward === undefined || merge === undefined) return []
  const [ahead, back] = [
    readDirection(context, forward, 'forward', false),
    readDirection(context, backward, 'backward', true),
  ]
  if (ahead === undefined || back === undefined) return []
  if (!sameCells(ahead, back)) {
    attributes.refuse(
      'backward_layer',
      'a layer like the first',
      'Use layers of one class, size and activation.',
    )
    return []
  }
  const { cell, units, activation, recurrentActivation, resetAfter, returnSequences } = ahead
  const state = layer.givesStates ? { returnState: true } : {}
  const cellAttrs = { cell, units, activation, recurrentActivation, resetAfter, returnSequences }
  const rounded = [...new Set([...ahead.unkept, ...back.unkept])]
  const unkept = rounded.length > 0 ? { unkept: rounded } : {}
  const isAlike = JSON.stringify(ahead.within) === JSON.stringify(back.within)
  const within = isAlike && Object.keys(ahead.within).length > 0 ? { within: ahead.within } : {}
  const attrs = { ...cellAttrs, ...state, ...unkept, ...within, merge }
  const meaning = { kind: 'bidirectional', layerClass: 'Bidirectional', attrs } as const
  const shape = inputShape && resultShape(context, meaning)
  const prefixed = <T>(prefix: string, record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).map(([role, value]) => [prefix + role, value]))
  const weights = { ...prefixed('forward_', ahead.weights), ...prefixed('backward_', back.weights) }
  const quantisers = { ...prefixed('forward_', ahead.quantisers), ...prefixed('backward_', back.quantisers) }
  return [{ ...meaning, name: layer.name, shape, weights, quantisers }]
}

function sameCells(a: ReadCell, b: ReadCell): boolean {
  const told = ({ cell, units, activation, recurrentActivation, resetAfter, returnSequences }: ReadCell) =>
    JSON.stringify([cell, units, activation, recurrentActivation, resetAfter, returnSequences])
  return told(a) === told(b)
}

interface InnerLayer {
  readonly className: string
  readonly config: JsonObject
}

function innerLayer({ attributes }: LayerContext, name: string): InnerLayer | undefined {
  const value = attributes.value(name)
  if (isObject(value) && typeof value.class_name === 'string' && isObject(value.config))
    return { className: value.class_name, config: value.config }
  attributes.refuse(name, 'a layer with class_name and config', 'Save the model again.')
  return undefined
}

function readDirection(
  context: LayerContext,
  { className, config }: InnerLayer,
  direction: 'forward' | 'backward',
  isBack: boolean,
): ReadCell | undefined {
  const cell = Object.hasOwn(cellKinds, className) ? cellKinds[className] : undefined
  const { layer, problems } = context
  if (cell === undefined) {
    context.attributes.refuse('layer', Object.keys(cellKinds).join(', '), 'Use one of these.')
    return undefined
  }
  const place = `${layer.place}, ${direction} ${className}`
  const own: SourceLayer = { ...layer, className, config, place }
  const attributes = readAttributes(innerConfig(config), place, problems)
  checkDtype(attributes)
  const weights = context.weights.within(new RegExp(`/${direction}_`))
  const read = readCell({ ...context, layer: own, attributes, weights }, cell)
  // The layer is written as it was given; that of the second direction may say that it is turned round, or not.
  if (read.goBackwards && !isBack)
    attributes.refuse(
      'go_backwards',
      'false: a direction of a bidirectional layer',
      'Swap the two directions.',
    )
  attributes.finish()
  return read
}
