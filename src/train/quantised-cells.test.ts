// Recurrent layers of QKeras that quantise within a step: what Lutra reads of the file, in float64 and bit by bit, is
// training's own forward pass.

import { describe, expect, it } from 'vitest'
import { compileModel } from '../compile.ts'
import { parseConfig } from '../config/parse.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { importModel } from '../frontends/index.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { ModelInput } from './model.ts'
import { bothWays } from './testing/read-back.ts'

const bits = 'quantized_bits(6,0,alpha=1)'
const weights = { kernelQuantizer: bits, recurrentQuantizer: bits, biasQuantizer: bits }
const gates = { activation: 'quantized_tanh(6)', recurrentActivation: 'quantized_sigmoid(5)' }
const within = { ...gates, stateQuantizer: 'quantized_bits(6,0,alpha=1)' }

const cells: readonly (readonly [string, ModelInput['layers'][number]])[] = [
  ['a GRU', { kind: 'gru', units: 3, ...weights, ...within }],
  ['a GRU of functions alone', { kind: 'gru', units: 3, ...weights, ...gates }],
  ['a GRU that resets first', { kind: 'gru', units: 3, resetAfter: false, ...weights, ...within }],
  ['an LSTM', { kind: 'lstm', units: 3, ...weights, ...within }],
  ['symmetric ones', { kind: 'gru', units: 3, ...weights, ...within, activation: 'quantized_tanh(4,0,1)' }],
  [
    'a simple one',
    {
      kind: 'simple-rnn',
      units: 3,
      ...weights,
      activation: 'quantized_relu(5,1)',
      stateQuantizer: 'quantized_bits(3,0,alpha=1)',
    },
  ],
]

const curves = {
  activation: 'quantized_tanh(6,use_real_tanh=True)',
  recurrentActivation: 'quantized_sigmoid(5,use_real_sigmoid=True)',
}
/** A cell of a curve whose table has an entry for every sum that there can be, which is as exact as a line. */
const curved: (typeof cells)[number] = [
  'a simple one of a curve',
  {
    kind: 'simple-rnn',
    units: 3,
    ...weights,
    activation: curves.activation,
    stateQuantizer: within.stateQuantizer,
  },
]
const config = parseConfig({ LayerName: { cell: { TableSize: 2 ** 13 } } }, 'config')

describe('cells that quantise within a step', () => {
  it.each([...cells, curved])('are read as they are: %s', async (_name, cell) => {
    const layers = [
      { kind: 'embedding', inputDim: 9, outputDim: 4, name: 'things' },
      { kind: 'activation', activation: bits, name: 'vectors' },
      { ...cell, name: 'cell' },
      { kind: 'dense', units: 2, kernelQuantizer: bits, biasQuantizer: bits, name: 'out' },
    ] as const
    const rows = 12
    const { trainer, lutra, bytes, inputs } = await bothWays({ input: [5], layers }, { whole: 9, rows })
    expect(lutra).toEqual(trainer)
    expect(new Set(trainer).size).toBeGreaterThan(rows / 2)
    const graph = await importModel([{ name: 'model.h5', bytes }])
    const types = new Map([['input', { signed: false, width: 4, frac: 0 }]])
    const { typed, findings } = compileModel(graph, {
      inputTypes: types,
      ...(cell === curved[1] && { config }),
    })
    expect(findings).toEqual([])
    const [output] = typed.outputs as [string]
    const raw = createFixedEngine(typed).run([inputs], [output]).get(output)!
    expect([...toNumbers(nodeNamed(typed, output), raw)]).toEqual(trainer)
  })

  it.each([
    ['a GRU', { kind: 'gru', units: 3, ...weights, ...within, ...curves }],
    ['an LSTM', { kind: 'lstm', units: 3, ...weights, ...within, ...curves }],
  ] as const)('mean what training computes, by curves: %s', async (_name, cell) => {
    const layers = [
      { kind: 'embedding', inputDim: 9, outputDim: 4, name: 'things' },
      { kind: 'activation', activation: bits, name: 'vectors' },
      { ...cell, name: 'cell' },
    ] as const
    const { trainer, lutra } = await bothWays({ input: [5], layers }, { whole: 9, rows: 12 })
    expect(lutra).toEqual(trainer)
  })
})
