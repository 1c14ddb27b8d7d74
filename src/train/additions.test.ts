import { describe, expect, it } from 'vitest'
import { rowSource } from '../data/dataset.ts'
import { generate } from '../data/generators/index.ts'
import { combineAdditions } from './additions.ts'
import { loadAutodiff } from './autodiff.ts'
import { createDistillation } from './distillation.ts'
import { initialWeights } from './initialise.ts'
import { train } from './loop.ts'
import { readModelConfig } from './model.ts'
import { createPruning } from './pruning/pruning.ts'
import { readTrainSettings } from './settings.ts'
import { createWidthTraining } from './widths/widths.ts'

const autodiff = await loadAutodiff()

const network = (units: number, quantised: boolean) =>
  readModelConfig(
    {
      input: [32],
      layers: [
        {
          kind: 'dense',
          units,
          name: 'fc1',
          ...(quantised ? { kernelQuantizer: 'quantized_bits(6,1,alpha=1)' } : {}),
        },
        { kind: 'activation', activation: quantised ? 'quantized_relu(6,1)' : 'relu' },
        { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
      ],
    },
    'test',
  )

const settings = (epochs: number) =>
  readTrainSettings({ epochs, batch: 64, optimiser: { kind: 'adam', rate: 0.01 } }, 'test')
const data = rowSource(generate('pulses', 800, 1))
const validation = rowSource(generate('pulses', 400, 2))

describe('pruning and distillation in one quantised run', () => {
  it('gives a sparse student that learned of its teacher', async () => {
    const teacherModel = network(12, false)
    const teacher = await train({ autodiff, model: teacherModel, settings: settings(12), data, validation })
    const student = network(6, true)
    const epochs = 12
    const pruning = createPruning(
      student,
      { schedule: { kind: 'polynomial', sparsity: 0.6, begin: 2, end: 8 } },
      epochs,
    )
    const distillation = createDistillation(
      autodiff,
      student,
      { model: teacherModel, weights: teacher.weights },
      { alpha: 0.5, temperature: 2, target: 'classes' },
    )
    const start = initialWeights(student, 1)
    pruning.update(start, 0)
    const result = await train({
      autodiff,
      model: student,
      settings: readTrainSettings(
        { epochs, batch: 64, optimiser: { kind: 'adam', rate: 0.01 }, restoreBest: false },
        'test',
      ),
      data,
      validation,
      additions: combineAdditions([pruning.additions, distillation.additions]),
      onEpoch: (record, snapshot) => pruning.update(snapshot().weights, record.epoch),
    })
    distillation.release()
    const kernel = result.weights['fc1/kernel']!
    const zeros = kernel.filter(weight => weight === 0).length
    expect(zeros).toBe(Math.round(0.6 * kernel.length))
    expect(result.history.at(-1)!.validationAccuracy).toBeGreaterThan(0.8)
  })

  it('with alpha 1 and the teacher itself as student there is nothing to learn', async () => {
    const model = network(4, false)
    const weights = initialWeights(model, 3)
    const distillation = createDistillation(
      autodiff,
      model,
      { model, weights },
      { alpha: 1, temperature: 3, target: 'classes' },
    )
    const { history } = await train({
      autodiff,
      model,
      // Adam would make steps of rounding errors: one step is enough to see the loss.
      settings: readTrainSettings({ epochs: 1, batch: 800 }, 'test'),
      data,
      start: weights,
      additions: distillation.additions,
    })
    expect(history[0]!.loss).toBeCloseTo(0, 6)
  })

  it('asks the teacher about all rows at once and trains to the same bits', async () => {
    const model = network(4, true)
    const teacher = { model: network(6, false), weights: initialWeights(network(6, false), 7) }
    const trained = async (once: boolean) => {
      const own = { alpha: 0.7, temperature: 2, target: 'classes' } as const
      const distillation = createDistillation(autodiff, model, teacher, own)
      if (once) await distillation.askOnce(data)
      const { additions } = distillation
      const { weights } = await train({ autodiff, model, settings: settings(2), data, validation, additions })
      distillation.release()
      return weights
    }
    expect(await trained(true)).toEqual(await trained(false))
  })

  it('what widths cost is added to what the teacher asks', async () => {
    const model = readModelConfig(
      {
        input: [32],
        layers: [{ kind: 'trained-width' }, { kind: 'dense', units: 2, name: 'out', activation: 'softmax' }],
      },
      'test',
    )
    const teacher = { model: network(6, false), weights: initialWeights(network(6, false), 7) }
    const own = { alpha: 1, temperature: 2, target: 'classes' } as const
    const lossAt = async (bitPrice: number) => {
      const distillation = createDistillation(autodiff, model, teacher, own)
      const prices = { price: [1e-9, 1e-9], bitPrice } as const
      const widths = createWidthTraining(autodiff, model, prices, { epochs: 1, stepsPerEpoch: 1 })
      const additions = combineAdditions([distillation.additions, widths.additions])
      const whole = readTrainSettings({ epochs: 1, batch: 800 }, 'test')
      const { history } = await train({ autodiff, model, settings: whole, data, additions })
      distillation.release()
      return history[0]!.loss
    }
    const [free, cheap, dear] = [await lossAt(0), await lossAt(1e-4), await lossAt(1e-3)]
    expect(free).toBeGreaterThan(0)
    expect((dear - free) / (cheap - free)).toBeCloseTo(10, 1)
  })

  it.each([
    [{ alpha: 1.5, temperature: 2 }, 'alpha is 1.5'],
    [{ alpha: 0.5, temperature: 0 }, 'the temperature is 0'],
  ])('refuses %j', (given, message) => {
    const model = network(4, false)
    const teacher = { model, weights: initialWeights(model, 1) }
    expect(() => createDistillation(autodiff, model, teacher, { ...given, target: 'classes' })).toThrow(
      message,
    )
  })
})
