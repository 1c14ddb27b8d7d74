// Bad matrices, types and flags given to `lutra cmvm`, and what it writes and leaves alone.

import { truncate, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeNpy } from '../../src/formats/npy.ts'
import { contents, lutra, useFolder } from './command-line.ts'

useFolder()

const npy = (name: string, shape: number[], data: number[], type: Parameters<typeof writeNpy>[1] = 'int8') =>
  writeFile(name, writeNpy({ shape, data }, type))

beforeAll(async () => {
  // Too small for any solver to find something better, so that what is printed stays the same.
  await npy('w.npy', [2, 3], [1, -2, 0, 2, 0, 4])
})

const solve = (matrix: string, ...more: string[]) =>
  lutra(['cmvm', matrix, '--input', 'int<8>', '--quiet', ...more])

describe('matrices', () => {
  it('that are none', async () => {
    expect(await solve('v.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: v.npy: there is no such file. Did you mean 'w.npy'?"
    `)
    await npy('vector.npy', [6], [1, 2, 3, 4, 5, 6])
    expect(await solve('vector.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: cmvm/shape: vector.npy: the matrix has shape [6]; expected two axes, inputs and outputs: y = x W. Give one output as w.reshape(-1, 1)."
    `)
    await npy('cube.npy', [1, 2, 3], [1, 2, 3, 4, 5, 6])
    expect(await solve('cube.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: cmvm/shape: cube.npy: the matrix has shape [1, 2, 3]; expected two axes, inputs and outputs: y = x W. Give one matrix, e.g. W[0]."
    `)
    await npy('empty.npy', [0, 3], [])
    expect(await solve('empty.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: data/empty: empty.npy: the data has shape [0, 3]; expected at least one row. Give a file with data."
    `)
    await npy('cut.npy', [2, 3], [1, 2, 3, 4, 5, 6])
    await truncate('cut.npy', 130)
    expect(await solve('cut.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: npy/truncated: cut.npy: 2 bytes of data follow the header; expected 6, for shape [2, 3] with 1 bytes each. Save or copy the file again."
    `)
    await writeFile('text.npy', 'hello')
    expect(await solve('text.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: npy/not-npy: text.npy: this is not a .npy file; expected the magic \\x93NUMPY at its beginning. Write it with numpy.save."
    `)
  })

  it('of inexact, unbounded or endless numbers', async () => {
    await npy('nan.npy', [2, 2], [1, 2, Number.NaN, 4], 'float64')
    expect(await solve('nan.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: data/not-finite: nan.npy: row 1, column 0, counted from 0: the value is NaN; expected finite numbers. Remove or replace such rows."
    `)
    await npy('tenth.npy', [2, 2], [1, 0.1, 2, 3], 'float32')
    expect(await solve('tenth.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: cmvm/not-exact: tenth.npy: row 0, column 1, counted from 0: the weight is 0.10000000149011612; expected integers, or multiples of 2^-16, of at most 53 bits. Quantise the matrix first, e.g. np.round(W * 2**6) / 2**6."
    `)
    await npy('large.npy', [1, 2], [1, 1e300], 'float64')
    expect(await solve('large.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: cmvm/not-exact: large.npy: row 0, column 1, counted from 0: the weight is 1e+300; expected integers, or multiples of 2^-16, of at most 53 bits. Quantise the matrix first, e.g. np.round(W * 2**6) / 2**6."
    `)
  })

  it('too large for memory, by file and by digits', async () => {
    await npy('wide.npy', [1024, 1025], new Array<number>(1024 * 1025).fill(1))
    expect(await solve('wide.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: cmvm/too-large: 1024 × 1025: the matrix is too large to be unrolled into adders: more than 1048576 non-zero digits; expected at most 1048576 non-zero signed digits in all weights together. Give a part of it, fewer bits, or more zeros."
    `)
    await npy('file.npy', [1, 1], [1])
    await truncate('file.npy', 2 ** 27)
    expect(await solve('file.npy')).toMatchInlineSnapshot(`
      "exit 2
      error: cmvm/too-large: file.npy: the matrix is too large to be unrolled into adders: the file has 134217728 bytes; expected at most 1048576 non-zero signed digits in all weights together. Give a part of it, fewer bits, or more zeros."
    `)
  })
})

describe('flags', () => {
  it('types of inputs', async () => {
    for (const [type, code] of [
      ['float', 'cmvm/input-type'],
      ['auto', 'cmvm/input-type'],
      ['int<200>', 'cmvm/input-type'],
      ['int<8', 'precision/unknown-type'],
      ['int<8>,int<4>,int<2>', 'cmvm/input-count'],
    ] as const)
      expect(await lutra(['cmvm', 'w.npy', '--input', type])).toContain(`exit 2\nerror: ${code}: --input: `)
    expect(await lutra(['cmvm', 'w.npy'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/missing-flag: lutra cmvm: required option '--input <type>' not specified. See lutra cmvm --help."
    `)
  })

  it('numbers', async () => {
    expect(await solve('w.npy', '--effort', '-1')).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra cmvm: option '--effort <n>' argument '-1' is invalid. It must not be below zero. See lutra cmvm --help."
    `)
    expect(await solve('w.npy', '--time-budget', '0')).toContain('usage/bad-value')
    expect(await solve('w.npy', '--extra-depth', '1.5')).toContain('usage/bad-value')
    expect(await solve('w.npy', '--prove', 'yes')).toContain('usage/bad-value')
  })
})

describe('output', () => {
  it('a table, with what was checked', async () => {
    const text = await lutra(['cmvm', 'w.npy', '--input', 'fixed<8,3>,ufixed<4,4>', '--verilog', 'out/w.v'])
    expect(text.replace(/\d+\.\d+ s$/m, '<seconds>')).toMatchInlineSnapshot(`
      "exit 0
      looking for sums to share in 2 × 3 weights
      running the module on vectors
      stdout: 2 inputs, 3 outputs, <seconds>
                            shared   without sharing     ratio
      adders                     1                 1     1.000
      full-adder bits           13                13     1.000
      depth                      1                 1     1.000
      The graph’s coefficients are the matrix’s.
      The Verilog on 1013 vectors: built-in equal, Icarus skipped (iverilog is not on PATH).
      written: out/w.v"
    `)
  })

  it('graphs and modules are written together or not at all', async () => {
    expect(await solve('w.npy', '--graph', 'good/g.json', '--verilog', 'good/m.v')).toBe('exit 0')
    const before = await contents('good')
    expect(Object.keys(before)).toEqual(['good/g.json', 'good/m.v'])
    expect(before['good/g.json']).toMatchInlineSnapshot(`
      "{
       "inputs": [
        {"min": -128, "max": 127, "frac": 0},
        {"min": -128, "max": 127, "frac": 0}
       ],
       "ops": [
        {"a": 0, "b": 1, "shift": 1, "sub": false}
       ],
       "outputs": [
        {"node": 2, "shift": 0, "neg": false},
        {"node": 0, "shift": 1, "neg": true},
        {"node": 1, "shift": 2, "neg": false}
       ]
      }
      "
    `)
    await writeFile('file', '')
    const failed = await solve(
      'w.npy',
      '--graph',
      'good/g.json',
      '--verilog',
      'file/m.v',
      '--extra-depth',
      '0',
    )
    expect(failed).toContain('exit 2\nerror: file/not-writable: file/m.v')
    expect(await contents('good')).toEqual(before)
  })

  it('the same file twice is the same bytes', async () => {
    expect(await solve('w.npy', '--graph', 'a.json', '--verilog', 'a/m.v')).toBe('exit 0')
    expect(await solve('w.npy', '--graph', 'b.json', '--verilog', 'b/m.v')).toBe('exit 0')
    const all = await contents()
    expect(all['a.json']).toBe(all['b.json'])
    expect(all['a/m.v']).toBe(all['b/m.v'])
  })

  it('what needs no adder at all', async () => {
    await npy('zeros.npy', [2, 2], [0, 0, 0, 0])
    expect((await solve('zeros.npy', '--verilog', 'zeros.v')).trim()).toBe('exit 0')
    await npy('powers.npy', [1, 2], [4, 0.5], 'float32')
    const json = await lutra(['cmvm', 'powers.npy', '--input', 'uint<0>', '--json', '--quiet'])
    expect(json).toContain('"adders": 0')
  })

  it('a time budget that runs out gives a marked result', async () => {
    const values = Array.from({ length: 32 * 32 }, (_, k) => ((k * k * 37 + k) % 255) - 127)
    await npy('square.npy', [32, 32], values)
    const json = await lutra([
      'cmvm',
      'square.npy',
      '--input',
      'int<8>',
      '--json',
      '--time-budget',
      '1e-6',
      '--effort',
      '50',
    ])
    expect(json).toContain(
      'finding: cmvm/time-budget: square.npy: the time budget of 0.000001 s ended the search',
    )
    expect(json).toContain('"complete": false')
  })
})
