// The public models of HGQ2, against a forward pass in numpy: the same numbers, bit for bit.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../src/compile.ts'
import type { Batch } from '../../src/engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../src/engines/fixed/fixed.ts'
import { runFloat } from '../../src/engines/float.ts'
import { interpret } from '../../src/engines/interpreter/interpret.ts'
import { type Hdf5File, openHdf5 } from '../../src/formats/hdf5/read.ts'
import { readZip } from '../../src/formats/zip.ts'
import { importModel } from '../../src/frontends/index.ts'
import { nodeNamed } from '../../src/ir/graph.ts'
import { missingReference, referenceFolder } from '../support/reference.ts'

const missing = missingReference('real/hgq2') ?? missingNumpy()

function missingNumpy(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' })
    return undefined
  } catch {
    console.log('skipped: no python3 with NumPy')
    return 'no NumPy'
  }
}

/** Numbers of many sizes, some of them far outside of what the quantisers keep. */
function rowsOf(count: number, size: number): number[][] {
  const at = (k: number) => (Math.sin(k * 12.9898) * 43758.5453) % 1
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: size }, (_, k) => Math.fround(at(row * size + k) * [1, 4, 9, 60][(row + k) % 4]!)),
  )
}

async function arraysOf(bytes: Uint8Array): Promise<Record<string, { shape: number[]; data: number[] }>> {
  const file = await openHdf5(bytes, 'model.weights.h5')
  const paths = (group: string): string[] =>
    file.isDataset(group) ? [group] : file.children(group).flatMap(child => paths(`${group}/${child}`))
  const entries = paths('layers').map(path => [path, numbersOf(file, path)] as const)
  file.close()
  return Object.fromEntries(entries)
}

function numbersOf(file: Hdf5File, path: string) {
  const { shape, data } = file.dataset(path)
  // The one array that is infinite is how fast ranges shrink.
  return { shape, data: Array.from(data, value => (Number.isFinite(value) ? value : 0)) }
}

async function numpyResults(bytes: Uint8Array, rows: unknown): Promise<number[][][]> {
  const entries = readZip(bytes, { name: 'model.keras', area: 'zip' })
  const entry = (path: string) => entries.find(own => own.path === path)!.read()
  const text = new TextDecoder().decode(entry('config.json')).replaceAll(/\bInfinity\b/g, '1e999')
  const given = `{"config": ${text}, "arrays": ${JSON.stringify(await arraysOf(entry('model.weights.h5')))}, "inputs": ${JSON.stringify([rows])}}`
  const out = execFileSync('python3', [join(import.meta.dirname, 'hgq2_forward.py')], {
    input: given,
    maxBuffer: 1 << 28,
  })
  return JSON.parse(out.toString()) as number[][][]
}

const models = [
  { name: 'jets-hgq-76.8', shape: [16], rows: 400 },
  { name: 'mha-8-particles', shape: [8, 3], rows: 300 },
]

describe.skipIf(missing !== undefined)('models of HGQ2', () => {
  it.each(models)('$name: results are those of numpy, raw', async ({ name, shape, rows }) => {
    const path = join(referenceFolder, 'real/hgq2', `${name}.keras`)
    expect(existsSync(path)).toBe(true)
    const bytes = new Uint8Array(readFileSync(path))
    const graph = await importModel([{ name: path, bytes }])
    const { typed, findings } = compileModel(graph, { verifyPasses: true })
    const size = shape.reduce((a, b) => a * b, 1)
    const vectors = rowsOf(rows, size)
    const batch: Batch = { rows, shape, data: Float64Array.from(vectors.flat()) }
    const to = graph.outputs[0]!
    const shaped = shape.length === 1 ? vectors : vectors.map(row => reshaped(row, shape))
    const expected = (await numpyResults(bytes, shaped))[0]!.flat()
    const last = typed.outputs[0]!
    const raw = createFixedEngine(typed).run([batch], [last]).get(last)!
    expect([...toNumbers(nodeNamed(typed, last), raw)]).toEqual(expected)
    expect(new Set(expected).size).toBeGreaterThan(100)
    expect([...runFloat(graph, [batch], [to]).get(to)!.data]).toEqual(expected)
    const few = { ...batch, rows: 3, data: batch.data.slice(0, 3 * size) }
    expect([...interpret(typed, [few], [last]).get(last)!.raw].map(BigInt)).toEqual(
      [...raw.raw].slice(0, (3 * raw.raw.length) / rows).map(BigInt),
    )
    expect(findings).toEqual([])
  })
})

function reshaped(row: readonly number[], [rows, columns]: readonly number[]): number[][] {
  return Array.from({ length: rows! }, (_, k) => row.slice(k * columns!, (k + 1) * columns!))
}
