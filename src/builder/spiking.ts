// Spiking layers of a defined network.

import { type Conversion, conversion } from '../fixed/types.ts'
import { sizeOf, tensorConversion } from '../ir/tensor-type.ts'
import type { RawValues, RoleConversions } from '../ops/definition.ts'
import { integrateFire } from '../ops/integrate-fire/index.ts'
import type { DecisionRule } from '../ops/spike-readout/attrs.ts'
import { spikeReadout } from '../ops/spike-readout/index.ts'
import type { LayerParts, Signal } from './define-network.ts'
import { failCount, failLeakingMembrane, failSpikeCount } from './errors.ts'
import { type ExactValues, flatValues, rawValues } from './exact-values.ts'
import { exactRequest } from './request.ts'
import { type QuantiserLike, tensorQuantiser } from './target-type.ts'

export interface IntegrateFireLayer {
  /** What a membrane must reach to spike: one for all neurons, or one for each; value · 2^-frac. */
  readonly threshold: ExactValues | number | bigint
  /** Fraction bits of the thresholds when these are raw integers; 0 unless given. */
  readonly frac?: number
  /** What is kept of a membrane from step to step, value · 2^-betaFrac; absent: all of it, without a leak. */
  readonly beta?: ExactValues | number | bigint
  /** Fraction bits of beta; 0 unless given. */
  readonly betaFrac?: number
  /** What a spike does to the membrane: takes the threshold off (unless given), or empties it. */
  readonly reset?: 'subtract' | 'zero'
  /** Type of the membranes; must be given for those that leak, else they are exact. */
  readonly membrane?: QuantiserLike
  /** Steps after which membranes are emptied; the whole sequence unless given. */
  readonly window?: number
  readonly name?: string
}

export interface SpikeReadoutLayer {
  /** `argmax_spike_count` unless given, or `argmax_membrane` over membranes. */
  readonly rule?: DecisionRule
  /** What is summed over time: spikes (unless given), or the inputs in membranes of the layer's own. */
  readonly mode?: 'spike' | 'membrane'
  /** Spikes of a class that decide, for rules with a threshold; 1 unless given. */
  readonly classThreshold?: number
  /** The leak of the layer's own membranes; 1, none, unless given. */
  readonly beta?: number
  /** Type of the membranes; must be given for those that leak, else they are exact. */
  readonly membrane?: QuantiserLike
  /** Steps of a decision; the whole sequence unless given. */
  readonly window?: number
  /** A decision at the last step of each window (unless given), or at every step. */
  readonly emit?: 'all' | 'last'
  readonly name?: string
}

export function integrateFireNode(x: Signal, layer: IntegrateFireLayer, place: string): LayerParts {
  const leaky = layer.beta !== undefined
  const attrs = { leaky, reset: layer.reset ?? 'subtract', window: layer.window ?? 0 } as const
  const shape = integrateFire.inferShape(attrs, [x.shape], nameOf(place))
  const neurons = sizeOf(shape.slice(1))
  const constants = (values: ExactValues | number | bigint, frac: number | undefined, what: string) =>
    perNeuron(values, frac ?? 0, neurons, `${place}: ${what}`)
  const weights: Record<string, RawValues> = {
    threshold: constants(layer.threshold, layer.frac, 'threshold'),
    ...(layer.beta !== undefined && { beta: constants(layer.beta, layer.betaFrac, 'beta') }),
  }
  if (leaky && layer.membrane === undefined) failLeakingMembrane(place)
  const exact = integrateFire.inferLossless(exactRequest([x], attrs, shape, weights))
  return {
    kind: 'integrate-fire',
    attrs,
    layerClass: leaky ? 'LIFNeuron' : 'IFNeuron',
    shape,
    weights,
    result: tensorConversion(exact.result!),
    roles: { membrane: tensorConversion(membraneOf(layer, exact, place)) },
    choices: {},
  }
}

export function spikeReadoutNode(x: Signal, layer: SpikeReadoutLayer, place: string): LayerParts {
  const mode = layer.mode ?? (layer.rule === 'argmax_membrane' ? 'membrane' : 'spike')
  const attrs = {
    rule: layer.rule ?? (mode === 'membrane' ? 'argmax_membrane' : 'argmax_spike_count'),
    mode,
    classThreshold: layer.classThreshold ?? 1,
    beta: layer.beta ?? 1,
    window: layer.window ?? 0,
    emit: layer.emit ?? 'last',
  } as const
  if (!Number.isInteger(attrs.classThreshold) || attrs.classThreshold < 1)
    failSpikeCount(place, attrs.classThreshold)
  const shape = spikeReadout.inferShape(attrs, [x.shape], nameOf(place))
  if (attrs.beta !== 1 && layer.membrane === undefined) failLeakingMembrane(place)
  const exact = spikeReadout.inferLossless(exactRequest([x], attrs, shape, {}))
  const membrane = membraneOf(layer, exact, place)
  const isDifference = attrs.rule === 'binary_logit' && mode === 'membrane'
  const result = isDifference ? differenceOf(membrane) : exact.result!
  return {
    kind: 'spike-readout',
    attrs,
    layerClass: 'SNNReadout',
    shape,
    weights: {},
    result: tensorConversion(result),
    roles: { membrane: tensorConversion(membrane) },
    choices: {},
  }
}

/** The name in "layer 'name'". */
function nameOf(place: string): string {
  return /'(.*)'/.exec(place)?.[1] ?? place
}

function perNeuron(
  given: ExactValues | number | bigint,
  frac: number,
  neurons: number,
  place: string,
): RawValues {
  const values = typeof given === 'object' ? flatValues(given) : [given]
  if (values.length !== 1 && values.length !== neurons)
    failCount(place, 'values', values.length, `one, or ${neurons}: one for each neuron`)
  return rawValues(values, frac, [values.length], place)
}

function membraneOf(
  { membrane }: Pick<IntegrateFireLayer, 'membrane'>,
  exact: RoleConversions,
  place: string,
): Conversion {
  if (membrane === undefined) return exact.membrane!
  const { to, ...modes } = tensorQuantiser(membrane, [1], place)
  return { ...modes, to: to.types[0]! }
}

function differenceOf({ to }: Conversion): Conversion {
  return conversion({ signed: true, width: to.width + (to.signed ? 1 : 2), frac: to.frac })
}
