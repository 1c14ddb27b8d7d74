import { describe, expect, it } from 'vitest'
import { compileModel } from '../compile.ts'
import { emptyConfig } from '../config/model-config.ts'
import { parseConfig } from '../config/parse.ts'
import { printConfig } from '../config/write.ts'
import type { Batch } from '../engines/engine.ts'
import { importModel } from '../frontends/index.ts'
import {
  denseLayer,
  floats,
  inputLayer,
  kerasFile,
  sequential,
  type TestLayer,
} from '../frontends/keras/testing/models.ts'
import { printGraph } from '../ir/print.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { prepareTuning } from './prepare-tuning.ts'
import { scoreOf, strictAccuracy, typedBy } from './try-widths.ts'
import { keyOf, type Trial, type TuneHooks, type Tuning, tune } from './tune.ts'
import { hls4mlConfigOf } from './width-config.ts'
import { integerBits } from './width-knobs.ts'

/** Values that no few bits hold, the same in every run. */
function noise(count: number, seed: number, scale = 1): number[] {
  return Array.from({ length: count }, (_, k) => scale * Math.sin(12.9898 * (k + 1) + 78.233 * seed))
}

function dense(name: string, shape: readonly [number, number], seed: number, activation: string): TestLayer {
  const weights = {
    kernel: floats(shape, ...noise(shape[0] * shape[1], seed)),
    bias: floats([shape[1]], ...noise(shape[1], seed + 1, 0.5)),
  }
  return { ...denseLayer(name, shape, { activation }), weights }
}

async function classifier(last = 'softmax'): Promise<OpGraph> {
  const layers = [inputLayer('x', 4), dense('fc1', [4, 6], 1, 'relu'), dense('fc2', [6, 3], 3, last)]
  return importModel([{ name: 'small.h5', bytes: await kerasFile(layers, sequential(layers)) }])
}

const rows: Batch = { rows: 60, shape: [4], data: Float64Array.from(noise(240, 9)) }

async function tuning(last = 'softmax', maxLoss = 0.06): Promise<Tuning> {
  const source = await classifier(last)
  const loss = { kind: last === 'softmax' ? 'decisions' : 'range' } as const
  const prepared = prepareTuning(
    source,
    { inputs: [rows], loss },
    { config: emptyConfig, rows: 1000, seed: 1 },
  )
  return { ...prepared, judged: prepared.sample, maxLoss }
}

describe('a search for widths', () => {
  it('keeps the loss, gets cheaper with every step and cheaper than one width for all', async () => {
    for (const last of ['softmax', 'linear']) {
      const asked = await tuning(last)
      const { steps, leastUniform } = await tune(asked)
      const costs = steps.map(({ cost }) => cost)
      expect(costs.length).toBeGreaterThan(5)
      expect([...costs].sort((a, b) => b - a)).toEqual(costs)
      expect(new Set(costs).size).toBe(costs.length)
      expect(steps.every(({ loss }) => loss <= asked.maxLoss)).toBe(true)
      expect(costs.at(-1)).toBeLessThan(leastUniform.cost)
      const score = await scoreOf(typedBy(asked.typing, steps.at(-1)!.widths).compiled, asked.judged)
      expect(score).toMatchObject({ loss: steps.at(-1)!.loss, noise: steps.at(-1)!.noise })
    }
  }, 60_000)

  it('interrupted anywhere, comes to the same result with what was tried before', async () => {
    const asked = await tuning()
    const log: [string, Trial][] = []
    const whole = await tune(asked, { onTrial: (key, trial) => void log.push([key, trial]) })
    for (const cut of [7, Math.floor(log.length / 2), log.length]) {
      // As a log of JSON gives it back.
      const known = new Map(JSON.parse(JSON.stringify(log.slice(0, cut))) as [string, Trial][])
      const more: string[] = []
      const hooks: TuneHooks = { known, onTrial: key => void more.push(key) }
      expect(await tune(asked, hooks)).toEqual(whole)
      expect(more).toEqual(log.slice(cut).map(([key]) => key))
    }
  }, 120_000)

  it('finds the same whether networks share results or are run as a whole', async () => {
    for (const last of ['softmax', 'linear']) {
      const asked = await tuning(last)
      expect(await tune(asked)).toEqual(await tune({ ...asked, apart: true }))
    }
  }, 60_000)

  it('ends when it is told to', async () => {
    let left = 5
    const pause = async () => {
      if (left-- === 0) throw new Error('stopped')
    }
    await expect(tune(await tuning(), { pause })).rejects.toThrow('stopped')
  })

  it('says how far it is, and more starts never find worse', async () => {
    const asked = await tuning('linear')
    const told: number[] = []
    const one = await tune(asked, { onProgress: (done, expected) => void told.push(done / expected) })
    const two = await tune({ ...asked, starts: 2 })
    expect(told.every(share => share > 0 && share <= 1)).toBe(true)
    expect(two.steps.at(-1)!.cost).toBeLessThanOrEqual(one.steps.at(-1)!.cost)
  }, 60_000)

  it('refuses a loss that nothing keeps', async () => {
    await expect(tune(await tuning('linear', 1e-9))).rejects.toThrow('precision/loss-not-reached')
  })

  it('types by a config that reads back to the same network', async () => {
    const asked = await tuning()
    const { steps } = await tune(asked)
    for (const { widths } of [steps[0]!, steps.at(-1)!]) {
      const { compiled, config } = typedBy(asked.typing, widths)
      for (const format of ['yaml', 'json'] as const) {
        const read = parseConfig(printConfig(hls4mlConfigOf(config), format), `tuned.${format}`)
        expect(printGraph(compileModel(asked.typing.source, { config: read }).typed)).toBe(
          printGraph(compiled.typed),
        )
      }
    }
  }, 60_000)

  it('takes rows by seed', async () => {
    const source = await classifier()
    const sampled = (seed: number) =>
      prepareTuning(
        source,
        { inputs: [rows], loss: { kind: 'decisions' } },
        { config: emptyConfig, rows: 20, seed },
      )
    const [first, again, other] = [sampled(1), sampled(1), sampled(2)].map(({ sample }) => sample.inputs[0]!)
    expect(first).toEqual(again)
    expect(first!.rows).toBe(20)
    expect(first).not.toEqual(other)
  })
})

it('a row whose largest value is not the only one is decided wrongly', () => {
  expect(strictAccuracy([0, 0, 1, 0], Float64Array.of(1, 0, 1, 1, 0, 1, 0, 1))).toBe(0.5)
  expect(strictAccuracy([1, 0], Float64Array.of(0.7, 0.7))).toBe(0.5)
})

it('integer bits hold what is reached', () => {
  expect(integerBits({ min: 0, max: 7.9 }, false, 4)).toBe(3)
  expect(integerBits({ min: 0, max: 7.99 }, false, 4)).toBe(4)
  expect(integerBits({ min: -8, max: 1 }, true, 2)).toBe(4)
  expect(integerBits({ min: -0.25, max: 0.2 }, true, 8)).toBe(-1)
})

it('is known by its widths, whatever their order', () => {
  expect(keyOf({ 'b.result': 1, 'a.weight': -2 })).toBe('a.weight=-2 b.result=1')
})
