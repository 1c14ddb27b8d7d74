// Every recorded dense case on every road, under random stalls and a reset in mid-stream.

import { describe, it } from 'vitest'
import { expectVerified, verifyCase } from '../support/hardware-case.ts'
import { denseCases, missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')
const roads = ['netlist', 'icarus', 'verilator'] as const

describe.skipIf(missing !== undefined)('all recorded cases as Verilog', () => {
  it.each(denseCases)('%s', async name => {
    expectVerified(await verifyCase(name, roads), roads)
  })
})
