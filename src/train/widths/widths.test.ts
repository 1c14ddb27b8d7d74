import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { rowSource, sizeOf } from '../../data/dataset.ts'
import { generate } from '../../data/generators/index.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { importModel } from '../../frontends/index.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { loadAutodiff } from '../autodiff.ts'
import { writeKerasModel } from '../keras-model.ts'
import { train, uploadWeights } from '../loop.ts'
import { readModelConfig } from '../model.ts'
import { readTrainSettings } from '../settings.ts'
import { compileForward } from '../step.ts'
import { flooredBits, integerBits, powerOfTwo } from './fixed-bits.ts'
import { fixedModel } from './fixed-model.ts'
import { createWidthTraining } from './widths.ts'

const autodiff = await loadAutodiff()
const { maths } = autodiff

const model = readModelConfig(
  {
    input: [32],
    layers: [
      { kind: 'trained-width', name: 'q_in', frac: 6 },
      { kind: 'dense', units: 6, name: 'fc1', activation: 'relu' },
      { kind: 'trained-width', name: 'q1' },
      { kind: 'dense', units: 2, name: 'out' },
    ],
  },
  'test',
)

describe('fraction bits', () => {
  const compute = (work: () => Parameters<typeof autodiff.download>[0]) => [
    ...autodiff.download(autodiff.compile(() => ({ y: work() }))().y!),
  ]
  const list = (...values: number[]) =>
    maths.concatenate(
      values.map(value => maths.full([1], value)),
      0,
    )

  it('powers of two are exact', () => {
    const found = compute(() => powerOfTwo(maths, list(-126, -3, 0, 1, 24, 127)))
    expect(found).toEqual([2 ** -126, 0.125, 1, 2, 2 ** 24, 2 ** 127])
  })

  it('cut what is below them, or round', () => {
    expect(compute(() => flooredBits(maths, list(0.7, -0.7, 0.5), list(1, 1, 0), 0))).toEqual([0.5, -1, 0])
    expect(compute(() => flooredBits(maths, list(0.75, -0.7, 0.5), list(1, 1.4, -0.4), 0.5))).toEqual([
      1, -0.5, 1,
    ])
  })

  it('before the point', () => {
    expect(compute(() => integerBits(maths, list(0.9, 1, -3, 4, 0)))).toEqual([0, 1, 2, 3, -126])
  })

  it('are worth what they would bring nearer: the gradient is ln 2 times what is cut', () => {
    const pass = autodiff.compile((weights: { f: never }) => {
      const { gradients } = autodiff.gradient(
        own => ({ loss: maths.sum(flooredBits(maths, list(0.7), own.f!, 0)), more: {} }),
        weights,
      )
      return gradients
    })
    const f = autodiff.upload({ shape: [1], data: Float32Array.of(1) })
    expect(autodiff.download(pass({ f: f as never }).f!)[0]).toBeCloseTo(Math.LN2 * 0.2, 6)
  })
})

describe('training of widths', () => {
  it('gives a front in one run, and a file that predicts the same bits', async () => {
    const data = rowSource(generate('pulses', 800, 1))
    const epochs = 10
    const settings = readTrainSettings(
      { epochs, batch: 64, optimiser: { kind: 'adam', rate: 0.01 }, restoreBest: false },
      'test',
    )
    const widths = createWidthTraining(
      autodiff,
      model,
      { price: [1e-6, 3e-4] },
      { epochs, stepsPerEpoch: Math.ceil(data.count / 64) },
    )
    const front: number[] = []
    const { weights, history } = await train({
      autodiff,
      model,
      settings,
      data,
      additions: widths.additions,
      onEpoch: (_record, snapshot) => void front.push(widths.ebopsOf(snapshot().weights)),
    })
    expect(front.at(-1)!).toBeLessThan(0.6 * Math.max(...front))
    expect(front.at(-1)!).toBeGreaterThan(0)
    expect(history.at(-1)!.accuracy).toBeGreaterThan(0.75)

    const fixed = await fixedModel(autodiff, model, weights, data)
    const rows = await data.rows(Uint32Array.from({ length: 300 }, (_, k) => k))
    const own = compileForward(
      autodiff,
      fixed.model,
      'float64',
    )(uploadWeights(autodiff, fixed.model, fixed.weights), {
      x0: autodiff.upload({ shape: [300, 32], data: rows.inputs[0]!.data }),
    })
    const trained = compileForward(
      autodiff,
      model,
      'float64',
    )(uploadWeights(autodiff, model, { ...weights, ...fixed.weights }), {
      x0: autodiff.upload({ shape: [300, 32], data: rows.inputs[0]!.data }),
    })
    expect([...autodiff.download(own.output)]).toEqual([...autodiff.download(trained.output)])

    const graph = await importModel([
      { name: 'm.h5', bytes: await writeKerasModel(fixed.model, fixed.weights) },
    ])
    const { typed } = compileModel(graph)
    const to = typed.outputs[0]!
    const batch = { rows: 300, shape: [32], data: Float64Array.from(rows.inputs[0]!.data) }
    const found = createFixedEngine(typed).run([batch], [to]).get(to)!
    expect([...toNumbers(nodeNamed(typed, to), found)]).toEqual([...autodiff.download(own.output)])
    expect(sizeOf(fixed.model.outputShape)).toBe(2)
  })

  it.each([
    [{ price: [0, 1] as const }, 'the prices are 0 and 1'],
    [{ price: [1e-4, 1e-5] as const }, 'the last not below'],
  ])('refuses %j', (settings, message) => {
    expect(() => createWidthTraining(autodiff, model, settings, { epochs: 1, stepsPerEpoch: 1 })).toThrow(
      message,
    )
  })

  it('refuses products of values without a width', () => {
    const plain = readModelConfig({ input: [4], layers: [{ kind: 'dense', units: 2, name: 'fc' }] }, 'test')
    expect(() =>
      createWidthTraining(autodiff, plain, { price: [1, 1] }, { epochs: 1, stepsPerEpoch: 1 }),
    ).toThrow("layer 'fc': it multiplies values whose width is not trained")
  })
})
