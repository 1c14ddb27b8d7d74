// The field's spellings of a precision, read and printed: `fixed<16,6>`, `ap_fixed<16,6,AP_RND,AP_SAT,0>`, `int<8>`,
// `ac_fixed<16,6,true>`, `float`, `auto`. The second number counts integer bits, sign included: frac = width − integer;
// it may be negative or exceed the width.
import { fail } from '../diagnostics/diagnostic.ts'
import {
  heads,
  refuseCount,
  refuseMode,
  refuseNumber,
  refuseType,
  refuseUnsignedFold,
  type Source,
} from './precision-errors.ts'
import {
  type Conversion,
  conversion,
  fixedType,
  type Overflow,
  overflows,
  type Rounding,
  roundings,
} from './types.ts'

export interface FixedPrecision {
  readonly kind: 'fixed'
  readonly conversion: Conversion
  /** Spelt as an integer type (`int<8>`, `ap_uint<1>`): same values as the fixed type of frac 0, printed as found. */
  readonly integer?: true
  /** A bit standing for ±1 (0 is −1), as binary kernels are held; the type is then the bit's own, `ap_uint<1>`. */
  readonly xnor?: true
}

/** A floating-point type. `mantissa` counts stored bits for IEEE-like types, all bits (sign included) for ac_float. */
export interface FloatPrecision {
  readonly kind: 'float'
  readonly format: 'ieee' | 'ac'
  readonly mantissa: number
  /** ac_float only: integer bits of the mantissa. */
  readonly integer?: number
  readonly exponent: number
  /** ac_float only. */
  readonly rounding?: Rounding
}

export interface AutoPrecision {
  readonly kind: 'auto'
}

export type Precision = FixedPrecision | AutoPrecision | FloatPrecision

/** `ap` as C++ with defaults dropped, `canonical` with all five arguments, `short` without prefixes, `ac` for ac_types. */
export type PrecisionStyle = 'ap' | 'short' | 'ac' | 'canonical'

export const autoPrecision: AutoPrecision = { kind: 'auto' }

/** The precision of a conversion, spelt as a fixed type. */
export function fixedPrecision(c: Conversion): FixedPrecision {
  return { kind: 'fixed', conversion: c }
}

const namedFloats = { float: [23, 8], double: [52, 11], half: [10, 5], bfloat16: [7, 8] } as const
const widest = 4096

/** What a spelling means; fails with a `precision/…` code. Case and spaces do not count. `place` says where it stood. */
export function parsePrecision(text: string, place: string): Precision {
  const source: Source = { text, place }
  const match = /^([a-z_0-9]+)(?:<([^<>]*)>)?$/.exec(text.toLowerCase().replace(/\s+/g, ''))
  const head = match?.[1]
  if (head === undefined || !heads.includes(head)) return refuseType(source, head ?? text)
  const given = match?.[2] === undefined ? undefined : match[2].split(',')
  const bare = parseBare(head)
  if (bare !== undefined) return given === undefined ? bare : refuseCount(source, head, 'no arguments')
  if (given === undefined) return refuseCount(source, head, 'arguments in angle brackets')
  if (/float$/.test(head)) return parseFloatType(head, given, source)
  return head.startsWith('ac_') ? parseAc(head, given, source) : parseAp(head, given, source)
}

function parseBare(head: string): Precision | undefined {
  if (head === 'auto') return autoPrecision
  if (head === 'xnor')
    return { kind: 'fixed', conversion: conversion(fixedType(false, 1, 0)), integer: true, xnor: true }
  if (!Object.hasOwn(namedFloats, head)) return undefined
  const [mantissa, exponent] = namedFloats[head as keyof typeof namedFloats]
  return { kind: 'float', format: 'ieee', mantissa, exponent }
}

/** `[ap_][u]fixed<W,I[,Q[,O[,N]]]>` and `[ap_][u]int<W>`. */
function parseAp(head: string, given: readonly string[], source: Source): FixedPrecision {
  const signed = !/^(ap_)?u/.test(head)
  const width = parseWidth(given[0], source)
  if (head.endsWith('int')) {
    checkCount(given, 1, 1, head, source)
    return { kind: 'fixed', conversion: conversion(fixedType(signed, width, 0)), integer: true }
  }
  checkCount(given, 2, 5, head, source)
  const type = fixedType(signed, width, width - parseInteger(given[1], source))
  const rounding = given[2] === undefined ? 'TRN' : parseRounding(given[2], 'ap_', source)
  const overflow = given[3] === undefined ? 'WRAP' : parseOverflow(given[3], 'ap_', source)
  if (overflow === 'WRAP_SM' && !signed) refuseUnsignedFold(source)
  const saturationBits = given[4] === undefined ? 0 : parseSaturationBits(given[4], width, source)
  return fixedPrecision(conversion(type, rounding, overflow, saturationBits))
}

