// QKeras's formulas once more, in plain float64 and number by number, written from their text and sharing nothing with
// the quantisers that train: what those are held against. Scales that come from data are those of float64.

type Options = Readonly<Record<string, number | string | boolean | null>>

/** Halves to even. */
function round(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1
  return rest < 0.5 ? below : below + 1
}

const clip = (x: number, low: number, high: number) => Math.max(low, Math.min(high, x))
const sign = (x: number) => (x < 0 ? -1 : 1)
const hardSigmoid = (x: number) => clip(x / 2 + 0.5, 0, 1)
const nearestExponent = (x: number) => round(Math.log2(x))

/** By name: a value and its options to the quantised value. Those with scales from data are not here. */
export const references: Readonly<Record<string, (x: number, o: Options) => number>> = {
  quantized_bits: (x, o) => {
    const signed = o.keep_negative ? 1 : 0
    const n = Number(o.bits) - signed
    const scale = Number(o.alpha ?? 1)
    if (n === 0) return scale * sign(x)
    const [m, mi] = [2 ** n, 2 ** Number(o.integer)]
    const low = signed * (-m + (o.symmetric ? 1 : 0))
    return (scale * mi * clip(round((x * m) / mi), low, m - 1)) / m
  },
  quantized_linear: (x, o) => {
    const signed = o.keep_negative ? 1 : 0
    const bits = Number(o.bits)
    const d = 2 ** (Number(o.integer) - bits + signed) * Number(o.alpha ?? 1)
    // x − 1/2 is float32 there: what is closer to 0 than its last bit counts as 0.
    if (bits === 1 && signed === 1) return d * (round(Math.fround(clip(x / d, -0.5, 0.5) - 0.5)) + 0.5)
    const n = bits - signed
    return d * round(clip(x / d, signed * (-(2 ** n) + (o.symmetric ? 1 : 0)), 2 ** n - 1))
  },
  quantized_relu: (x, o) => {
    const slope = Number(o.negative_slope)
    const m = 2 ** (Number(o.bits) - (slope === 0 ? 0 : 1))
    const mi = 2 ** Number(o.integer)
    const above = mi * clip(round((x * m) / mi) / m, 0, 1 - 1 / m)
    if (slope === 0) return above
    return above + mi * slope * clip(round(((x * m) / mi) * slope) / (slope * m), -1, 0)
  },
  quantized_tanh: (x, o) => {
    const m = 2 ** (Number(o.bits) - 1)
    return clip(round((2 * hardSigmoid(x) - 1) * m) / m, -1 + (o.symmetric ? 1 / m : 0), 1 - 1 / m)
  },
  quantized_sigmoid: (x, o) => {
    const m = 2 ** Number(o.bits)
    return clip(round(hardSigmoid(x) * m) / m, o.symmetric ? 1 / m : 0, 1 - 1 / m)
  },
  binary: (x, o) => Number(o.alpha ?? 1) * (o.use_01 ? (sign(x) + 1) / 2 : sign(x)),
  ternary: (x, o) =>
    Number(o.alpha ?? 1) * (Math.abs(x) >= Math.fround(Number(o.threshold ?? 0.33)) ? Math.sign(x) : 0),
  quantized_po2: (x, o) => sign(x) * power(Math.abs(x), Number(o.bits) - 1, o),
  quantized_hswish: (x, o) => {
    const gate = Math.min(Math.max(Math.fround(x + Number(o.relu_shift)), 0), Number(o.relu_upper_bound))
    const curve = Math.fround(Math.fround(x * gate) / Number(o.relu_upper_bound))
    return references.quantized_bits!(curve, { ...o, keep_negative: true })
  },
  quantized_relu_po2: (x, o) => {
    const slope = Number(o.negative_slope)
    if (x >= 0 || slope === 0) return power(Math.max(x, 0), Number(o.bits), o)
    return -power(-x * slope, Number(o.bits), o)
  },
}

function power(size: number, bits: number, o: Options): number {
  const limit = o.max_value === null ? undefined : Number(o.max_value)
  const exponentBits = bits - (limit === undefined || limit > 1 ? 1 : 0)
  const low = -(2 ** exponentBits)
  const high = 2 ** exponentBits - 1
  if (size < Math.fround(1e-7)) return 2 ** low
  const seen = limit === undefined ? size : Math.min(size, Math.fround(limit))
  if (o.quadratic_approximation)
    return 2 ** (2 * clip(nearestExponent(Math.fround(Math.sqrt(seen))), low, 2 * Math.floor(high / 2)))
  const exponent = o.log2_rounding === 'floor' ? Math.floor(Math.log2(seen)) : nearestExponent(seen)
  return 2 ** clip(exponent, low, high)
}

/** The scale of 'auto' for a matrix of columns as channels, and its codes: one column. */
export function autoScale(column: readonly number[], bits: number): { step: number; codes: number[] } {
  const limit = 2 ** (bits - 1) - 1
  const step = (2 * Math.max(...column.map(Math.abs))) / (2 * limit)
  return {
    step,
    codes: column.map(x => Math.sign(x) * Math.min(limit, Math.floor(Math.abs(x) / step + 0.5))),
  }
}
