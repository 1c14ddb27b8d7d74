// NumPy's .npy files (format versions 1.0 to 3.0): the magic `\x93NUMPY`, two version bytes, the header's length
// (2 bytes in version 1, else 4), a header in Python's notation, and the raw elements.

import { fail } from '../diagnostics/diagnostic.ts'
import { failHeader, parseNpyHeader } from './npy-header.ts'
import { codecOf, type NpyCodec, type NpyType, npyTypes } from './npy-types.ts'

export type { NpyType } from './npy-types.ts'

import { elementCount, type NumericArray } from './numeric-array.ts'

export interface NpyArray extends NumericArray {
  /** NumPy's name of the type in the file, e.g. `float32`, without byte order. */
  readonly dtype: NpyType
}

/** NumPy itself writes a few hundred bytes and reads 10,000. */
const maxHeader = 2 ** 20
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** Reads a .npy file; `name` is what errors call it. Integers beyond 2^53 are refused, never rounded. */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const layout = npyLayout(bytes, bytes.length, name)
  const { shape, dtype, fortranOrder } = layout
  const data = readNpyElements(bytes.subarray(layout.dataStart), elementCount(shape), layout, name)
  return { shape, data: fortranOrder ? rowMajor(data, shape) : data, dtype }
}

/** What the header says of the elements behind it. */
export interface NpyLayout {
  readonly shape: number[]
  readonly dtype: NpyType
  /** Bytes of an element. */
  readonly elementSize: number
  readonly littleEndian: boolean
  readonly fortranOrder: boolean
  /** Where the elements begin. */
  readonly dataStart: number
}

/** Reads the header from a file's first bytes (10,000 hold any that NumPy writes) and checks it against its size. */
export function npyLayout(bytes: Uint8Array, fileSize: number, name: string): NpyLayout {
  const { header, dataStart } = headerText(bytes, name)
  const { descr, fortranOrder, shape } = parseNpyHeader(header, name)
  const dtype = typeOf(descr, name)
  const elementSize = codecOf[dtype].size
  checkLength(fileSize - dataStart, shape, elementSize, name)
  return { shape, dtype, elementSize, littleEndian: descr[0] !== '>', fortranOrder, dataStart }
}

/** The first `count` elements of bytes that begin with one. */
export function readNpyElements(
  bytes: Uint8Array,
  count: number,
  { dtype, littleEndian }: NpyLayout,
  name: string,
): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return readElements(view, codecOf[dtype], count, littleEndian, name)
}

function headerText(bytes: Uint8Array, name: string): { header: string; dataStart: number } {
  if (bytes.length === 0 || !magic.every((byte, k) => bytes[k] === byte || k >= bytes.length)) {
    fail({
      code: 'npy/not-npy',
      place: name,
      problem: bytes.length === 0 ? 'the file is empty' : 'this is not a .npy file',
      expected: 'the magic \\x93NUMPY at its beginning',
      remedy: 'Write it with numpy.save.',
    })
  }
  const version = bytes[6]
  if (version !== undefined && (version < 1 || version > 3)) {
    fail({
      code: 'npy/unknown-version',
      place: name,
      problem: `its format version is ${version}`,
      expected: '1, 2 or 3',
      remedy: 'Write it again with numpy.save.',
    })
  }
  const start = version === 1 ? 10 : 12
  if (bytes.length < start) failTruncated(name, bytes.length, start)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > maxHeader) failHeader(name, `it claims ${length} bytes`)
  if (bytes.length < start + length) failTruncated(name, bytes.length, start + length)
  // Version 3 headers are UTF-8, the others Latin-1; only field names differ, and those are refused.
  return {
    header: new TextDecoder().decode(bytes.subarray(start, start + length)),
    dataStart: start + length,
  }
}

function failTruncated(name: string, found: number, wanted: number): never {
  fail({
    code: 'npy/truncated',
    place: name,
    problem: `the file has ${found} bytes`,
    expected: `${wanted}`,
    remedy: 'Save or copy the file again.',
  })
}

