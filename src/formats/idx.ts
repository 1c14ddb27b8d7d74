// IDX files (MNIST, Fashion-MNIST): two zero bytes, the type of the elements, the number of axes, the extents as
// big-endian 32-bit numbers, then the elements row-major.

import { fail } from '../diagnostics/diagnostic.ts'

export interface IdxLayout {
  readonly shape: readonly number[]
  /** Bytes of an element. */
  readonly elementSize: number
  /** Where the elements begin. */
  readonly dataStart: number
  readonly read: (view: DataView, at: number) => number
}

/** Enough bytes for any header: 255 axes. */
export const idxHeaderBytes = 4 + 4 * 255

const elements: Readonly<Record<number, Pick<IdxLayout, 'elementSize' | 'read'>>> = {
  8: { elementSize: 1, read: (view, at) => view.getUint8(at) },
  9: { elementSize: 1, read: (view, at) => view.getInt8(at) },
  11: { elementSize: 2, read: (view, at) => view.getInt16(at) },
  12: { elementSize: 4, read: (view, at) => view.getInt32(at) },
  13: { elementSize: 4, read: (view, at) => view.getFloat32(at) },
  14: { elementSize: 8, read: (view, at) => view.getFloat64(at) },
}

/** Reads the header from the first bytes of a file of `fileSize` bytes; `name` is what errors call it. */
export function idxLayout(bytes: Uint8Array, fileSize: number, name: string): IdxLayout {
  const element = elements[bytes[2] ?? 0]
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || element === undefined) failMagic(name)
  const axes = bytes[3]!
  const dataStart = 4 + 4 * axes
  if (axes === 0 || bytes.length < dataStart) failSize(name, fileSize, `a header of ${dataStart} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
  const wanted = dataStart + element.elementSize * shape.reduce((product, extent) => product * extent, 1)
  if (fileSize !== wanted) failSize(name, fileSize, `${wanted}, for shape [${shape.join(', ')}]`)
  return { shape, dataStart, ...element }
}

function failMagic(name: string): never {
  return fail({
    code: 'idx/not-idx',
    place: name,
    problem: 'this is not an IDX file',
    expected: 'two zero bytes, a type (8, 9, 11 to 14) and a number of axes at its beginning',
    remedy: 'Give the file as it was published (packed as .gz or not).',
  })
}

function failSize(name: string, found: number, expected: string): never {
  return fail({
    code: 'idx/wrong-size',
    place: name,
    problem: `the file has ${found} bytes`,
    expected,
    remedy: 'Copy the file again.',
  })
}
