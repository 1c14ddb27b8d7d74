// What a source's quantisers mean as types: the type hls4ml gives a tensor, and the one that holds its values exactly.

import { bug } from '../diagnostics/diagnostic.ts'
import { fixedPrecision, parsePrecision, printPrecision } from '../fixed/precision.ts'
import { type Conversion, conversion, fixedType } from '../fixed/types.ts'
import type { SourceQuantiser } from './graph.ts'
import { type TensorConversion, tensorConversion } from './tensor-type.ts'
import { scanText } from './text-scanner.ts'
import { readTensorConversion } from './text-values.ts'
import { printConversion } from './text-words.ts'

/** A source that states the type itself, as QONNX and HGQ do. */
export function fixedQuantiser(type: Conversion): SourceQuantiser {
  return { name: 'fixed', options: { type: printPrecision(fixedPrecision(type), 'canonical') } }
}

/** The type that a source states; undefined for a quantiser that means one in another way. */
export function statedType({ name, options }: SourceQuantiser): Conversion | undefined {
  if (name !== 'fixed') return undefined
  const precision = parsePrecision(String(options.type), 'quantiser')
  return precision.kind === 'fixed' ? precision.conversion : bug(`${options.type} is no fixed-point type`)
}

/** A source that states a type for every element, as HGQ does; the text is that of the graph's text form. */
export function elementQuantiser(types: TensorConversion): SourceQuantiser {
  return { name: 'fixed-by-element', options: { type: printConversion(types) } }
}

/** Types by element that a source states; undefined for a quantiser that means one type. */
export function statedByElement({ name, options }: SourceQuantiser): TensorConversion | undefined {
  if (name !== 'fixed-by-element') return undefined
  return readTensorConversion(scanText(String(options.type), 'quantiser'))
}

/** As `exactQuantiserType`, of any source: types by element where the source states them so. */
export function exactQuantiserConversion(
  quantiser: SourceQuantiser,
  role: string,
): TensorConversion | undefined {
  const byElement = statedByElement(quantiser)
  if (byElement !== undefined) return byElement
  const one = exactQuantiserType(quantiser, role)
  return one === undefined ? undefined : tensorConversion(one)
}

/**
 * The type that hls4ml gives a tensor by its quantiser; `role` is the tensor's: `weight`, `bias` or `result`. For `quantized_po2` it is the width of {sign, exponent}, for a
 * `binary` kernel the bit that stands for ±1: weight codings, not sets of values.
 */
export function quantiserType(quantiser: SourceQuantiser, role: string): Conversion {
  // hls4ml has no quantized_linear: it is typed by what it does.
  if (quantiser.name === 'quantized_linear') return exactLinear(quantiser)
  return statedType(quantiser) ?? (role === 'result' ? resultType(quantiser) : weightType(quantiser, role))
}

function weightType(quantiser: SourceQuantiser, role: string): Conversion {
  switch (quantiser.name) {
    case 'quantized_bits': {
      const { bits, integer } = sizes(quantiser)
      if (bits === integer) return integerType(bits, bits > 1)
      return conversion(fixedType(true, bits, bits - integer - 1))
    }
    case 'binary':
      return role === 'weight' ? integerType(1, false) : integerType(2, true)
    case 'ternary':
    case 'BinaryDense':
    case 'TernaryDense':
      return integerType(2, true)
    case 'quantized_po2':
      return integerType(sizes(quantiser).bits, true)
    default:
      return bug(`${quantiser.name} quantises no weights`)
  }
}

function resultType(quantiser: SourceQuantiser): Conversion {
  const { name, options } = quantiser
  switch (name) {
    case 'quantized_bits': {
      const { bits, integer } = sizes(quantiser)
      // One signed bit is the sign, ±1, which hls4ml's own type of one bit does not hold.
      if (bits === 1 && options.keep_negative !== false) return integerType(2, true)
      return activationType(true, bits, integer + 1)
    }
    // hls4ml has none of these.
    case 'quantized_hswish':
      return exactBits(quantiser)
    case 'quantized_po2':
    case 'quantized_relu_po2':
      return powersType(quantiser)
    case 'quantized_relu': {
      const { bits, integer } = sizes(quantiser)
      return options.negative_slope === 0
        ? activationType(false, bits, integer)
        : activationType(true, bits, integer + 1)
    }
    case 'quantized_tanh': {
      const type = activationType(true, sizes(quantiser).bits, 1)
      return options.symmetric === true && type.overflow === 'SAT' ? { ...type, overflow: 'SAT_SYM' } : type
    }
    case 'quantized_sigmoid':
      return activationType(false, sizes(quantiser).bits, 0)
    case 'binary':
    case 'binary_tanh':
    case 'ternary':
    case 'ternary_tanh':
      return integerType(2, true)
    default:
      return bug(`${name} quantises no results`)
  }
}

/** hls4ml makes a type without fraction bits an integer, whose modes are floor and wrap. */
function activationType(signed: boolean, bits: number, integer: number): Conversion {
  if (bits <= integer) return integerType(integer, signed)
  return conversion(fixedType(signed, bits, bits - integer), 'RND_CONV', 'SAT')
}

/**
 * The conversion that does exactly what the quantiser does; undefined when its values are multiples of a scale that
 * came from data (alpha), or powers of two. A kernel's scale does not count: it stands in a node of its own.
 */