/** `ac_fixed<W,I[,S[,Q[,O]]]>` and `ac_int<W[,S]>`, S being true unless said. */
function parseAc(head: string, given: readonly string[], source: Source): FixedPrecision {
  const width = parseWidth(given[0], source)
  if (head === 'ac_int') {
    checkCount(given, 1, 2, head, source)
    const type = fixedType(parseSigned(given[1], source), width, 0)
    return { kind: 'fixed', conversion: conversion(type), integer: true }
  }
  checkCount(given, 2, 5, head, source)
  const type = fixedType(parseSigned(given[2], source), width, width - parseInteger(given[1], source))
  const rounding = given[3] === undefined ? 'TRN' : parseRounding(given[3], 'ac_', source)
  const overflow = given[4] === undefined ? 'WRAP' : parseOverflow(given[4], 'ac_', source)
  if (overflow === 'WRAP_SM') refuseMode(source, 'AC_WRAP_SM', 'overflow', [], 'ac_fixed has no such mode')
  return fixedPrecision(conversion(type, rounding, overflow))
}

/** `ap_float<W,E>` and its kin count the whole word; `ac_float<M,I,E[,Q]>` the mantissa. */
function parseFloatType(head: string, given: readonly string[], source: Source): FloatPrecision {
  const width = parseWidth(given[0], source)
  if (head !== 'ac_float') {
    checkCount(given, 2, 2, head, source)
    const exponent = parseExponent(given[1], source)
    const mantissa = width - exponent - 1
    if (mantissa < 1)
      refuseNumber(source, given[0]!, 'width', 'room for a sign, the exponent and a mantissa bit')
    return { kind: 'float', format: 'ieee', mantissa, exponent }
  }
  checkCount(given, 3, 4, head, source)
  const integer = parseInteger(given[1], source)
  const exponent = parseExponent(given[2], source)
  const rounding = given[3] === undefined ? undefined : parseRounding(given[3], 'ac_', source)
  return { kind: 'float', format: 'ac', mantissa: width, integer, exponent, ...(rounding && { rounding }) }
}

function parseWidth(text: string | undefined, source: Source): number {
  const width = parseWhole(text, 'width', source)
  if (width < 0 || width > widest) refuseNumber(source, `${width}`, 'width', `0 to ${widest} bits`)
  return width
}

function parseInteger(text: string | undefined, source: Source): number {
  const integer = parseWhole(text, 'integer bits', source)
  if (Math.abs(integer) > widest)
    refuseNumber(source, `${integer}`, 'integer bits', `−${widest} to ${widest}`)
  return integer
}

function parseExponent(text: string | undefined, source: Source): number {
  const exponent = parseWhole(text, 'exponent', source)
  if (exponent < 1 || exponent > 32) refuseNumber(source, `${exponent}`, 'exponent', '1 to 32 bits')
  return exponent
}

function parseSaturationBits(text: string, width: number, source: Source): number {
  const bits = parseWhole(text, 'saturation bits', source)
  if (bits < 0 || bits > width) refuseNumber(source, `${bits}`, 'saturation bits', `0 to the width, ${width}`)
  return bits
}

function parseWhole(text: string | undefined, what: string, source: Source): number {
  if (text === undefined || !/^[+-]?\d{1,6}$/.test(text))
    refuseNumber(source, text ?? '', what, 'a whole number of at most six digits')
  return Number(text) + 0
}

