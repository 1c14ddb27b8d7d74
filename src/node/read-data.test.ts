import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { writeHdf5 } from '../formats/hdf5/write.ts'
import { writeNpy } from '../formats/npy.ts'
import { writeNpz } from '../formats/npz.ts'
import { diskFileSystem, type FileSystem } from './files.ts'
import { readTable, readVectors } from './read-data.ts'

const text = (content: string) => new TextEncoder().encode(content)
const x = { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) }

const files: Record<string, Uint8Array> = {
  'x.npy': writeNpy(x, 'float32'),
  'X.NPY': writeNpy(x),
  'y.npy': writeNpy({ shape: [2], data: [1, 0] }, 'int64'),
  'y3.npy': writeNpy({ shape: [3], data: [1, 0, 2] }, 'int64'),
  'hot.npy': writeNpy({ shape: [2, 3], data: [0, 0, 1, 1, 0, 0] }),
  'soft.npy': writeNpy({ shape: [2, 3], data: [0, 0, 1, 0.5, 0.5, 0] }),
  'scalar.npy': writeNpy({ shape: [], data: [1] }),
  'none.npy': writeNpy({ shape: [0, 3], data: [] }),
  'nan.npy': writeNpy({ shape: [2, 2, 2], data: [0, 1, 2, 3, 4, 5, NaN, 7] }),
  'one.npz': writeNpz({ x }),
  'two.npz': writeNpz({ x, y: { shape: [2], data: Float64Array.of(0, 1) } }),
  'd.csv': text('a,b,class\n1,2,0\n3,4,1\n'),
  'plain.csv': text('1,2,0\n3,4,1\n'),
  'twice.csv': text('a,a\n1,2\n'),
  'digits.csv': text('1,2,class\n5,6,0\n'),
  'inf.csv': text('a,b\n1,2\n-inf,4\n'),
  'words.csv': text('a,b,class\n1,2,neutron\n3,4,gamma\n5,0.1,neutron\n'),
  'bare.csv': text('1,2,neutron\n3,4,gamma\n'),
  'counted.csv': text('0,1,class\n5,6,1\n7,8,0\n'),
  'gap.csv': text('a,class\n1,gamma\n2,?\n'),
  'half.csv': text('a,b\n1,0\n2,0.5\n'),
  'd.h5': await writeHdf5({
    datasets: {
      X_test: { shape: [2, 3], data: Float32Array.from(x.data) },
      'deep/y': { shape: [2], data: Int32Array.of(1, 0) },
    },
  }),
}

const disk: FileSystem = {
  ...diskFileSystem,
  readFile: async path =>
    files[path] ?? Promise.reject(Object.assign(new Error('absent'), { code: 'ENOENT' })),
  list: async () => Object.keys(files),
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    problem => (problem as Error).message,
  )
}

describe('readTable', () => {
  it('reads every kind of file', async () => {
    for (const spec of [
      'x.npy',
      'X.NPY',
      'one.npz',
      'one.npz:x',
      'two.npz:x',
      'd.h5:X_test',
      'd.h5:/X_test',
    ]) {
      const { shape, data } = await readTable(spec, disk)
      expect({ shape, data }, spec).toEqual(x)
    }
    expect(await readTable('d.csv', disk)).toEqual({
      shape: [2, 3],
      data: Float64Array.of(1, 2, 0, 3, 4, 1),
      header: ['a', 'b', 'class'],
    })
    expect((await readTable('d.h5:deep/y', disk)).data).toEqual(Float64Array.of(1, 0))
  })

  it('says what is wrong, in whole sentences', async () => {
    const cases: [string, string][] = [
      [
        'y.np',
        "data/unknown-format: y.np: '.np' is no format of data; expected .npy, .npz, .npz:key, .csv, .h5:Dataset or IDX (…-ubyte). Convert the file, e.g. with numpy.save.",
      ],
      [
        'data',
        'data/unknown-format: data: the name has no ending that tells a format; expected .npy, .npz, .npz:key, .csv, .h5:Dataset or IDX (…-ubyte). Convert the file, e.g. with numpy.save.',
      ],
      ['xx.npy', "file/not-found: xx.npy: there is no such file. Did you mean 'x.npy'?"],
      [
        'two.npz',
        'npz/which-array: two.npz: the archive holds 2 arrays: x, y; expected one. Name one, e.g. two.npz:x.',
      ],
      [
        'd.h5',
        'data/which-dataset: d.h5: the name says no data set of the HDF5 file; expected one of X_test, deep/y. Name one, e.g. d.h5:X_test.',
      ],
      [
        'd.h5:X_tset',
        "hdf5/no-such-object: d.h5:X_tset: the file has nothing of that name. Did you mean 'X_test'?",
      ],
      [
        'scalar.npy',
        'data/empty: scalar.npy: the data has shape []; expected at least one row. Give a file with data.',
      ],
      [
        'none.npy',
        'data/empty: none.npy: the data has shape [0, 3]; expected at least one row. Give a file with data.',
      ],
      [
        'nan.npy',
        'data/not-finite: nan.npy: row 1, column 2, counted from 0: the value is NaN; expected finite numbers. Remove or replace such rows.',
      ],
      [
        'inf.csv',
        "data/not-finite: inf.csv: row 1, column 0 ('a'), counted from 0: the value is -Infinity; expected finite numbers. Remove or replace such rows.",
      ],
    ]
    for (const [spec, wanted] of cases) expect(await messageOf(readTable(spec, disk))).toBe(wanted)
  })
})

