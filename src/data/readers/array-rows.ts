// Rows of arrays in memory, and of arrays in files that are read row by row.

import { fail } from '../../diagnostics/diagnostic.ts'
import { idxHeaderBytes, idxLayout } from '../../formats/idx.ts'
import { npyLayout, readNpyElements } from '../../formats/npy.ts'
import { type RowArray, type RowSource, rowSource, type Target } from '../dataset.ts'
import { type ByteSource, readRecords } from './byte-source.ts'

/** Rows of one array, read on demand. */
export interface ArrayRows {
  readonly name: string
  readonly count: number
  /** Of one row. */
  readonly shape: readonly number[]
  /** The rows with these indices, in this order. */
  take(indices: Uint32Array): Promise<Float32Array>
}

/** An array in memory, its first axis the rows. Every value must be finite: fails with `data/not-finite`. */
export function rowsOfArray(
  name: string,
  shape: readonly number[],
  data: Float32Array | Float64Array,
): ArrayRows {
  const [count = 0, ...row] = shape
  const size = row.reduce((product, extent) => product * extent, 1)
  checkFinite(data, size, name, 0)
  const kept = Float32Array.from(data)
  return {
    name,
    count,
    shape: row,
    take: async indices => {
      const taken = new Float32Array(indices.length * size)
      indices.forEach((from, k) => void taken.set(kept.subarray(from * size, (from + 1) * size), k * size))
      return taken
    },
  }
}

const npyHeaderBytes = 16384

/** A `.npy` file in C order. Fails as `npyLayout`, and with `data/order` for Fortran's. */
export async function openNpyRows(source: ByteSource): Promise<ArrayRows> {
  const layout = npyLayout(await source.read(0, npyHeaderBytes), source.size, source.name)
  const { shape, elementSize, dataStart, fortranOrder } = layout
  if (fortranOrder && shape.length > 1)
    fail({
      code: 'data/order',
      place: source.name,
      problem: 'the array stands column by column (Fortran order), so that no row can be read alone',
      expected: 'C order',
      remedy: "Save it with numpy.save('x.npy', numpy.ascontiguousarray(x)).",
    })
  return recordRows(source, shape, { dataStart, elementSize }, (bytes, count) =>
    readNpyElements(bytes, count, layout, source.name),
  )
}

/** An IDX file; a row is what stands behind its first axis. Fails as `idxLayout`. */
export async function openIdxRows(source: ByteSource): Promise<ArrayRows> {
  const layout = idxLayout(await source.read(0, idxHeaderBytes), source.size, source.name)
  return recordRows(source, layout.shape, layout, (bytes, count) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    return Float64Array.from({ length: count }, (_, k) => layout.read(view, k * layout.elementSize))
  })
}

function recordRows(
  source: ByteSource,
  [count = 0, ...shape]: readonly number[],
  { dataStart, elementSize }: { readonly dataStart: number; readonly elementSize: number },
  read: (bytes: Uint8Array, count: number) => Float64Array,
): ArrayRows {
  const size = shape.reduce((product, extent) => product * extent, 1)
  return {
    name: source.name,
    count,
    shape,
    take: async indices => {
      const taken = new Float32Array(indices.length * size)
      await readRecords(source, { start: dataStart, size: size * elementSize }, indices, (bytes, at) => {
        const values = read(bytes, size)
        checkFinite(values, size, source.name, indices[at]!)
        taken.set(values, at * size)
      })
      return taken
    },
  }
}

function checkFinite(
  values: Float32Array | Float64Array,
  size: number,
  name: string,
  firstRow: number,
): void {
  const bad = values.findIndex(value => !Number.isFinite(value))
  if (bad < 0) return
  const width = Math.max(size, 1)
  fail({
    code: 'data/not-finite',
    place: `${name}: row ${firstRow + Math.floor(bad / width)}, element ${bad % width}, counted from 0`,
    problem: `the value is ${values[bad]}`,
    expected: 'finite numbers',
    remedy: 'Remove or replace such rows.',
  })
}

/** Inputs and targets side by side. Fails with `data/label-count` where they do not have as many rows. */
export function joinRows(inputs: readonly ArrayRows[], target: Target): RowSource {
  const count = inputs[0]!.count
  for (const input of inputs.slice(1)) checkCount(input.name, input.count, inputs[0]!)
  checkCount('labels', targetCount(target), inputs[0]!)
  const targets = rowSource({ count, inputs: [], target })
  return {
    count,
    form: { inputs: inputs.map(input => input.shape), target: targets.form.target },
    rows: async indices => ({
      ...(await targets.rows(indices)),
      inputs: await Promise.all(inputs.map(input => rowArray(input, indices))),
    }),
  }
}

async function rowArray(input: ArrayRows, indices: Uint32Array): Promise<RowArray> {
  return { shape: input.shape, data: await input.take(indices) }
}

function targetCount(target: Target): number {
  if (target.kind === 'classes') return target.labels.length
  return target.data.length / target.shape.reduce((product, extent) => product * extent, 1)
}

function checkCount(name: string, found: number, first: ArrayRows): void {
  if (found === first.count) return
  fail({
    code: 'data/label-count',
    place: name,
    problem: `there are ${found} rows, but ${first.name} has ${first.count}`,
    expected: 'one per row',
    remedy: 'Give files that belong together.',
  })
}
