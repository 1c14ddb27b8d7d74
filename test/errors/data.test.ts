// Vectors and labels that do not fit the model, or are no numbers.

import { writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeNpy } from '../../src/formats/npy.ts'
import { denseLayer, functional, inputLayer, kerasFile } from '../../src/frontends/keras/testing/models.ts'
import { lutra, rows, useFolder, writeModel } from './command-line.ts'

useFolder()
beforeAll(async () => {
  await writeModel('model.h5')
  await writeFile('rows.csv', rows)
})

const predict = async (name: string, content: string | Uint8Array, ...more: string[]) => {
  await writeFile(name, content)
  return lutra(['predict', 'model.h5', '--input', name, ...more])
}
const data = (...more: string[]) =>
  lutra(['predict', 'model.h5', '--input', 'good.csv', '--data', 'rows.csv', ...more])
beforeAll(() => writeFile('good.csv', '0.5,0.25,-0.5\n'))

describe('values', () => {
  it('NaN and infinite', async () => {
    expect(await predict('nan.csv', '1,2,3\n4,nan,6\n')).toMatchInlineSnapshot(`
      "exit 2
      error: data/not-finite: nan.csv: row 1, column 1, counted from 0: the value is NaN; expected finite numbers. Remove or replace such rows."
    `)
    const npy = writeNpy({ shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, -Infinity) }, 'float32')
    expect(await predict('inf.npy', npy)).toMatchInlineSnapshot(`
      "exit 2
      error: data/not-finite: inf.npy: row 1, column 2, counted from 0: the value is -Infinity; expected finite numbers. Remove or replace such rows."
    `)
  })

  it('no numbers', async () => {
    expect(await predict('words.csv', '1,2,3\n4,five,6\n')).toMatchInlineSnapshot(`
      "exit 2
      error: csv/not-a-number: words.csv: line 2, column 2: 'five' is not a number; expected a number such as -1.5 or 2e-3. Correct the cell; if the column holds the class, name it with --label-column."
    `)
    expect(await predict('ragged.csv', '1,2,3\n4,5\n')).toMatchInlineSnapshot(`
      "exit 2
      error: csv/ragged: ragged.csv: line 2: the row has 2 cells; expected 3, as in the first row. Correct the row."
    `)
    expect(await predict('empty.csv', '')).toMatchInlineSnapshot(`
      "exit 2
      error: csv/empty: empty.csv: the file has no rows. Give a file with data."
    `)
    expect(await predict('header.csv', 'a,b,c\n')).toMatchInlineSnapshot(`
      "exit 2
      error: data/empty: header.csv: the data has shape [0, 3]; expected at least one row. Give a file with data."
    `)
  })
})

describe('shapes', () => {
  it('of the wrong width', async () => {
    expect(await predict('wide.csv', '1,2,3,4\n5,6,7,8\n')).toMatchInlineSnapshot(`
      "exit 2
      error: data/shape: wide.csv: its shape is [2, 4]; expected rows of [3] for input 'x'. If a column holds the class, name it with --label-column."
    `)
    expect(await predict('narrow.csv', '1,2\n3,4\n')).toMatchInlineSnapshot(`
      "exit 2
      error: data/shape: narrow.csv: its shape is [2, 2]; expected rows of [3] for input 'x'. Give the vectors that belong to this model."
    `)
    const npy = writeNpy({ shape: [4, 5, 2], data: new Float64Array(40) }, 'float32')
    expect(await predict('image.npy', npy)).toMatchInlineSnapshot(`
      "exit 2
      error: data/shape: image.npy: its shape is [4, 5, 2]; expected rows of [3] for input 'x'. Give the vectors that belong to this model."
    `)
  })

  it('without rows', async () => {
    expect(
      await predict('none.npy', writeNpy({ shape: [0, 3], data: new Float64Array(0) }, 'float32')),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: data/empty: none.npy: the data has shape [0, 3]; expected at least one row. Give a file with data."
    `)
  })

  it('of another number of inputs', async () => {
    expect(
      await lutra(['predict', 'model.h5', '--input', 'good.csv', '--input', 'rows.csv']),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: data/input-count: good.csv, rows.csv: 2 files of vectors for 1 input; expected one for each of 'x', in this order."
    `)
  })

  it('of outputs', async () => {
    expect(
      await lutra(['predict', 'model.h5', '--input', 'good.csv', '--out', 'a.npy', '--out', 'b.npy']),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: predict/output-count: --out: 2 files for 1 outputs; expected one for each of 'prob', in this order."
    `)
  })
})

describe('files', () => {
  it('missing, unknown, damaged', async () => {
    expect(await lutra(['predict', 'model.h5', '--input', 'goood.csv'])).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: goood.csv: there is no such file. Did you mean 'good.csv'?"
    `)
    expect(await predict('rows.xlsx', 'x')).toMatchInlineSnapshot(`
      "exit 2
      error: data/unknown-format: rows.xlsx: '.xlsx' is no format of data; expected .npy, .npz, .npz:key, .csv, .h5:Dataset or IDX (…-ubyte). Convert the file, e.g. with numpy.save."
    `)
    const npy = writeNpy({ shape: [2, 3], data: new Float64Array(6) }, 'float32')
    expect(await predict('cut.npy', npy.subarray(0, npy.length - 5))).toMatchInlineSnapshot(`
      "exit 2
      error: npy/truncated: cut.npy: 19 bytes of data follow the header; expected 24, for shape [2, 3] with 4 bytes each. Save or copy the file again."
    `)
    expect(await predict('hostile.npy', npy.subarray(0, 20))).toMatchInlineSnapshot(`
      "exit 2
      error: npy/truncated: hostile.npy: the file has 20 bytes; expected 128. Save or copy the file again."
    `)
    expect(await predict('text.npy', 'hello')).toMatchInlineSnapshot(`
      "exit 2
      error: npy/not-npy: text.npy: this is not a .npy file; expected the magic \\x93NUMPY at its beginning. Write it with numpy.save."
    `)
    expect(await predict('cut.npz', 'PK\u0003\u0004')).toMatchInlineSnapshot(`
      "exit 2
      error: npz/truncated: cut.npz: the zip archive has no directory at its end. Save or copy the file again."
    `)
  })

  it('HDF5 without a name, or with a wrong one', async () => {
    expect(await lutra(['predict', 'model.h5', '--input', 'model.h5'])).toMatchInlineSnapshot(`
      "exit 2
      error: data/which-dataset: model.h5: the name says no data set of the HDF5 file; expected one of model_weights/fc/fc/bias:0, model_weights/fc/fc/kernel:0. Name one, e.g. model.h5:model_weights/fc/fc/bias:0."
    `)
    expect(await lutra(['predict', 'model.h5', '--input', 'model.h5:rows'])).toMatchInlineSnapshot(`
      "exit 2
      error: hdf5/no-such-object: model.h5:rows: the file has nothing of that name. '/' holds model_weights."
    `)
  })
})

