// The QKeras quantizers that are understood, with their options in the order of QKeras's constructors. Every option
// is read, or belongs to training alone, or may only have the values that change nothing.

import { isList, type Json } from '../json.ts'

export interface OptionKind {
  /** What a message says is expected. */
  readonly expected: string
  /** The value as it is kept; undefined when it is not acceptable. */
  read(value: Json): number | string | boolean | null | undefined
}

export interface OptionSpec {
  readonly name: string
  /** Absent: the option belongs to training and is passed over. */
  readonly kind?: OptionKind
  readonly default: number | string | boolean | null
  /** Read to be checked, not kept: only one value is possible. */
  readonly checkedOnly?: true
}

const bits: OptionKind = {
  expected: 'a whole number from 1 to 32',
  read: value => (isWhole(value) && value >= 1 && value <= 32 ? value : undefined),
}
const whole: OptionKind = {
  expected: 'a whole number from -64 to 64',
  read: value => (isWhole(value) && Math.abs(value) <= 64 ? value : undefined),
}
const flag: OptionKind = {
  expected: 'true or false',
  read: value => (typeof value === 'boolean' ? value : value === 0 || value === 1 ? value === 1 : undefined),
}
/** An array of scales is kept apart; `array` stands for it among the options. */
const alpha: OptionKind = {
  expected: "null, a number above 0, 'auto', 'auto_po2', or an array of such numbers",
  read: value => {
    if (value === null || value === 'auto' || value === 'auto_po2') return value
    if (isPositive(value)) return value
    return isList(value) && flatNumbers(value) !== undefined ? 'array' : undefined
  },
}
const optionalPositive: OptionKind = {
  expected: 'null or a number above 0',
  read: value => (value === null || isPositive(value) ? value : undefined),
}
const positive: OptionKind = {
  expected: 'a number above 0',
  read: value => (isPositive(value) ? value : undefined),
}
const rounding: OptionKind = {
  expected: "'rnd' or 'floor'",
  read: value => (value === 'rnd' || value === 'floor' ? value : undefined),
}
const slope: OptionKind = {
  expected: '0 or a power of two',
  read: value =>
    value === 0 || (isPositive(value) && Number.isInteger(Math.log2(value))) ? value : undefined,
}

/** Only a value that leaves the numbers as they are. */
function only(...allowed: readonly (number | string | boolean | null)[]): OptionKind {
  return {
    expected: allowed.map(value => JSON.stringify(value)).join(' or '),
    read: value => allowed.find(item => item === value),
  }
}

const training = (name: string): OptionSpec => ({ name, default: null })
const scaling: readonly OptionSpec[] = ['elements_per_scale', 'min_po2_exponent', 'max_po2_exponent'].map(
  name => ({
    name,
    kind: only(null),
    default: null,
    checkedOnly: true,
  }),
)
const noise = ['qnoise_factor', 'var_name', 'use_ste', 'use_variables'].map(training)

