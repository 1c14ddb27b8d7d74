// HGQ2's fixed-point quantisers: a QuantizerConfig, and behind it trained arrays of k (sign), i and f, or of k, b and i
// (integer and fraction bits without the sign, f = b − i), a real number each that is rounded half to even. What they
// do is said by HGQ2's quantizer/internal/fixed_point_quantizer.py and by the package `quantizers`.

import { quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import {
  type Conversion,
  type FixedType,
  fixedType,
  type Overflow,
  overflows,
  type Rounding,
  roundings,
  sameType,
} from '../../fixed/types.ts'
import type { SourceQuantiser } from '../../ir/graph.ts'
import { elementQuantiser, fixedQuantiser } from '../../ir/source-quantiser.ts'
import { type Shape, typeAt, uniform } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import type { LayerContext } from '../keras/layer.ts'

/** Where a quantiser of a layer is said: its attribute, the config in it, and the folder of its arrays. */
export interface QuantiserPlace {
  readonly attribute: string
  readonly conf: Json | undefined
  readonly prefix: string
}

/** Sign, integer and fraction bits by element; `shape` broadcasts against what is quantised. */
export interface Bits {
  readonly shape: Shape
  readonly k: readonly number[]
  readonly i: readonly number[]
  readonly f: readonly number[]
}

export interface Hgq2Quantiser {
  readonly bits: Bits
  readonly rounding: Rounding
  readonly overflow: Overflow
  /** Of trained values that follow their range: they are rounded and never wrapped. */
  readonly roundsOnly: boolean
}

/** Half to even, as numpy rounds. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/** Reads a quantiser of a tensor of this shape; undefined, and reported, where it is none that Lutra knows. */
export function readQuantiser(
  context: LayerContext,
  place: QuantiserPlace,
  shape: Shape | undefined,
): Hgq2Quantiser | undefined {
  const config = configOf(context, place)
  if (config === undefined || shape === undefined) return undefined
  const bits = readBits(context, place, config, shape)
  const rounding = roundingOf(config.round_mode)
  const overflow = overflowOf(config.overflow_mode)
  const { attributes } = context
  const modes = 'Train with another mode.'
  if (rounding === undefined)
    attributes.refuse(place.attribute, `a round_mode of ${roundings.join(', ')}`, modes)
  if (overflow === undefined)
    attributes.refuse(place.attribute, 'an overflow_mode of WRAP, SAT or SAT_SYM', modes)
  if (bits === undefined || rounding === undefined || overflow === undefined) return undefined
  return { bits, rounding, overflow, roundsOnly: roundsOnly(config, rounding, overflow) }
}

function configOf({ attributes }: LayerContext, place: QuantiserPlace): JsonObject | undefined {
  const { attribute, conf } = place
  const config = isObject(conf) && isObject(conf.config) ? conf.config : undefined
  const isKnown = config !== undefined && (config.q_type === 'kif' || config.q_type === 'kbi')
  if (!isKnown) {
    attributes.refuse(attribute, "a QuantizerConfig of q_type 'kif' or 'kbi'", 'Train with such quantizers.')
    return undefined
  }
  for (const name of ['scaler', 'affine', 'bw_mapper']) {
    if ((config[name] ?? null) === null) continue
    attributes.refuse(attribute, `a QuantizerConfig whose ${name} is null`, 'Train without it.')
    return undefined
  }
  return config
}

function roundingOf(mode: Json | undefined): Rounding | undefined {
  // Stochastic rounding is so while training alone.
  const name = `${mode ?? ''}`.toUpperCase().replace(/^S_/, '')
  return roundings.find(own => own === name)
}

function overflowOf(mode: Json | undefined): Overflow | undefined {
  const name = `${mode ?? ''}`.toUpperCase()
  return overflows.find(own => own === name && own !== 'WRAP_SM' && own !== 'SAT_ZERO')
}

/** Their range is traced while training, and at inference nothing is done about it. */
function roundsOnly(config: JsonObject, rounding: Rounding, overflow: Overflow): boolean {
  const follows = overflow === 'WRAP' && config.is_weight === true && config.trainable !== false
  return follows && (config.q_type === 'kif' || rounding === 'RND')
}

/** In the order of Keras's files: trained variables first; with WRAP the integer bits are not trained. */
function variablesOf(config: JsonObject): readonly string[] {
  const isWrapping = `${config.overflow_mode}`.toUpperCase() === 'WRAP'
  if (config.q_type === 'kbi') return isWrapping ? ['b', 'k', 'i'] : ['b', 'i', 'k']
  return isWrapping ? ['f', 'k', 'i'] : ['i', 'f', 'k']
}

function readBits(
  { attributes, weights }: LayerContext,
  { attribute, prefix }: QuantiserPlace,
  config: JsonObject,
  shape: Shape,
): Bits | undefined {
  const any = shape.map(() => undefined)
  const arrays = new Map<string, FloatValues>()
  for (const [index, name] of variablesOf(config).entries()) {
    const values = weights.take(`${prefix}/${index}`, any)
    if (values === undefined) return undefined
    arrays.set(name, values)
  }
  const { shape: own } = arrays.get('k')!
  const fits = [...arrays.values()].every(array => array.shape.join() === own.join())
  if (!fits || own.some((extent, axis) => extent !== 1 && extent !== shape[axis])) {
    attributes.refuse(attribute, `arrays that broadcast to [${shape.join(', ')}]`, 'Save the model again.')
    return undefined
  }
  const rounded = (name: string) => Array.from(arrays.get(name)!.data, roundHalfEven)
  const [k, i] = [rounded('k'), rounded('i')]
  const f = config.q_type === 'kif' ? rounded('f') : rounded('b').map((b, at) => b - i[at]!)
  const isSign = k.every(sign => sign === 0 || sign === 1)
  const isSmall = [...i, ...f].every(count => Math.abs(count) <= mostBits)
  if (isSign && isSmall) return { shape: own, k, i, f }
  attributes.refuse(attribute, `signs of 0 and 1, and no more than ${mostBits} bits`, 'Save the model again.')
  return undefined
}

/** HGQ2 keeps them within 24, and writes 32 for what is pruned. */
const mostBits = 256

/** The type of an element: of no bits it is 0, and so is what has a sign alone and no room for −2^i. */
function typeOf(k: number, i: number, f: number, overflow: Overflow): FixedType {
  const width = k + i + f
  const isZero = width <= 0 || (overflow === 'SAT_SYM' && k === 1 && width === 1)
  return isZero ? fixedType(false, 0, 0) : fixedType(k === 1, width, f)
}

/** The types of what it leaves: one where all are the same, else one for every element that `bits` has. */
export function elementTypes({ bits, overflow }: Hgq2Quantiser): readonly FixedType[] {
  const types = bits.k.map((k, at) => typeOf(k, bits.i[at]!, bits.f[at]!, overflow))
  const [first] = types
  return first !== undefined && types.every(type => sameType(type, first)) ? [first] : types
}

/** As what a source says of a result; `bits` have the batch axis in front. */
export function resultQuantiser(quantiser: Hgq2Quantiser): SourceQuantiser {
  const one = oneConversion(quantiser)
  if (one !== undefined) return fixedQuantiser(one)
  const { bits, rounding, overflow } = quantiser
  const to = { shape: bits.shape.slice(1), types: elementTypes(quantiser) }
  return elementQuantiser({ to, rounding, overflow, saturationBits: 0 })
}

/** The one conversion of a quantiser that is the same for all elements; undefined where it differs. */
export function oneConversion(quantiser: Hgq2Quantiser): Conversion | undefined {
  const [to, ...others] = elementTypes(quantiser)
  if (to === undefined || others.length > 0) return undefined
  return { to, rounding: quantiser.rounding, overflow: quantiser.overflow, saturationBits: 0 }
}

/** Trained values as the quantiser leaves them. */
export function quantisedValues(values: FloatValues, quantiser: Hgq2Quantiser): FloatValues {
  const { bits, rounding, overflow } = quantiser
  const types = bits.k.map((k, at) => {
    const [i, f] = [bits.i[at]!, bits.f[at]!]
    return quantiser.roundsOnly ? fixedType(true, wide + Math.max(f, 0), f) : typeOf(k, i, f, overflow)
  })
  const element = types.length === 1 ? uniform(types[0]!) : { shape: bits.shape, types }
  const modes = { rounding, overflow, saturationBits: 0 }
  const data = values.data.map((value, at) => {
    const to = typeAt({ shape: values.shape, element }, at)
    return rawToNumber(quantiseNumber(value, { to, ...modes }), to.frac)
  })
  return { shape: values.shape, data }
}

/** Holds every float32 before its point. */
const wide = 140
