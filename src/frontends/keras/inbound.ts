// Keras 2's `inbound_nodes`: one entry per call of the layer, each a list of [layer, call, output, arguments].

import { didYouMean } from '../../diagnostics/nearest.ts'
import { isList, isObject, type Json, shown } from '../json.ts'
import type { Problems } from '../problems.ts'
import { resultCount } from './recurrent-states.ts'
import type { HeldLayer } from './source-model.ts'

/** A tensor: one of the outputs of a call of a layer. */
export interface Reference {
  readonly layer: string
  readonly call: number
  readonly output: number
}

/** A layer of a model as its nodes are read. */
interface Called {
  readonly className: string
  readonly place: string
}

/** What each call of a layer reads, with calls as the file numbers them; what Lutra cannot follow is reported. */
export function callsOf(
  nodes: Json | undefined,
  layer: Called,
  problems: Problems,
): readonly (readonly Reference[])[] {
  const { place } = layer
  if (nodes === undefined || (isList(nodes) && nodes.length === 0)) return [[]]
  if (!isList(nodes)) return [report(place, problems, 'its inbound_nodes are not a list')]
  return nodes.map(call =>
    isList(call)
      ? [...call, ...namedTensors(call[0])].flatMap(tensor => readTensor(tensor, layer, problems))
      : report(place, problems, 'its inbound node is written as Keras 3 writes it'),
  )
}

const attentive: readonly string[] = ['MultiHeadAttention', 'Attention', 'AdditiveAttention']
const causalArgument = 'use_causal_mask'

/** Which calls of an attention are told to attend to no later step. */
export function causalCalls(nodes: Json | undefined, { className }: Called): readonly boolean[] {
  if (!isList(nodes) || !attentive.includes(className)) return []
  const isTold = (tensor: Json) => isList(tensor) && isObject(tensor[3]) && tensor[3][causalArgument] === true
  return nodes.map(call => isList(call) && call.some(isTold))
}

/** Arguments that are tensors, as attention has them, in the order in which it takes them; and states to begin with. */
export const tensorArguments: readonly string[] = ['inputs', 'query', 'value', 'key', 'initial_state']

/** Those that a call gives by name; Keras 2 writes them beside its first tensor. */
function namedTensors(first: Json | undefined): readonly Json[] {
  const args = isList(first) && isObject(first[3]) ? first[3] : {}
  return tensorArguments.flatMap(name => {
    const value = args[name] ?? null
    if (referenceIn(value) !== undefined) return [value]
    return name === 'initial_state' && isList(value) ? value : []
  })
}

function readTensor(tensor: Json, { className, place }: Called, problems: Problems): readonly Reference[] {
  const reference = referenceIn(tensor)
  if (reference === undefined) return report(place, problems, 'an inbound node names no layer')
  const args = isList(tensor) && isObject(tensor[3]) ? tensor[3] : {}
  // `training=False` and `mask=None` are what is computed anyway.
  const isRead = (key: string, value: Json | undefined) =>
    tensorArguments.includes(key)
      ? isList(value)
      : key === causalArgument && value === true && attentive.includes(className)
  const isTold = (key: string, value: Json | undefined) =>
    value !== null && value !== false && !isRead(key, value)
  const told = Object.keys(args).filter(key => isTold(key, args[key]))
  const masks = told.filter(key => /mask$/.test(key) && typeof args[key] === 'object')
  if (masks.length > 0) return reportMask(place, problems, masks)
  if (told.length > 0) return report(place, problems, `it is called with the arguments ${told.join(', ')}`)
  return [reference]
}

function reportMask(place: string, problems: Problems, names: readonly string[]): readonly Reference[] {
  problems.add({
    code: 'keras/mask',
    place,
    problem: `it is called with a tensor as its ${names.join(' and ')}`,
    expected: "no mask, or attention's use_causal_mask",
    remedy: maskRemedy,
  })
  return []
}

