import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dataset, RowSource } from '../data/dataset.ts'
import { writeNpy } from '../formats/npy.ts'
import { readProject, type TrainProjectInput } from '../train/project.ts'
import { readTable } from './read-data.ts'
import { openRows } from './train-data.ts'

let folder = ''
const at = (name: string) => join(folder, name)
const npy = (shape: number[], values: readonly number[]) =>
  writeNpy({ shape, data: Float64Array.from(values) }, 'float32')

const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 255)
const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 1)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-rows-'))
  const cifar = new Uint8Array(3 * 3073).map((_, k) => (k % 3073 === 0 ? (k / 3073) % 2 : 64))
  const files: Record<string, string | Uint8Array> = {
    'words.csv': 'x,y,kind\n1,2,gamma\n3,4,neutron\n5,6,neutron\n',
    'reversed.csv': 'x,y,kind\n7,8,neutron\n',
    'other.csv': 'x,y,kind\n1,2,muon\n3,4,gamma\n',
    'plain.csv': 'x,y\n1,2\n3,4\n5,6\n',
    'x.npy': npy([3, 2], [1, 2, 3, 4, 5, 6]),
    'z.npy': npy([3, 1], [7, 8, 9]),
    'xc.npy': npy([3, 3], [1, 0, 2, 3, 1, 4, 5, 1, 6]),
    'y.npy': npy([3], [0, 1, 1]),
    'hot.npy': npy([3, 2], [1, 0, 0, 1, 0, 1]),
    'images-idx3-ubyte': images,
    'images-idx3-ubyte.gz': gzipSync(images),
    'labels-idx1-ubyte.gz': gzipSync(labels),
    'batch.bin': cifar,
  }
  for (const [name, content] of Object.entries(files)) await writeFile(at(name), content)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const all = (source: RowSource): Promise<Dataset> | Dataset =>
  source.rows(Uint32Array.from({ length: source.count }, (_, k) => k))

const named = (value: unknown): unknown =>
  typeof value === 'string' ? (/\./.test(value) || /ubyte/.test(value) ? at(value) : value) : value

/** The rows of a project without a share of them kept apart, in the order of their first inputs. */
async function rowsOf(project: Omit<TrainProjectInput, 'model'>) {
  const { training, validation } = await open(project)
  const { inputs, target, count } = await all(training)
  const size = inputs[0]!.data.length / count
  const order = [...inputs[0]!.data.keys()]
    .filter(k => k % size === 0)
    .sort((a, b) => inputs[0]!.data[a]! - inputs[0]!.data[b]!)
    .map(k => k / size)
  const row = (data: ArrayLike<number>, k: number) =>
    Array.from({ length: data.length / count }, (_, j) => data[k * (data.length / count) + j])
  const learned = target.kind === 'classes' ? target.labels : target.data
  return {
    x: inputs.map(input => order.map(k => row(input.data, k))),
    shapes: inputs.map(input => input.shape),
    y: order.flatMap(k => row(learned, k)),
    names: target.kind === 'classes' ? target.names : undefined,
    validation: validation && (await all(validation)),
  }
}

async function open(project: Omit<TrainProjectInput, 'model'>) {
  const paths = Object.fromEntries(
    Object.entries({ validation: 0, ...project }).map(([key, value]) => [
      key,
      Array.isArray(value)
        ? value.map(named)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([own, inner]) => [own, named(inner)]))
          : named(value),
    ]),
  )
  return openRows(readProject({ model: 'm.h5', ...paths }, 'project'), 1)
}

const pairs = [
  [1, 2],
  [3, 4],
  [5, 6],
]

