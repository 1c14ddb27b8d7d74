import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLegalReuse, nearestLegalReuse, refuseReuse, strategyChoice, strategyOf } from './strategy.ts'

describe('strategyOf', () => {
  it('knows every word that may be written, in any case', () => {
    const { check } = strategyChoice
    const words = check.kind === 'word' ? check.words : []
    expect(words.map(strategyOf)).toEqual([
      'latency',
      'resource',
      'unrolled',
      'unrolled',
      'distributed-arithmetic',
      'distributed-arithmetic',
      'compressed',
    ])
    expect(strategyOf('RESOURCE')).toBe('resource')
    expect(strategyOf('distributedArithmetic')).toBe('distributed-arithmetic')
    expect(strategyOf(undefined)).toBe('latency')
  })
})

/**
 * The rule in other words: n·m products in `reuse` rounds of equal size. Up to n rounds share inputs: every multiplier
 * stays with one output, so there are a whole number of them per output. Beyond, rounds are whole outputs.
 */
function legalBySharing(n: number, m: number, reuse: number): boolean {
  const rounds = Array.from({ length: n * m }, (_, k) => k + 1).filter(count => (n * m) % count === 0)
  if (!rounds.includes(reuse)) return false
  return reuse < n ? ((n * m) / reuse) % m === 0 : reuse % n === 0
}

const size = fc.integer({ min: 1, max: 24 })

describe('isLegalReuse', () => {
  it('is the rule by sharing', () => {
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 600 }), (n, m, reuse) => {
        expect(isLegalReuse(n, m, reuse)).toBe(legalBySharing(n, m, reuse))
      }),
      { numRuns: 500 },
    )
  })

  it('allows 1, the number of inputs and the number of products', () => {
    fc.assert(
      fc.property(size, size, (n, m) => {
        expect([1, n, n * m].every(reuse => isLegalReuse(n, m, reuse))).toBe(true)
      }),
    )
  })
})

describe('nearestLegalReuse', () => {
  // Recorded: 64 asked of an autoencoder's layers.
  it.each([
    [57, 64, 57],
    [64, 32, 64],
    [32, 3, 32],
    [3, 32, 48],
  ])('snaps 64 for %i × %i to %i', (n, m, expected) => {
    expect(nearestLegalReuse(n, m, 64)).toBe(expected)
  })

  it('is legal, nearest, and the smaller of two', () => {
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 700 }), (n, m, asked) => {
        const found = nearestLegalReuse(n, m, asked)
        expect(isLegalReuse(n, m, found)).toBe(true)
        for (let other = 1; other <= n * m; other++) {
          if (!isLegalReuse(n, m, other) || other === found) continue
          const [near, far] = [Math.abs(found - asked), Math.abs(other - asked)]
          expect(near < far || (near === far && found < other)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('refuseReuse', () => {
  it.each([
    [7, '4 and 8 do'],
    [1025, '1024 does'],
  ])('names what is near to %i', (reuse, near) => {
    expect(refuseReuse('reuse factor', 16, 64, reuse)?.reason).toBe(
      `a reuse factor of ${reuse} does not divide 16 × 64 products into equal turns; ${near}`,
    )
  })

  it('has nothing against a legal one', () => {
    expect(refuseReuse('reuse factor', 16, 64, 8)).toBeUndefined()
  })
})
