// Keras 2's `model_config` as one list of calls: layers with their attributes, and who reads whom. A layer that is
// called several times is there as often, and of a model that is a layer there are its layers; what they hold is the
// layer readers' business.

import { mostNodes, refuseSize } from '../graph-size.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Problems } from '../problems.ts'
import type { Reference } from './inbound.ts'
import { inOrder } from './order.ts'
import { outputCount, partName, resultCount, type StatePart } from './recurrent-states.ts'
import { type HeldLayer, readSourceModel, type SourceModel } from './source-model.ts'

/** One call of a layer. */
export interface SourceLayer {
  readonly className: string
  /** As the file has it: not unique, see `path` and calls. */
  readonly name: string
  readonly config: JsonObject
  /** Places of the calls read, in the list of all. */
  readonly inputs: readonly number[]
  /** How messages name it. */
  readonly place: string
  /** Names of the models that hold the layer, the outermost first, and its own. */
  readonly path: readonly string[]
  /** Whether it does the same for every step along the first axis of what it reads. */
  readonly perStep?: true
  /** Of a recurrent layer: somebody reads its states. */
  readonly givesStates?: true
  /** Of attention: it attends to no later step. */
  readonly causal?: true
  /** It is no layer but one of the results of such a one, which it reads. */
  readonly part?: StatePart
}

export interface Architecture {
  readonly name: string
  /** Inputs first, in the model's order, then the others, each after what it reads. */
  readonly layers: readonly SourceLayer[]
  /** Places in `layers`. */
  readonly outputs: readonly number[]
  readonly model: SourceModel
}

/** Reads a parsed `model_config`; `place` names the file. Fails with `keras/…` where layers cannot be put in order. */
export function readArchitecture(json: Json, place: string, problems: Problems): Architecture {
  const model = readSourceModel(json, { file: place, path: [], problems })
  problems.throwIfAny()
  const layers: SourceLayer[] = []
  const outputs = unroll(model, { file: place, layers, problems, perStep: false })
  problems.throwIfAny()
  return { name: model.name, layers, outputs, model }
}

interface Unrolling {
  readonly file: string
  /** All calls so far. */
  readonly layers: SourceLayer[]
  readonly problems: Problems
  readonly perStep: boolean
  /** Places of what a model that is a layer is called on. */
  readonly given?: readonly number[]
}

interface Call {
  readonly layer: HeldLayer
  readonly causal?: true
  readonly reads: readonly Reference[]
}

/** Adds the calls of a model's layers; the places of its outputs. */
function unroll(model: SourceModel, state: Unrolling): readonly number[] {
  const calls = new Map(model.layers.map(layer => [layer.name, callsOfLayer(layer)]))
  const callOf = ({ layer, call }: Reference) => calls.get(layer)![call]!
  const first = model.inputs.map(callOf)
  const others = [...calls.values()].flat().filter(call => !first.includes(call))
  const sorted = inOrder([...new Set(first), ...others], call => call.reads.map(callOf))
  if (sorted === undefined) return reportCycle(others, callOf, state)
  const reads = [...sorted.flatMap(call => call.reads), ...model.outputs]
  const readOf = (call: Call) => new Set(reads.flatMap(own => (callOf(own) === call ? [own.output] : [])))
  const results = new Map<Call, readonly number[]>()
  const placeOf = (own: Reference) => results.get(callOf(own))![own.output]!
  for (const call of sorted) {
    const at = first.indexOf(call)
    const inputs = at >= 0 ? givenAt(at, state) : call.reads.map(placeOf)
    results.set(call, unrollCall(call, inputs, { ...state, read: readOf(call) }))
  }
  return model.outputs.map(placeOf)
}

function callsOfLayer(layer: HeldLayer): Call[] {
  return layer.calls.map((reads, k) => ({
    layer,
    reads,
    ...(layer.causal?.[k] && { causal: true as const }),
  }))
}

/** What the InputLayer of a model that is a layer stands for. */
function givenAt(at: number, { given }: Unrolling): readonly number[] {
  return given === undefined ? [] : given.slice(at, at + 1)
}

