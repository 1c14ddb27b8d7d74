// The error bands that estimates carry are those that all recorded designs give.

import { describe, expect, it } from 'vitest'
import { bandOf, compareAll, exactShare, exactTiming } from '../../bench/estimate.ts'
import { verilogBand } from '../../src/estimate/fitted.ts'
import { missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')
const rounded = (part: number) => Math.round(100 * part) / 100

describe.skipIf(missing !== undefined)('the band of estimates', () => {
  it('is that of all designs that were counted', async () => {
    const compared = await compareAll()
    for (const { name, estimate, counted, ms } of compared)
      console.log(name, estimate.total.lut, counted.lut, estimate.total.ff, counted.ff, `${ms.toFixed(0)} ms`)
    expect({
      lut: bandOf(compared, 'lut').map(rounded),
      ff: bandOf(compared, 'ff').map(rounded),
      designs: compared.length,
      exactTiming: rounded(exactShare(compared, exactTiming)),
    }).toEqual({
      lut: verilogBand.lut,
      ff: verilogBand.ff,
      designs: verilogBand.designs,
      exactTiming: verilogBand.exactTiming,
    })
  })
})
