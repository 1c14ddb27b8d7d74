// TensorFlow.js's files mean what the same network in Keras's file means; what they must not do is refused.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { toFloat16 } from '../../formats/float16.ts'
import { loadModel } from '../../node/load-model.ts'
import type { SourceFile } from '../frontend.ts'
import { importModel } from '../index.ts'
import type { Json, JsonObject } from '../json.ts'
import {
  denseLayer,
  floats,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
} from '../keras/testing/models.ts'
import { jsonBytes, tfjsFiles } from './testing/models.ts'

const norm = layer(
  'BatchNormalization',
  'norm',
  { axis: [-1], epsilon: 0.001, scale: true, center: true },
  {
    gamma: floats([4], 1, 2, 3, 4),
    beta: floats([4], 0.5, 0, 0, -1),
    moving_mean: floats([4], 0, 0, 1, 0),
    moving_variance: floats([4], 1, 1, 2, 1),
  },
)
const chain = [
  inputLayer('in', 3),
  denseLayer('a', [3, 4], { activation: 'relu' }),
  norm,
  denseLayer('b', [4, 2], { activation: 'softmax' }),
]
const skip = [
  inputLayer('in', 4),
  { ...denseLayer('a', [4, 4]), reads: ['in'] },
  { ...layer('Add', 'sum'), reads: ['in', 'a'] },
  { ...denseLayer('b', [4, 2]), reads: ['sum'] },
]

async function codes(files: readonly SourceFile[]): Promise<readonly string[]> {
  const problem = await importModel(files).catch((thrown: unknown) => thrown)
  if (problem instanceof CompileError) return problem.diagnostics.map(({ code }) => code)
  throw problem
}

/** The files with the model.json changed. */
function changed(files: readonly SourceFile[], change: (model: JsonObject) => Json): SourceFile[] {
  const model = JSON.parse(new TextDecoder().decode(files[0]!.bytes)) as JsonObject
  return [{ name: 'model.json', bytes: jsonBytes(change(model)) }, ...files.slice(1)]
}

const camel = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(camel)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camel(own),
    ]),
  )
}