describe('readVectors', () => {
  it('takes labels from a column by name or index, or from a file', async () => {
    const samples = { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) }
    for (const [spec, labelColumn] of [
      ['d.csv', 'class'],
      ['d.csv', -1],
      ['d.csv', '-1'],
      ['d.csv', 2],
      ['plain.csv', '2'],
    ] as const) {
      expect(await readVectors(spec, { labelColumn }, disk)).toEqual({
        x: samples,
        labels: Int32Array.of(0, 1),
      })
    }
    const middle = await readVectors('d.csv', { labelColumn: 'b' }, disk)
    expect(middle).toEqual({
      x: { shape: [2, 2], data: Float64Array.of(1, 0, 3, 1) },
      labels: Int32Array.of(2, 4),
    })
    expect(await readVectors('x.npy', {}, disk)).toEqual({ x })
    expect((await readVectors('x.npy', { labels: 'y.npy' }, disk)).labels).toEqual(Int32Array.of(1, 0))
    expect((await readVectors('x.npy', { labels: 'hot.npy' }, disk)).labels).toEqual(Int32Array.of(2, 0))
    expect((await readVectors('two.npz:x', { labels: 'two.npz:y' }, disk)).labels).toEqual(
      Int32Array.of(0, 1),
    )
  })

  it('reads words as classes, in the order of the alphabet or of their names', async () => {
    expect(await readVectors('words.csv', { labelColumn: 'class' }, disk)).toEqual({
      x: { shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 0.1) },
      labels: Int32Array.of(1, 0, 1),
      words: ['gamma', 'neutron'],
    })
    const names = ['neutron', 'gamma', 'muon']
    expect(await readVectors('bare.csv', { labelColumn: -1, names }, disk)).toEqual({
      x: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) },
      labels: Int32Array.of(0, 1),
      words: names,
    })
    // A header of column numbers is one still; numbers stay numbers beside names.
    const numbered = await readVectors('counted.csv', { labelColumn: -1, names }, disk)
    expect([...numbered.labels!]).toEqual([1, 0])
    expect(numbered.words).toBeUndefined()
    // Names that look like numbers are names.
    const shuffled = await readVectors('counted.csv', { labelColumn: -1, names: ['1', '0'] }, disk)
    expect([...shuffled.labels!]).toEqual([0, 1])
  })

  it('says what is wrong, in whole sentences', async () => {
    const cases: [Promise<unknown>, string][] = [
      [
        readVectors('gap.csv', { labelColumn: 'class' }, disk),
        "data/missing-value: gap.csv: line 3: the label is '?'; expected a class. Fill it in, or leave such rows out.",
      ],
      [
        readVectors('words.csv', { labelColumn: 'class', names: ['gamma', 'muon'] }, disk),
        "data/label-not-class: words.csv: line 2: the label is 'neutron'; expected one of gamma, muon. Correct the label, or name its class.",
      ],
      [
        readVectors('x.npy', { labels: 'y3.npy' }, disk),
        'data/label-count: y3.npy: the file has 3 labels, but x.npy has 2 rows; expected one label per row. Give the labels that belong to this data.',
      ],
      [
        readVectors('x.npy', { labels: 'soft.npy' }, disk),
        'data/label-not-class: soft.npy: row 1, counted from 0: the row of 3 labels is not one-hot; expected a single 1 and zeros, or one class index per row. Give class indices 0, 1, …, e.g. with y.argmax(axis=1).',
      ],
      [
        readVectors('half.csv', { labelColumn: 'b' }, disk),
        'data/label-not-class: half.csv: row 1, counted from 0: the label is 0.5; expected a class index 0, 1, …. Name the column that holds the class, or give the labels with --labels.',
      ],
      [
        readVectors('d.csv', { labelColumn: 'clas' }, disk),
        "data/label-column: d.csv: there is no column 'clas'; expected a name in the header or an index from -3 to 2. Did you mean 'class'?",
      ],
      [
        readVectors('plain.csv', { labelColumn: 3 }, disk),
        "data/label-column: plain.csv: there is no column '3'; expected an index from -3 to 2.",
      ],
      [
        readVectors('twice.csv', { labelColumn: 'a' }, disk),
        "data/label-column: twice.csv: the header has several columns 'a'. Name the column by its index, counted from 0.",
      ],
      [
        readVectors('digits.csv', { labelColumn: '2' }, disk),
        "data/label-column: digits.csv: '2' is the name of column 1 and also the index of another; expected a name or index that means one column. Count from the end: -2 for the name, -1 for the index.",
      ],
      [
        readVectors('y.npy', { labelColumn: 0 }, disk),
        'data/label-column: y.npy: data of shape [2] has no column to take labels from; expected rows of at least two columns. Give the labels as a file of their own with --labels.',
      ],
      [
        readVectors('d.csv', { labelColumn: 0, labels: 'y.npy' }, disk),
        'data/two-label-sources: d.csv: labels are given twice: by --label-column and by --labels y.npy; expected one of the two. Drop one.',
      ],
    ]
    for (const [work, wanted] of cases) expect(await messageOf(work)).toBe(wanted)
  })
})

const traces = '../shared/reference/real/gamma-neutron/traces.csv'
if (!existsSync(traces)) console.info(`skipped: ${traces} is absent`)

describe.skipIf(!existsSync(traces))('measured pulses', () => {
  it('are 1798 rows of 161 samples and a class', async () => {
    const { x: samples, labels } = await readVectors(traces, { labelColumn: 'class' })
    expect(samples.shape).toEqual([1798, 161])
    expect([...samples.data.subarray(0, 4)]).toEqual([403, 404, 403, 403])
    expect([0, 1].map(wanted => labels!.filter(label => label === wanted).length)).toEqual([899, 899])
    expect((await readVectors(traces, { labelColumn: -1 })).labels).toEqual(labels)
  })
})
