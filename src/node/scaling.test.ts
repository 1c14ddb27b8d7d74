import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeNpy } from '../formats/npy.ts'
import { readKerasModel } from '../train/keras-model.ts'
import type { LayerInput } from '../train/model.ts'
import type { TrainProjectInput } from '../train/project.ts'
import { streamOf } from '../train/random.ts'
import { evaluate } from './evaluate.ts'
import { predict } from './predict.ts'
import { trainModel } from './train.ts'

let folder = ''
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-scaling-'))
  await writeFile(at('rows.csv'), csv(240))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Two columns of very different size; the class hangs on both. */
function csv(rows: number): string {
  const uniform = streamOf(3, 'rows')
  const lines = Array.from({ length: rows }, () => {
    const [a, b] = [uniform(), uniform()]
    return [
      Math.round(4096 * (1000 + 300 * a)) / 4096,
      Math.round(4096 * b) / 4096 / 64,
      a + b > 1 ? 1 : 0,
    ].join()
  })
  return `${['energy,ratio,label', ...lines].join('\n')}\n`
}

const dense = (units: number): LayerInput => ({ kind: 'dense', units })
const layers: readonly LayerInput[] = [dense(8), { kind: 'activation', activation: 'relu' }, dense(2)]
const project = (out: string, more: Partial<TrainProjectInput>): TrainProjectInput => ({
  model: { name: 'm', input: [2], layers },
  data: at('rows.csv'),
  labelColumn: 'label',
  test: 0.2,
  epochs: 12,
  batch: 16,
  optimiser: { kind: 'adam', rate: 0.03 },
  out: at(out),
  ...more,
})

const scoreOf = async (out: string, more: object = {}) => {
  const { metrics } = await evaluate({
    model: at(`${out}/model.h5`),
    data: [at('rows.csv')],
    labelColumn: 'label',
    engine: 'float',
    ...more,
  })
  return metrics.kind === 'classes' ? metrics.accuracy : 0
}

