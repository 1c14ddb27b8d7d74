// Fixed-point types and constants as C++ text. ap_fixed counts integer bits, so I = width − frac: width 16, frac 10 is
// ap_fixed<16,6>. A type of width 0 is nnet::zero, which takes any value and is 0.
import { bug } from '../diagnostics/diagnostic.ts'
import type { Conversion } from '../fixed/types.ts'

/** The C++ type that values of `c` are stored in; modes are written where they differ from TRN and WRAP. */
export function cppType(c: Conversion): string {
  const { signed, width, frac } = c.to
  if (width === 0) return 'nnet::zero'
  const name = signed ? 'ap_fixed' : 'ap_ufixed'
  return `${name}<${[width, width - frac, ...modes(c)].join(',')}>`
}

function modes(c: Conversion): (string | number)[] {
  if (c.saturationBits > 0) return [`AP_${c.rounding}`, `AP_${c.overflow}`, c.saturationBits]
  if (c.overflow !== 'WRAP') return [`AP_${c.rounding}`, `AP_${c.overflow}`]
  return c.rounding === 'TRN' ? [] : [`AP_${c.rounding}`]
}

const exactLimit = 1n << 53n
const word = (1n << 64n) - 1n

/**
 * A C++ expression for the value raw · 2^-frac of the type: a decimal that is exact to its last digit where a double
 * holds it (raw 3, frac 2 → 0.75), else the raw bits in hexadecimal.
 */
export function cppConstant(raw: bigint, c: Conversion): string {
  if (c.to.width === 0) return '0'
  const magnitude = raw < 0n ? -raw : raw
  if (magnitude < exactLimit && Math.abs(c.to.frac) <= 64) return exactDecimal(raw, c.to.frac)
  const bits = BigInt.asUintN(c.to.width, raw)
  if (c.to.width > 128) bug(`a constant of ${c.to.width} bits cannot be written in C++`)
  const high = bits >> 64n
  return `nnet::from_raw<${cppType(c)} >(${[bits & word, ...(high > 0n ? [high] : [])].map(hex).join(', ')})`
}

function hex(bits: bigint): string {
  return `0x${bits.toString(16)}ull`
}

/** raw · 2^-frac in decimal, every digit written: 2^-frac is 5^frac · 10^-frac. */
export function exactDecimal(raw: bigint, frac: number): string {
  const sign = raw < 0n ? '-' : ''
  const magnitude = raw < 0n ? -raw : raw
  if (frac <= 0) return `${sign}${magnitude << BigInt(-frac)}.0`
  const digits = (magnitude * 5n ** BigInt(frac)).toString().padStart(frac + 1, '0')
  const decimals = digits.slice(-frac).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -frac)}.${decimals === '' ? '0' : decimals}`
}

/** A C++ identifier made from a layer's name; distinct names may meet, so callers check for that. */
export function cppName(name: string): string {
  const word = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9])/, '_')
  return word === '' ? '_' : word
}
