// The error bands that estimates carry are those that the recorded designs give which nothing was fitted on.

import { describe, expect, it } from 'vitest'
import { bandOf, compareAll, exactShare, exactTiming, holdsTiming } from '../../bench/estimate.ts'
import { verilogBand } from '../../src/estimate/fitted.ts'
import { missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')
const rounded = (part: number) => Math.round(100 * part) / 100

describe.skipIf(missing !== undefined)('the band of estimates', () => {
  it('is that of the designs that were held out', async () => {
    const compared = await compareAll()
    for (const { name, estimate, counted, ms } of compared)
      console.log(name, estimate.total.lut, counted.lut, estimate.total.ff, counted.ff, `${ms.toFixed(0)} ms`)
    const held = compared.filter(({ fitted }) => !fitted)
    expect({
      lut: bandOf(held, 'lut').map(rounded),
      ff: bandOf(held, 'ff').map(rounded),
      designs: held.length,
      exactTiming: rounded(exactShare(compared, exactTiming)),
      heldTiming: rounded(exactShare(compared, holdsTiming)),
    }).toEqual({
      lut: verilogBand.lut,
      ff: verilogBand.ff,
      designs: verilogBand.designs,
      exactTiming: 0.95,
      heldTiming: 0.98,
    })
  })
})
