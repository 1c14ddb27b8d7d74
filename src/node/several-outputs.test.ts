import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { runFloat } from '../engines/float.ts'
import { writeNpy } from '../formats/npy.ts'
import { importModel } from '../frontends/index.ts'
import { loadAutodiff } from '../train/autodiff.ts'
import { forward } from '../train/forward.ts'
import { initialWeights } from '../train/initialise.ts'
import { kerasArchitecture } from '../train/keras-architecture.ts'
import { readKerasModel, writeKerasModel } from '../train/keras-model.ts'
import { writeKeras3Model } from '../train/keras3-model.ts'
import { uploadWeights } from '../train/loop.ts'
import type { Metrics } from '../train/metrics.ts'
import { type ModelInput, readModelConfig } from '../train/model.ts'
import type { TrainProjectInput } from '../train/project.ts'
import { streamOf } from '../train/random.ts'
import { writeTfjsModel } from '../train/tfjs-model.ts'
import { evaluate } from './evaluate.ts'
import { predict } from './predict.ts'
import { readTable } from './read-data.ts'
import { trainModel } from './train.ts'

let folder = ''
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-outputs-'))
  await writeFile(at('rows.csv'), csv(300))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What kind of particle, and of which energy. */
function csv(rows: number): string {
  const uniform = streamOf(5, 'rows')
  const lines = Array.from({ length: rows }, () => {
    const [a, b] = [uniform() * 2 - 1, uniform() * 2 - 1].map(value => Math.round(value * 256) / 256)
    return [a, b, a! > b! ? 'gamma' : 'neutron', a! + b!].join()
  })
  return `${['a,b,kind,energy', ...lines].join('\n')}\n`
}

const model: ModelInput = {
  input: { x: [2] },
  layers: [
    { kind: 'dense', units: 8, name: 'trunk', activation: 'relu' },
    { kind: 'dense', units: 2, name: 'kind', activation: 'softmax' },
    { kind: 'dense', units: 1, name: 'energy', inputs: 'trunk' },
  ],
  outputs: ['kind', 'energy'],
}
const project = (out: string, more: Partial<TrainProjectInput> = {}): TrainProjectInput => ({
  model,
  data: at('rows.csv'),
  labelColumn: 'kind',
  outputs: { energy: { targetColumns: ['energy'], loss: 'huber', weight: 4 } },
  test: 0.2,
  epochs: 25,
  batch: 16,
  optimiser: { kind: 'adam', rate: 0.02 },
  out: at(out),
  ...more,
})

const accuracyOf = (metrics: Metrics) => (metrics.kind === 'classes' ? metrics.accuracy : undefined)

