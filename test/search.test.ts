// `lutra search` as a user gets it: the table, the files, a budget that nothing meets, refusals.

import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lutra, useFolder } from './errors/command-line.ts'

useFolder()

const layers = [
  { kind: 'dense', name: 'fc1', units: 4, activation: 'relu' },
  { kind: 'dense', name: 'out', units: 2 },
]
const compress = {
  data: { generate: 'pulses', count: 200, seed: 1, settings: { samples: 16 } },
  student: { name: 'student', input: [16], layers },
  quantise: {
    kernel: 'quantized_bits(6,1,alpha=1)',
    bias: 'quantized_bits(6,1,alpha=1)',
    relu: 'quantized_relu(6,2)',
  },
  epochs: 2,
  optimiser: { kind: 'adam', rate: 0.02 },
}
const search = { units: { fc1: [2, 3] }, sparsity: [0, 0.5], trials: 2, epochs: 1, finalists: 1 }

const config = (more: object = {}, of: object = search) => {
  writeFileSync('lutra.json', JSON.stringify({ compress, search: of, ...more }))
  return ['search', '--config', 'lutra.json']
}

describe('lutra search', () => {
  it('tells what fits, best last, and where the best is', async () => {
    const said = await lutra([...config({ maxLut: 2000, clock: 4 }), '--out', 'found', '--quiet', '--json'])
    const { report, model } = { report: JSON.parse(said.split('stdout: ')[1]!), model: 'found/best.h5' }
    expect(report).toMatchObject({
      part: 'xc7z020clg400-1',
      clock: 4,
      budget: { lut: 2000, dsp: 220, bram18: 280 },
      epochs: [1, 2],
      model,
      best: { fits: true },
    })
    const shown = await lutra([...config({ maxLut: 2000, clock: 4 }), '--out', 'found', '--resume'])
    expect(shown).toMatch(
      /^exit 0\nreading the data\ngoing on after 3 trials\nstdout: evolution, seed 1: 2 students of 1 epoch, 1 of them again with 2\nxc7z020clg400-1 at 4 ns, at most 2,000 LUT, 220 DSP, 280 BRAM \(18 kb\)\n/,
    )
    expect(shown).toMatch(/\| fc1 \| pruned \| epochs \| accuracy \| parameters \| zeros +\| bits \| +LUT/)
  }, 180_000)

  it('takes a board for its part, and flags before the config', async () => {
    const words = [
      ...config({ maxLut: 2000, board: 'basys3' }),
      '--out',
      'board',
      '--max-lut',
      '1',
      '--max-dsp',
      '0',
    ]
    expect(await lutra([...words, '--quiet'])).toMatchInlineSnapshot(`
      "exit 2
      error: search/nothing-fits: board: none of 4 candidates fits; the nearest, fc1 2, pruned 50 %, takes 228 LUT of 1 by estimate before training; expected a student within the budget. Raise the budget (--max-lut 228) or take a larger part, or let the search choose from less: units of fc1 below 2, sparsity above 0.5, weightBits to choose from."
    `)
    expect(JSON.parse(readFileSync('board/search.json', 'utf8'))).toMatchObject({
      board: 'basys3',
      budget: { lut: 1, dsp: 0 },
      students: [],
    })
  }, 180_000)

  it('needs search in the config, and knows its keys', async () => {
    expect(await lutra(config({}, {}))).toMatchInlineSnapshot(`
      "exit 2
      error: train/no-project: lutra.json: the config has no 'search'; expected search: { units, weightBits, sparsity, … }. Add it; defineSearch gives it its types."
    `)
    expect(await lutra(config({}, { ...search, sparcity: [0.5] }))).toMatchInlineSnapshot(`
      "exit 2
      error: search/setting: lutra.json: search: there is no 'sparcity' here; expected units, weightBits, weightInteger, activationBits, activationInteger, sparsity, trials, epochs, finalists, seed, strategy, out. Did you mean 'sparsity'?"
    `)
    expect(await lutra([...config(), '--max-latency', '0'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra search: option '--max-latency <cycles>' argument '0' is invalid. It must be above zero. See lutra search --help."
    `)
  })
})