export function exactQuantiserType(quantiser: SourceQuantiser, role: string): Conversion | undefined {
  const { name, options } = quantiser
  const stated = statedType(quantiser)
  if (stated !== undefined) return stated
  if (isPowers(name)) return role === 'result' ? powersType(quantiser) : undefined
  if (role === 'bias' && hasScale(quantiser)) return undefined
  if (name === 'quantized_bits' || name === 'quantized_hswish') return exactBits(quantiser)
  if (name === 'quantized_linear') return exactLinear(quantiser)
  if (name === 'quantized_relu') {
    const { bits, integer } = sizes(quantiser)
    const signed = options.negative_slope !== 0
    return rounded(signed, bits, bits - integer - (signed ? 1 : 0))
  }
  if (name === 'quantized_tanh') {
    const { bits } = sizes(quantiser)
    return rounded(true, bits, bits - 1, options.symmetric === true)
  }
  if (name === 'quantized_sigmoid') return rounded(false, sizes(quantiser).bits, sizes(quantiser).bits)
  return integerType(2, true)
}

function exactBits(quantiser: SourceQuantiser): Conversion {
  const { bits, integer } = sizes(quantiser)
  const signed = quantiser.options.keep_negative !== false
  // One signed bit is QKeras's way to write the sign, ±1.
  if (signed && bits === 1) return integerType(2, true)
  const symmetric = quantiser.options.symmetric === true || typeof quantiser.options.alpha === 'string'
  return rounded(signed, bits, bits - integer - (signed ? 1 : 0), signed && symmetric)
}

/** What powers of two a quantiser gives: ±2^e. */
export interface PowersOfTwo {
  /** Exponent of what is below Keras's epsilon. */
  readonly zero: number
  readonly lowest: number
  readonly highest: number
  /** Squares of powers of two, from roots. */
  readonly squares: boolean
  /** Exponents are rounded down, not to the nearest. */
  readonly down: boolean
  /** What negative values are multiplied by; 0: they count as 0. */
  readonly slope: number
}

function isPowers(name: string): boolean {
  return name === 'quantized_po2' || name === 'quantized_relu_po2'
}

/** The powers of two of quantized_po2 and quantized_relu_po2. */
export function powersOf(quantiser: SourceQuantiser): PowersOfTwo {
  const { name, options } = quantiser
  const isRelu = name === 'quantized_relu_po2'
  const limit = typeof options.max_value === 'number' ? Math.fround(options.max_value) : undefined
  // The exponent has a sign of its own unless the limit keeps it at 0 or below.
  const bits = sizes(quantiser).bits - (isRelu ? 0 : 1) - (limit === undefined || limit > 1 ? 1 : 0)
  const squares = options.quadratic_approximation === true
  const down = options.log2_rounding === 'floor'
  const [least, most] = [-(2 ** bits), 2 ** bits - 1]
  const top = squares ? 2 * Math.floor(most / 2) : most
  const reached =
    limit === undefined ? top : exponentOf(squares ? Math.fround(Math.sqrt(limit)) : limit, down)
  const highest = Math.max(Math.min(reached, top), least)
  const each = squares ? 2 : 1
  const slope = isRelu ? Number(options.negative_slope) : 1
  return { zero: least, lowest: each * least, highest: each * highest, squares, down, slope }
}

/** round(log2 x), or its whole part, of a float32 above 0. */
function exponentOf(x: number, down: boolean): number {
  let exponent = Math.floor(Math.log2(x))
  while (2 ** exponent > x) exponent--
  while (2 ** (exponent + 1) <= x) exponent++
  const mantissa = x / 2 ** exponent
  return !down && mantissa * mantissa >= 2 ? exponent + 1 : exponent
}

/** Bits that the powers of two of a quantiser take as fixed-point values. */
export function powersWidth({ zero, lowest, highest, slope }: PowersOfTwo): number {
  return highest - Math.min(zero, lowest) + (slope === 0 ? 1 : 2)
}

function powersType(quantiser: SourceQuantiser): Conversion {
  const powers = powersOf(quantiser)
  const frac = -Math.min(powers.zero, powers.lowest)
  return conversion(fixedType(powers.slope !== 0, powersWidth(powers), frac))
}

function exactLinear(quantiser: SourceQuantiser): Conversion {
  const { bits, integer } = sizes(quantiser)
  const signed = quantiser.options.keep_negative !== false
  // The sign alone is ± half a step of 2^integer.
  if (signed && bits === 1) return rounded(true, 2, 1 - integer)
  const symmetric = quantiser.options.symmetric !== false
  return rounded(signed, bits, bits - integer - (signed ? 1 : 0), signed && symmetric)
}

/** Whether values are multiplied by a scale other than 1. */
export function hasScale(quantiser: SourceQuantiser): boolean {
  const alpha = quantiser.options.alpha ?? 1
  return alpha !== 1
}

function rounded(signed: boolean, width: number, frac: number, symmetric = false): Conversion {
  return conversion(fixedType(signed, width, frac), 'RND_CONV', symmetric ? 'SAT_SYM' : 'SAT')
}

function integerType(width: number, signed: boolean): Conversion {
  return conversion(fixedType(signed, width, 0))
}

function sizes({ name, options }: SourceQuantiser): { bits: number; integer: number } {
  const { bits, integer = 0 } = options
  if (typeof bits !== 'number' || typeof integer !== 'number') bug(`${name} has no whole bits and integer`)
  return { bits, integer }
}
