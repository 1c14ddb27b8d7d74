// What has no Verilog form is refused with its reason, by small models and by the recorded cases of hls4ml.

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { denseLayer, functional, inputLayer, kerasFile } from '../../src/frontends/keras/testing/models.ts'
import { lutra, smallLayers, useFolder, writeModel } from './command-line.ts'

useFolder()
beforeAll(async () => {
  await writeModel('model.h5')
  await writeFile('x.csv', '0.5,0.25,-0.5\n0.25,0.125,1\n')
})

/** What `verify` and `build` say of a model under these settings of its layers; both say the same. */
async function refused(model: string, layers: object): Promise<string> {
  const settings = { Precision: 'fixed<16,6>', ReuseFactor: 1 }
  await writeFile('c.yml', stringify({ HLSConfig: { Model: settings, LayerName: layers } }))
  const args = [model, '--config', 'c.yml', '--quiet']
  const verified = await lutra(['verify', ...args])
  expect(await lutra(['build', ...args, '--out', 'out'])).toBe(verified)
  expect(existsSync('out')).toBe(false)
  return verified
}

describe('small models', () => {
  it('several rows on a folded array', async () => {
    await writeModel('rows.h5', [inputLayer('x', 2, 2), denseLayer('fc', [2, 3])])
    expect(await refused('rows.h5', { fc: { ReuseFactor: 2, Strategy: 'Resource' } })).toMatchInlineSnapshot(`
      "exit 2
      error: rtl/folded-rows: layer 'fc' (dense): several rows share its weights, and a folded array takes one."
    `)
  })

  it('a tensor that waits beside a folded layer', async () => {
    const layers = [
      inputLayer('x', 3),
      { ...denseLayer('left', [3, 4]), reads: ['x'] },
      { ...denseLayer('right', [3, 2]), reads: ['x'] },
    ]
    const model = functional(layers, ['x'], ['left', 'right'])
    await writeFile('branch.h5', await kerasFile(layers, model))
    expect(
      await refused('branch.h5', { left: { ReuseFactor: 3, Strategy: 'Resource' } }),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: rtl/folded-branch: layer 'right': the result of 'x' would have to wait while a folded layer beside it works; expected a chain of layers where a reuse factor is above 1. Set ReuseFactor to 1 for the layers beside it."
    `)
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