describe('labels', () => {
  it('columns that are not there', async () => {
    expect(await data('--label-column', 'lable')).toMatchInlineSnapshot(`
      "exit 2
      error: data/label-column: rows.csv: there is no column 'lable'; expected a name in the header or an index from -4 to 3. Did you mean 'label'?"
    `)
    expect(await data('--label-column', '9')).toMatchInlineSnapshot(`
      "exit 2
      error: data/label-column: rows.csv: there is no column '9'; expected a name in the header or an index from -4 to 3."
    `)
    expect(await data('--label-column', 'a')).toMatchInlineSnapshot(`
      "exit 2
      error: data/label-not-class: rows.csv: row 0, counted from 0: the label is 0.5; expected a class index 0, 1, …. Name the column that holds the class, or give the labels with --labels."
    `)
    expect(await data()).toMatchInlineSnapshot(`
      "exit 2
      error: data/shape: rows.csv: its shape is [4, 4]; expected rows of [3] for input 'x'. If a column holds the class, name it with --label-column."
    `)
  })

  it('another number of them', async () => {
    await writeFile('three.csv', '1,2,3\n4,5,6\n')
    await writeFile('labels.csv', '0\n1\n1\n')
    expect(await data('--data', 'three.csv', '--labels', 'labels.csv')).toMatchInlineSnapshot(`
      "exit 2
      error: data/input-count: rows.csv, three.csv: 2 files of vectors for 1 input; expected one for each of 'x', in this order."
    `)
    const args = ['--input', 'good.csv', '--data', 'three.csv', '--labels', 'labels.csv']
    expect(await lutra(['predict', 'model.h5', ...args])).toMatchInlineSnapshot(`
      "exit 2
      error: data/label-count: labels.csv: the file has 3 labels, but three.csv has 2 rows; expected one label per row. Give the labels that belong to this data."
    `)
  })

  it('given twice, or not classes', async () => {
    expect(await data('--label-column', 'label', '--labels', 'labels.csv')).toMatchInlineSnapshot(`
      "exit 2
      error: data/two-label-sources: rows.csv: labels are given twice: by --label-column and by --labels labels.csv; expected one of the two. Drop one."
    `)
    const labelled = (file: string) =>
      lutra(['predict', 'model.h5', '--input', 'good.csv', '--data', file, '--label-column', '3'])
    await writeFile('half.csv', '1,2,3,0.5\n')
    expect(await labelled('half.csv')).toMatchInlineSnapshot(`
      "exit 2
      error: data/label-not-class: half.csv: row 0, counted from 0: the label is 0.5; expected a class index 0, 1, …. Name the column that holds the class, or give the labels with --labels."
    `)
    await writeFile('beyond.csv', '1,2,3,7\n')
    expect(await labelled('beyond.csv')).toMatchInlineSnapshot(`
      "exit 2
      error: data/label-range: beyond.csv: row 0, counted from 0: the label is 7; expected a class from 0 to 1, as output 'prob' has 2 values. Give the labels that belong to this model."
    `)
  })
})

describe('several inputs', () => {
  it('of different length', async () => {
    const layers = [
      inputLayer('x', 3),
      inputLayer('z', 2),
      { ...denseLayer('fx', [3, 2]), reads: ['x'] },
      { ...denseLayer('fz', [2, 2]), reads: ['z'] },
    ]
    await writeFile('two.h5', await kerasFile(layers, functional(layers, ['x', 'z'], ['fx', 'fz'])))
    await writeFile('x.csv', '1,2,3\n4,5,6\n')
    await writeFile('z.csv', '1,2\n')
    expect(await lutra(['predict', 'two.h5', '--input', 'x.csv', '--input', 'z.csv'])).toMatchInlineSnapshot(`
      "exit 2
      error: data/row-count: z.csv: it has 1 row; expected 2, as x.csv."
    `)
    expect(await lutra(['predict', 'two.h5', '--input', 'x.csv'])).toMatchInlineSnapshot(`
      "exit 2
      error: data/input-count: x.csv: 1 file of vectors for 2 inputs; expected one for each of 'x', 'z', in this order."
    `)
  })
})
