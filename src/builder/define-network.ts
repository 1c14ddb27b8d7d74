// Networks written down by a program: exact integers (or dyadic numbers) in, a typed graph out. Nothing is inferred
// from data and nothing rounds but where a quantiser says so: sums and products are exact, element by element.
//
//   const net = defineNetwork('tagger')
//   net.input('x', { shape: [16], types: 'fixed<8,3>' })
//     .dense({ weights, bias })
//     .relu('ufixed<6,2>')
//     .dense({ weights: more })
//     .output()
//   const model = net.finish()

import { bug } from '../diagnostics/diagnostic.ts'
import { rawToNumber } from '../fixed/convert.ts'
import { conversion, type FixedType } from '../fixed/types.ts'
import type { StoredTensor, TensorId } from '../ir/graph.ts'
import {
  elementTypes,
  type Shape,
  sizeOf,
  type TensorConversion,
  tensorConversion,
} from '../ir/tensor-type.ts'
import type { RawValues } from '../ops/definition.ts'
import { definitionOf, type OpKind, type OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { verifyGraph } from '../ops/verify-graph.ts'
import { failName, failNoOutput, failShape } from './errors.ts'
import { type GravNetLayer, gravNetSignal } from './gravnet.ts'
import { type DenseLayer, denseNode, reluNode, scaleNode } from './layers.ts'
import {
  type IntegrateFireLayer,
  integrateFireNode,
  type SpikeReadoutLayer,
  spikeReadoutNode,
} from './spiking.ts'
import { type Quantiser, type QuantiserLike, tensorQuantiser } from './target-type.ts'

/** A tensor on its way through the network: every element has a type of its own. */
export interface Signal {
  /** Name of the layer that gives it. */
  readonly name: string
  readonly shape: Shape
  /** Types by element, row-major. */
  readonly types: readonly FixedType[]
  /** y = x W + b over the last axis, exactly; each result has the narrowest type that holds its every value. */
  dense(layer: DenseLayer): Signal
  /** max(x, 0), then the quantiser; without one nothing is lost. */
  relu(to?: QuantiserLike, name?: string): Signal
  /** Conversion to other types: where bits are lost. Floor and wrap unless it says otherwise. */
  quantise(to: QuantiserLike, name?: string): Signal
  /** x · 2^exponent, exactly. */
  scale(exponent: number, name?: string): Signal
  /** floor(x / 2^bits) on the grid that x has: what `>>` does to its raw integers. */
  shiftRight(bits: number, name?: string): Signal
  /** Integrate-and-fire neurons over a sequence [steps, neurons]: 1 where a membrane reaches its threshold, else 0. */
  integrateFire(layer: IntegrateFireLayer): Signal
  /** The class decided for over a sequence [steps, classes]: [windows, 1], or [steps, 1] at every step. */
  spikeReadout(layer?: SpikeReadoutLayer): Signal
  /** A GravNet layer over vertices [vertices, features]: each beside what its nearest ones tell it. */
  gravNet(layer: GravNetLayer): Signal
  /** Makes this an output of the network, in the order of calls. */
  output(): Signal
}

export interface InputOptions extends Quantiser {
  /** Without the batch axis. */
  readonly shape: Shape
}

/** What `compile` gives for models that are read: the verbs take it as it is. */
export interface DefinedNetwork {
  /** The network in real numbers, quantisers being identities. */
  readonly source: OpGraph
  readonly typed: OpGraph
  readonly rules: 'lossless'
  readonly findings: readonly []
}

export interface NetworkBuilder {
  /** An input; numbers from outside enter it by the modes given (floor, wrap). */
  input(name: string, options: InputOptions): Signal
  /** The finished network. Fails with `network/no-output` when no signal leaves it. */
  finish(): DefinedNetwork
}

/** A layer of the network: its node's own parts and its weights. */
export interface LayerParts {
  readonly kind: OpKind
  readonly attrs: unknown
  readonly layerClass: string
  readonly shape: Shape
  readonly weights: Readonly<Record<string, RawValues>>
  readonly result: TensorConversion
  /** Conversions of further roles. */
  readonly roles: Readonly<Record<string, TensorConversion>>
  readonly choices: OpNode['choices']
}

interface State {
  readonly name: string
  readonly nodes: OpNode[]
  readonly store: Map<TensorId, StoredTensor>
  readonly outputs: string[]
}

/** Begins a network of this name. */
export function defineNetwork(name: string): NetworkBuilder {
  const state: State = { name, nodes: [], store: new Map(), outputs: [] }
  return {
    input: (inputName, options) => {
      const place = `input '${inputName}'`
      checkShape(place, options.shape)
      const result = tensorQuantiser(options, options.shape, place)
      return add(state, inputName, [], {
        kind: 'input',
        attrs: {},
        layerClass: 'InputLayer',
        shape: options.shape,
        weights: {},
        result,
        roles: {},
        choices: {},
      })
    },
    finish: () => finish(state),
  }
}

function checkShape(place: string, shape: Shape): void {
  if (shape.length === 0 || shape.some(extent => !Number.isInteger(extent) || extent < 1))
    failShape(place, shape)
}

function add(state: State, name: string, inputs: readonly string[], parts: LayerParts): Signal {
  if (state.nodes.some(node => node.name === name)) failName(name)
  const { weights, result, roles, layerClass, ...own } = parts
  const ids = Object.entries(weights).map(([role, values]) => {
    const id = `${name}.${role}`
    state.store.set(id, { form: 'raw', ...values })
    return [role, id] as const
  })
  const ownTypes = Object.entries(weights).map(
    ([role, { type }]) => [role, tensorConversion(conversion(type))] as const,
  )
  const node = {
    ...own,
    name,
    inputs,
    weights: Object.fromEntries(ids),
    quantisers: {},
    requested: {},
    resolved: { ...Object.fromEntries(ownTypes), ...roles, result },
    choices: { ...defaultChoices(own.kind), ...own.choices },
    origin: { layerClass, source: name, mergedNames: [] },
  } as OpNode
  state.nodes.push(node)
  return signalOf(state, node)
}

function defaultChoices(kind: OpKind): OpNode['choices'] {
  return Object.fromEntries(definitionOf(kind).choices.map(choice => [choice.key, choice.default]))
}

function signalOf(state: State, node: OpNode): Signal {
  const { name, shape } = node
  const types = elementTypes({ shape, element: node.resolved.result!.to })
  const next = (given: string | undefined, word: string, parts: (place: string) => LayerParts): Signal => {
    const own = given ?? freeName(state, word)
    return add(state, own, [name], parts(`layer '${own}'`))
  }
  const signal: Signal = {
    name,
    shape,
    types,
    dense: layer => next(layer.name, 'dense', place => denseNode(signal, layer, place)),
    relu: (to, own) => next(own, 'relu', place => reluNode(signal, to, place)),
    quantise: (to, own) => next(own, 'quantise', place => quantiseNode(signal, to, place)),
    scale: (exponent, own) => next(own, 'scale', place => scaleNode(signal, exponent, place)),
    shiftRight: (bits, own) => {
      const scaled = signal.scale(-bits, own === undefined ? undefined : `${own}_scale`)
      return scaled.quantise(shiftedTypes(types, bits), own)
    },
    integrateFire: layer => next(layer.name, 'spikes', place => integrateFireNode(signal, layer, place)),
    spikeReadout: (layer = {}) =>
      next(layer.name, 'decision', place => spikeReadoutNode(signal, layer, place)),
    gravNet: layer => {
      const own = layer.name ?? freeName(state, 'gravnet')
      return gravNetSignal(signal, layer, own, (part, inputs, parts) =>
        add(
          state,
          part,
          inputs.map(input => input.name),
          parts,
        ),
      )
    },
    output: () => {
      if (!state.outputs.includes(name)) state.outputs.push(name)
      return signal
    },
  }
  return signal
}

/** `word` and the first number that no layer has: dense1, relu1, dense2, … */
function freeName(state: State, word: string): string {
  for (let k = 1; ; k++) {
    const name = `${word}${k}`
    if (!state.nodes.some(node => node.name === name)) return name
  }
}

function shiftedTypes(types: readonly FixedType[], bits: number): FixedType[] {
  const least = (type: FixedType) => (type.signed && type.width > 0 ? 1 : 0)
  return types.map(type => ({ ...type, width: Math.max(least(type), type.width - bits) }))
}

function quantiseNode(x: Signal, to: QuantiserLike, place: string): LayerParts {
  return {
    kind: 'quantise',
    attrs: {},
    layerClass: 'Activation',
    shape: x.shape,
    weights: {},
    result: tensorQuantiser(to, x.shape, place),
    roles: {},
    choices: {},
  }
}

function finish(state: State): DefinedNetwork {
  if (state.outputs.length === 0) failNoOutput(state.name)
  const { name, nodes, outputs } = state
  const typed: OpGraph = { name, nodes: [...nodes], outputs: [...outputs], store: new Map(state.store) }
  verifyGraph(typed)
  return { source: floatGraph(typed), typed, rules: 'lossless', findings: [] }
}

/** The same network before typing: weights as the numbers they are. */
function floatGraph(typed: OpGraph): OpGraph {
  const store = new Map([...typed.store].map(([id, tensor]) => [id, asFloat(tensor)] as const))
  return { ...typed, nodes: typed.nodes.map(node => ({ ...node, resolved: {} }) as OpNode), store }
}

function asFloat(tensor: StoredTensor): StoredTensor {
  if (tensor.form !== 'raw') return bug('a defined network holds raw values only')
  const { shape, raw, type } = tensor
  if (raw.length !== sizeOf(shape)) bug('a tensor without its shape')
  return { form: 'float', shape, data: Float64Array.from(raw, value => rawToNumber(value, type.frac)) }
}
