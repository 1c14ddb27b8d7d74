// Comparisons with constants behind scalings, offsets and cuts: the same answer for every value, from the source itself.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { conversion } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import { lowerConversion } from './convert.ts'
import { evaluateCombinational } from './evaluate.ts'
import { cellKinds } from './netlist.ts'

const roundings = ['TRN', 'RND', 'RND_CONV', 'TRN_ZERO'] as const
const small = fc.integer({ min: -20, max: 20 })

it('answers for every value what arithmetic says', () => {
  fc.assert(
    fc.property(
      fc.record({
        signed: fc.boolean(),
        scale: small,
        bias: small,
        limit: small,
        cut: fc.integer({ min: -3, max: 6 }),
        fracs: fc.array(fc.integer({ min: -2, max: 4 }), { minLength: 4, maxLength: 4 }),
        rounding: fc.constantFrom(...roundings),
        overflow: fc.constantFrom('WRAP', 'SAT'),
      }),
      ({ signed, scale, bias, limit, cut, fracs, rounding, overflow }) => {
        const b = createBuilder()
        const x = b.input('x', { signed, width: 6, frac: fracs[0]! })
        const line = b.add(
          b.mul(x, b.constant(BigInt(scale), fracs[1]!)),
          b.constant(BigInt(bias), fracs[2]!),
        )
        const to = conversion({ signed: true, width: 8, frac: cut }, rounding, overflow as 'WRAP' | 'SAT')
        const value = lowerConversion(b, b.scale(line, 1), to)
        b.output('value', value)
        b.output('asked', b.below(value, BigInt(limit), fracs[3]!))
        const { frac } = b.interval(value)
        const netlist = b.finish()
        for (let raw = signed ? -32 : 0; raw < (signed ? 32 : 64); raw++) {
          const [found, answer] = evaluateCombinational(netlist, [BigInt(raw)])
          const left = Number(found) * 2 ** -frac
          const right = limit * 2 ** -fracs[3]!
          expect(answer).toBe(left < right ? 1n : 0n)
        }
      },
    ),
    { numRuns: 400 },
  )
})

it('leaves nothing of a batch normalisation whose sign alone is asked', () => {
  const b = createBuilder()
  const x = b.input('x', { signed: true, width: 8, frac: 4 })
  const line = b.add(b.mul(x, b.constant(-13n, 3)), b.constant(77n, 5))
  const cut = lowerConversion(b, line, conversion({ signed: true, width: 12, frac: 4 }))
  b.output('sign', b.below(cut, 0n, 0))
  const netlist = b.finish()
  const sign = netlist.outputs[0]!.net
  expect(cellKinds[netlist.kind[sign]!]).toBe('not')
  const comparison = netlist.a[sign]!
  expect(cellKinds[netlist.kind[comparison]!]).toBe('lt')
  expect(netlist.a[comparison]).toBe(x)
})
