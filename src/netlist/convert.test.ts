import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { convertRaw } from '../fixed/convert.ts'
import type { Interval } from '../fixed/interval.ts'
import { convertInterval } from '../fixed/interval.ts'
import { type Conversion, conversion, fixedType, overflows, roundings } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import { lowerConversion } from './convert.ts'
import { evaluateCombinational } from './evaluate.ts'
import { intervalWidth, kindOf, type Net, type Netlist } from './netlist.ts'

function lowered(source: Interval, c: Conversion): Netlist {
  const b = createBuilder()
  const width = intervalWidth(source.min, source.max)
  const a = b.input('a', fixedType(source.min < 0n, width, source.frac), source)
  b.output('y', lowerConversion(b, a, c))
  return b.finish()
}

function kinds(netlist: Netlist): string[] {
  return Array.from(netlist.kind, (_, net) => kindOf(netlist, net as Net)).filter(
    kind => !['input', 'constant', 'bits', 'alias'].includes(kind),
  )
}

/** Compares every value of the source with `convertRaw`, and the result's interval with the proved one. */
function check(source: Interval, c: Conversion): void {
  const netlist = lowered(source, c)
  const y = netlist.outputs[0]!.net
  const frac = netlist.frac[y]!
  const proved = convertInterval(source, c)
  const at = (raw: bigint) =>
    frac <= c.to.frac ? raw << BigInt(c.to.frac - frac) : raw >> BigInt(frac - c.to.frac)
  for (let raw = source.min; raw <= source.max; raw++) {
    const [result] = evaluateCombinational(netlist, [raw])
    if (at(result!) !== convertRaw(raw, source.frac, c))
      expect.fail(`${raw}: ${at(result!)} instead of ${convertRaw(raw, source.frac, c)}`)
  }
  expect(at(netlist.min[y]!)).toBeGreaterThanOrEqual(proved.min)
  expect(at(netlist.max[y]!)).toBeLessThanOrEqual(proved.max)
}

const sources: Interval[] = [
  { min: -128n, max: 127n, frac: 4 },
  { min: 0n, max: 255n, frac: 5 },
  { min: -37n, max: 101n, frac: 2 },
  { min: -100n, max: -3n, frac: 3 },
  { min: -40n, max: 112n, frac: 0 },
  { min: -20n, max: 20n, frac: -2 },
]
const targets = [
  fixedType(true, 4, 1),
  fixedType(true, 5, 2),
  fixedType(true, 1, 0),
  fixedType(true, 6, 4),
  fixedType(true, 3, -2),
  fixedType(false, 4, 2),
  fixedType(false, 1, -1),
  fixedType(false, 3, 5),
  fixedType(true, 0, 3),
]

describe('lowerConversion', () => {
  for (const rounding of roundings) {
    test(`${rounding} equals convertRaw for every overflow mode and value`, () => {
      for (const overflow of overflows)
        for (const saturationBits of [0, 1, 2, 3, 9])
          for (const to of targets) {
            if (overflow === 'WRAP_SM' && !to.signed) continue
            if (saturationBits > 0 && !overflow.startsWith('WRAP')) continue
            for (const source of sources) check(source, { to, rounding, overflow, saturationBits })
          }
    })
  }

  test('equals convertRaw for random intervals, types and modes', () => {
    const source = fc
      .tuple(fc.bigInt(-300n, 300n), fc.bigInt(0n, 200n), fc.integer({ min: -6, max: 9 }))
      .map(([min, span, frac]) => ({ min, max: min + span, frac }))
    const to = fc.record({
      signed: fc.boolean(),
      width: fc.integer({ min: 0, max: 10 }),
      frac: fc.integer({ min: -6, max: 9 }),
    })
    const modes = fc.record({
      rounding: fc.constantFrom(...roundings),
      overflow: fc.constantFrom(...overflows),
      saturationBits: fc.integer({ min: 0, max: 4 }),
    })
    fc.assert(
      fc.property(source, to, modes, (from, type, mode) => {
        const signed = type.signed || mode.overflow === 'WRAP_SM'
        check(from, { ...mode, to: { ...type, signed } })
      }),
      { numRuns: 1500, seed: 7 },
    )
  })

  test('builds nothing where nothing is lost', () => {
    const wide = conversion(fixedType(true, 12, 5), 'RND_CONV', 'SAT')
    expect(kinds(lowered({ min: -128n, max: 127n, frac: 4 }, wide))).toEqual([])
  })

  test('builds no comparator where nothing can overflow', () => {
    const rounding = conversion(fixedType(true, 8, 2), 'RND', 'SAT')
    expect(kinds(lowered({ min: -128n, max: 127n, frac: 4 }, rounding))).toEqual(['add'])
  })

  test('rounding up to a bound that the interval excludes is not an overflow', () => {
    const exact = conversion(fixedType(false, 3, 0), 'RND', 'SAT')
    expect(kinds(lowered({ min: 0n, max: 112n, frac: 4 }, exact))).toEqual(['add'])
  })

  test('saturates on one side only when the other cannot be passed', () => {
    const relu = conversion(fixedType(false, 4, 0), 'TRN', 'SAT')
    expect(kinds(lowered({ min: 0n, max: 255n, frac: 2 }, relu))).toEqual(['lt', 'mux'])
  })

  test('unsigned WRAP_SM is refused only where values overflow', () => {
    const fold = conversion(fixedType(false, 4, 0), 'TRN', 'WRAP_SM')
    expect(kinds(lowered({ min: 0n, max: 15n, frac: 0 }, fold))).toEqual([])
    expect(() => lowered({ min: 0n, max: 16n, frac: 0 }, fold)).toThrow('rtl/unsigned-wrap-sm')
  })
})
