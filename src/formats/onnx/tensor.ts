// A TensorProto's numbers: in raw bytes (little-endian), or in a field of their kind.

import { fail } from '../../diagnostics/diagnostic.ts'
import { fromFloat16, toFloat16 } from '../float16.ts'
import { elementCount } from '../numeric-array.ts'
import { elementTypes, type OnnxElement, type OnnxTensor } from './model.ts'
import { list, numberOf, type Part, textOf } from './parts.ts'

interface ElementForm {
  readonly bytes: number
  readonly read: (view: DataView, at: number) => number
  readonly write: (view: DataView, at: number, value: number) => void
  /** The field that holds the numbers where raw bytes do not, and what its numbers mean. */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data'
  readonly meaning?: (value: number) => number
}

const bfloat16 = (bits: number) => {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, (bits & 0xffff) << 16)
  return view.getFloat32(0)
}

/** The upper half of a float32, rounded to the nearest, ties to even. */
const toBfloat16 = (value: number) => {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  const bits = view.getUint32(0)
  if (Number.isNaN(value)) return 0x7fc0
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

const forms: Readonly<Record<OnnxElement, ElementForm>> = {
  float32: {
    bytes: 4,
    read: (v, at) => v.getFloat32(at, true),
    write: (v, at, x) => v.setFloat32(at, x, true),
    field: 'floatData',
  },
  float64: {
    bytes: 8,
    read: (v, at) => v.getFloat64(at, true),
    write: (v, at, x) => v.setFloat64(at, x, true),
    field: 'doubleData',
  },
  float16: {
    bytes: 2,
    read: (v, at) => fromFloat16(v.getUint16(at, true)),
    write: (v, at, x) => v.setUint16(at, toFloat16(x), true),
    field: 'int32Data',
    meaning: fromFloat16,
  },
  bfloat16: {
    bytes: 2,
    read: (v, at) => bfloat16(v.getUint16(at, true)),
    write: (v, at, x) => v.setUint16(at, toBfloat16(x), true),
    field: 'int32Data',
    meaning: bfloat16,
  },
  int8: {
    bytes: 1,
    read: (v, at) => v.getInt8(at),
    write: (v, at, x) => v.setInt8(at, x),
    field: 'int32Data',
  },
  uint8: {
    bytes: 1,
    read: (v, at) => v.getUint8(at),
    write: (v, at, x) => v.setUint8(at, x),
    field: 'int32Data',
  },
  int16: {
    bytes: 2,
    read: (v, at) => v.getInt16(at, true),
    write: (v, at, x) => v.setInt16(at, x, true),
    field: 'int32Data',
  },
  uint16: {
    bytes: 2,
    read: (v, at) => v.getUint16(at, true),
    write: (v, at, x) => v.setUint16(at, x, true),
    field: 'int32Data',
  },
  int32: {
    bytes: 4,
    read: (v, at) => v.getInt32(at, true),
    write: (v, at, x) => v.setInt32(at, x, true),
    field: 'int32Data',
  },
  uint32: {
    bytes: 4,
    read: (v, at) => v.getUint32(at, true),
    write: (v, at, x) => v.setUint32(at, x, true),
    field: 'uint64Data',
  },
  int64: {
    bytes: 8,
    read: (v, at) => Number(v.getBigInt64(at, true)),
    write: (v, at, x) => v.setBigInt64(at, BigInt(x), true),
    field: 'int64Data',
  },
  uint64: {
    bytes: 8,
    read: (v, at) => Number(v.getBigUint64(at, true)),
    write: (v, at, x) => v.setBigUint64(at, BigInt(x), true),
    field: 'uint64Data',
  },
  bool: {
    bytes: 1,
    read: (v, at) => v.getUint8(at),
    write: (v, at, x) => v.setUint8(at, x),
    field: 'int32Data',
  },
}

/** The tensor at `place`. Fails with `onnx/…` where its numbers lie elsewhere, are too few, or are no numbers. */
export function readTensor(tensor: Part, place: string): OnnxTensor {
  const element = elementTypes[numberOf(tensor.dataType) as keyof typeof elementTypes]
  if (element === undefined) {
    fail({
      code: 'onnx/element-type',
      place,
      problem: `its elements are of type ${numberOf(tensor.dataType)}, which no network computes with here`,
      expected: `one of ${Object.values(elementTypes).join(', ')}`,
    })
  }
  if (list(tensor.externalData).length > 0 || numberOf(tensor.dataLocation) === 1)
    refuseExternal(tensor, place)
  const dims = Array.isArray(tensor.dims) ? tensor.dims.map(numberOf) : []
  const raw = tensor.rawData
  const data =
    raw instanceof Uint8Array && raw.length > 0
      ? ofBytes(raw, forms[element])
      : ofField(tensor, forms[element])
  const wanted = dims.every(extent => Number.isSafeInteger(extent) && extent >= 0)
    ? elementCount(dims)
    : Number.NaN
  if (data.length !== wanted) wrongSize(place, dims, data.length)
  return { element, dims, data }
}

/** The raw bytes of numbers, as `readTensor` takes them. */
export function tensorBytes(element: OnnxElement, data: Float64Array): Uint8Array {
  const { bytes, write } = forms[element]
  const view = new DataView(new ArrayBuffer(bytes * data.length))
  for (const [k, value] of data.entries()) write(view, k * bytes, value)
  return new Uint8Array(view.buffer)
}

function ofBytes(raw: Uint8Array, { bytes, read }: ElementForm): Float64Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  return Float64Array.from({ length: Math.floor(raw.length / bytes) }, (_, k) => read(view, k * bytes))
}

function ofField(tensor: Part, { field, meaning }: ElementForm): Float64Array {
  const values = tensor[field]
  const numbers = Array.isArray(values) ? Float64Array.from(values, numberOf) : new Float64Array()
  return meaning === undefined ? numbers : numbers.map(meaning)
}

function refuseExternal(tensor: Part, place: string): never {
  const file = list(tensor.externalData).find(({ key }) => key === 'location')
  return fail({
    code: 'onnx/external-data',
    place,
    problem: `its numbers lie in another file, '${textOf(file?.value)}'`,
    expected: 'a model with its weights inside',
    remedy: "Join them: onnx.save(onnx.load('model.onnx'), 'whole.onnx').",
  })
}

function wrongSize(place: string, dims: readonly number[], found: number): never {
  return fail({
    code: 'onnx/tensor-size',
    place,
    problem: `its shape is [${dims.join(', ')}] and it holds ${found} numbers`,
    expected: 'as many numbers as its shape has places',
    remedy: 'Copy or export the model again.',
  })
}
