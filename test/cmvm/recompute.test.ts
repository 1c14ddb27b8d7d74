// Matrix, bits and depth from the written graph alone, on the small published matrices; test/full has all of them.

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missingReference, referenceFolder } from '../support/reference.ts'
import { recompute } from './graph-json.ts'
import { anchorOf, publishedResults, solveAndRecompute } from './published.ts'

describe('recompute', () => {
  it('counts as the definition does', () => {
    const inputs = [
      { min: -128, max: 127, frac: 0 },
      { min: 0, max: 7, frac: 1 },
    ]
    // x0 + 8·x1 spans from x0's... the coarser lowest bit, 8·x1's at 2^2, to the top of x0 with its sign, bit 7.
    const ops = [{ a: 0, b: 1, shift: 3, sub: false }]
    const outputs = [{ node: 2, shift: 0, neg: true }, null]
    const found = recompute({ inputs, ops, outputs })
    expect(found.matrix.map(row => row.map(({ times, lsb }) => Number(times) * 2 ** lsb))).toEqual([
      [-1, 0],
      [-8, 0],
    ])
    // 6 bits of adder; [−128, 155] takes 9 to negate.
    expect([found.bits, found.depth]).toEqual([6 + 9, 2])
  })
})

const missing = missingReference('cmvm')

describe.skipIf(missing !== undefined)('published matrices, from the written graph', () => {
  for (const name of ['u6_32x5', 'g6_32x5', 's4_32x5', 's4_16x64']) {
    it(`${name}: the matrix exactly, figures as told, no more bits than published, no deeper`, async () => {
      const published = (await publishedResults()).find(({ m, shape }) => `${m}_${shape.join('x')}` === name)!
      const { bits, depth } = await solveAndRecompute(join(referenceFolder, 'cmvm', `${name}.npy`))
      const anchor = anchorOf(published)
      expect(bits).toBeLessThanOrEqual(anchor.cost)
      expect(depth).toBeLessThanOrEqual(anchor.depth)
    })
  }
})
