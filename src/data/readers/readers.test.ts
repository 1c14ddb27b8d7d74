import fc from 'fast-check'
import { gzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { gunzip } from '../../formats/gzip.ts'
import { writeNpy } from '../../formats/npy.ts'
import { joinRows, openIdxRows, openNpyRows } from './array-rows.ts'
import { bytesAtHand } from './byte-source.ts'
import { openCifarRows } from './cifar-rows.ts'
import type { CsvOptions } from './csv-head.ts'
import { openCsvTable } from './csv-rows.ts'

const text = (content: string) => bytesAtHand('d.csv', new TextEncoder().encode(content))
const csv = async (content: string, options: CsvOptions) => {
  const { inputs, target, dropped } = await openCsvTable(text(content), options)
  return { ...joinRows([inputs], target!), dropped }
}
const all = (count: number) => Uint32Array.from({ length: count }, (_, k) => k)

describe('a table', () => {
  const iris = 'length,width,kind\n5.1,3.5,setosa\n6,2.2,virginica\n\n'

  it('has inputs and classes by name', async () => {
    const rows = await csv(iris, { labelColumn: 'kind' })
    expect(rows.count).toBe(2)
    expect(await rows.rows(all(2))).toEqual({
      count: 2,
      inputs: [{ shape: [2], data: Float32Array.of(5.1, 3.5, 6, 2.2) }],
      target: { kind: 'classes', labels: Int32Array.of(0, 1), names: ['setosa', 'virginica'] },
    })
  })

  it('needs no header where the column is counted', async () => {
    const rows = await csv('1,2,b\n3,4,a\n', { labelColumn: -1 })
    expect(rows.form.target).toEqual({ kind: 'classes', names: ['a', 'b'] })
  })

  it('gives values to learn', async () => {
    const rows = await csv('x,y,z\n1,2,3\n4,5,6\n', { targetColumns: ['z'], dropColumns: ['y'] })
    const { inputs, target } = await rows.rows(Uint32Array.of(1))
    expect([...inputs[0]!.data]).toEqual([4])
    expect(target).toEqual({ kind: 'values', shape: [1], data: Float32Array.of(6) })
  })

  it('leaves out rows that lack a value, where that is asked for', async () => {
    const rows = await csv('x,c\n1,0\n,1\nnan,0\n2,1\n', { labelColumn: 'c', missing: 'drop' })
    expect([rows.count, rows.dropped]).toEqual([2, 2])
  })

  it('is the same whether it is kept or read again, whatever the size of lines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.nat(2)), {
          minLength: 3,
          maxLength: 40,
        }),
        fc.constantFrom('\n', '\r\n'),
        async (rows, end) => {
          const labelled = rows.map(([x, c], k) => `${x},"${k < 3 ? k : c}"`)
          const content = `x,c${end}${labelled.join(end)}${end}`
          const [kept, read] = await Promise.all(
            [undefined, 0].map(keep => csv(content, { labelColumn: 'c', keep })),
          )
          const order = all(rows.length).reverse()
          expect(await read!.rows(order)).toEqual(await kept!.rows(order))
        },
      ),
      { numRuns: 30 },
    )
  })

  it.each([
    ['x,c\n1,0\n,1\n', {}, "d.csv: line 3, column 1 ('x'): the cell is empty"],
    ['x,c\n1,0\n1,2,3\n', {}, 'd.csv: line 3: the row has 3 cells; expected 2'],
    ['x,c\n1,0\n\n2,1\n', {}, 'd.csv: line 3: the line is blank'],
    ['x,c\n1,0\nred,1\n', {}, "d.csv: line 3, column 1: 'red' is not a number"],
    ['x,c\n1,0\n2,1.5\n', {}, 'd.csv: line 3: the label is 1.5'],
    ['x,c\n1,0\n2,2\n', {}, 'no row has label 1'],
    ['x,c\n1,a\n2,b\n', { names: ['a', 'd'] }, "d.csv: line 3: the label is 'b'; expected one of a, d"],
    ['x,c\n1,0\n2,0\n', {}, 'all 2 rows are of one class'],
    ['x,c\n1,0\ninf,1\n', {}, "line 3, column 1 ('x'): the value is Infinity"],
    ['x,c\n1,0\n2,1\n', { labelColumn: 'cc' }, "there is no column 'cc'"],
    ['x,c\n1,0\n2,1\n', { targetColumns: ['x'] }, 'no column is left as input'],
    ['x,y,c\n1,0,0\n2,1,1\n', { targetColumns: ['x'] }, 'two things are to be learned'],
    ['a,b,c\n1,0,0\n', { labelColumn: 3 }, "data/label-column: d.csv: there is no column '3'"],
    ['a,a,c\n1,0,0\n', { labelColumn: 'a' }, "the header has several columns 'a'"],
    ['x,c\n1,0\n2,1\n', { shape: [2, 2] }, 'a row has 1 inputs; expected 4'],
    ['', {}, 'd.csv: the file has no rows'],
    ['x,c\n', {}, 'd.csv: the file has no rows'],
  ] as const)('%j is refused with its place', async (content, options, message) => {
    await expect(csv(content, { labelColumn: 'c', ...options })).rejects.toThrow(message)
  })
})

