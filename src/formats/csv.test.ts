import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CsvOptions, parseCsv } from './csv.ts'

const parse = (text: string, options?: CsvOptions) =>
  parseCsv(new TextEncoder().encode(text), 'd.csv', options)

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (problem) {
    return (problem as Error).message
  }
  return 'no error'
}

describe('csv', () => {
  it('reads numbers with each delimiter, with and without a header', () => {
    const data = Float64Array.of(1, -2.5, 3e-3, 4)
    expect(parse('1,-2.5\n3e-3,4\n')).toEqual({ shape: [2, 2], data })
    expect(parse('a;b\r\n1; -2.5\r\n3E-3 ;4')).toEqual({ shape: [2, 2], data, header: ['a', 'b'] })
    expect(parse('\ufeffa\tb\n1\t-2.5\n.003\t4.\n\n \n')).toEqual({ shape: [2, 2], data, header: ['a', 'b'] })
    expect(parse('"a, ""first"""," b\nc"\n"1",-2.5\n.3e-2,"+4"')).toEqual({
      shape: [2, 2],
      data,
      header: ['a, "first"', 'b\nc'],
    })
  })

  it('takes column numbers with a class for a header, and any first row when told to', () => {
    expect(parse('120,121,class\n403,404,1\n').header).toEqual(['120', '121', 'class'])
    expect(parse('1,2\n3,4\n').header).toBeUndefined()
    expect(parse('1,2\n3,4\n', { header: true })).toEqual({
      shape: [1, 2],
      data: Float64Array.of(3, 4),
      header: ['1', '2'],
    })
    expect(parse('a,b\n').shape).toEqual([0, 2])
  })

  it('reads nan and infinities as such', () => {
    expect([...parse('nan,inf\n-Infinity,NaN').data]).toEqual([NaN, Infinity, -Infinity, NaN])
  })

  it('says what is wrong, with line and column', () => {
    const number = 'expected a number such as -1.5 or 2e-3.'
    const cases: [string, string][] = [
      [messageOf(() => parse('')), 'csv/empty: d.csv: the file has no rows. Give a file with data.'],
      [messageOf(() => parse('\n\n')), 'csv/empty: d.csv: the file has no rows. Give a file with data.'],
      [
        messageOf(() => parseCsv(Uint8Array.of(0x31, 0xff, 0x0a), 'd.csv')),
        'csv/not-text: d.csv: this is not UTF-8 text. Save it as UTF-8.',
      ],
      [
        messageOf(() => parse('a,b\n1,2\n3,gamma\n')),
        `csv/not-a-number: d.csv: line 3, column 2: 'gamma' is not a number; ${number} Correct the cell; if the column holds the class, name it with --label-column.`,
      ],
      [
        messageOf(() => parse('a,b\n1,\n')),
        `csv/not-a-number: d.csv: line 2, column 2: the cell is empty; ${number} Correct the cell; if the column holds the class, name it with --label-column.`,
      ],
      [
        messageOf(() => parse('a;b\n1,5;2\n')),
        `csv/not-a-number: d.csv: line 2, column 1: '1,5' is not a number; ${number} Write it with a decimal point.`,
      ],
      [
        messageOf(() => parse('"a\nb",c\n1,2\n3\n')),
        'csv/ragged: d.csv: line 4: the row has 1 cells; expected 2, as in the first row. Correct the row.',
      ],
      [
        messageOf(() => parse('1,2\n\n3,4\n')),
        'csv/ragged: d.csv: line 2: the line is blank; expected 2, as in the first row. Correct the row.',
      ],
      [
        messageOf(() => parse('1.5,2..5\n3,4\n')),
        "csv/unclear-header: d.csv: line 1, column 2: the first row mixes numbers with '2..5'; expected column names only, or numbers only. Correct the cell, or give every column a name.",
      ],
      [
        messageOf(() => parse('a,b\n"1,2\n3,4\n')),
        'csv/bad-quotes: d.csv: line 2: a quote is not closed or stands inside a cell; expected quotes around whole cells, and "" for a quote inside. Correct the row.',
      ],
      [
        messageOf(() => parse('a,b\n1,2"3"\n')),
        'csv/bad-quotes: d.csv: line 2: a quote is not closed or stands inside a cell; expected quotes around whole cells, and "" for a quote inside. Correct the row.',
      ],
    ]
    for (const [found, wanted] of cases) expect(found).toBe(wanted)
  })

  it('gives back any table of numbers it is given', () => {
    const tables = fc.integer({ min: 1, max: 6 }).chain(columns =>
      fc.record({
        rows: fc.array(fc.array(fc.double(), { minLength: columns, maxLength: columns }), {
          minLength: 1,
          maxLength: 8,
        }),
        delimiter: fc.constantFrom(',', ';', '\t'),
        end: fc.constantFrom('\n', '\r\n'),
        quoted: fc.boolean(),
      }),
    )
    fc.assert(
      fc.property(tables, ({ rows, delimiter, end, quoted }) => {
        const cell = (value: number) => (quoted ? `"${value}"` : Object.is(value, -0) ? '-0' : `${value}`)
        const text = rows.map(row => row.map(cell).join(delimiter) + end).join('')
        const { data, shape } = parse(text)
        expect(shape).toEqual([rows.length, rows[0]!.length])
        expect([...data].map(value => value + 0)).toEqual(rows.flat().map(value => value + 0))
      }),
    )
  })

  it('never fails without a code, whatever the text', () => {
    const pieces = fc.array(fc.constantFrom(...'12,;\t"\n\r .e-ax'), { maxLength: 60 })
    fc.assert(
      fc.property(pieces, characters => {
        const message = messageOf(() => parse(characters.join('')))
        if (message !== 'no error') expect(message).toMatch(/^csv\/[a-z-]+: d\.csv/)
      }),
      { numRuns: 2000 },
    )
  })
})
