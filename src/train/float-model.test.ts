import { expect, it } from 'vitest'
import { isFloatModel, isLargeFloat } from './float-model.ts'
import { readModelConfig } from './model.ts'

const modelOf = (...layers: object[]) => readModelConfig({ input: [64], layers } as never, 'test')
const dense = { kind: 'dense', units: 32, name: 'fc1' }

it.each([
  [[dense], true],
  [[{ ...dense, activation: 'relu' }], true],
  [[{ ...dense, activation: 'quantized_relu(4)' }], false],
  [[{ ...dense, kernelQuantizer: 'quantized_bits(4,0,alpha=1)' }], false],
  [[{ kind: 'trained-width' }, dense], false],
  [
    [
      { kind: 'reshape', targetShape: [8, 8] },
      { kind: 'gru', units: 4 },
    ],
    true,
  ],
  [
    [
      { kind: 'reshape', targetShape: [8, 8] },
      { kind: 'gru', units: 4, stateQuantizer: 'quantized_bits(4,0,alpha=1)' },
    ],
    false,
  ],
])('%j', (layers, expected) => {
  expect(isFloatModel(modelOf(...layers))).toBe(expected)
})

it('is large above a million parameters', () => {
  expect(isLargeFloat(modelOf({ ...dense, units: 2 ** 14 }))).toBe(true)
  expect(isLargeFloat(modelOf({ ...dense, units: 2 ** 13 }))).toBe(false)
})
