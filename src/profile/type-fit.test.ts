import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantiseNumber } from '../fixed/convert.ts'
import {
  type Conversion,
  conversion,
  type Overflow,
  overflows,
  type Rounding,
  roundings,
} from '../fixed/types.ts'
import { tensorConversion } from '../ir/tensor-type.ts'
import { createFit, leavingOf, typeRangeOf } from './type-fit.ts'

/** The same by the conversion itself: with eight bits more it keeps what the type does not reach. */
function leavesByConverting(value: number, c: Conversion): boolean {
  const wide = { ...c, overflow: 'WRAP', to: { ...c.to, signed: true, width: c.to.width + 9 } } as const
  return (
    quantiseNumber(value, { ...wide, saturationBits: 0 }) !== quantiseNumber(value, { ...c, overflow: 'SAT' })
  )
}

describe('values against a type', () => {
  it('leave it when their rounded value does', () => {
    const type = fc.record({
      signed: fc.boolean(),
      width: fc.integer({ min: 1, max: 8 }),
      frac: fc.integer({ min: -2, max: 6 }),
    })
    const value = fc.integer({ min: -4096, max: 2 ** 12 }).map(raw => raw / 64)
    fc.assert(
      fc.property(type, fc.constantFrom(...roundings), value, (to, rounding: Rounding, x) => {
        const c = conversion(to, rounding)
        if (Math.abs(x) >= 2 ** (to.width - to.frac + 7)) return
        expect(leavingOf(c)(x)).toBe(leavesByConverting(x, c))
      }),
      { numRuns: 2000 },
    )
  })

  it('are counted, element by element where types differ', () => {
    const to = {
      shape: [2],
      types: [
        { signed: true, width: 4, frac: 0 },
        { signed: false, width: 2, frac: 2 },
      ],
    }
    const fit = createFit({ ...tensorConversion(conversion(to.types[0]!)), to }, [2])
    fit.add([7.9, 0.75, 8, 1, -8.1, 0.1, 0.5, 0])
    expect(fit.result()).toEqual({
      type: 'fixed<6,4>',
      kinds: 2,
      step: 0.25,
      min: -8,
      max: 7,
      outside: 3 / 8,
      belowStep: 2 / 8,
    })
  })

  it('have the range that their overflow keeps', () => {
    const range = (overflow: Overflow) =>
      typeRangeOf(tensorConversion(conversion({ signed: true, width: 4, frac: 1 }, 'RND', overflow)), [])
    expect(overflows.map(overflow => range(overflow).min)).toEqual([-4, -4, -4, -3.5, -4])
    expect(range('SAT').max).toBe(3.5)
  })

  it('fit a type of hundreds of bits, and the constant 0', () => {
    const wide = leavingOf(conversion({ signed: true, width: 200, frac: 100 }))
    expect([2 ** 99, -(2 ** 99), 2 ** 98, 0].map(wide)).toEqual([true, false, false, false])
    const none = leavingOf(conversion({ signed: false, width: 0, frac: 0 }))
    expect([0, 0.5, 1, -1].map(none)).toEqual([false, false, true, true])
  })
})
