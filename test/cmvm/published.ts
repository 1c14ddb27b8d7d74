// The published matrices, solved through the command line as a user does and recomputed from what it wrote.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runCommandLine } from '../../src/cli/run.ts'
import { referenceFolder } from '../support/reference.ts'
import { type GraphJson, recompute } from './graph-json.ts'

export interface Published {
  readonly m: string
  readonly shape: readonly [number, number]
  readonly runs: readonly {
    readonly hard_dc: number
    readonly adder_size: number
    readonly cost: number
    readonly depth: number
  }[]
  readonly dummy_no_cse: { readonly adders: number; readonly cost: number; readonly depth: number }
}

export async function publishedResults(): Promise<Published[]> {
  return JSON.parse(await readFile(join(referenceFolder, 'cmvm/solver_results.json'), 'utf8')) as Published[]
}

/** What da4ml needs at the depth that is compared: one run of each matrix. */
export function anchorOf({ runs }: Published): { readonly cost: number; readonly depth: number } {
  return runs.find(run => run.hard_dc === 2 && run.adder_size === 1)!
}

export interface CommandResult {
  readonly adders: number
  readonly bits: number
  readonly depth: number
  readonly unshared: { readonly bits: number }
}

/** Solves a matrix file by command, and holds its figures against those of the graph it wrote. */
export async function solveAndRecompute(file: string, input = 'int<8>'): Promise<CommandResult> {
  const folder = await mkdtemp(join(tmpdir(), 'lutra-cmvm-'))
  try {
    const graph = join(folder, 'graph.json')
    let out = ''
    let err = ''
    const code = await runCommandLine(['cmvm', file, '--input', input, '--json', '--graph', graph], {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    })
    expect(code, err).toBe(0)
    const result = JSON.parse(out) as CommandResult
    const text = JSON.parse(await readFile(graph, 'utf8')) as GraphJson
    const found = recompute(text)
    expect(found.ordered).toBe(true)
    expect({ adders: text.ops.length, bits: found.bits, depth: found.depth }).toEqual({
      adders: result.adders,
      bits: result.bits,
      depth: result.depth,
    })
    const matrix = found.matrix.map(row => row.map(({ times, lsb }) => Number(times) * 2 ** lsb))
    expect(matrix).toEqual(await int32Matrix(file))
    return result
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An int32 (or int8) matrix in NumPy's format, version 1, read without the code under test. */
async function int32Matrix(file: string): Promise<number[][]> {
  const bytes = await readFile(file)
  const start = 10 + bytes.readUInt16LE(8)
  const header = bytes.subarray(10, start).toString('latin1')
  const [rows, columns] = /\((\d+), (\d+)\)/.exec(header)!.slice(1).map(Number) as [number, number]
  const at = header.includes("'|i1'")
    ? (k: number) => bytes.readInt8(start + k)
    : header.includes("'<i8'")
      ? (k: number) => Number(bytes.readBigInt64LE(start + 8 * k))
      : (k: number) => bytes.readInt32LE(start + 4 * k)
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => at(i * columns + j)),
  )
}
