// Sequences of whole numbers from files: read row by row where they are asked for, of files larger than any buffer too.

import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RowSource } from '../data/dataset.ts'
import { generate } from '../data/generators/index.ts'
import { joinRows } from '../data/readers/array-rows.ts'
import { openCsvTable } from '../data/readers/csv-rows.ts'
import { writeNpy } from '../formats/npy.ts'
import { readProject, type TrainProjectInput } from '../train/project.ts'
import { openDataSet } from './data-set.ts'
import { openRows } from './train-data.ts'

let folder = ''
const at = (name: string) => join(folder, name)
const count = 300
const length = 8
const made = generate('sessions', count, 1)
const tokens = made.inputs[0]!.data
const labels = made.target.kind === 'classes' ? made.target.labels : new Int32Array(0)
/** 64 things and none: a class that no row has is named too. */
const names = Array.from({ length: 65 }, (_, k) => `${k}`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-sequences-'))
  const ints = (shape: number[], data: ArrayLike<number>) =>
    writeNpy({ shape, data: Float64Array.from(data) }, 'int32')
  await writeFile(at('x.npy'), ints([count, length], tokens))
  await writeFile(at('y.npy'), ints([count], labels))
  const header = [...Array.from({ length }, (_, k) => `step${k}`), 'next'].join()
  const rows = Array.from(labels, (label, k) =>
    [...tokens.subarray(k * length, (k + 1) * length), label].join(),
  )
  await writeFile(at('sessions.csv'), [header, ...rows, ''].join('\n'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const some = Uint32Array.of(299, 0, 7)
const expected = {
  inputs: [
    { data: Float32Array.from([...some].flatMap(k => [...tokens.subarray(k * length, (k + 1) * length)])) },
  ],
  target: { labels: Int32Array.from(some, k => labels[k]!), names },
}

describe('sequences', () => {
  it.each([
    ['an array', { file: 'x.npy', labels: 'y.npy', names }],
    ['a table', { file: 'sessions.csv', labelColumn: 'next', names }],
  ])('come from %s as they were made', async (_, { file, ...spec }) => {
    const own = 'labels' in spec ? { ...spec, labels: at('y.npy') } : spec
    const source = await openDataSet({ file: at(file), ...own })
    expect(source.form.inputs).toEqual([[length]])
    expect(await source.rows(some)).toMatchObject(expected)
    expect(source.labels).toEqual(labels)
  })

  it('come from a table whose rows are not kept', async () => {
    const { readFile } = await import('node:fs/promises')
    const bytes = new Uint8Array(await readFile(at('sessions.csv')))
    let most = 0
    const read = async (from: number, size: number) => {
      most = Math.max(most, size)
      return bytes.subarray(from, from + size)
    }
    const source = { name: 'sessions.csv', size: bytes.length, read }
    const { inputs, target } = await openCsvTable(source, { labelColumn: 'next', names, keep: 0 })
    const rows = joinRows([inputs], target!)
    most = 0
    expect(await rows.rows(some)).toMatchObject(expected)
    expect(most).toBeLessThan(200)
  })

  it('come from an array of 4 GB, a few rows at a time; classes without a row', async () => {
    const [rows, steps] = [4096, 2 ** 18]
    const head = npyHead(rows, steps)
    const file = await open(at('large.npy'), 'w')
    await file.write(head, 0, head.length, 0)
    // What is not written are zeros, which take no room on the disk.
    await file.write(
      Int32Array.from({ length: 4 }, (_, k) => 60 + k),
      0,
      16,
      head.length + 4 * (4000 * steps + 10),
    )
    await file.truncate(head.length + 4 * rows * steps)
    await file.close()
    const classes = Float64Array.from({ length: rows }, (_, k) => k % 64)
    await writeFile(at('large-labels.npy'), writeNpy({ shape: [rows], data: classes }, 'int32'))
    const project: Omit<TrainProjectInput, 'model'> = {
      data: { file: at('large.npy'), labels: at('large-labels.npy'), names },
      validation: 0.25,
    }
    const { training, validation } = await openRows(readProject({ model: 'm.h5', ...project }, 'test'), 1)
    expect([training.count, validation!.count]).toEqual([3072, 1024])
    const found = await rowWith([training, validation!], 4000 % 64, 60)
    expect([...found!.subarray(9, 15)]).toEqual([0, 60, 61, 62, 63, 0])
  })
})

/** The head of a file of int32, as NumPy writes it. */
function npyHead(rows: number, steps: number): Uint8Array {
  const text = `{'descr': '<i4', 'fortran_order': False, 'shape': (${rows}, ${steps}), }`.padEnd(117)
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    1,
    0,
    118,
    0,
    ...new TextEncoder().encode(`${text}\n`),
  ])
}

/** The row of a class that has a value at its eleventh step. */
async function rowWith(
  parts: readonly RowSource[],
  label: number,
  value: number,
): Promise<Float32Array | undefined> {
  for (const part of parts)
    for (let k = 0; k < part.count; k++) {
      if (part.labels![k] !== label) continue
      const { inputs } = await part.rows(Uint32Array.of(k))
      if (inputs[0]!.data[10] === value) return inputs[0]!.data
    }
  return undefined
}
