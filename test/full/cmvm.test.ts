// All published matrices: recomputed from the written graphs, and their Verilog proved.

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cmvm } from '../../src/node/cmvm.ts'
import { anchorOf, type Published, publishedResults, solveAndRecompute } from '../cmvm/published.ts'
import { missingReference, referenceFolder } from '../support/reference.ts'

const missing = missingReference('cmvm')
const published: Published[] = missing === undefined ? await publishedResults() : []

describe.skipIf(missing !== undefined)('published matrices', () => {
  for (const one of published) {
    const name = `${one.m}_${one.shape.join('x')}`
    const file = join(referenceFolder, 'cmvm', `${name}.npy`)
    it(`${name}: the matrix exactly, figures as told, no more bits than published, no deeper`, async () => {
      const { bits, depth } = await solveAndRecompute(file)
      const anchor = anchorOf(one)
      expect(bits).toBeLessThanOrEqual(anchor.cost)
      expect(depth).toBeLessThanOrEqual(anchor.depth)
    })

    it(`${name}: the Verilog is proved`, async () => {
      const { proof, good } = await cmvm({ matrix: file, input: 'int<8>', effort: 0, prove: 3000 })
      expect([good, proof?.verdict]).toEqual([true, 'proved'])
    })
  }

  it('i8_64x64: below the published bits, no deeper', async () => {
    const { bits, depth } = await solveAndRecompute(join(referenceFolder, 'cmvm', 'i8_64x64.npy'))
    expect(bits).toBeLessThan(58_031)
    expect(depth).toBeLessThanOrEqual(9)
  })
})
