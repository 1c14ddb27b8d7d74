// What a quantiser of QKeras is to training: its options, its forward value and what gradient passes it. Formulas are
// those of QKeras 0.9 (https://github.com/google/qkeras, qkeras/quantizers.py); values are exactly what the formula
// says, where QKeras's own sum x + (q − x) may round once more.

import type { Maths, Tensor } from '../autodiff.ts'

export type OptionValue = number | string | boolean | null
export type Options = Readonly<Record<string, OptionValue>>

/** A quantiser as plain data, all its options given. */
export interface QuantiserSpec {
  readonly name: string
  readonly options: Options
}

export interface OptionSpec {
  readonly name: string
  readonly default: OptionValue
  readonly expected: string
  accepts(value: OptionValue): boolean
}

/** Where a quantiser is applied. */
export interface QuantiserContext {
  readonly maths: Maths
  /** Whether stochastic quantisers draw: in training they do, in inference they are what they are on average. */
  readonly training: boolean
  /** An int32 scalar, another one in every step. */
  readonly seed: Tensor
  /** What tells one quantiser's draws from another's. */
  readonly salt: number
}

export interface QuantiserDefinition {
  readonly summary: string
  /** In the order of QKeras's constructor. */
  readonly options: readonly OptionSpec[]
  /** Elements of a float32 tensor, quantised; or, for activations in float64, of a float64 one. */
  apply(x: Tensor, options: Options, context: QuantiserContext): Tensor
}

export function numberOf(options: Options, name: string): number {
  return Number(options[name])
}

export function isSet(options: Options, name: string): boolean {
  return options[name] === true || options[name] === 1
}

const option = (
  name: string,
  fallback: OptionValue,
  expected: string,
  accepts: OptionSpec['accepts'],
): OptionSpec => ({ name, default: fallback, expected, accepts })

const isNumber = (value: OptionValue): value is number => typeof value === 'number' && Number.isFinite(value)

export const wholeOption = (name: string, fallback: number, least: number, most: number) =>
  option(name, fallback, `a whole number from ${least} to ${most}`, value =>
    isNumber(value) ? Number.isInteger(value) && value >= least && value <= most : false,
  )
export const bitsOption = wholeOption('bits', 8, 1, 24)
export const integerOption = wholeOption('integer', 0, -64, 64)
export const flagOption = (name: string, fallback: boolean | number = false) =>
  option(name, fallback, 'true or false', value => typeof value === 'boolean' || value === 0 || value === 1)
export const alphaOption = option('alpha', null, "null, a number above 0, 'auto' or 'auto_po2'", value =>
  isNumber(value) ? value > 0 : value === null || value === 'auto' || value === 'auto_po2',
)
export const positiveOption = (name: string, fallback: number | null) =>
  option(name, fallback, fallback === null ? 'null or a number above 0' : 'a number above 0', value =>
    isNumber(value) ? value > 0 : value === null && fallback === null,
  )
export const slopeOption = option('negative_slope', 0, '0 or a power of two', value =>
  isNumber(value) ? value === 0 || Number.isInteger(Math.log2(value)) : false,
)
export const wordOption = (name: string, words: readonly string[]) =>
  option(name, words[0]!, words.join(' or '), value => words.includes(String(value)))
export const onlyOption = (name: string, value: OptionValue) =>
  option(name, value, JSON.stringify(value), given => given === value)
/** How much of the quantisation is felt: 1 all of it, 0 nothing. */
export const noiseOption = option('qnoise_factor', 1, 'a number from 0 to 1', value =>
  isNumber(value) ? value >= 0 && value <= 1 : false,
)
