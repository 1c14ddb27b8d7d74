// Rows of arrays in memory, and of arrays in files that are read row by row.

import { fail } from '../../diagnostics/diagnostic.ts'
import { idxHeaderBytes, idxLayout } from '../../formats/idx.ts'
import { npyLayout, readNpyElements } from '../../formats/npy.ts'
import { labelColumnIndex } from '../columns.ts'
import { type RowArray, type RowSource, rowSource, sizeOf, type Target } from '../dataset.ts'
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
  const size = sizeOf(row)
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
  const size = sizeOf(shape)
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

/** All rows, in their order. */
export function allRows(rows: ArrayRows): Promise<Float32Array> {
  return rows.take(Uint32Array.from({ length: rows.count }, (_, k) => k))
}

/** Rows under another shape of as many elements. Fails with `data/row-shape`. */
export function withShape(rows: ArrayRows, shape: readonly number[] | undefined): ArrayRows {
  return shape === undefined ? rows : { ...rows, shape: checkedShape(shape, sizeOf(rows.shape), rows.name) }
}

/** The shape, where a row has as many inputs. Fails with `data/row-shape`. */
export function checkedShape(shape: readonly number[], count: number, name: string): readonly number[] {
  if (sizeOf(shape) === count) return shape
  return fail({
    code: 'data/row-shape',
    place: name,
    problem: `a row has ${count} inputs`,
    expected: `${sizeOf(shape)}, for shape [${shape.join(', ')}]`,
    remedy: 'Correct the shape, or drop columns that are not inputs.',
  })
}

const rowsAtOnce = 4096

/** Rows of numbers without one column, and the numbers of that column. Fails with `data/label-column`. */
export async function withoutColumn(
  rows: ArrayRows,
  column: string | number,
): Promise<{ readonly rest: ArrayRows; readonly values: Float32Array }> {
  const width = rows.shape.length === 1 ? rows.shape[0]! : 0
  const at = labelColumnIndex({ width }, column, [rows.count, ...rows.shape], rows.name)
  const values = new Float32Array(rows.count)
  for (let from = 0; from < rows.count; from += rowsAtOnce) {
    const length = Math.min(rowsAtOnce, rows.count - from)
    const block = await rows.take(Uint32Array.from({ length }, (_, k) => from + k))
    for (let k = 0; k < length; k++) values[from + k] = block[k * width + at]!
  }
  const take = async (indices: Uint32Array) => (await rows.take(indices)).filter((_, k) => k % width !== at)
  return { rest: { ...rows, shape: [width - 1], take }, values }
}

/** Inputs and targets side by side. Fails with `data/label-count` where they do not have as many rows. */
export function joinRows(
  inputs: readonly ArrayRows[],
  target: Target,
  more?: Readonly<Record<string, Target>>,
): RowSource {
  const count = inputs[0]!.count
  for (const input of inputs.slice(1)) checkCount(input.name, input.count, inputs[0]!)
  for (const own of [target, ...Object.values(more ?? {})]) checkCount('labels', targetCount(own), inputs[0]!)
  const targets = rowSource({ count, inputs: [], target, ...(more !== undefined && { more }) })
  return {
    count,
    form: { ...targets.form, inputs: inputs.map(input => input.shape) },
    ...(targets.labels === undefined ? {} : { labels: targets.labels }),
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
  return target.data.length / sizeOf(target.shape)
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
