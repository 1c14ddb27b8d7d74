// The text that turns rows of float64 into raw values. Numbers beyond 31 bits of the type's least bit, NaN among them,
// are left to the exact road: the function answers 1 when all were taken.

import type { Conversion, Rounding } from '../../../fixed/types.ts'
import { addressOf, advance, type Context, cellAt, declare, get, loop, set, short } from './emission.ts'
import type { ProductClass, ProgramInput } from './program.ts'
import { cellBytes, emitValues, samplesPerUnit, storeText } from './value-text.ts'

export function inputText(
  context: Context,
  input: ProgramInput,
  classes: readonly ProductClass[],
  rows: number,
  name: string,
): string {
  const parts = classes.map((own, k) => classText(context, input, own, rows, `${name}_${k}`))
  const calls = classes.map((_, k) => `(call $${name}_${k})`)
  const all = calls.reduce((text, call) => (text === '' ? call : `(i32.and ${text} ${call})`), '')
  return `${parts.join('\n')}
(func (export "${name}") (result i32) ${all})`
}

const reach = 2 ** 31 - 2
const doubles = (value: number) => `(v128.const f64x2 ${value} ${value})`

function classText(
  context: Context,
  input: ProgramInput,
  own: ProductClass,
  rows: number,
  name: string,
): string {
  const { size } = context.program.buffers[input.buffer]!
  const conversion = input.conversions[input.conversions.length === 1 ? 0 : own.outputs[0]!]!
  const begin = context.tables.add(
    own.outputs.flatMap(k => [short(addressOf(context, input.buffer, k)), short(rows + 8 * k)]),
  )
  const emitted = emitValues([own.result], 'i32', {
    source: (_slot, part) => get(`$i${part}`),
    parameter: () => '',
    table: () => 0,
    prefix: 'v',
  })
  const cell = cellAt(context, input.buffer)
  const samples = [
    ...[0, 1].flatMap(part => wholeText(conversion, size, part)),
    ...emitted.statements,
    storeText(cell, 'i32', get('$r'), emitted.results[0]!),
    advance('$r', samplesPerUnit * cellBytes[cell]),
    advance('$a', samplesPerUnit * size * 8),
  ]
  const elements = [
    set('$r', `(i32.load ${get('$e')})`),
    set('$a', `(i32.load offset=4 ${get('$e')})`),
    set('$s', '(i32.const 0)'),
    loop('$samples', '$s', samplesPerUnit, `(i32.const ${context.layout.block})`, samples.join('\n')),
  ]
  const vectors = ['$x', '$m', '$w', '$t', '$ok', '$h0', '$h1', '$i0', '$i1', ...emitted.locals]
  return `(func $${name} (result i32) ${declare('i32', ['$e', '$s', '$r', '$a'])} ${declare('v128', vectors)}
${set('$ok', '(v128.const i64x2 -1 -1)')}
${set('$e', `(i32.const ${begin})`)}
${loop('$elements', '$e', 8, `(i32.const ${begin + 8 * own.outputs.length})`, elements.join('\n'))}
(i64x2.all_true ${get('$ok')}))`
}

/** Four samples as whole numbers in $i<part>. */
function wholeText(conversion: Conversion, size: number, part: number): string[] {
  const half = (h: number) => {
    const at = (4 * part + 2 * h) * size * 8
    const pair = `(v128.load64_lane offset=${at + size * 8} 1 ${get('$a')} (v128.load64_zero offset=${at} ${get('$a')}))`
    return [
      set('$t', pair),
      set('$x', `(f64x2.mul ${get('$t')} ${doubles(2 ** conversion.to.frac)})`),
      set('$m', `(f64x2.abs ${get('$x')})`),
      set('$ok', `(v128.and ${get('$ok')} (f64x2.lt ${get('$m')} ${doubles(reach)}))`),
      ...(conversion.to.frac < 0 ? [tooSmall()] : []),
      set(`$h${h}`, `(i32x4.trunc_sat_f64x2_s_zero ${roundedText(conversion.rounding)})`),
    ]
  }
  const words = '(i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $h0) (local.get $h1))'
  return [...half(0), ...half(1), set(`$i${part}`, words)]
}

/** Scaling down loses bits near the end of the exponent range. */
function tooSmall(): string {
  const kept = `(v128.or (f64x2.gt ${get('$m')} ${doubles(2 ** -900)}) (f64x2.eq ${get('$t')} ${doubles(0)}))`
  return set('$ok', `(v128.and ${get('$ok')} ${kept})`)
}

/** $x, of magnitude $m, rounded to a whole number; truncation is left to what follows. */
function roundedText(rounding: Rounding): string {
  const x = get('$x')
  switch (rounding) {
    case 'TRN':
      return `(f64x2.floor ${x})`
    case 'TRN_ZERO':
      return x
    case 'RND_CONV':
      return `(f64x2.nearest ${x})`
    default:
      return nearestText(rounding)
  }
}

/** By magnitude, since x + ½ is not exact: grows where the rest is above ½, or at ½ as the mode says. */
function nearestText(rounding: Exclude<Rounding, 'TRN' | 'TRN_ZERO' | 'RND_CONV'>): string {
  const whole = `(local.tee $w (f64x2.floor ${get('$m')}))`
  const rest = `(local.tee $m (f64x2.sub ${get('$m')} ${whole}))`
  const above = `(f64x2.gt ${rest} ${doubles(0.5)})`
  const tie = `(f64x2.eq ${get('$m')} ${doubles(0.5)})`
  const positive = `(f64x2.gt ${get('$x')} ${doubles(0)})`
  const grows = {
    RND: `(v128.or ${above} (v128.and ${tie} ${positive}))`,
    RND_MIN_INF: `(v128.or ${above} (v128.andnot ${tie} ${positive}))`,
    RND_INF: `(v128.or ${above} ${tie})`,
    RND_ZERO: above,
  }[rounding]
  const grown = `(v128.and ${grows} ${doubles(1)})`
  const sign = `(v128.and ${get('$x')} (v128.const i64x2 0x8000000000000000 0x8000000000000000))`
  return `(v128.or (f64x2.add ${grown} ${get('$w')}) ${sign})`
}