/** The places of the results of a call. */
function unrollCall(
  { layer, causal }: Call,
  inputs: readonly number[],
  state: Unrolling & { readonly read: ReadonlySet<number> },
): readonly number[] {
  const { layers, file } = state
  const { className, name, config, place, path, model } = layer
  if (model !== undefined) {
    checkGiven(layer, model, inputs, state)
    const perStep = state.perStep || className === 'TimeDistributed'
    return unroll(model, { ...state, given: inputs, perStep })
  }
  if (layers.length >= mostNodes) refuseSize(file, `more than ${mostNodes} calls of layers`)
  if (className === 'InputLayer' && inputs.length === 0 && state.given !== undefined)
    reportInput(place, state)
  const own = { className, name, config, inputs, place, path, ...(causal && { causal }) }
  if (outputCount(own) > 1 || [...state.read].some(output => output > 0)) return pushParts(own, state)
  layers.push(state.perStep ? distributed(own) : own)
  return [layers.length - 1]
}

/** A recurrent layer and those of its results that are read. */
function pushParts(
  own: SourceLayer,
  { layers, read, perStep }: Unrolling & { readonly read: ReadonlySet<number> },
): readonly number[] {
  const hasStates = [...read].some(result => result >= outputCount(own))
  const node = hasStates ? { ...own, givesStates: true as const } : own
  const place = layers.push(perStep ? distributed(own) : node) - 1
  return Array.from({ length: resultCount(own) }, (_, result) => {
    if (!read.has(result)) return place
    const part: StatePart = { className: own.className, config: own.config, result, hasStates }
    const name = partName(own.name, part)
    return layers.push({ ...own, name, inputs: [place], path: [...own.path.slice(0, -1), name], part }) - 1
  })
}

/** What a TimeDistributed around a model means for a layer in it. */
function distributed(own: SourceLayer): SourceLayer {
  const { className, name, config } = own
  if (className === 'InputLayer') return { ...own, perStep: true }
  const held = { name, layer: { class_name: className, config } }
  return { ...own, className: 'TimeDistributed', config: held, perStep: true }
}

function reportInput(place: string, { problems }: Unrolling): void {
  problems.add({
    code: 'keras/inbound-nodes',
    place,
    problem: 'it is no input of the model that holds it',
    expected: 'an InputLayer that input_layers names',
    remedy: 'Save the model again.',
  })
}

function checkGiven(
  { place }: HeldLayer,
  model: SourceModel,
  inputs: readonly number[],
  { problems }: Unrolling,
): void {
  if (inputs.length === model.inputs.length) return
  problems.add({
    code: 'keras/inbound-nodes',
    place,
    problem: `the model is called on ${inputs.length} tensors`,
    expected: `${model.inputs.length}, as it has inputs`,
    remedy: 'Save the model again.',
  })
  problems.throwIfAny()
}

function reportCycle(
  calls: readonly Call[],
  callOf: (reference: Reference) => Call,
  { problems }: Unrolling,
): readonly number[] {
  const waiting = waitingOf(calls, callOf)
  const all = [...new Set(waiting.map(({ layer }) => layer.name))]
  const names = all.length > 12 ? [...all.slice(0, 12), `… (${all.length} layers)`] : all
  problems.add({
    code: 'keras/cycle',
    place: waiting[0]!.layer.place,
    problem: `layers read one another in a circle: ${names.join(', ')}`,
    expected: 'layers that can be computed one after another',
    remedy: 'Save the model again.',
  })
  problems.throwIfAny()
  return []
}

/** Those that cannot come before what they read. */
function waitingOf(calls: readonly Call[], callOf: (reference: Reference) => Call): readonly Call[] {
  let waiting = new Set(calls)
  for (;;) {
    const left = [...waiting].filter(call => call.reads.some(read => waiting.has(callOf(read))))
    if (left.length === waiting.size) return left
    waiting = new Set(left)
  }
}
