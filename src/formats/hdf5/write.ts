// Writes HDF5 files as h5py and Keras 2 do: old-style groups, text of any length in attributes, contiguous data sets.

import { failUnwritable } from './errors.ts'
import { type Hdf5Library, loadHdf5Library } from './library.ts'

/** Text becomes text of variable length, whole numbers int64, others float64; an empty list a float64 list of length 0. */
export type Hdf5WritableAttribute = string | number | readonly string[] | readonly number[] | Utf8Text

/** Text that the file says to be UTF-8, where it would say ASCII. */
export interface Utf8Text {
  readonly utf8: string
}

export interface Hdf5Array {
  readonly shape: readonly number[]
  /** Its array type is the type in the file. */
  readonly data: Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array
  /** Whether the numbers, whole ones, are int64 in the file. */
  readonly isLong?: boolean
}

/** A group; the keys of `groups` and `datasets` may be paths (`fc1/kernel:0`), whose groups are made on the way. */
export interface Hdf5Tree {
  readonly attributes?: Readonly<Record<string, Hdf5WritableAttribute>>
  readonly groups?: Readonly<Record<string, Hdf5Tree>>
  readonly datasets?: Readonly<Record<string, Hdf5Array>>
}

type WritableFile = InstanceType<Hdf5Library['wasm']['File']>
type WritableGroup = Pick<WritableFile, 'create_attribute'>

/** The bytes of an HDF5 file with this content; the same tree gives the same bytes. */
export async function writeHdf5(tree: Hdf5Tree): Promise<Uint8Array> {
  const library = await loadHdf5Library()
  const virtual = library.addFile(new Uint8Array(0))
  try {
    const outcome = atTimeZero(() => library.call(() => writeFile(library, virtual, tree)))
    if (!outcome.ok) failUnwritable('HDF5 output', outcome.reason)
    return library.module.FS.readFile(virtual).slice()
  } finally {
    library.removeFile(virtual)
  }
}

/** The library stamps data sets with the time, through this clock; a fixed one keeps the bytes the same. */
function atTimeZero<T>(work: () => T): T {
  const clock = Date.now
  Date.now = () => 0
  try {
    return work()
  } finally {
    Date.now = clock
  }
}

function writeFile(library: Hdf5Library, virtual: string, tree: Hdf5Tree): void {
  const file = new library.wasm.File(virtual, 'w')
  try {
    writeGroup(file, '', tree, new Set(['']))
  } finally {
    file.close()
  }
}

function writeGroup(file: WritableFile, path: string, tree: Hdf5Tree, made: Set<string>): void {
  const group = (path === '' ? file : file.get(path)) as WritableGroup
  for (const [name, value] of Object.entries(tree.attributes ?? {})) writeAttribute(group, name, value)
  for (const [name, array] of Object.entries(tree.datasets ?? {})) {
    const target = `${path}/${name}`
    makeGroups(file, target.slice(0, target.lastIndexOf('/')), made)
    const data = array.isLong === true ? (BigInt64Array.from(array.data, BigInt) as never) : array.data
    file.create_dataset({ name: target.slice(1), data, shape: [...array.shape] })
  }
  for (const [name, child] of Object.entries(tree.groups ?? {})) {
    makeGroups(file, `${path}/${name}`, made)
    writeGroup(file, `${path}/${name}`, child, made)
  }
}

function makeGroups(file: WritableFile, path: string, made: Set<string>): void {
  if (made.has(path)) return
  makeGroups(file, path.slice(0, path.lastIndexOf('/')), made)
  file.create_group(path.slice(1))
  made.add(path)
}

function writeAttribute(group: WritableGroup, name: string, value: Hdf5WritableAttribute): void {
  if (typeof value === 'object' && 'utf8' in value) {
    group.create_attribute(name, value.utf8 as never, [], 'S')
    return
  }
  const values: readonly (string | number)[] = typeof value === 'object' ? value : [value]
  const shape = typeof value === 'object' ? [value.length] : []
  if (values.length === 0) group.create_attribute(name, new Float64Array(0), shape)
  else if (values.every(v => typeof v === 'string')) {
    // The library's letters for ASCII and UTF-8 without a length.
    const isAscii = values.every(v => /^[\0-\x7f]*$/.test(v))
    const text = typeof value === 'object' ? [...values] : values[0]!
    group.create_attribute(name, text as never, shape, isAscii ? 'A' : 'S')
  } else if (values.every(v => Number.isSafeInteger(v))) {
    group.create_attribute(name, BigInt64Array.from(values, BigInt) as never, shape, '<q')
  } else group.create_attribute(name, Float64Array.from(values, Number), shape)
}
