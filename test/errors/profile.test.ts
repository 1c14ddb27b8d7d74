// Bad data for `profile` and `compare`: refused, or said to tell little.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeNpy } from '../../src/formats/npy.ts'
import { denseLayer, inputLayer } from '../../src/frontends/keras/testing/models.ts'
import { lutra, rows, useFolder, writeModel } from './command-line.ts'

useFolder()
const config = JSON.stringify({ Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 } })
beforeAll(async () => {
  await writeModel('model.h5')
  await writeFile('rows.csv', rows)
  await writeFile('c.json', config)
  const lines = Array.from({ length: 120 }, (_, k) => `${(k % 7) / 8},1,${(k % 5) / 4 - 0.5}`)
  await writeFile('many.csv', `${lines.join('\n')}\n`)
})

/** Without the tables: what is said of the data. */
async function said(verb: string, ...words: string[]): Promise<string> {
  const text = await lutra([verb, 'model.h5', '--config', 'c.json', ...words])
  return text.replace(/\n?stdout: [\s\S]*$/, '')
}
const given = async (verb: string, name: string, content: string | Uint8Array, ...words: string[]) => {
  await writeFile(name, content)
  return said(verb, '--data', name, ...words)
}

describe.each(['profile', 'compare'])('%s', verb => {
  it('NaN and infinite values', async () => {
    expect(await given(verb, 'nan.csv', '1,2,3\n4,nan,6\n')).toBe(
      'exit 2\nreading and typing the model\nerror: data/not-finite: nan.csv: row 1, column 1, counted from 0: the value is NaN; expected finite numbers. Remove or replace such rows.',
    )
    const npy = writeNpy({ shape: [1, 3], data: Float64Array.of(1, Infinity, 3) }, 'float32')
    expect(await given(verb, 'inf.npy', npy)).toBe(
      'exit 2\nreading and typing the model\nerror: data/not-finite: inf.npy: row 0, column 1, counted from 0: the value is Infinity; expected finite numbers. Remove or replace such rows.',
    )
  })

  it('rows of another shape', async () => {
    expect(await said(verb, '--data', 'rows.csv')).toBe(
      "exit 2\nreading and typing the model\nerror: data/shape: rows.csv: its shape is [4, 4]; expected rows of [3] for input 'x'. If a column holds the class, name it with --label-column.",
    )
  })

  it('labels that do not match', async () => {
    const labelled = (name: string, content: string) =>
      writeFile(name, content).then(() => said(verb, '--data', 'many.csv', '--labels', name))
    expect(await labelled('three.csv', '0\n1\n0\n')).toBe(
      'exit 2\nreading and typing the model\nerror: data/label-count: three.csv: the file has 3 labels, but many.csv has 120 rows; expected one label per row. Give the labels that belong to this data.',
    )
    expect(await labelled('seven.csv', `${'7\n'.repeat(120)}`)).toBe(
      "exit 2\nreading and typing the model\nerror: data/label-range: seven.csv: row 0, counted from 0: the label is 7; expected a class from 0 to 1, as output 'prob' has 2 values. Give the labels that belong to this model.",
    )
  })

  it('one row, few rows: said to tell little', async () => {
    expect(await given(verb, 'one.csv', '0.5,0.25,-0.5\n')).toBe(
      'exit 0\nreading and typing the model\nfinding: data/few-rows: one.csv: it has 1 row; expected at least 100. Give more of the data: ranges, types and losses that are found on few rows may not hold on others.',
    )
    expect(await said(verb, '--data', 'rows.csv', '--label-column', 'label')).toContain(
      'finding: data/few-rows: rows.csv: it has 4 rows; expected at least 100.',
    )
  })

  it('columns that never change', async () => {
    expect(await said(verb, '--data', 'many.csv')).toBe(
      'exit 0\nreading and typing the model\nfinding: data/constant-column: many.csv: element 1 of the 3 of a row, counted from 0, has the same value in all 120 rows; expected values as the network will see them. If they vary in use, give data in which they do; if not, the network needs no such inputs.',
    )
    const constant = await given(verb, 'same.csv', '1,2,3\n1,2,3\n')
    expect(constant).toContain(
      'elements 0, 1, 2 of the 3 of a row, counted from 0, have the same value in all 2 rows',
    )
  })

  it('a folder that cannot be written to', async () => {
    expect(await said(verb, '--data', 'many.csv', '--out', 'rows.csv/out')).toMatch(
      /^exit 2\nreading and typing the model\nerror: file\//,
    )
  })
})

describe('compare', () => {
  it('without data', async () => {
    expect(await said('compare')).toBe(
      'exit 2\nreading and typing the model\nerror: compare/no-data: --data: there are no vectors to compare on; expected a file of vectors for each input. Give --data VECTORS (.npy .npz .csv f.h5:Dataset).',
    )
    expect(await lutra(['compare', 'model.h5'])).toBe(
      "exit 2\nreading and typing the model\nerror: precision/no-input-range: input 'x': nothing says which values enter the network; expected vectors to calibrate on, or a type. Give --data VECTORS, or --input-type e.g. fixed<12,4>.",
    )
  })
})

describe('profile', () => {
  it('without data, with types: weights alone', async () => {
    const text = await lutra(['profile', 'model.h5', '--config', 'c.json'])
    expect(text).toContain('| fc/w   | fixed<16,6> |')
    expect(text).toContain('Weights alone: without --data no layer has results.')
    expect(text).not.toContain('Results')
  })
})

describe('predict --trace', () => {
  it('keeps layers apart whose names are alike for a file system', async () => {
    await writeModel('alike.h5', [inputLayer('x', 3), denseLayer('a-b', [3, 2]), denseLayer('A-B', [2, 2])])
    const words = ['predict', 'alike.h5', '--config', 'c.json', '--input', 'many.csv', '--trace', 'trace']
    expect(await lutra([...words, '--quiet'])).toBe('exit 0')
    const { layers } = JSON.parse(await readFile('trace/trace.json', 'utf8'))
    const files: string[] = layers.map(({ file }: { file: string }) => file)
    expect(new Set(files.map(file => file.toLowerCase())).size).toBe(3)
    expect((await readdir('trace')).sort()).toEqual([...files, 'trace.json'].sort())
  })
})
