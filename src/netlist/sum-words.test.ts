// Sums of words and single bits against big integers, and how many adders they take.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createBuilder } from './builder.ts'
import { evaluateCombinational } from './evaluate.ts'
import { cellKinds } from './netlist.ts'
import { countOnes, sumWords } from './sum-words.ts'

const word = fc.record({ width: fc.integer({ min: 1, max: 12 }), coarse: fc.integer({ min: 0, max: 3 }) })

it('gives the sum modulo its width, of any number of words and single bits', () => {
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 30 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.bigInt({ min: 0n, max: 4095n }), { minLength: 50, maxLength: 50 }),
      (words, bits, width, values) => {
        const b = createBuilder()
        const nets = words.map(({ width: own, coarse }, k) =>
          b.input(`w${k}`, { signed: false, width: own, frac: 5 - coarse }),
        )
        const ones = Array.from({ length: bits }, (_, k) =>
          b.input(`o${k}`, { signed: false, width: 1, frac: 0 }),
        )
        const sum = sumWords(b, { words: nets, ones, frac: 5, width })
        const { frac, min } = b.interval(sum)
        expect(min).toBeGreaterThanOrEqual(0n)
        b.output('y', sum)
        const raws = [
          ...words.map(({ width: own }, k) => BigInt.asUintN(own, values[k]!)),
          ...ones.map((_, k) => values[30 + k]! & 1n),
        ]
        const expected = raws.reduce((total, raw, k) => total + (raw << BigInt(words[k]?.coarse ?? 0)), 0n)
        const [found] = evaluateCombinational(b.finish(), raws)
        const aligned = found === 0n ? 0n : found! << BigInt(5 - frac)
        expect(BigInt.asUintN(width, aligned)).toBe(BigInt.asUintN(width, expected))
      },
    ),
    { numRuns: 300 },
  )
})

it('counts bits', () => {
  for (let size = 0; size <= 9; size++) {
    const b = createBuilder()
    const ones = Array.from({ length: size }, (_, k) =>
      b.input(`o${k}`, { signed: false, width: 1, frac: 0 }),
    )
    b.output('y', countOnes(b, ones, 0))
    const netlist = b.finish()
    for (let value = 0; value < 2 ** size; value++) {
      const bits = ones.map((_, k) => BigInt((value >> k) & 1))
      expect(evaluateCombinational(netlist, bits)).toEqual([bits.reduce((p, q) => p + q, 0n)])
    }
  }
})

it('adds five words to three by three adders', () => {
  const b = createBuilder()
  const words = Array.from({ length: 8 }, (_, k) => b.input(`w${k}`, { signed: false, width: 8, frac: 0 }))
  b.output('y', sumWords(b, { words, ones: [], frac: 0, width: 16 }))
  const kinds = Array.from(b.finish().kind, kind => cellKinds[kind]!)
  expect(kinds.filter(kind => kind === 'add')).toHaveLength(5)
})
