// What is learned from: rows of inputs and of what they should give. Readers of files make it, training reads it.
// A data set that does not fit the memory is a `RowSource`, which gives the rows that are asked for.

import { bug, fail } from '../diagnostics/diagnostic.ts'

/** One value per row: `data` holds `count` rows of `shape`, row-major, one behind another. */
export interface RowArray {
  /** Of one row, the batch axis left out; [] is a single number. */
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** What rows should give: a class each, or values. */
export type Target =
  | {
      readonly kind: 'classes'
      /** Index of the class of every row, from 0. */
      readonly labels: Int32Array
      /** Names of the classes, as many as there are: ['gamma', 'neutron']. */
      readonly names: readonly string[]
    }
  | ({ readonly kind: 'values' } & RowArray)

/** Rows in memory. All arrays have `count` rows. */
export interface Dataset {
  readonly count: number
  /** By the inputs of the model, in its order. */
  readonly inputs: readonly RowArray[]
  readonly target: Target
  /** What further outputs should give, by their names. */
  readonly more?: Readonly<Record<string, Target>>
}

export type TargetForm =
  | { readonly kind: 'classes'; readonly names: readonly string[] }
  | { readonly kind: 'values'; readonly shape: readonly number[] }

/** What is known of rows before they are read. */
export interface RowForm {
  readonly inputs: readonly (readonly number[])[]
  readonly target: TargetForm
  readonly more?: Readonly<Record<string, TargetForm>>
}

/** Rows that are read when they are asked for, in any order; the same indices give the same rows. */
export interface RowSource {
  readonly count: number
  readonly form: RowForm
  /** Classes of all rows, where they are known without reading the rows. */
  readonly labels?: Int32Array
  /** The rows with these indices, in this order. */
  rows(indices: Uint32Array): Dataset | Promise<Dataset>
}

/** Classes of all rows; undefined where they have values. */
export async function labelsOf(source: RowSource): Promise<Int32Array | undefined> {
  if (source.form.target.kind !== 'classes') return undefined
  if (source.labels !== undefined) return source.labels
  const labels = new Int32Array(source.count)
  const chunk = 4096
  for (let at = 0; at < source.count; at += chunk) {
    const length = Math.min(chunk, source.count - at)
    const { target } = await source.rows(Uint32Array.from({ length }, (_, k) => at + k))
    if (target.kind === 'classes') labels.set(target.labels, at)
  }
  return labels
}

/** A data set in memory as a source of rows. Fails with `train/data-shape` where its arrays do not have `count` rows. */
export function rowSource(data: Dataset): RowSource {
  checkDataset(data)
  const { count, target } = data
  const labels = target.kind === 'classes' ? { labels: target.labels } : {}
  return { count, form: formOf(data), ...labels, rows: indices => takeRows(data, indices) }
}

function formOf({ inputs, target, more }: Dataset): RowForm {
  return {
    inputs: inputs.map(input => input.shape),
    target: targetForm(target),
    ...(more !== undefined && { more: byName(more, targetForm) }),
  }
}

/** The same names with other values. */
function byName<A, B>(record: Readonly<Record<string, A>>, change: (own: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, own]) => [name, change(own)]))
}

const targetForm = (target: Target): TargetForm =>
  target.kind === 'classes'
    ? { kind: 'classes', names: target.names }
    : { kind: 'values', shape: target.shape }

/** Copies of some rows, in the order of their indices. */
function takeRows({ inputs, target, more }: Dataset, indices: Uint32Array): Dataset {
  return {
    count: indices.length,
    inputs: inputs.map(input => takeArray(input, indices)),
    target: takeTarget(target, indices),
    ...(more !== undefined && { more: byName(more, own => takeTarget(own, indices)) }),
  }
}

function takeTarget(target: Target, indices: Uint32Array): Target {
  return target.kind === 'classes'
    ? { ...target, labels: Int32Array.from(indices, row => target.labels[row]!) }
    : { kind: 'values', ...takeArray(target, indices) }
}

function takeArray({ shape, data }: RowArray, indices: Uint32Array): RowArray {
  const size = sizeOf(shape)
  const taken = new Float32Array(indices.length * size)
  indices.forEach((row, k) => {
    if ((row + 1) * size > data.length) bug(`row ${row} of ${data.length / size}`)
    taken.set(data.subarray(row * size, (row + 1) * size), k * size)
  })
  return { shape, data: taken }
}

/** How many numbers a row of this shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1)
}

/** Fails with `train/data-shape` where an array does not have `count` rows, or a label is no class. */
function checkDataset({ count, inputs, target, more = {} }: Dataset): void {
  for (const [k, input] of inputs.entries()) checkRows(`input ${k}`, input, count)
  for (const own of [target, ...Object.values(more)]) {
    if (own.kind === 'values') checkRows('target', own, count)
    else checkLabels(own, count)
  }
}

function checkLabels({ labels, names }: Extract<Target, { kind: 'classes' }>, count: number): void {
  if (labels.length !== count)
    failShape('labels', `there are ${labels.length} labels`, `${count}, one per row`)
  const wrong = labels.findIndex(label => label < 0 || label >= names.length)
  if (wrong >= 0)
    failShape(`label of row ${wrong}`, `the label is ${labels[wrong]}`, `0 to ${names.length - 1}`)
}

function checkRows(place: string, { shape, data }: RowArray, count: number): void {
  if (data.length === count * sizeOf(shape)) return
  const rows = `${count} rows of shape [${shape.join(', ')}]`
  failShape(place, `there are ${data.length} numbers`, `${count * sizeOf(shape)}, for ${rows}`)
}

function failShape(place: string, problem: string, expected: string): never {
  return fail({ code: 'train/data-shape', place, problem, expected, remedy: 'Give data of one length.' })
}

/** What a further output should give: classes or values, of columns of the table or of a file of their own. */
export interface MoreTarget {
  readonly labelColumn?: string | number
  readonly targetColumns?: readonly (string | number)[]
  readonly labels?: string
  /** `input` is the data itself. */
  readonly targets?: string
  readonly names?: readonly string[]
}

/** Where rows come from. */
export type DataSpec =
  | {
      /** A name of `lutra data` (pulses, jets, digits, shapes, sessions, gestures). */
      readonly generate: string
      readonly count: number
      readonly seed?: number
      readonly settings?: Readonly<Record<string, number>>
    }
  | {
      /** A `.csv` with its labels, or `.npy`, `.npz:key`, `.h5:path`, IDX (`.gz` or not), CIFAR's `.bin`, several of them. */
      readonly file: string | readonly string[]
      /** A column of the `.csv` that says the class. */
      readonly labelColumn?: string | number
      /** Columns of the `.csv` that are learned as values. */
      readonly targetColumns?: readonly (string | number)[]
      readonly dropColumns?: readonly (string | number)[]
      /** Classes in a file of their own: indices or one-hot rows. */
      readonly labels?: string
      /** Values to learn in a file of their own; `input` is the data itself, as an autoencoder has it. */
      readonly targets?: string
      /** What further outputs of a network should give, by their names. */
      readonly more?: Readonly<Record<string, MoreTarget>>
      /** Names of the classes, in their order. */
      readonly names?: readonly string[]
      /** Of one row. */
      readonly shape?: readonly number[]
      readonly missing?: 'refuse' | 'drop'
      /** CIFAR's kind; told from the size of a `.bin` otherwise. */
      readonly kind?: 'cifar-10' | 'cifar-100'
    }
