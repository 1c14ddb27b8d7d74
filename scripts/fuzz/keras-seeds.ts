// Files of Keras: HDF5, JSON beside weights, archives of Keras 3, TensorFlow.js.

import { existsSync, readFileSync } from 'node:fs'
import { zipSync } from 'fflate'
import { readZip } from '../../src/formats/zip.ts'
import { type HeldForm, heldFiles } from '../../src/frontends/keras/testing/held-models.ts'
import { kerasFile } from '../../src/frontends/keras/testing/models.ts'
import { tfjsFiles } from '../../src/frontends/tfjs/testing/models.ts'
import { heldArrays, networks } from './keras-networks.ts'
import { encoded, plain, realFiles, type Seed } from './seed.ts'

/** A layer called twice and models in models, in one of Keras's forms. */
async function held(form: HeldForm): Promise<Seed> {
  const files = await heldFiles(form, heldArrays)
  const isText = (name: string) => name.endsWith('.json')
  return plain(
    files.map(({ name }) => name),
    files.map(({ name, bytes }) => (isText(name) ? new TextDecoder().decode(bytes) : bytes)),
  )
}

/** Text and weights of pairs of real files. */
const kerasPairs = () =>
  realFiles('keras', /\.json$/).flatMap(({ bytes, path }) => {
    const weights = path.replace(/\.json$/, '_weights.h5')
    return existsSync(weights)
      ? [{ text: new TextDecoder().decode(bytes), weights: new Uint8Array(readFileSync(weights)) }]
      : []
  })

export async function kerasH5(): Promise<readonly Seed[]> {
  const made = await Promise.all(networks.map(([layers, own]) => kerasFile(layers, own)))
  return [
    ...made.map(bytes => plain(['m.h5'], [bytes])),
    await held('h5'),
    ...realFiles('keras', /classifier\.h5$/).map(({ bytes }) => plain(['m.h5'], [bytes])),
  ]
}

export async function kerasJson(): Promise<readonly Seed[]> {
  const made = await Promise.all(
    networks.map(async ([layers, own]) => ({ text: JSON.stringify(own), weights: await kerasFile(layers) })),
  )
  const pairs = [...made, ...kerasPairs()].map(
    ({ text, weights }): Seed => ({
      parts: [text],
      build: ([own]) => [
        { name: 'm.json', bytes: encoded(own!) },
        { name: 'm.h5', bytes: weights },
      ],
    }),
  )
  return [...pairs, await held('json'), await held('json')]
}

/** Archives of Keras 3, whose parts are changed one by one, and those of others, whose configs are. */
export async function kerasZip(): Promise<readonly Seed[]> {
  const real = [...realFiles('keras', /\.keras$/), ...realFiles('hgq2', /\.keras$/)]
  return [
    ...(await archives()).map(archived),
    ...real.map(({ bytes }) => plain(['m.keras'], [bytes])),
    ...real.map(({ bytes }) => withOwnConfig(bytes)),
  ]
}

interface Archive {
  readonly text: string
  readonly weights: Uint8Array
}

async function archives(): Promise<Archive[]> {
  const [archive] = await heldFiles('keras', heldArrays)
  const nested = readZip(archive!.bytes, { name: 'seed', area: 'zip' })
  const partOf = (name: string) => nested.find(({ path }) => path === name)!.read()
  const made = networks.map(async ([layers, own]) => ({
    text: JSON.stringify(own),
    weights: await kerasFile(layers),
  }))
  const held = { text: new TextDecoder().decode(partOf('config.json')), weights: partOf('model.weights.h5') }
  return [...(await Promise.all(made)), held]
}

const archived = ({ text, weights }: Archive): Seed => ({
  parts: [text, weights, '{"keras_version": "3.5.0"}'],
  build: ([config, arrays, metadata]) => {
    const entries = {
      'metadata.json': encoded(metadata!),
      'config.json': encoded(config!),
      'model.weights.h5': encoded(arrays!),
    }
    return [{ name: 'm.keras', bytes: zipSync(entries, { level: 1 }) }]
  },
})

function withOwnConfig(bytes: Uint8Array): Seed {
  const entries = readZip(bytes, { name: 'seed', area: 'zip' })
  const at = entries.findIndex(({ path }) => path === 'config.json')
  const contents = entries.map(({ path, read }) => [path, read()] as const)
  return {
    parts: [new TextDecoder().decode(contents[at]![1])],
    build: ([config]) => {
      const own = Object.fromEntries([...contents, ['config.json', encoded(config!)] as const])
      return [{ name: 'm.keras', bytes: zipSync(own, { level: 1 }) }]
    },
  }
}

export async function tfjs(): Promise<readonly Seed[]> {
  const made = networks.map(([layers, own], k) => {
    const files = tfjsFiles(layers, own, { direct: k % 2 === 1, shardBytes: 100 })
    const names = files.map(({ name }) => name)
    return plain(
      names,
      files.map(({ bytes }, index) => (index === 0 ? new TextDecoder().decode(bytes) : bytes)),
    )
  })
  return [...made, await held('tfjs')]
}