function parseSigned(text: string | undefined, source: Source): boolean {
  if (text === undefined || text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : refuseNumber(source, text, 'signedness', 'true or false')
}

type Prefix = 'ap_' | 'ac_'

function parseRounding(text: string, prefix: Prefix, source: Source): Rounding {
  const name = modeName(text, prefix)
  const found = roundings.find(r => r === name)
  if (found !== undefined) return found
  if (name === 'RND_CONV_ODD')
    refuseMode(source, text, 'rounding', roundings, 'rounding half to odd is not supported')
  const swapped = overflows.some(o => o === name)
    ? 'it is an overflow mode, which comes after the rounding'
    : ''
  return refuseMode(source, text, 'rounding', roundings, swapped)
}

function parseOverflow(text: string, prefix: Prefix, source: Source): Overflow {
  const name = modeName(text, prefix)
  const found = overflows.find(o => o === name)
  if (found !== undefined) return found
  const swapped = roundings.some(r => r === name)
    ? 'it is a rounding, which comes before the overflow mode'
    : ''
  return refuseMode(source, text, 'overflow', overflows, swapped)
}

function modeName(text: string, prefix: Prefix): string {
  return (text.startsWith(prefix) ? text.slice(prefix.length) : text).toUpperCase()
}

function checkCount(
  given: readonly string[],
  least: number,
  most: number,
  head: string,
  source: Source,
): void {
  if (given.length >= least && given.length <= most) return
  refuseCount(
    source,
    head,
    least === most ? `${least} argument${least === 1 ? '' : 's'}` : `${least} to ${most} arguments`,
  )
}

/** The spelling of a precision; `parsePrecision` gives it back, save for what `ac` and `ap` cannot say (xnor). */
export function printPrecision(p: Precision, style: PrecisionStyle): string {
  if (p.kind === 'auto') return 'auto'
  if (p.kind === 'float') return printFloat(p, style)
  if (p.xnor && (style === 'short' || style === 'canonical')) return 'xnor'
  if (style === 'ac') return printAc(p)
  return printAp(p, style)
}

function printAp(p: FixedPrecision, style: 'ap' | 'short' | 'canonical'): string {
  const { to, rounding, overflow, saturationBits } = p.conversion
  const prefix = style === 'short' ? '' : 'ap_'
  const sign = to.signed ? '' : 'u'
  if (p.integer && isPlainInteger(p.conversion)) return `${prefix}${sign}int<${to.width}>`
  const mode = prefix.toUpperCase()
  const modes = [`${mode}${rounding}`, `${mode}${overflow}`, `${saturationBits}`]
  const needed =
    style === 'canonical' || saturationBits > 0 ? 3 : overflow !== 'WRAP' ? 2 : rounding !== 'TRN' ? 1 : 0
  return `${prefix}${sign}fixed<${[to.width, to.width - to.frac, ...modes.slice(0, needed)].join(',')}>`
}

function isPlainInteger(c: Conversion): boolean {
  return c.to.frac === 0 && c.rounding === 'TRN' && c.overflow === 'WRAP' && c.saturationBits === 0
}

function printAc(p: FixedPrecision): string {
  const { to, rounding, overflow, saturationBits } = p.conversion
  if (overflow === 'WRAP_SM' || (saturationBits > 0 && overflow === 'WRAP')) refuseAc(p)
  if (p.integer && isPlainInteger(p.conversion)) return `ac_int<${to.width},${to.signed}>`
  const needed = overflow !== 'WRAP' ? 2 : rounding !== 'TRN' ? 1 : 0
  const modes = [`AC_${rounding}`, `AC_${overflow}`].slice(0, needed)
  return `ac_fixed<${[to.width, to.width - to.frac, to.signed, ...modes].join(',')}>`
}

function refuseAc(p: FixedPrecision): never {
  return fail({
    code: 'precision/no-ac-form',
    place: '',
    problem: `'${printAp(p, 'canonical')}' has no ac_fixed form`,
    expected: 'WRAP without saturation bits, SAT, SAT_ZERO or SAT_SYM',
    remedy: 'Choose another overflow mode, or a backend that has ap_fixed.',
  })
}

function printFloat(p: FloatPrecision, style: PrecisionStyle): string {
  if (p.format === 'ac') {
    const rounding = p.rounding === undefined ? [] : [`AC_${p.rounding}`]
    return `ac_float<${[p.mantissa, p.integer ?? 0, p.exponent, ...rounding].join(',')}>`
  }
  for (const [name, [mantissa, exponent]] of Object.entries(namedFloats)) {
    if (p.mantissa === mantissa && p.exponent === exponent) return name
  }
  const head = style === 'ac' ? 'ac_std_float' : style === 'short' ? 'std_float' : 'ap_float'
  return `${head}<${p.mantissa + p.exponent + 1},${p.exponent}>`
}
