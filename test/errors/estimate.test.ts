// `lutra estimate` as a user types it: its table, its JSON, what a device lacks, and bad input.

import { beforeAll, expect, it } from 'vitest'
import { inputLayer, layer } from '../../src/frontends/keras/testing/models.ts'
import { lutra, useFolder, writeModel } from './command-line.ts'

useFolder()
beforeAll(() => writeModel('model.h5'))

const model = ['estimate', 'model.h5', '--input-type', 'fixed<8,2>']

it('prints a table by layer, with what the device has and how far off such estimates were', async () => {
  const told = await lutra([...model, '--part', 'xc7a15t'])
  expect(told).toMatch(/^exit 0/)
  expect(told).toMatch(/^available +10,400 +20,800 +45 +50$/m)
  expect(told).toContain("xc7a15t at 5 ns, Lutra's Verilog: latency ")
  expect(told).toContain('estimated, not synthesised: on ')
})

it('takes a board, a clock and another backend; --json is the same as data', async () => {
  const told = await lutra([...model, '--board', 'pynq-z2', '--clock', '10', '--backend', 'vitis', '--json'])
  const { part, clockNs, estimate } = JSON.parse(told.slice(told.indexOf('{')))
  expect([part, clockNs]).toEqual(['xc7z020clg400-1', 10])
  expect(estimate.builtBy).toBe('an HLS project for Vitis HLS, as its report would have it')
  expect(Object.keys(estimate.total)).toEqual(['lut', 'ff', 'dsp', 'bram18'])
})

it('names the nearest of unknown parts and backends', async () => {
  expect(await lutra([...model, '--part', 'xc7z02'])).toMatchInlineSnapshot(`
    "exit 2
    error: device/unknown-part: part 'xc7z02': no device of that name is in the table; expected a part number that begins with xc7z020, xc7z010, xc7z030 or another known device. Correct the part, or name a device of the same family and similar size."
  `)
  expect(await lutra([...model, '--backend', 'viti'])).toMatchInlineSnapshot(`
    "exit 2
    error: usage/bad-value: lutra estimate: option '--backend <backend>' argument 'viti' is invalid. Allowed choices are verilog, vitis, vivado. See lutra estimate --help."
  `)
  expect(await lutra([...model, '--clock', '0'])).toMatchInlineSnapshot(`
    "exit 2
    error: usage/bad-value: lutra estimate: option '--clock <ns>' argument '0' is invalid. It must be above zero. See lutra estimate --help."
  `)
})

it('leads to the estimates of HLS tools where a layer has no Verilog form', async () => {
  await writeModel('norm.h5', [
    inputLayer('x', 4, 3),
    layer('LayerNormalization', 'ln', { axis: [2], epsilon: 0.001, center: false, scale: false }),
  ])
  const asked = ['estimate', 'norm.h5', '--input-type', 'fixed<8,2>']
  expect(await lutra(asked)).toMatchInlineSnapshot(`
    "exit 2
    error: rtl/layer-norm: layer 'ln' (layer-norm): layer normalisation has no Verilog form yet. --backend vitis estimates what an HLS tool would build."
  `)
  expect(await lutra([...asked, '--backend', 'vitis'])).toMatch(/^exit 0/)
})
