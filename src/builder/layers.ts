// Layers that a defined network is made of, each with the exact types of its results.

import { trailingZeros } from '../fixed/bit-length.ts'
import { type FixedType, joinTypes, maxRaw, minRaw } from '../fixed/types.ts'
import { type Shape, sizeOf, type TensorConversion } from '../ir/tensor-type.ts'
import type { RawValues } from '../ops/definition.ts'
import type { LayerParts, Signal } from './define-network.ts'
import { failCount, failExponent } from './errors.ts'
import { type ExactValues, flatValues, rawValues, typeOfRange } from './exact-values.ts'
import { elementTypesOf, type QuantiserLike, tensorQuantiser } from './target-type.ts'

export interface DenseLayer {
  /** One row per input element, one column per unit; value · 2^-frac. */
  readonly weights: ExactValues
  /** Fraction bits of the weights when these are raw integers; 0 unless given. */
  readonly frac?: number
  /** One per unit: value · 2^-biasFrac. */
  readonly bias?: ExactValues
  /** Fraction bits of the bias; those of the weights unless given. */
  readonly biasFrac?: number
  readonly name?: string
}

export function denseNode(x: Signal, layer: DenseLayer, place: string): LayerParts {
  const length = x.shape.at(-1)!
  const values = flatValues(layer.weights)
  const units = values.length / length
  if (units < 1 || !Number.isInteger(units))
    failCount(
      place,
      'weights',
      values.length,
      `a multiple of ${length}: as many rows as the input has elements`,
    )
  const weight = rawValues(values, layer.frac ?? 0, [length, units], `${place}: weights`)
  const bias = layer.bias === undefined ? undefined : biasOf(layer, layer.bias, units, place)
  const shape = [...x.shape.slice(0, -1), units]
  const types = denseTypes(x, weight, bias, units)
  return {
    kind: 'dense',
    attrs: { units, weightCoding: 'plain', inputCoding: 'plain' },
    layerClass: 'Dense',
    shape,
    weights: bias === undefined ? { weight } : { weight, bias },
    result: exact(types, shape),
    roles: { accum: exact([types.reduce(joinTypes)], []) },
    // The sum is exact whatever the elements' types: no accumulator stands between.
    choices: { Strategy: 'Distributed_Arithmetic' },
  }
}

function biasOf(layer: DenseLayer, given: ExactValues, units: number, place: string): RawValues {
  const values = flatValues(given)
  if (values.length !== units) failCount(place, 'biases', values.length, `${units}, one per unit`)
  return rawValues(values, layer.biasFrac ?? layer.frac ?? 0, [units], `${place}: bias`)
}

/** Per result the narrowest type: bounds by the signs of its weights, grid by their trailing zeros. */
function denseTypes(x: Signal, weight: RawValues, bias: RawValues | undefined, units: number): FixedType[] {
  const length = x.shape.at(-1)!
  return Array.from({ length: (sizeOf(x.shape) / length) * units }, (_, k) => {
    const unit = k % units
    const from = Math.floor(k / units) * length
    const terms = Array.from({ length }, (_, i) => ({
      type: x.types[from + i]!,
      value: weight.raw[i * units + unit]!,
    })).filter(({ type, value }) => value !== 0n && type.width > 0)
    return sumType(terms, weight.type.frac, { raw: bias?.raw[unit] ?? 0n, frac: bias?.type.frac ?? 0 })
  })
}

interface Summand {
  readonly type: FixedType
  readonly value: bigint
}

function sumType(
  terms: readonly Summand[],
  weightFrac: number,
  bias: { readonly raw: bigint; readonly frac: number },
): FixedType {
  const grids = terms.map(({ type, value }) => type.frac + weightFrac - trailingZeros(value))
  if (bias.raw !== 0n) grids.push(bias.frac - trailingZeros(bias.raw))
  if (grids.length === 0) return { signed: false, width: 0, frac: 0 }
  const frac = Math.max(...grids)
  const at = (raw: bigint, own: number) =>
    own <= frac ? raw << BigInt(frac - own) : raw >> BigInt(own - frac)
  let min = at(bias.raw, bias.frac)
  let max = min
  for (const { type, value } of terms) {
    const own = type.frac + weightFrac
    const ends = [at(minRaw(type) * value, own), at(maxRaw(type) * value, own)] as const
    min += ends[0] < ends[1] ? ends[0] : ends[1]
    max += ends[0] < ends[1] ? ends[1] : ends[0]
  }
  return typeOfRange(min, max, frac)
}

/** max(x, 0): unsigned, without the sign bit, unless a quantiser says otherwise. */
export function reluNode(x: Signal, to: QuantiserLike | undefined, place: string): LayerParts {
  const types = x.types.map(type =>
    type.signed ? { signed: false, width: Math.max(0, type.width - 1), frac: type.frac } : type,
  )
  return {
    kind: 'relu',
    attrs: { maxValue: null },
    layerClass: 'Activation',
    shape: x.shape,
    weights: {},
    result: to === undefined ? exact(types, x.shape) : tensorQuantiser(to, x.shape, place),
    roles: {},
    choices: {},
  }
}

/** x · 2^exponent: the same raw integers under another frac. */
export function scaleNode(x: Signal, exponent: number, place: string): LayerParts {
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 1024) failExponent(place, exponent)
  const scale = rawValues([1], -exponent, [1], place)
  return {
    kind: 'batch-norm',
    attrs: { scaleCoding: 'plain' },
    layerClass: 'BatchNormalization',
    shape: x.shape,
    weights: { scale, bias: rawValues([0], 0, [1], place) },
    result: exact(
      x.types.map(type => ({ ...type, frac: type.frac - exponent })),
      x.shape,
    ),
    roles: {},
    choices: {},
  }
}

/** Types that hold every value, so that modes never matter. */
function exact(types: readonly FixedType[], shape: Shape): TensorConversion {
  return { to: elementTypesOf(types, shape), rounding: 'TRN', overflow: 'WRAP', saturationBits: 0 }
}