/** What to do without a mask that is computed. */
export const maskRemedy =
  'Hardware takes sequences of one length: train without the mask on sequences that are padded as they will be, or multiply what is padded by 0 (Multiply).'

function referenceIn(tensor: Json): Reference | undefined {
  if (!isList(tensor) || typeof tensor[0] !== 'string') return undefined
  const [layer, call = 0, output = 0] = tensor
  return isIndex(call) && isIndex(output) ? { layer, call, output } : undefined
}

const isIndex = (value: Json): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function report(place: string, problems: Problems, problem: string): readonly Reference[] {
  problems.add({
    code: 'keras/inbound-nodes',
    place,
    problem,
    expected: 'plain calls, each on tensors of layers',
    remedy: 'Rebuild the model from plain layer calls.',
  })
  return []
}

/** `[['a', 0, 0], ['b', 0, 0]]`, or `['a', 0, 0]` for a single one; by name, in the order in which Keras flattens. */
export function referencesIn(value: Json | undefined): readonly Reference[] {
  if (isObject(value))
    return Object.keys(value)
      .sort()
      .flatMap(key => referencesIn(value[key]))
  if (!isList(value)) return []
  if (typeof value[0] === 'string') return [referenceIn(value) ?? { layer: value[0], call: -1, output: 0 }]
  return value.flatMap(referencesIn)
}

interface Ends {
  readonly inputs: readonly Reference[]
  readonly outputs: readonly Reference[]
}

/**
 * The layers of a model and its ends with all calls counted from 0: those of a model that is a layer count from 1 where
 * its own input is a call too (tensorflow/python/keras/engine/functional.py, `_should_skip_first_node`). References to
 * what is not there are reported.
 */
export function withCallsFrom0(
  layers: readonly HeldLayer[],
  { inputs, outputs }: Ends,
  problems: Problems,
): Ends & { readonly layers: readonly HeldLayer[] } {
  const named = new Map(layers.map(layer => [layer.name, layer]))
  const all = [...inputs, ...outputs, ...layers.flatMap(({ calls }) => calls.flat())]
  const least = new Map<string, number>()
  for (const { layer, call } of all) least.set(layer, Math.min(call, least.get(layer) ?? call))
  const first = (name: string) => (named.get(name)?.model !== undefined && least.get(name)! >= 1 ? 1 : 0)
  const moved = (place?: string) => (own: Reference) => {
    const reference = { ...own, call: own.call - first(own.layer) }
    checkReference(reference, own, named, place, problems)
    return reference
  }
  return {
    layers: layers.map(layer => ({ ...layer, calls: layer.calls.map(call => call.map(moved(layer.place))) })),
    inputs: inputs.map(moved()),
    outputs: outputs.map(moved()),
  }
}

function checkReference(
  { layer, call, output }: Reference,
  stated: Reference,
  named: ReadonlyMap<string, HeldLayer>,
  place: string | undefined,
  problems: Problems,
): void {
  const read = named.get(layer)
  if (read === undefined) {
    // Unknown ends of a model are told with all of its layers.
    if (place === undefined) return
    problems.add({
      code: 'keras/unknown-layer',
      place,
      problem: `it reads '${layer}', which is none of the model's layers`,
      expected: 'the name of a layer',
      remedy: didYouMean(layer, [...named.keys()]) || 'Save the model again.',
    })
    return
  }
  const outputs = read.model?.outputs.length ?? resultCount(read)
  if (call >= 0 && call < read.calls.length && output < outputs) return
  problems.add({
    code: 'keras/inbound-nodes',
    place: place ?? 'the ends of the model',
    problem: `call ${shown(stated.call)} and output ${stated.output} of '${layer}' are read, which has ${counted(read.calls.length, 'call')} and ${counted(outputs, 'output')}`,
    expected: 'a tensor that the model has',
    remedy: 'Rebuild the model from plain layer calls.',
  })
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
