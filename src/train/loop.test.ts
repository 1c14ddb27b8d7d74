import { describe, expect, it } from 'vitest'
import { type Dataset, rowSource } from '../data/dataset.ts'
import { normal } from '../data/random.ts'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { loadAutodiff } from './autodiff.ts'
import { type Snapshot, type TrainingRequest, train } from './loop.ts'
import { defineModel, readModelConfig } from './model.ts'
import { streamOf } from './random.ts'
import { readTrainSettings, type TrainSettingsInput } from './settings.ts'

const autodiff = await loadAutodiff()

/** Two clouds of points in four dimensions. */
function clouds(count: number, seed: number): Dataset {
  const uniform = streamOf(seed, 'clouds')
  const labels = Int32Array.from({ length: count }, () => (uniform() < 0.5 ? 0 : 1))
  const data = Float32Array.from(
    { length: count * 4 },
    (_, k) => 0.6 * normal(uniform) + (labels[k >> 2] === 1 ? 0.5 : -0.5),
  )
  return {
    count,
    inputs: [{ shape: [4], data }],
    target: { kind: 'classes', labels, names: ['left', 'right'] },
  }
}

const model = readModelConfig(
  defineModel({
    name: 'clouds',
    input: [4],
    layers: [
      { kind: 'dense', units: 8, name: 'fc1', kernelQuantizer: 'quantized_bits(6,1,alpha=1)' },
      { kind: 'activation', activation: 'quantized_relu(6,1)' },
      { kind: 'dropout', rate: 0.1 },
      { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
    ],
  }),
  'test',
)

const request = (settings: TrainSettingsInput, more: Partial<TrainingRequest> = {}): TrainingRequest => ({
  autodiff,
  model,
  settings: readTrainSettings({ epochs: 4, batch: 32, ...settings }, 'test'),
  data: rowSource(clouds(300, 1)),
  validation: rowSource(clouds(200, 2)),
  ...more,
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (problem) {
    if (problem instanceof CompileError) return problem.message
    throw problem
  }
  return 'nothing'
}

describe('training', () => {
  it('learns two clouds with quantised weights', async () => {
    const { history, weights } = await train(request({ epochs: 12, optimiser: { kind: 'adam', rate: 0.01 } }))
    expect(history).toHaveLength(12)
    expect(history.at(-1)!.validationAccuracy).toBeGreaterThan(0.9)
    expect(Object.keys(weights)).toEqual(['fc1/kernel', 'fc1/bias', 'out/kernel', 'out/bias'])
  })

  it('resumes to the same bits', async () => {
    const settings: TrainSettingsInput = { schedule: { kind: 'plateau', patience: 1 }, patience: 3 }
    const whole = await train(request(settings))
    let kept: Snapshot | undefined
    await train(
      request(settings, {
        onEpoch: (record, snapshot) => {
          if (record.epoch === 2) kept = snapshot()
        },
      }),
    )
    const resumed = await train(request(settings, { resume: kept }))
    expect(resumed.history).toEqual(whole.history)
    expect(resumed.weights).toEqual(whole.weights)
  })

  it.each([
    ['sgd', { kind: 'sgd', rate: 0.05, momentum: 0.9 }],
    ['nesterov', { kind: 'sgd', rate: 0.05, momentum: 0.9, nesterov: true }],
  ] as const)('learns with %s', async (_, optimiser) => {
    const { history } = await train(request({ epochs: 6, optimiser: { ...optimiser } }))
    expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss)
  })

  it('stops early, and gives the weights of the best epoch', async () => {
    const { history, ended, bestEpoch } = await train(
      request({ epochs: 60, patience: 2, optimiser: { kind: 'adam', rate: 0.05 } }),
    )
    expect(ended).toBe('patience')
    expect(bestEpoch).toBe(history.length - 2)
  })

  it('stops at a loss that is no number, with step and layer', async () => {
    const broken = clouds(64, 1)
    broken.inputs[0]!.data[17] = Number.NaN
    expect(await codeOf(train(request({}, { data: rowSource(broken) })))).toMatch(
      /train\/not-finite: epoch 1, step \d: the loss is NaN: input 'input' has values/,
    )
    const rate = request({ optimiser: { kind: 'sgd', rate: 1e38 } })
    expect(await codeOf(train(rate))).toMatch(/train\/not-finite: epoch 1, step \d+: .* layer/)
  })

  it('refuses what does not fit before it begins', async () => {
    const three: Dataset = {
      ...clouds(10, 1),
      target: { kind: 'classes', labels: new Int32Array(10), names: ['a', 'b', 'c'] },
    }
    three.target.kind === 'classes' && three.target.labels.set([2, 2, 2, 1])
    const alone = { data: rowSource(three), validation: undefined }
    expect(await codeOf(train(request({}, alone)))).toContain(
      'and the data has 3 classes (b in 1 row, c in 3, a in 6); expected [3]. Correct labels that are misspelt',
    )
    const wide: Dataset = { ...clouds(10, 1), inputs: [{ shape: [5], data: new Float32Array(50) }] }
    expect(await codeOf(train(request({}, { data: rowSource(wide) })))).toContain('train/input-shape')
    expect(await codeOf(train(request({ classWeights: [1, 2, 3] })))).toContain('train/class-weights')
  })

  it('weighs classes as asked', async () => {
    const { history } = await train(request({ epochs: 1, classWeights: [0.001, 1] }))
    const plain = await train(request({ epochs: 1 }))
    expect(history[0]!.loss).toBeLessThan(plain.history[0]!.loss)
    const byName = await train(request({ epochs: 1, classWeights: { right: 1, left: 0.001 } }))
    expect(byName.history).toEqual(history)
    const wrong = train(request({ classWeights: { left: 1, other: 2 } }))
    await expect(wrong).rejects.toThrow("there is no class 'other'; expected one of left, right")
    await expect(train(request({ classWeights: { left: 1 } }))).rejects.toThrow(
      '1 weights are given for 2 classes',
    )
  })
})