describe('rows of a project', () => {
  it('come from a plain path as from a description', async () => {
    const plain = await rowsOf({ data: 'words.csv', labelColumn: 'kind' })
    expect(plain).toMatchObject({ x: [pairs], y: [0, 1, 1], names: ['gamma', 'neutron'] })
    expect(await rowsOf({ data: { file: 'words.csv', labelColumn: 'kind' } })).toEqual(plain)
  })

  it.each<[string, Omit<TrainProjectInput, 'model'>, object]>([
    ['labels of their own', { data: 'x.npy', labels: 'y.npy' }, { x: [pairs], y: [0, 1, 1] }],
    ['one-hot labels', { data: 'plain.csv', labels: 'hot.npy' }, { x: [pairs], y: [0, 1, 1] }],
    ['a column of an array', { data: 'xc.npy', labelColumn: 1 }, { x: [pairs], y: [0, 1, 1] }],
    ['values', { data: 'x.npy', targets: 'z.npy' }, { x: [pairs], y: [7, 8, 9] }],
    ['a table without labels', { data: 'plain.csv' }, { x: [pairs], y: pairs.flat() }],
    [
      'several inputs',
      { data: ['x.npy', 'z.npy'], labels: 'y.npy' },
      { x: [pairs, [[7], [8], [9]]], shapes: [[2], [1]] },
    ],
    [
      'images, packed',
      { data: 'images-idx3-ubyte.gz', labels: 'labels-idx1-ubyte.gz', classes: ['a', 'b'] },
      { shapes: [[1, 2]], y: [1, 0, 1], names: ['a', 'b'] },
    ],
    ['another shape', { data: { file: 'x.npy', shape: [2, 1], targets: 'input' } }, { shapes: [[2, 1]] }],
  ])('are read: %s', async (_, project, expected) => {
    expect(await rowsOf(project)).toMatchObject(expected)
  })

  it('hold CIFAR’s images with their own labels', async () => {
    const { training } = await open({ data: 'batch.bin' })
    expect(training.form.inputs).toEqual([[32, 32, 3]])
    expect(training.count).toBe(3)
  })

  it('have the classes of the training rows in every part', async () => {
    const { validation } = await rowsOf({
      data: 'words.csv',
      labelColumn: 'kind',
      validation: 'reversed.csv',
    })
    expect(validation!.target).toEqual({
      kind: 'classes',
      labels: Int32Array.of(1),
      names: ['gamma', 'neutron'],
    })
  })

  it.each<[Omit<TrainProjectInput, 'model'>, string]>([
    [{ data: 'words.csv' }, "words.csv: line 2, column 3: 'gamma' is not a number"],
    [{ data: 'words.csv', labelColumn: 'kin' }, "data/label-column: words.csv: there is no column 'kin'"],
    [{ data: 'x.npy', labelColumn: 'kind' }, "data/label-column: x.npy: there is no column 'kind'"],
    [{ data: 'x.npy', labels: 'z.npy' }, 'data/label-skipped: z.npy: row 0'],
    [{ data: 'xc.npy', labelColumn: 1, labels: 'y.npy' }, 'data/two-label-sources'],
    [{ data: 'xc.npy', labelColumn: 1, targets: 'z.npy' }, 'data/no-target: xc.npy: several things'],
    [{ data: { file: 'x.npy', missing: 'drop', labels: 'y.npy' } }, "'missing' means nothing for an array"],
    [
      { data: { file: 'batch.bin', labels: 'y.npy' } as never },
      "'labels' means nothing for CIFAR’s images, which hold their labels",
    ],
    [
      { data: { file: 'words.csv', labelcolumn: 'kind' } as never },
      "'labelcolumn' is not known there; expected file, labelColumn,",
    ],
    [
      { data: 'words.csv', labelColumn: 'kind', validation: 'other.csv' },
      "other.csv: line 2: the label is 'muon'; expected one of gamma, neutron",
    ],
    [
      {
        data: 'words.csv',
        labelColumn: 'kind',
        validation: { file: 'words.csv', labelColumn: 'kind', names: ['neutron', 'gamma'] },
      },
      'data/other-classes: validation: its classes are neutron, gamma; expected those of the training rows',
    ],
    [{ data: 'x.npy', labels: 'y.npy', validation: 'x.npy' }, 'data/no-target'],
    [{ data: 'nothing.csv', labelColumn: 'kind' }, 'file/not-found'],
  ])('are refused with their place: %j', async (project, message) => {
    const said = await rowsOf(project).then(
      () => 'nothing',
      (problem: Error) => problem.message.replaceAll(`${folder}/`, ''),
    )
    expect(said).toContain(message)
  })
})

it('every verb takes IDX and packed files', async () => {
  expect(await readTable(at('images-idx3-ubyte.gz'))).toEqual({
    shape: [3, 1, 2],
    data: Float64Array.of(1, 2, 3, 4, 5, 255),
  })
  expect(await readTable(at('images-idx3-ubyte'))).toEqual(await readTable(at('images-idx3-ubyte.gz')))
})
