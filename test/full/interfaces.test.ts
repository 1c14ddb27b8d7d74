// All pulses and every recorded dense case through every interface, in the built-in simulator and in Verilator.

import { describe, expect, it } from 'vitest'
import { everyWay, expectWay, prepareCase, preparePulses, wayName } from '../support/interface-case.ts'
import { denseCases, missingReference } from '../support/reference.ts'

const roads = ['netlist', 'verilator'] as const

describe.skipIf(missingReference('real') !== undefined)(
  'the course’s student network, all 1,798 pulses',
  async () => {
    const made = missingReference('real') === undefined ? await preparePulses() : undefined
    it.each(everyWay.map(way => [wayName(way), way] as const))('%s', async (_, way) => {
      const result = await expectWay(made!, way, roads)
      console.log(wayName(way), result?.latency, result?.interval)
      expect(result?.frames).toBe(1798)
    })
  },
)

describe.skipIf(missingReference('hls4ml') !== undefined)('recorded dense cases', () => {
  it.each(denseCases)('%s', async name => {
    const made = await prepareCase(name, 60)
    // Verilog of one form and width is enough: the others differ in cells that the built-in simulator runs.
    for (const way of everyWay)
      await expectWay(made, way, way.form === 'raw' && way.wordsPerBeat === 1 ? roads : ['netlist'])
  })
})
