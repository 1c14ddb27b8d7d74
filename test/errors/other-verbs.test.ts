// Bad input to the verbs that read no vectors: config, import and report.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { losslessPipeline, passes } from '../../src/passes/index.ts'
import { lutra, useFolder, writeModel } from './command-line.ts'

useFolder()
beforeAll(async () => {
  await writeModel('model.h5')
  const build = ['build', 'model.h5', '--input-type', 'fixed<8,2>', '--out', 'out', '--no-synth', '--quiet']
  expect(await lutra(build)).toBe('exit 0')
})

describe('config', () => {
  it('impossible precisions and unknown words', async () => {
    expect(await lutra(['config', 'model.h5', '--default-precision', 'fixed<8'])).toMatchInlineSnapshot(`
      "exit 2
      error: precision/unknown-type: defaultPrecision: 'fixed<8' is not a precision; expected one of auto, xnor, float, double, half, bfloat16, ap_fixed<16,6>, ap_ufixed<16,6>, fixed<16,6>, ufixed<16,6>, ap_int<8>, ap_uint<8>, int<8>, uint<8>, ac_fixed<16,6,true>, ac_int<8,true>, ap_float<16,5>, std_float<16,5>, ac_std_float<16,5>, ac_float<16,6,5>. Did you mean 'fixed'?"
    `)
    expect(await lutra(['config', 'model.h5', '--granularity', 'layer'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra config: option '--granularity <granularity>' argument 'layer' is invalid. Allowed choices are model, type, name. See lutra config --help."
    `)
    expect(await lutra(['config', 'model.h5', '--strategy', 'Fast'])).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-value: config.yaml: Model.Strategy: 'Strategy' is 'Fast'; expected one of Latency, Resource, Resource_Unrolled, Unrolled, Distributed_Arithmetic, DA, Compressed."
    `)
  })
})

describe('export', () => {
  it('writes what has a form, and names each layer that has none', async () => {
    const typed = ['export', 'model.h5', '--input-type', 'fixed<8,2>', '--out', 'net.onnx']
    expect(await lutra([...typed, '--to', 'qonnx'])).toBe(
      'exit 0\nstdout: net.onnx written; read back, it gives the same bits on 64 rows',
    )
    expect(await lutra([...typed, '--to', 'qdq'])).toBe('exit 0\nstdout: net.onnx written')
    expect(await lutra(['export', 'model.h5', '--to', 'onnx', '--out', 'net.onnx'])).toBe(
      'exit 0\nstdout: net.onnx written',
    )
    await writeFile('cut.yml', 'Model: {Precision: "fixed<8,3>", ReuseFactor: 1}\n')
    const cut = await lutra([
      'export',
      'model.h5',
      '--config',
      'cut.yml',
      '--to',
      'qonnx',
      '--out',
      'cut.onnx',
    ])
    expect(cut).toMatch(/^exit 2\nerror: export\/type: layer 'fc': /)
    await expect(readFile('cut.onnx')).rejects.toThrow('ENOENT')
  })
})

describe('import', () => {
  it('unknown passes, and ones that do not run', async () => {
    const unknown = await lutra(['import', 'model.h5', '--print-after', 'fuse-batchnorm'])
    expect(unknown.replace(passes.map(({ name }) => name).join(', '), '<passes>')).toMatchInlineSnapshot(`
      "exit 2
      error: import/unknown-pass: --print-after: there is no pass 'fuse-batchnorm'; expected <passes>, all. Did you mean 'fuse-batch-norm'?"
    `)
    const dead = ['import', 'model.h5', '--print-after', 'quantise-weights', '--input-type', 'fixed<8,2>']
    expect(await lutra(dead)).toMatchInlineSnapshot(`
      "exit 2
      error: import/pass-not-run: --print-after: the pass 'quantise-weights' does not run on this model and config. With a config that sets a precision the hls4ml pipeline runs, without one the lossless pipeline."
    `)
    const all = await lutra(['import', 'model.h5', '--print-after', 'all', '--input-type', 'fixed<8,2>'])
    expect(
      [...all.matchAll(/\/\/ (as imported|after (\S+?)(: as before)?)$/gm)].map(([, , name]) => name),
    ).toEqual([undefined, ...losslessPipeline.map(({ name }) => name)])
    expect((await lutra(['import', 'model.h5', '--print-after', 'request-precision'])).slice(0, 6)).toBe(
      'exit 0',
    )
    expect(await lutra(['import', 'model.h5', '--print-after', 'resolve-lossless'])).toMatchInlineSnapshot(`
      "exit 2
      error: precision/no-input-range: input 'x': nothing says which values enter the network; expected vectors to calibrate on, or a type. Give --data VECTORS, or --input-type e.g. fixed<12,4>."
    `)
  })
})

describe('report', () => {
  it('no folder, no build in it', async () => {
    await mkdir('empty')
    expect(await lutra(['report', 'nowhere'])).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: nowhere/report.json: there is no such file. Check the path; it is read from the current folder."
    `)
    expect(await lutra(['report', 'empty'])).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: empty/report.json: there is no such file. Check the path; it is read from the current folder."
    `)
    expect(await lutra(['report', 'model.h5'])).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: model.h5/report.json: there is no such file. Check the path; it is read from the current folder."
    `)
  })

  it('damaged and hostile reports', async () => {
    const text = await readFile('out/report.json', 'utf8')
    const said = async (content: string) => {
      await writeFile('empty/report.json', content)
      return lutra(['report', 'empty'])
    }
    expect(await said('')).toMatchInlineSnapshot(`
      "exit 2
      error: report/not-json: empty/report.json: the file is not JSON; expected a report.json. Build again; a report is not meant to be edited by hand."
    `)
    expect(await said(text.slice(0, 500))).toMatchInlineSnapshot(`
      "exit 2
      error: report/not-json: empty/report.json: the file is not JSON; expected a report.json. Build again; a report is not meant to be edited by hand."
    `)
    expect(await said('[]')).toMatchInlineSnapshot(`
      "exit 2
      error: report/not-a-report: empty/report.json: the file has no 'schema' number; expected a report.json with schema 1. Name the folder that a build wrote, or its report.json."
    `)
    expect(
      await said(text.replace('"latencyCycles": ', '"latencyCycles": "many", "was": ')),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: report/unknown-key: empty/report.json: timing.was: the key 'was' is not one that reports have; expected latencyCycles, ii, clockNs, stages, model, firstOutputCycles, criticalStage, slackNs. Build again; a report is not meant to be edited by hand.
      error: report/wrong-value: empty/report.json: timing.latencyCycles: it is 'many'; expected an integer of at least 0. Build again; a report is not meant to be edited by hand."
    `)
    expect(await said(text.replace('"project"', '"projekt"'))).toMatchInlineSnapshot(`
      "exit 2
      error: report/unknown-key: empty/report.json: projekt: the key 'projekt' is not one that reports have; expected 'project'. Build again; a report is not meant to be edited by hand.
      error: report/missing-key: empty/report.json: project: the key is missing; expected a value. Build again; a report is not meant to be edited by hand."
    `)
  })

  it('a baseline that is no model', async () => {
    expect(
      await lutra(['report', 'out', '--table', 'compression', '--baseline', 'out/report.json']),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: import/unknown-format: report.json: the file is no model that Lutra knows; expected Keras and QKeras: .h5, .keras, or .json with a weights .h5; ONNX and QONNX: .onnx; TensorFlow.js layers models: model.json with its .bin files."
    `)
    expect(await lutra(['report', 'out', '--table', 'expense'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra report: option '--table <table>' argument 'expense' is invalid. Allowed choices are summary, compression. See lutra report --help."
    `)
  })
})
