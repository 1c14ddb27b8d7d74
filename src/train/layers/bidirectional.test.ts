import { describe, expect, it } from 'vitest'
import { initialWeights } from '../initialise.ts'
import { kerasArchitecture } from '../keras-architecture.ts'
import { readKerasModel, writeKerasModel } from '../keras-model.ts'
import { type LayerInput, readModelConfig } from '../model.ts'
import { readArchitecture } from '../read-architecture.ts'
import { bothWays } from '../testing/read-back.ts'

// Whole numbers everywhere, so that no product is rounded in float64.
const whole = {
  kernelQuantizer: 'quantized_bits(3,2,alpha=1)',
  recurrentQuantizer: 'quantized_bits(3,2,alpha=1)',
  biasQuantizer: 'quantized_bits(3,2,alpha=1)',
}
const gates = { activation: 'relu', recurrentActivation: 'relu' }
const rest: LayerInput[] = [
  { kind: 'flatten' },
  {
    kind: 'dense',
    units: 2,
    kernelQuantizer: 'quantized_bits(6,1,alpha=1)',
    biasQuantizer: 'quantized_bits(6,1,alpha=1)',
  },
]
const both = (more: object): LayerInput => ({ kind: 'bidirectional', units: 3, ...whole, ...gates, ...more })

describe('a layer in both directions', () => {
  it.each<[string, object]>([
    ['an LSTM, side by side', {}],
    ['a GRU, summed', { cell: 'gru', mergeMode: 'sum' }],
    ['a GRU that resets first, multiplied', { cell: 'gru', resetAfter: false, mergeMode: 'mul' }],
    ['a simple one, by its mean', { cell: 'simple-rnn', recurrentActivation: undefined, mergeMode: 'ave' }],
    ['sequences', { returnSequences: true }],
    ['sequences, summed', { cell: 'gru', returnSequences: true, mergeMode: 'sum' }],
    ['not quantised', { kernelQuantizer: null, recurrentQuantizer: null, biasQuantizer: null, cell: 'gru' }],
  ])('read back by Lutra means the same: %s', async (_, more) => {
    const given = Object.fromEntries(Object.entries(both(more)).filter(([, value]) => value !== undefined))
    const layers = [given as unknown as LayerInput, ...rest]
    const { trainer, lutra } = await bothWays({ input: [2, 4], layers }, { whole: 4 })
    if (more && 'kernelQuantizer' in more) {
      lutra.forEach((value, k) => void expect(value).toBeCloseTo(trainer[k]!, 4))
      return
    }
    expect(lutra).toEqual(trainer)
    expect(new Set(trainer).size).toBeGreaterThan(2)
  })

  it('is read back by training to the same model and weights', async () => {
    const layers = [both({ cell: 'gru', mergeMode: 'ave' }), ...rest]
    const model = readModelConfig({ input: [2, 4], layers }, 'test')
    const values = initialWeights(model, 1)
    const again = await readKerasModel(await writeKerasModel(model, values), 'm.h5')
    expect(again.model).toEqual(model)
    expect(again.weights).toEqual(values)
    expect(values['bidirectional/forward_kernel']).not.toEqual(values['bidirectional/backward_kernel'])
  })

  it('is written as Keras writes it', () => {
    const model = readModelConfig({ input: [6, 4], layers: [{ kind: 'bidirectional', units: 6 }] }, 'test')
    const { config } = kerasArchitecture(model) as {
      config: { layers: { class_name: string; config: object }[] }
    }
    expect(config.layers[1]).toMatchObject({
      class_name: 'Bidirectional',
      config: {
        name: 'bidirectional',
        merge_mode: 'concat',
        layer: {
          class_name: 'LSTM',
          config: {
            name: 'lstm',
            units: 6,
            go_backwards: false,
            unit_forget_bias: true,
            kernel_regularizer: null,
          },
        },
      },
    })
    expect(config.layers[1]!.config).not.toHaveProperty('layer.config.reset_after')
    expect(model.layers[0]!.weights.map(({ path }) => path!.join('/'))).toContain('backward_lstm/lstm_cell')
  })

  it('has no settings of other cells', () => {
    const read = (more: object) =>
      readModelConfig({ input: [6, 4], layers: [{ kind: 'bidirectional', units: 6, ...more }] }, 'test')
    expect(() => read({ cell: 'simple-rnn', recurrentActivation: 'tanh' })).toThrow(
      'SimpleRNN has no recurrentActivation',
    )
    expect(() => read({ cell: 'lstm', resetAfter: false })).toThrow('LSTM has no resetAfter')
  })

  it.each([
    [{ layer: { class_name: 'Dense', config: { units: 2 } } }, 'a recurrent layer that goes forward'],
    [{ layer: { class_name: 'GRU', config: { units: 2, go_backwards: true } } }, 'that goes forward'],
    [{ layer: { class_name: 'GRU', config: { units: 2 } }, merge_mode: null }, "'merge_mode' is null"],
    [{ layer: { class_name: 'GRU', config: { units: 2 } }, backward_layer: {} }, "'backward_layer'"],
  ])('is refused where training has no such choice: %j', (config, message) => {
    const layers = [{ class_name: 'Bidirectional', config: { batch_input_shape: [null, 2, 3], ...config } }]
    const value = { class_name: 'Sequential', config: { name: 'm', layers } }
    expect(() => readArchitecture(value as never, 'test')).toThrow(message)
  })
})
