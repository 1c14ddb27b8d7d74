// The element types of .npy files: NumPy's names, their codes without byte order, and how to read and write one.

import { fromFloat16, toFloat16 } from './float16.ts'

/** How one element type stands in a .npy file. */
export interface NpyCodec {
  readonly code: string
  readonly size: number
  readonly read: (view: DataView, at: number, little: boolean) => number | bigint
  readonly write: (view: DataView, at: number, value: number) => void
  /** The range of an integer type; every number is written to a float type as the nearest one. */
  readonly range?: readonly [number, number]
}

const safe = Number.MAX_SAFE_INTEGER

/** The element types, by NumPy's names. */
const codecs = {
  bool: {
    code: 'b1',
    size: 1,
    read: (v, at) => (v.getUint8(at) === 0 ? 0 : 1),
    write: (v, at, x) => v.setUint8(at, x),
    range: [0, 1],
  },
  int8: integer(
    'i1',
    1,
    (v, at) => v.getInt8(at),
    (v, at, x) => v.setInt8(at, x),
    -128,
    127,
  ),
  int16: integer(
    'i2',
    2,
    (v, at, le) => v.getInt16(at, le),
    (v, at, x) => v.setInt16(at, x, true),
    -32768,
    32767,
  ),
  int32: integer(
    'i4',
    4,
    (v, at, le) => v.getInt32(at, le),
    (v, at, x) => v.setInt32(at, x, true),
    -(2 ** 31),
    2 ** 31 - 1,
  ),
  int64: integer(
    'i8',
    8,
    (v, at, le) => v.getBigInt64(at, le),
    (v, at, x) => v.setBigInt64(at, BigInt(x), true),
    -safe,
    safe,
  ),
  uint8: integer(
    'u1',
    1,
    (v, at) => v.getUint8(at),
    (v, at, x) => v.setUint8(at, x),
    0,
    255,
  ),
  uint16: integer(
    'u2',
    2,
    (v, at, le) => v.getUint16(at, le),
    (v, at, x) => v.setUint16(at, x, true),
    0,
    65535,
  ),
  uint32: integer(
    'u4',
    4,
    (v, at, le) => v.getUint32(at, le),
    (v, at, x) => v.setUint32(at, x, true),
    0,
    2 ** 32 - 1,
  ),
  uint64: integer(
    'u8',
    8,
    (v, at, le) => v.getBigUint64(at, le),
    (v, at, x) => v.setBigUint64(at, BigInt(x), true),
    0,
    safe,
  ),
  float16: {
    code: 'f2',
    size: 2,
    read: (v, at, le) => fromFloat16(v.getUint16(at, le)),
    write: (v, at, x) => v.setUint16(at, toFloat16(x), true),
  },
  float32: {
    code: 'f4',
    size: 4,
    read: (v, at, le) => v.getFloat32(at, le),
    write: (v, at, x) => v.setFloat32(at, x, true),
  },
  float64: {
    code: 'f8',
    size: 8,
    read: (v, at, le) => v.getFloat64(at, le),
    write: (v, at, x) => v.setFloat64(at, x, true),
  },
} satisfies Record<string, NpyCodec>

export type NpyType = keyof typeof codecs

/** The names of the element types that are read and written. */
export const npyTypes = Object.keys(codecs) as readonly NpyType[]

export const codecOf: Readonly<Record<NpyType, NpyCodec>> = codecs

function integer(
  code: string,
  size: number,
  read: NpyCodec['read'],
  write: NpyCodec['write'],
  min: number,
  max: number,
): NpyCodec {
  return { code, size, read, write, range: [min, max] }
}