describe('a layers model', () => {
  it.each([
    ['of a chain', chain, sequential(chain), {}],
    ['with a skip', skip, functional(skip, ['in'], ['b']), {}],
    ['in several files, cut within numbers', chain, sequential(chain), { shardBytes: 37 }],
    ['as TensorFlow.js saves it', chain, sequential(chain), { direct: true }],
    ['with the model before the names', chain, sequential(chain), { prefix: 'small/' }],
    ['with keys as in JavaScript', chain, camel(sequential(chain)), { direct: true }],
  ] as const)('%s is the network of the .h5', async (title, layers, model, options) => {
    const plain = title.startsWith('with keys') ? sequential(layers) : model
    const expected = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, plain) }])
    expect(await importModel(tfjsFiles(layers, model, options))).toEqual(expected)
  })

  it('has weights packed into 8, 16 and half-precision bits', async () => {
    const layers = [inputLayer('in', 2), denseLayer('a', [2, 2])]
    const quantised = [
      { dtype: 'uint8', min: -0.5, scale: 0.125 },
      { dtype: 'uint16', min: 0.25, scale: 0.25 },
    ]
    const files = changed(tfjsFiles(layers, sequential(layers)), model => ({
      ...model,
      weightsManifest: [
        {
          paths: ['w.bin'],
          weights: [
            { name: 'a/kernel', shape: [2, 2], dtype: 'float32', quantization: quantised[0]! },
            { name: 'a/bias', shape: [2], dtype: 'float32', quantization: quantised[1]! },
          ],
        },
      ],
    }))
    const graph = await importModel([
      files[0]!,
      { name: 'w.bin', bytes: Uint8Array.of(0, 1, 4, 255, 1, 0, 0, 1) },
    ])
    expect([...tensor(graph, 'a.weight')]).toEqual([-0.5, -0.375, 0, 31.375])
    expect([...tensor(graph, 'a.bias')]).toEqual([0.5, 64.25])
    const half = changed(files, model =>
      JSON.parse(JSON.stringify(model).replace(/"(uint8|uint16)"/g, '"float16"')),
    )
    const halves = new Uint8Array(Uint16Array.from([1, -2, 0.5, 65504, 2 ** -24, 3], toFloat16).buffer)
    const other = await importModel([half[0]!, { name: 'w.bin', bytes: halves }])
    expect([...tensor(other, 'a.weight')]).toEqual([1, -2, 0.5, 65504])
    expect([...tensor(other, 'a.bias')]).toEqual([2 ** -24, 3])
  })

  it('is read from its folder, and its weights from another', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lutra-tfjs-'))
    try {
      const files = tfjsFiles(chain, sequential(chain), { shardBytes: 64 })
      for (const [k, { name, bytes }] of files.entries()) {
        for (const path of [join(folder, name), ...(k === 0 ? [] : [join(folder, 'apart', name)])]) {
          await mkdir(dirname(path), { recursive: true })
          await writeFile(path, bytes)
        }
      }
      const expected = await importModel(files)
      const whole = await loadModel(join(folder, 'model.json'))
      expect(whole.graph).toEqual(expected)
      expect(whole.bytes.length).toBe(files.length)
      for (const { name } of files.slice(1)) await rm(join(folder, name))
      expect((await loadModel(join(folder, 'model.json'), join(folder, 'apart'))).graph).toEqual(expected)
      await expect(loadModel(join(folder, 'model.json'))).rejects.toThrow(/^file\//)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

function tensor(graph: Awaited<ReturnType<typeof importModel>>, id: string): Float64Array {
  const own = graph.store.get(id)
  if (own?.form !== 'float') throw new Error(`no ${id}`)
  return own.data
}

describe('what is wrong', () => {
  const good = tfjsFiles(chain, sequential(chain))
  const withGroup = (group: JsonObject) =>
    changed(good, model => {
      const [own] = model.weightsManifest as readonly JsonObject[]
      return { ...model, weightsManifest: [{ ...own, ...group }] }
    })
  const path = (name: string) => withGroup({ paths: [name] })

  it.each<[string, SourceFile[]]>([
    ['tfjs/not-a-layers-model', changed(good, model => ({ ...model, format: 'graph-model' }))],
    [
      'tfjs/not-a-layers-model',
      changed(good, model => ({ ...model, modelTopology: { node: [], versions: {} } })),
    ],
    ['tfjs/not-a-layers-model', changed(good, model => ({ ...model, modelTopology: null }))],
    ['tfjs/missing-weights', [good[0]!]],
    ['tfjs/weights-size', [good[0]!, { ...good[1]!, bytes: good[1]!.bytes.slice(1) }]],
    ['tfjs/path', path('../secret.bin')],
    ['tfjs/path', path('/etc/passwd')],
    ['tfjs/path', path('a/../../b.bin')],
    ['tfjs/path', path('..\\b.bin')],
    ['tfjs/path', path('https://example.org/w.bin')],
    ['tfjs/path', path('')],
    ['tfjs/manifest', changed(good, model => ({ ...model, weightsManifest: 3 }))],
    ['tfjs/manifest', withGroup({ weights: [{ name: 'a/kernel', shape: [-1], dtype: 'float32' }] })],
    ['tfjs/manifest', withGroup({ weights: [{ name: 'a/kernel', shape: [1], dtype: 'string' }] })],
    [
      'tfjs/weights-size',
      withGroup({ weights: [{ name: 'a/kernel', shape: [2 ** 40, 2 ** 40], dtype: 'float32' }] }),
    ],
    [
      'tfjs/duplicate-name',
      withGroup({
        paths: ['group1-shard1of1.bin'],
        weights: [1, 2].map(() => ({ name: 'x/y', shape: [good[1]!.bytes.length / 8], dtype: 'float32' })),
      }),
    ],
    ['import/several-models', [good[0]!, good[0]!]],
  ])('%s', async (code, files) => {
    expect(await codes(files)).toEqual([code])
  })

  it('an input that is a layer in the midst of the model is reported', async () => {
    const files = tfjsFiles(skip, functional(skip, ['sum'], ['b']))
    expect(await codes(files)).toContain('keras/unknown-layer')
  })

  it('arrays of no layer are reported', async () => {
    const files = tfjsFiles([...chain, denseLayer('left', [2, 2])], sequential(chain))
    expect(await codes(files)).toContain('keras/unused-weight')
  })
})