function typeOf(descr: string, name: string): NpyType {
  const found = npyTypes.find(type => codecOf[type].code === descr.slice(1))
  const single = found !== undefined && codecOf[found].size === 1
  if (found !== undefined && (single ? '|<>=' : '<>').includes(descr[0]!)) return found
  fail({
    code: 'npy/unsupported-type',
    place: name,
    problem: `its elements are of type '${descr}'`,
    expected: `one of ${npyTypes.join(', ')}`,
    remedy: "Convert it before saving, e.g. with x.astype('float64').",
  })
}

function checkLength(found: number, shape: readonly number[], size: number, name: string): void {
  const wanted = elementCount(shape) * size
  if (found === wanted) return
  const stated = `${wanted}, for shape [${shape.join(', ')}] with ${size} bytes each`
  const problem = `${found} bytes of data follow the header`
  if (found < wanted) {
    fail({
      code: 'npy/truncated',
      place: name,
      problem,
      expected: stated,
      remedy: 'Save or copy the file again.',
    })
  }
  fail({
    code: 'npy/extra-data',
    place: name,
    problem,
    expected: stated,
    remedy: 'Give a file with one array.',
  })
}

function readElements(
  view: DataView,
  codec: NpyCodec,
  count: number,
  little: boolean,
  name: string,
): Float64Array {
  const data = new Float64Array(count)
  for (let k = 0; k < count; k++) {
    const value = codec.read(view, k * codec.size, little)
    data[k] = typeof value === 'number' ? value : exactNumber(value, k, name)
  }
  return data
}

function exactNumber(value: bigint, index: number, name: string): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  fail({
    code: 'npy/not-exact',
    place: name,
    problem: `element ${index} is ${value}`,
    expected: 'integers within ±(2^53 − 1)',
    remedy: "Scale the data, or convert it with x.astype('float64').",
  })
}

/** From Fortran's order (first axis fastest) to C's (last axis fastest). */
function rowMajor(data: Float64Array, shape: readonly number[]): Float64Array {
  const result = new Float64Array(data.length)
  const index = shape.map(() => 0)
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)))
  let source = 0
  for (let target = 0; target < data.length; target++) {
    result[target] = data[source]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      source -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return result
}

/**
 * The bytes of a version 1.0 .npy file, row-major and little-endian as numpy.save writes it. Floats are rounded to
 * the nearest of `dtype`; a value that an integer type does not have is an error.
 */
export function writeNpy(
  array: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  dtype: NpyType = 'float64',
): Uint8Array {
  const codec = codecOf[dtype]
  const count = elementCount(array.shape)
  if (count !== array.data.length) {
    throw new RangeError(`shape [${array.shape.join(', ')}] does not hold ${array.data.length} elements`)
  }
  const header = headerBytes(codec, array.shape)
  const bytes = new Uint8Array(header.length + count * codec.size)
  bytes.set(header)
  const view = new DataView(bytes.buffer, header.length)
  for (let k = 0; k < count; k++) {
    const value = array.data[k]!
    checkRange(value, k, dtype)
    codec.write(view, k * codec.size, value)
  }
  return bytes
}

function headerBytes(codec: NpyCodec, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const order = codec.size === 1 ? '|' : '<'
  const text = `{'descr': '${order}${codec.code}', 'fortran_order': False, 'shape': ${tuple}, }`
  // The data starts at a multiple of 64 bytes; the header is padded with blanks and ends with a line feed.
  const total = Math.ceil((10 + text.length + 1) / 64) * 64
  const bytes = new Uint8Array(total).fill(0x20)
  bytes.set([...magic, 1, 0, (total - 10) & 255, (total - 10) >> 8])
  bytes.set(new TextEncoder().encode(text), 10)
  bytes[total - 1] = 0x0a
  return bytes
}

function checkRange(value: number, index: number, dtype: NpyType): void {
  const range = codecOf[dtype].range
  if (range === undefined || (Number.isInteger(value) && value >= range[0] && value <= range[1])) return
  fail({
    code: 'npy/not-representable',
    place: 'NumPy output',
    problem: `element ${index} is ${value}`,
    expected: `an integer from ${range[0]} to ${range[1]} for ${dtype}`,
    remedy: 'Write float64 instead.',
  })
}
