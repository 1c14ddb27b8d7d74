// HGQ2's models run with numpy: what the emulator is held against.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type Hdf5File, openHdf5 } from '../../src/formats/hdf5/read.ts'
import { readZip } from '../../src/formats/zip.ts'
import type { Shape } from '../../src/ir/tensor-type.ts'

/** Why numpy cannot run here, printed; undefined when it can. */
export function missingNumpy(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' })
    return undefined
  } catch {
    console.log('skipped: no python3 with NumPy')
    return 'no NumPy'
  }
}

/** Float32 numbers of many sizes, most of them far outside of what quantisers keep where `reach` is large. */
export function numbers(count: number, reach = 9): Float64Array {
  const at = (k: number) => (Math.sin(k * 12.9898) * 43758.5453) % 1
  return Float64Array.from({ length: count }, (_, k) =>
    Math.fround(at(k) * [1, reach / 2, reach, 6 * reach][(k + (k >> 3)) % 4]!),
  )
}

/** A flat list as lists in lists. */
export function nested(data: readonly number[], shape: Shape): unknown {
  const [extent = 1, ...rest] = shape
  if (rest.length === 0) return data
  const size = data.length / extent
  return Array.from({ length: extent }, (_, k) => nested(data.slice(k * size, (k + 1) * size), rest))
}

/** An archive with a batch, nested, for each input. */
export interface NumpyRun {
  readonly bytes: Uint8Array
  readonly inputs: readonly unknown[]
}

/** The first output of every model, flat. */
export async function numpyResults(runs: readonly NumpyRun[]): Promise<readonly (readonly number[])[]> {
  const models = await Promise.all(runs.map(modelText))
  const out = execFileSync('python3', [join(import.meta.dirname, 'forward.py')], {
    input: `[${models.join(', ')}]`,
    maxBuffer: 1 << 28,
  })
  return JSON.parse(out.toString()) as number[][]
}

async function modelText({ bytes, inputs }: NumpyRun): Promise<string> {
  const entries = readZip(bytes, { name: 'model.keras', area: 'zip' })
  const entry = (path: string) => entries.find(own => own.path === path)!.read()
  const text = new TextDecoder().decode(entry('config.json')).replaceAll(/\bInfinity\b/g, '1e999')
  const arrays = JSON.stringify(await arraysOf(entry('model.weights.h5')))
  return `{"config": ${text}, "arrays": ${arrays}, "inputs": ${JSON.stringify(inputs)}}`
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
