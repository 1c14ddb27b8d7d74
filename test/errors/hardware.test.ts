// What has no Verilog form is refused with its reason, by small models and by the recorded cases of hls4ml.

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { denseLayer, inputLayer } from '../../src/frontends/keras/testing/models.ts'
import { caseFolder, missingReference, refusedCases } from '../support/reference.ts'
import { lutra, smallLayers, useFolder, writeModel } from './command-line.ts'

useFolder()
beforeAll(async () => {
  await writeModel('model.h5')
  await writeFile('x.csv', '0.5,0.25,-0.5\n0.25,0.125,1\n')
})

/** What `verify` and `build` say of the small model under these settings; both say the same. */
async function refused(fc: object, prob: object = {}, model: object = {}): Promise<string> {
  const settings = { Precision: 'fixed<16,6>', ReuseFactor: 1, ...model }
  await writeFile('c.yml', stringify({ HLSConfig: { Model: settings, LayerName: { fc, prob } } }))
  const args = ['model.h5', '--config', 'c.yml', '--data', 'x.csv', '--quiet']
  const verified = await lutra(['verify', ...args])
  expect(await lutra(['build', ...args, '--out', 'out'])).toBe(verified)
  expect(existsSync('out')).toBe(false)
  return verified
}

describe('small models', () => {
  it('strategies that fold', async () => {
    expect(await refused({ Strategy: 'Resource' })).toMatchInlineSnapshot(`
      "exit 2
      error: rtl/strategy: layer 'fc' (dense): strategy Resource has no Verilog form yet; Latency, Unrolled and Distributed_Arithmetic have."
    `)
    expect(await refused({ Strategy: 'Resource', ReuseFactor: 3 })).toMatchInlineSnapshot(`
      "exit 2
      error: rtl/strategy: layer 'fc' (dense): strategy Resource has no Verilog form yet; Latency, Unrolled and Distributed_Arithmetic have."
    `)
  })

  it('reuse factors', async () => {
    expect(await refused({ ReuseFactor: 2 })).toMatchInlineSnapshot(`
      "exit 2
      error: rtl/reuse-factor: layer 'fc' (dense): a reuse factor of 2 has no Verilog form yet; 1 has."
    `)
  })

  it('several layers: all are told at once', async () => {
    await writeModel('model.h5', [inputLayer('x', 3), denseLayer('fc', [3, 4]), denseLayer('prob', [4, 2])])
    expect(await refused({ ReuseFactor: 2 }, { Strategy: 'Resource' })).toMatchInlineSnapshot(`
      "exit 2
      error: rtl/reuse-factor: layer 'fc' (dense): a reuse factor of 2 has no Verilog form yet; 1 has.
      error: rtl/strategy: layer 'prob' (dense): strategy Resource has no Verilog form yet; Latency, Unrolled and Distributed_Arithmetic have."
    `)
    await writeModel('model.h5')
  })

  it('tensors too wide for one beat', async () => {
    const wide = [inputLayer('x', 5000), denseLayer('fc', [5000, 1])]
    await writeModel('wide.h5', wide)
    expect(
      await lutra(['verify', 'wide.h5', '--input-type', 'fixed<16,6>', '--quiet']),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: rtl/wide-tensor: layer 'x': its result of shape [5000] takes 80000 bits at once; expected at most 65536 in io_parallel. Use io_stream, narrower types, or split the layer."
    `)
  })

  it('are predicted all the same', async () => {
    await writeFile(
      'fold.yml',
      stringify({ HLSConfig: { Model: { Precision: 'fixed<16,6>', ReuseFactor: 2, Strategy: 'Resource' } } }),
    )
    await writeModel('again.h5', smallLayers())
    expect(await lutra(['predict', 'again.h5', '--config', 'fold.yml', '--input', 'x.csv', '--quiet'])).toBe(
      'exit 0',
    )
  })
})

const missing = missingReference('hls4ml')

describe.skipIf(missing !== undefined)('recorded cases of hls4ml', () => {
  it.each(Object.entries(refusedCases))('%s: %s', async (name, code) => {
    const folder = caseFolder(name)
    const args = [join(folder, 'model.h5'), '--config', join(folder, 'config.json'), '--quiet']
    const verified = await lutra(['verify', ...args])
    expect(verified).toMatchSnapshot()
    expect(verified).toMatch(`exit 2\nerror: ${code}: `)
    expect(await lutra(['build', ...args, '--out', 'out'])).toBe(verified)
    expect(existsSync('out')).toBe(false)
  })
})