describe('a network of several outputs', () => {
  it('learns them together, each by its own loss', async () => {
    const { report } = await trainModel({ project: project('both') })
    expect(report.metrics).toMatchObject({ kind: 'classes' })
    expect(report.metrics.kind === 'classes' && report.metrics.accuracy).toBeGreaterThan(0.9)
    const [energy] = report.outputs!
    expect(energy).toMatchObject({ name: 'energy', metrics: { kind: 'values', rows: 60 } })
    expect(energy!.metrics.kind === 'values' && energy!.metrics.r2).toBeGreaterThan(0.95)
    expect(await readFile(at('both/training.html'), 'utf8')).toContain('Output energy, on the test rows')
    const { outputs } = await predict({
      model: at('both/model.h5'),
      input: [at('both/X_test.npy')],
      engine: 'float',
    })
    expect(outputs.map(({ shape }) => shape)).toEqual([[2], [1]])
    const given = {
      model: at('both/model.h5'),
      data: [at('both/X_test.npy')],
      labels: at('both/y_test.npy'),
      engine: 'float' as const,
    }
    await expect(evaluate(given)).rejects.toThrow(
      "the model gives 'kind', 'energy', and nothing, or two things, say what 'energy' should give",
    )
    const x = await readTable(at('both/X_test.npy'))
    const sums = Array.from({ length: 60 }, (_, k) => x.data[2 * k]! + x.data[2 * k + 1]!)
    await writeFile(at('energy.npy'), writeNpy({ shape: [60, 1], data: sums }, 'float32'))
    const judged = await evaluate({ ...given, outputs: { energy: { targets: at('energy.npy') } } })
    expect(judged.metrics).toMatchObject({ kind: 'classes', accuracy: accuracyOf(report.metrics) })
    const [own] = judged.outputs!
    expect(own).toMatchObject({ name: 'energy', metrics: { kind: 'values', rows: 60 } })
    expect(own!.metrics.kind === 'values' && own!.metrics.r2).toBeGreaterThan(0.95)
    const kept = { energy: { targets: at('both/y_energy_test.npy') } }
    expect((await evaluate({ ...given, outputs: kept })).outputs).toEqual(judged.outputs)
  })

  it('goes by the factors of the losses', async () => {
    const alone = await trainModel({
      project: project('kind', { outputs: { energy: { targetColumns: ['energy'], weight: 1e-9 } } }),
    })
    const [energy] = alone.report.outputs!
    expect(energy!.metrics.kind === 'values' && energy!.metrics.r2).toBeLessThan(0.5)
    expect(alone.report.metrics.kind === 'classes' && alone.report.metrics.accuracy).toBeGreaterThan(0.9)
  })

  it('takes rows that a program gives, and rows of its own to watch', async () => {
    const uniform = streamOf(2, 'made')
    const made = (count: number): Dataset => {
      const x = Float32Array.from({ length: 2 * count }, () => uniform() * 2 - 1)
      const labels = Int32Array.from({ length: count }, (_, k) => (x[2 * k]! > x[2 * k + 1]! ? 0 : 1))
      const energy = Float32Array.from({ length: count }, (_, k) => x[2 * k]! + x[2 * k + 1]!)
      return {
        count,
        inputs: [{ shape: [2], data: x }],
        target: { kind: 'classes', labels, names: ['gamma', 'neutron'] },
        more: { energy: { kind: 'values', shape: [1], data: energy } },
      }
    }
    const { report } = await trainModel({
      project: project('made', {
        data: made(200),
        validation: at('rows.csv'),
        test: 0,
        epochs: 2,
      }),
    })
    expect(report.rows).toEqual({ training: 200, validation: 300, test: 0 })
    expect(report.outputs).toHaveLength(1)
    const [x, y] = await Promise.all(['X', 'y_energy'].map(name => readTable(at(`made/${name}_test.npy`))))
    expect(y!.data.slice(0, 9)).toEqual(
      Float64Array.from({ length: 9 }, (_, k) => Math.fround(x!.data[2 * k]! + x!.data[2 * k + 1]!)),
    )
  })

  it.each<[Partial<TrainProjectInput>, string]>([
    [{ outputs: {} }, "train/outputs: outputs: nothing says what 'energy' should give"],
    [{ outputs: { enery: { targetColumns: ['energy'] } } }, "nothing says what 'energy' should give"],
    [
      { outputs: { energy: { targetColumns: ['energy'] }, kind: { targetColumns: ['energy'] } } },
      "'kind' is the first output",
    ],
    [
      {
        outputs: {
          energy: { targetColumns: ['energy'], loss: 'categorical-crossentropy', wait: 1 },
        } as never,
      },
      "'wait' is not known there",
    ],
    [{ outputs: { energy: { labelColumn: 'kind' } }, labelColumn: 'kind' }, "output 'energy': loss"],
    [{ model: { ...model, outputs: ['kind', 'enery'] } }, "'outputs' is"],
  ])('is refused where its outputs are not said: %j', async (more, message) => {
    await expect(trainModel({ project: project('refused', more) })).rejects.toThrow(message)
  })

  it('is written in every format, and read back to the same values', async () => {
    const quantised: ModelInput = {
      input: { x: [3], y: [2] },
      layers: [
        { kind: 'concatenate', name: 'both', inputs: ['y', 'x'] },
        {
          kind: 'dense',
          units: 4,
          name: 'a',
          kernelQuantizer: 'quantized_bits(6,1,alpha=1)',
          useBias: false,
        },
        { kind: 'activation', name: 'first', activation: 'quantized_relu(6,2)' },
        {
          kind: 'dense',
          units: 2,
          name: 'second',
          kernelQuantizer: 'quantized_bits(6,1,alpha=1)',
          useBias: false,
        },
      ],
      outputs: ['second', 'first'],
    }
    const built = readModelConfig(quantised, 'test')
    const values = initialWeights(built, 3)
    const autodiff = await loadAutodiff()
    const data = [Float64Array.of(0.5, -1, 0.25, 1, 2, -0.5), Float64Array.of(0.75, -2, 1.5, 0.125)]
    const run = autodiff.compile((weights: never, inputs: never) => {
      const { maths } = autodiff
      const own = [0, 1].map(k => maths.cast(inputs[`x${k}` as never], 'float64'))
      const seed = maths.full([], 0, 'int32')
      const { results } = forward(built, weights, own, { maths, training: false, seed })
      return { second: results.second!, first: results.first! }
    })
    const uploaded = Object.fromEntries(
      data.map((own, k) => [
        `x${k}`,
        autodiff.upload({ shape: [2, own.length / 2], data: Float32Array.from(own) }),
      ]),
    )
    const found = run(uploadWeights(autodiff, built, values) as never, uploaded as never)
    const wanted = [[...autodiff.download(found.second)], [...autodiff.download(found.first)]]
    const results = async (files: readonly { name: string; bytes: Uint8Array }[]) => {
      const graph = await importModel(files)
      const batches = data.map(own => ({ rows: 2, shape: [own.length / 2], data: own }))
      const all = runFloat(graph, batches, graph.outputs)
      return graph.outputs.map(name => [...all.get(name)!.data])
    }
    const h5 = await writeKerasModel(built, values)
    expect(await results([{ name: 'm.h5', bytes: h5 }])).toEqual(wanted)
    expect(await results([{ name: 'm.keras', bytes: await writeKeras3Model(built, values) }])).toEqual(wanted)
    const tfjs = [...writeTfjsModel(built, values)].map(([name, content]) => ({
      name,
      bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    }))
    expect(await results(tfjs)).toEqual(wanted)
    const again = await readKerasModel(h5, 'm.h5')
    expect(again.model).toEqual(built)
    expect(kerasArchitecture(again.model)).toMatchObject({
      class_name: 'Functional',
      config: {
        output_layers: [
          ['second', 0, 0],
          ['first', 0, 0],
        ],
      },
    })
  })
})