describe('arrays in files', () => {
  it('come row by row from a .npy', async () => {
    const bytes = writeNpy({ shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }, 'float32')
    const rows = await openNpyRows(bytesAtHand('x.npy', bytes))
    expect([rows.count, rows.shape]).toEqual([3, [2]])
    expect([...(await rows.take(Uint32Array.of(2, 0, 2)))]).toEqual([5, 6, 1, 2, 5, 6])
  })

  it('tell of what is not finite, by its row', async () => {
    const bytes = writeNpy({ shape: [2, 2], data: Float64Array.of(1, 2, 3, Number.NaN) }, 'float32')
    const rows = await openNpyRows(bytesAtHand('x.npy', bytes))
    await expect(rows.take(all(2))).rejects.toThrow('x.npy: row 1, element 1, counted from 0')
  })

  const idx = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 255)

  it('come from IDX', async () => {
    const rows = await openIdxRows(bytesAtHand('t-ubyte', idx))
    expect([...(await rows.take(all(2)))]).toEqual([1, 2, 3, 255])
  })

  it.each([
    [Uint8Array.of(), 'this is not an IDX file'],
    [Uint8Array.of(1, 0, 8, 1), 'this is not an IDX file'],
    [idx.subarray(0, 15), 'the file has 15 bytes; expected 16, for shape [2, 2]'],
    [idx.subarray(0, 6), 'the file has 6 bytes'],
  ])('an IDX file that is damaged is refused: %#', async (bytes, message) => {
    await expect(openIdxRows(bytesAtHand('t', bytes))).rejects.toThrow(message)
  })

  it('CIFAR’s planes become channels', async () => {
    const record = new Uint8Array(3073)
    record[0] = 7
    record.fill(64, 1, 1025).fill(128, 1025, 2049).fill(192, 2049)
    const other = record.slice()
    other[0] = 3
    const rows = await openCifarRows('cifar-10', [bytesAtHand('a.bin', record), bytesAtHand('b.bin', other)])
    const { inputs, target } = await rows.rows(Uint32Array.of(1, 0))
    expect([...inputs[0]!.data.subarray(0, 6)]).toEqual([0.25, 0.5, 0.75, 0.25, 0.5, 0.75])
    expect(target).toMatchObject({ labels: Int32Array.of(3, 7) })
    record[0] = 11
    await expect(openCifarRows('cifar-10', [bytesAtHand('a.bin', record)])).rejects.toThrow(
      'a.bin: record 0, counted from 0: the label is 11',
    )
    await expect(openCifarRows('cifar-10', [bytesAtHand('a.bin', record.subarray(1))])).rejects.toThrow(
      'the file has 3072 bytes',
    )
  })
})

describe('gzip', () => {
  const packed = gzipSync(new Uint8Array(5000).fill(3))

  it('unpacks', () => {
    expect(gunzip(packed, 'x.gz')).toEqual(new Uint8Array(5000).fill(3))
  })

  it('refuses what is cut short at any place, and what is too large', () => {
    for (let length = 0; length < packed.length; length++)
      expect(() => gunzip(packed.subarray(0, length), 'x.gz')).toThrow('gzip/unreadable')
    expect(() => gunzip(packed, 'x.gz', 4000)).toThrow('gzip/too-large')
  })
})
