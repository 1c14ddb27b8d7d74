// The delay model's levels of logic against those of the mapped circuit: the quick part of test/full/logic-levels.test.ts.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findTool } from '../src/tools/process.ts'
import { nativeYosys } from '../src/tools/yosys/native.ts'
import { modelLevels, smallLevelCases, yosysLevels } from './support/level-cases.ts'

const missing = findTool('yosys') === undefined ? 'no native Yosys on PATH or in LUTRA_YOSYS' : undefined
if (missing !== undefined) console.warn(`skipped: ${missing}`)

const quick = ['3 sums in series, 8 bit', 'saturation and rounding', 'dense 6x4, 5 bit, WRAP']

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-levels-'))
  process.env.TMPDIR = folder
})
afterAll(() => rm(folder, { recursive: true }))

describe.skipIf(missing !== undefined)('levels of logic', () => {
  it.each(smallLevelCases.filter(({ name }) => quick.includes(name)))(
    '$name: no fewer by the model than after mapping',
    async ({ netlist }) => {
      expect(await yosysLevels(netlist, (await nativeYosys())!)).toBeLessThanOrEqual(modelLevels(netlist))
    },
    120_000,
  )
})