describe('inputs that are scaled', () => {
  it.each(['standardise', 'min-max', 'power-of-two'] as const)(
    'by a layer of the network, which takes rows as they are: %s',
    async kind => {
      await trainModel({ project: project(kind, { scale: kind }) })
      const { model, weights } = await readKerasModel(await readFile(at(`${kind}/model.h5`)), 'model.h5')
      expect(model.layers[0]).toMatchObject({
        name: 'scaler',
        kind: 'batch-norm',
        settings: { trainable: false },
      })
      // As they were before the first step.
      expect(weights!['scaler/beta']).toEqual(Float32Array.of(0, 0))
      if (kind === 'power-of-two') {
        expect(weights!['scaler/gamma']).toEqual(Float32Array.of(1 / 2048, 64))
        return
      }
      expect(weights!['scaler/moving_mean']![0]).toBeGreaterThan(999)
      expect(await scoreOf(kind)).toBeGreaterThan(0.9)
      expect(await scoreOf(kind, { engine: 'fixed' })).toBeGreaterThan(0.9)
    },
  )

  it('by what the training rows are, and no others', async () => {
    await writeFile(at('far.csv'), 'energy,ratio,label\n99999,-5,0\n0,77,1\n')
    await trainModel({ project: project('alone', { scale: 'min-max', test: 0, validation: at('far.csv') }) })
    const { weights } = await readKerasModel(await readFile(at('alone/model.h5')), 'model.h5')
    expect(weights!['scaler/moving_mean']![0]).toBeGreaterThan(999)
    expect(1 / weights!['scaler/gamma']![0]!).toBeLessThan(301)
  })

  it('into the first products, which then say the same', async () => {
    await trainModel({ project: project('in front', { scale: 'standardise' }) })
    await trainModel({ project: project('folded', { scale: 'standardise', scaler: 'fold' }) })
    const { model } = await readKerasModel(await readFile(at('folded/model.h5')), 'model.h5')
    expect(model.layers.map(({ kind }) => kind)).toEqual(['dense', 'activation', 'dense'])
    const rows = writeNpy(
      { shape: [3, 2], data: Float64Array.of(1000, 0, 1100, 1 / 128, 1300, 1 / 64) },
      'float32',
    )
    await writeFile(at('x.npy'), rows)
    const [front, folded] = await Promise.all(
      ['in front', 'folded'].map(async name => {
        const options = { model: at(`${name}/model.h5`), input: [at('x.npy')], engine: 'float' } as const
        return (await predict(options)).outputs[0]!.data
      }),
    )
    folded!.forEach((value, k) => void expect(value).toBeCloseTo(front![k]!, 3))
  })

  it('outside, by a file that the other verbs take', async () => {
    const { files } = await trainModel({
      project: project('outside', { scale: { kind: 'standardise', per: 'element' }, scaler: 'export' }),
    })
    expect(files).toContain(at('outside/scaler.json'))
    const scaler = at('outside/scaler.json')
    expect(JSON.parse(await readFile(scaler, 'utf8'))).toMatchObject({
      format: 'lutra-scaler-1',
      inputs: [{ name: 'input', scaler: { kind: 'standard', per: 'element' } }],
    })
    expect(await scoreOf('outside', { scaler })).toBeGreaterThan(0.9)
    expect(await scoreOf('outside', { scaler: false })).toBeLessThan(0.8)
    // The rows kept beside it are those of the data.
    const kept = {
      data: [at('outside/X_test.npy')],
      labelColumn: undefined,
      labels: at('outside/y_test.npy'),
    }
    expect(await scoreOf('outside', { ...kept, scaler })).toBeGreaterThan(0.9)
  })

  describe('where nobody names the file', () => {
    const findingsOf = async (out: string, more: object = {}) => {
      const { findings } = await evaluate({
        model: at(`${out}/model.h5`),
        data: [at('rows.csv')],
        labelColumn: 'label',
        engine: 'float',
        ...more,
      })
      return findings.filter(({ code }) => code === 'data/scaler-beside').map(({ problem }) => problem)
    }

    it('it is taken where the record of training names it, and said', async () => {
      expect(await scoreOf('outside')).toBe(await scoreOf('outside', { scaler: at('outside/scaler.json') }))
      expect(await findingsOf('outside')).toEqual([
        'rows are scaled by it: training.json beside it says that the network was trained on such rows',
      ])
      expect(await findingsOf('outside', { scaler: false })).toEqual([])
      expect(await findingsOf('outside', { scaler: at('outside/scaler.json') })).toEqual([])
    })

    it('it is not taken where it is another, and that is said too', async () => {
      await trainModel({ project: project('stale', { scale: 'standardise', scaler: 'export' }) })
      await trainModel({ project: project('stale', { scale: 'standardise' }) })
      expect(await findingsOf('stale')).toEqual([
        'rows are taken as they are, and not scaled by it: no record of a training beside it names this very file',
      ])
      expect(await scoreOf('stale')).toBeGreaterThan(0.9)
    })

    it('the config may name it', async () => {
      const config = at('outside/lutra.config.json')
      await writeFile(config, JSON.stringify({ $schema: 'x', scaler: 'scaler.json' }))
      expect(await findingsOf('outside', { config })).toEqual([])
      expect(await scoreOf('outside', { config })).toBeGreaterThan(0.9)
    })
  })

  it('no farther than float32 holds', async () => {
    const scaler = { kind: 'standard', per: 'input', offset: [0], factor: [1e300] }
    await writeFile(
      at('beyond.json'),
      JSON.stringify({ format: 'lutra-scaler-1', inputs: [{ name: 'input', scaler }] }),
    )
    await expect(scoreOf('outside', { scaler: at('beyond.json') })).rejects.toThrow(
      /data\/not-finite: row 0, element 0, counted from 0: scaled by .*, .* is beyond what float32 holds/,
    )
  })

  const quantised = { kind: 'dense', units: 2, kernelQuantizer: 'quantized_bits(6,0,alpha=1)' } as const
  it.each<[Partial<TrainProjectInput>, string]>([
    [
      { scale: 'standardize' as never },
      '\'scale\' is "standardize"; expected standardise, min-max, power-of-two',
    ],
    [{ scale: { kind: 'min-max', by: 3 } as never }, "train/unknown-setting: project: scale: 'by'"],
    [{ scaler: 'fold' }, "'scaler' is \"fold\"; expected nothing, where no 'scale'"],
    [{ scale: { kind: 'min-max', inputs: ['y'] } }, "there is no input 'y'; expected one of input"],
    [
      { scale: 'min-max', scaler: 'fold', model: { input: [2], layers: [quantised] } },
      "layer 'dense' (dense): its weights are quantised",
    ],
    [
      {
        scale: 'min-max',
        scaler: 'fold',
        model: { input: [2], layers: [{ kind: 'dense', units: 2, useBias: false }] },
      },
      'it has no bias to take the offset over',
    ],
    [
      {
        scale: 'min-max',
        model: { input: [2], layers: [{ kind: 'batch-norm', name: 'own', trainable: false }, dense(2)] },
      },
      "layer 'own' scales input 'input' already",
    ],
  ])('are refused where it cannot be: %j', async (more, message) => {
    await expect(trainModel({ project: project('refused', more) })).rejects.toThrow(message)
  })

  it.each([
    ['{', 'the file is not JSON'],
    ['{"inputs": []}', 'the file holds no scalers'],
    ['{"format": "lutra-scaler-1", "inputs": [{"scaler": {"kind": "standard"}}]}', 'input 0 has no scaler'],
    ['{"format": "lutra-scaler-1", "inputs": []}', 'it is for 0 inputs, and the network has 1'],
    [
      '{"format": "lutra-scaler-1", "inputs": [{"scaler": {"kind": "standard", "per": "input", "offset": [1], "factor": [0]}}]}',
      'input 0 has no scaler that can be used',
    ],
    [
      '{"format": "lutra-scaler-1", "inputs": [{"scaler": {"kind": "standard", "per": "channel", "offset": [1], "factor": [1]}}]}',
      'it scales 1 values, and input 0 is [2]',
    ],
  ])('by no file that is another: %s', async (text, message) => {
    await writeFile(at('bad.json'), text)
    await trainModel({ project: project('any', { epochs: 1 }) })
    await expect(scoreOf('any', { scaler: at('bad.json') })).rejects.toThrow(message)
  })
})
