// Whole syntheses: measured LUTs for every layer of the jet tagger, and the sum of modules against one flat run.

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { prepareDesign } from '../../src/node/hardware.ts'
import { synthesiseDesign } from '../../src/node/synthesise-design.ts'
import { caseFolder, missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')

async function designOf(name: string) {
  const folder = caseFolder(name)
  const options = {
    model: join(folder, 'model.h5'),
    config: join(folder, 'config.json'),
    part: 'xcu250-figd2104-2L-e',
    clock: 5,
  }
  return (await prepareDesign(options)).design
}

const onProgress = (text: string) => console.log(text)

describe.skipIf(missing !== undefined)('synthesis of recorded cases', () => {
  it('jet_mlp_default: every layer is measured', async () => {
    const resources = await synthesiseDesign(await designOf('jet_mlp_default'), {
      family: 'xcu',
      threads: 2,
      onProgress,
    })
    for (const layer of resources.layers) {
      console.log(
        layer.layer,
        layer.counts.lut,
        'LUT',
        layer.counts.ff,
        'FF',
        layer.counts.bram18,
        'BRAM',
        layer.adderBits,
        'adder bits',
      )
      expect(layer.complete, layer.layer).toBe(true)
    }
    expect(resources.complete).toBe(true)
    expect(resources.layers.filter(({ counts }) => counts.lut > 0).map(({ layer }) => layer)).toEqual(
      expect.arrayContaining(['fc1', 'fc2', 'fc3', 'output', 'softmax']),
    )
    console.log('total', resources.total)
  })

  it.each(['probe_lowfrac_weights', 'qkeras_ternary_mlp', 'qkeras_student_30_20_10_10_4'])(
    '%s: the sum of its modules is within two percent of one flat run',
    async name => {
      const design = await designOf(name)
      const sum = await synthesiseDesign(design, { family: 'xcu', threads: 2 })
      const flat = await synthesiseDesign(design, { family: 'xcu', flat: true })
      console.log(name, 'sum', sum.total.lut, sum.total.ff, 'flat', flat.total.lut, flat.total.ff)
      expect(Math.abs(sum.total.lut - flat.total.lut)).toBeLessThanOrEqual(0.02 * flat.total.lut)
      expect(Math.abs(sum.total.ff - flat.total.ff)).toBeLessThanOrEqual(0.02 * flat.total.ff)
    },
  )
})