export const quantiserOptions: Readonly<Record<string, readonly OptionSpec[]>> = {
  quantized_bits: [
    { name: 'bits', kind: bits, default: 8 },
    { name: 'integer', kind: whole, default: 0 },
    { name: 'symmetric', kind: flag, default: false },
    { name: 'keep_negative', kind: flag, default: true },
    { name: 'alpha', kind: alpha, default: null },
    training('use_stochastic_rounding'),
    { name: 'scale_axis', kind: only(null), default: null, checkedOnly: true },
    ...noise,
    ...scaling,
    { name: 'post_training_scale', kind: only(null), default: null, checkedOnly: true },
  ],
  quantized_linear: [
    { name: 'bits', kind: bits, default: 8 },
    { name: 'integer', kind: whole, default: 0 },
    { name: 'symmetric', kind: flag, default: true },
    { name: 'keep_negative', kind: flag, default: true },
    { name: 'alpha', kind: alpha, default: null },
    training('use_stochastic_rounding'),
    { name: 'scale_axis', kind: only(null), default: null, checkedOnly: true },
    ...['qnoise_factor', 'var_name', 'use_variables'].map(training),
  ],
  quantized_relu: [
    { name: 'bits', kind: bits, default: 8 },
    { name: 'integer', kind: whole, default: 0 },
    { name: 'use_sigmoid', kind: only(0, false), default: 0, checkedOnly: true },
    { name: 'negative_slope', kind: slope, default: 0 },
    training('use_stochastic_rounding'),
    { name: 'relu_upper_bound', kind: only(null), default: null, checkedOnly: true },
    { name: 'is_quantized_clip', kind: only(true, 1), default: true, checkedOnly: true },
    ...noise,
  ],
  quantized_tanh: [
    { name: 'bits', kind: bits, default: 8 },
    training('use_stochastic_rounding'),
    { name: 'symmetric', kind: flag, default: false },
    { name: 'use_real_tanh', kind: flag, default: false },
  ],
  quantized_sigmoid: [
    { name: 'bits', kind: bits, default: 8 },
    { name: 'symmetric', kind: only(false, 0), default: false, checkedOnly: true },
    { name: 'use_real_sigmoid', kind: flag, default: false },
    training('use_stochastic_rounding'),
  ],
  quantized_hswish: [
    { name: 'bits', kind: bits, default: 8 },
    { name: 'integer', kind: whole, default: 0 },
    { name: 'symmetric', kind: flag, default: false },
    { name: 'alpha', kind: alpha, default: null },
    training('use_stochastic_rounding'),
    { name: 'scale_axis', kind: only(null), default: null, checkedOnly: true },
    ...noise,
    { name: 'relu_shift', kind: positive, default: 3 },
    { name: 'relu_upper_bound', kind: positive, default: 6 },
    // Inherited from quantized_bits, whose config a file has.
    { name: 'keep_negative', kind: only(true, 1), default: true, checkedOnly: true },
    ...scaling,
    { name: 'post_training_scale', kind: only(null), default: null, checkedOnly: true },
  ],
  quantized_po2: [
    { name: 'bits', kind: bits, default: 8 },
    { name: 'max_value', kind: optionalPositive, default: null },
    training('use_stochastic_rounding'),
    { name: 'quadratic_approximation', kind: only(false, 0), default: false, checkedOnly: true },
    { name: 'log2_rounding', kind: rounding, default: 'rnd' },
    ...noise,
  ],
  quantized_relu_po2: [
    { name: 'bits', kind: bits, default: 8 },
    { name: 'max_value', kind: optionalPositive, default: null },
    { name: 'negative_slope', kind: slope, default: 0 },
    training('use_stochastic_rounding'),
    { name: 'quadratic_approximation', kind: flag, default: false },
    { name: 'log2_rounding', kind: rounding, default: 'rnd' },
    ...noise,
  ],
  binary: [
    { name: 'use_01', kind: only(false, 0), default: false, checkedOnly: true },
    { name: 'alpha', kind: alpha, default: null },
    training('use_stochastic_rounding'),
    { name: 'scale_axis', kind: only(null), default: null, checkedOnly: true },
    ...scaling,
  ],
  ternary: [
    { name: 'alpha', kind: alpha, default: null },
    { name: 'threshold', kind: optionalPositive, default: null },
    training('use_stochastic_rounding'),
    { name: 'number_of_unrolls', kind: whole, default: 5 },
  ],
  stochastic_binary: [
    { name: 'alpha', kind: alpha, default: null },
    ...['temperature', 'use_real_sigmoid'].map(training),
  ],
  stochastic_ternary: [
    { name: 'alpha', kind: alpha, default: null },
    { name: 'threshold', kind: optionalPositive, default: null },
    ...['temperature', 'use_real_sigmoid'].map(training),
    { name: 'number_of_unrolls', kind: whole, default: 5 },
  ],
  binary_tanh: [],
  ternary_tanh: [],
}

/** Chance has a part in these only while they are trained: what they are in inference. */
export const inInference: ReadonlyMap<string, string> = new Map([
  ['stochastic_binary', 'binary'],
  ['stochastic_ternary', 'ternary'],
])

/** Why some quantizers cannot be read, and what to do instead. */
export const refusedQuantisers: ReadonlyMap<string, { readonly why: string; readonly remedy: string }> =
  new Map([
    [
      'bernoulli',
      {
        why: 'draws its values by chance in inference too, so that a network with it has no single result',
        remedy: 'Train with stochastic_binary or binary.',
      },
    ],
    [
      'quantized_ulaw',
      {
        why: 'gives logarithms of rounded values, which lie on no fixed-point grid',
        remedy: 'Train with quantized_bits, or with quantized_tanh as an activation.',
      },
    ],
  ])

/** The numbers of an array of scales such as [[0.5, 1, 2]]; undefined unless all are above 0. */
export function flatNumbers(value: Json | undefined): readonly number[] | undefined {
  if (!isList(value) || value.length === 0) return undefined
  const numbers: number[] = []
  for (const item of value) {
    const inner = isPositive(item) ? [item] : flatNumbers(item)
    if (inner === undefined) return undefined
    numbers.push(...inner)
  }
  return numbers
}

function isPositive(value: Json): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

function isWhole(value: Json): value is number {
  return typeof value === 'number' && Number.isInteger(value)
}
