// Numeric element types of HDF5 and their values as doubles. The library hands over raw little-endian bytes, so that
// half floats, which it has no array for, are read like the others.

import { fromFloat16 } from '../float16.ts'
import { failNotExact, failTooLarge, failUnsupportedType } from './errors.ts'
import type { Hdf5Library } from './library.ts'

type Hdf5Module = Hdf5Library['module']
export type Hdf5Type = ReturnType<Hdf5Module['get_dataset_metadata']>

/** A numeric type: NumPy's name, bytes per element, and how one element is read. */
export interface ElementType {
  readonly dtype: string
  readonly size: number
  readonly read: (view: DataView, at: number) => number | bigint
}

const element = (dtype: string, size: number, read: ElementType['read']): ElementType => ({
  dtype,
  size,
  read,
})

const floats: readonly ElementType[] = [
  element('float16', 2, (view, at) => fromFloat16(view.getUint16(at, true))),
  element('float32', 4, (view, at) => view.getFloat32(at, true)),
  element('float64', 8, (view, at) => view.getFloat64(at, true)),
]
const signedIntegers: readonly ElementType[] = [
  element('int8', 1, (view, at) => view.getInt8(at)),
  element('int16', 2, (view, at) => view.getInt16(at, true)),
  element('int32', 4, (view, at) => view.getInt32(at, true)),
  element('int64', 8, (view, at) => view.getBigInt64(at, true)),
]
const unsignedIntegers: readonly ElementType[] = [
  element('uint8', 1, (view, at) => view.getUint8(at)),
  element('uint16', 2, (view, at) => view.getUint16(at, true)),
  element('uint32', 4, (view, at) => view.getUint32(at, true)),
  element('uint64', 8, (view, at) => view.getBigUint64(at, true)),
]
/** h5py's booleans: an enumeration FALSE = 0, TRUE = 1 over one byte. */
const boolean = element('bool', 1, (view, at) => view.getInt8(at))

const classNames: readonly string[] = [
  'an integer',
  'a float',
  'a time',
  'text',
  'a bit field',
  'opaque bytes',
  'a compound',
  'a reference',
  'an enumeration',
  'a list of variable length',
  'an array',
]

/** The element type of a data set or attribute; refuses what is not a number. */
export function dtypeOf(module: Hdf5Module, type: Hdf5Type, place: string): ElementType {
  const classes = module.H5T_class_t
  const candidates =
    type.type === classes.H5T_FLOAT.value
      ? floats
      : type.type === classes.H5T_INTEGER.value
        ? type.signed
          ? signedIntegers
          : unsignedIntegers
        : type.type === classes.H5T_ENUM.value && isBoolean(type)
          ? [boolean]
          : []
  const found = candidates.find(candidate => candidate.size === type.size)
  if (found !== undefined) return found
  const name = classNames[type.type] ?? `class ${type.type}`
  const bits = candidates.length > 0 ? ` of ${type.size * 8} bits` : ''
  failUnsupportedType(
    place,
    `${name}${bits}`,
    'floats of 16 to 64 bits, integers of 8 to 64 bits, or booleans',
  )
}

function isBoolean(type: Hdf5Type): boolean {
  const members = type.enum_type?.members
  return members !== undefined && members.FALSE === 0 && members.TRUE === 1
}

/** Calls `fill` with the address of zeroed memory for `count` elements, and gives the values it put there. */
export function readNumbers(
  library: Hdf5Library,
  type: ElementType,
  count: number,
  place: string,
  fill: (buffer: number) => void,
): Float64Array {
  return withMemory(library, count * type.size, place, (buffer, bytes) => {
    fill(buffer)
    return toDoubles(bytes(), type, count, place)
  })
}

/** Lends zeroed memory of the library to `use`; `bytes()` views it as it is now (the memory may have moved). */
export function withMemory<T>(
  library: Pick<Hdf5Library, 'module' | 'generation'>,
  size: number,
  place: string,
  use: (buffer: number, bytes: () => DataView) => T,
): T {
  const { module } = library
  const generation = library.generation()
  const buffer = size > module.MAXIMUM_MEMORY ? 0 : module._malloc(Math.max(1, size))
  if (buffer === 0) failTooLarge(place, `${size} bytes do not fit the reader's memory`, 'less data at once')
  module.HEAPU8.fill(0, buffer, buffer + size)
  try {
    return use(buffer, () => new DataView(module.HEAPU8.buffer, buffer, size))
  } finally {
    // After a restart of the library the buffer is no longer its own.
    if (generation === library.generation()) module._free(buffer)
  }
}

function toDoubles(view: DataView, type: ElementType, count: number, place: string): Float64Array {
  const values = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    const value = type.read(view, k * type.size)
    values[k] = typeof value === 'number' ? value : exactNumber(value, k, place)
  }
  return values
}

function exactNumber(value: bigint, index: number, place: string): number {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : failNotExact(place, index, value)
}
