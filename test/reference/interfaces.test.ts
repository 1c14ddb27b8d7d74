// Recorded networks through every interface, some rows each; `test/full` has all rows, Verilator, and all cases.

import { describe, expect, it } from 'vitest'
import {
  everyWay,
  expectWay,
  prepareCase,
  preparePulses,
  type Way,
  wayName,
} from '../support/interface-case.ts'
import { missingReference } from '../support/reference.ts'

const named = everyWay.map((way): [string, Way] => [wayName(way), way])

describe.skipIf(missingReference('real') !== undefined)('the course’s student network', async () => {
  const made = missingReference('real') === undefined ? await preparePulses(60) : undefined
  it.each(named)('%s', async (_, way) => {
    const result = await expectWay(made!, way)
    expect(result?.frames).toBe(60)
  })
})

describe.skipIf(missingReference('hls4ml') !== undefined)('recorded networks', () => {
  it.each(['qkeras_mlp_6bit', 'probe_accum_sat_resource'])('%s', async name => {
    const made = await prepareCase(name, 20)
    for (const way of everyWay) if (way.form === 'raw' && way.wordsPerBeat === 1) await expectWay(made, way)
  })
})
