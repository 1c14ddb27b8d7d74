import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { publishedResults } from '../../test/cmvm/published.ts'
import { missingReference, referenceFolder } from '../../test/support/reference.ts'
import { fixedType } from '../fixed/types.ts'
import { readTable } from '../node/read-data.ts'
import { solveWithoutSharing } from './solve.ts'

const int8 = fixedType(true, 8, 0)

describe('trees without sharing', () => {
  it('take one adder less than digits, though outputs are equal', () => {
    const weights = { rows: 2, columns: 3, values: [3, 3, -1, 5, 5, -2], frac: 0 }
    const { figures } = solveWithoutSharing({ weights, inputs: [int8, int8] })
    // 3 = 4 − 1 and 5 = 4 + 1: four digits, in two columns; −(x0 + 2·x1) in the third.
    expect(figures).toMatchObject({ adders: 3 + 3 + 1, depth: 2, negations: 1 })
  })

  const missing = missingReference('cmvm')

  it.skipIf(missing !== undefined)('are those that da4ml is measured against, to 1.5 %', async () => {
    for (const { m, shape, dummy_no_cse: theirs } of await publishedResults()) {
      const [rows, columns] = shape
      const { data } = await readTable(join(referenceFolder, 'cmvm', `${m}_${rows}x${columns}.npy`))
      const weights = { rows, columns, values: data, frac: 0 }
      const { figures } = solveWithoutSharing({ weights, inputs: Array.from({ length: rows }, () => int8) })
      expect([figures.adders, figures.depth]).toEqual([theirs.adders, theirs.depth])
      expect(Math.abs(figures.bits / theirs.cost - 1)).toBeLessThan(0.015)
    }
  })
})
