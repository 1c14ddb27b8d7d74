import { describe, expect, it } from 'vitest'
import { loadAutodiff, type Tensors } from './autodiff.ts'
import { correctedRate, optimise, slotNames } from './optimiser.ts'
import { afterEpoch, rateFactor, scheduleStart } from './schedule.ts'
import { type OptimiserSpec, readTrainSettings, type ScheduleSpec } from './settings.ts'

const autodiff = await loadAutodiff()
const scalar = (value: number) => autodiff.upload({ shape: [1], data: Float32Array.of(value) })

/** Three steps of a single weight from 1 by these gradients. */
function steps(spec: OptimiserSpec, gradients: readonly number[]): number[] {
  const run = autodiff.compile((state: { weights: Tensors; slots: Tensors }, given: Tensors) =>
    optimise(autodiff.maths, spec, state, { w: given.g! }, given.rate!),
  )
  let state = {
    weights: { w: scalar(1) } as Tensors,
    slots: Object.fromEntries(slotNames(spec).map(name => [`${name}/w`, scalar(0)])) as Tensors,
  }
  return gradients.map((gradient, step) => {
    const rate = scalar(correctedRate(spec, spec.rate, step))
    state = run(state as never, { g: scalar(gradient), rate }) as unknown as typeof state
    return autodiff.download(state.weights.w!)[0]!
  })
}

const optimiser = (value: object) => readTrainSettings({ optimiser: value }, 'test').optimiser

describe('optimisers', () => {
  it('Adam is Keras’s, with the correction for its zero start', () => {
    const spec = optimiser({ kind: 'adam', rate: 0.1 })
    const gradients = [1, 2, -1]
    let [w, m, v] = [1, 0, 0]
    const expected = gradients.map((g, k) => {
      m += (g - m) * (1 - 0.9)
      v += (g * g - v) * (1 - 0.999)
      w -= (0.1 * Math.sqrt(1 - 0.999 ** (k + 1)) * m) / (1 - 0.9 ** (k + 1)) / (Math.sqrt(v) + 1e-7)
      return w
    })
    steps(spec, gradients).forEach((own, k) => void expect(own).toBeCloseTo(expected[k]!, 5))
  })

  it.each([
    [{ kind: 'sgd', rate: 0.5 }, [0.5, -0.5, 0]],
    [{ kind: 'sgd', rate: 0.5, momentum: 0.5 }, [0.5, -0.75, -0.875]],
    [{ kind: 'sgd', rate: 0.5, momentum: 0.5, nesterov: true }, [0.25, -1.375, -0.9375]],
  ])('%o is Keras’s', (spec, expected) => {
    expect(steps(optimiser(spec), [1, 2, -1])).toEqual(expected)
  })
})

const schedule = (value: object | string) => readTrainSettings({ schedule: value }, 'test').schedule
const factors = (spec: ScheduleSpec, epochs = 4) =>
  Array.from({ length: epochs }, (_, epoch) =>
    rateFactor(spec, scheduleStart, { epoch, epochs, step: 0, stepsPerEpoch: 2 }),
  )

describe('schedules', () => {
  it('fall as they say', () => {
    expect(factors(schedule('constant'))).toEqual([1, 1, 1, 1])
    expect(factors(schedule({ kind: 'linear', final: 0.5 }))).toEqual([1, 0.875, 0.75, 0.625])
    expect(factors(schedule({ kind: 'exponential', factor: 0.5 }))).toEqual([1, 0.5, 0.25, 0.125])
    expect(factors(schedule({ kind: 'steps', factor: 0.1, every: 2 }))).toEqual([1, 1, 0.1, 0.1])
    expect(factors(schedule('cosine'))[2]).toBeCloseTo(0.5, 12)
    expect(factors(schedule({ kind: 'constant', warmUp: 2 }))).toEqual([0.25, 0.75, 1, 1])
  })

  it('cut at a plateau, and not before', () => {
    const spec = schedule({ kind: 'plateau', factor: 0.5, patience: 2 })
    const states = [scheduleStart]
    for (const better of [false, true, false, false]) states.push(afterEpoch(spec, states.at(-1)!, better))
    expect(states.map(({ factor }) => factor)).toEqual([1, 1, 1, 1, 0.5])
  })
})
