// Attributes: text (of fixed or variable length) and numbers, alone or as a list. An attribute of several dimensions
// comes as one flat list.

import { dtypeOf, type Hdf5Type, readNumbers, withMemory } from './elements.ts'
import { failUnreadable } from './errors.ts'
import type { Hdf5Library } from './library.ts'

export type Hdf5AttributeValue = string | number | boolean | string[] | number[] | boolean[]

/** How the bytes of one attribute are fetched into the library's memory, and text in it freed. */
export interface AttributeSource {
  fill(buffer: number): void
  reclaim(buffer: number): void
}

/** HDF5's padding of fixed text with blanks; the other two end at the first zero byte. */
const spacePadded = 2

/** The value of an attribute of `count` elements; a scalar comes alone, anything else as a list. */
export function readAttribute(
  library: Hdf5Library,
  type: Hdf5Type,
  count: number,
  place: string,
  source: AttributeSource,
): Hdf5AttributeValue {
  const isText = type.type === library.module.H5T_class_t.H5T_STRING.value
  const values = isText
    ? readText(library, type, count, place, source)
    : readPlain(library, type, count, place, source)
  const first = values[0]
  return type.shape?.length === 0 && first !== undefined ? first : values
}

function readPlain(
  library: Hdf5Library,
  type: Hdf5Type,
  count: number,
  place: string,
  source: AttributeSource,
): number[] | boolean[] {
  if (count === 0) return []
  const element = dtypeOf(library.module, type, place)
  const numbers = [...readNumbers(library, element, count, place, source.fill)]
  return element.dtype === 'bool' ? numbers.map(value => value !== 0) : numbers
}

function readText(
  library: Hdf5Library,
  type: Hdf5Type,
  count: number,
  place: string,
  source: AttributeSource,
): string[] {
  return withMemory(library, count * type.size, place, (buffer, bytes) => {
    source.fill(buffer)
    if (!type.vlen) return fixedText(bytes(), type)
    const texts = pointedText(library, bytes(), place)
    source.reclaim(buffer)
    return texts
  })
}

function fixedText(view: DataView, type: Hdf5Type): string[] {
  const texts: string[] = []
  for (let at = 0; at + type.size <= view.byteLength; at += type.size) {
    const raw = new Uint8Array(view.buffer, view.byteOffset + at, type.size)
    const end = raw.indexOf(0)
    const text = decode(end < 0 ? raw : raw.subarray(0, end))
    texts.push(type.strpad === spacePadded ? text.replace(/ +$/, '') : text)
  }
  return texts
}

/** Variable-length text: 32-bit addresses of zero-ended bytes in the library's memory; 0 stands for no text. */
function pointedText(library: Hdf5Library, pointers: DataView, place: string): string[] {
  const heap = library.module.HEAPU8
  const texts: string[] = []
  for (let at = 0; at < pointers.byteLength; at += 4) {
    const address = pointers.getUint32(at, true)
    const end = address === 0 ? 0 : heap.indexOf(0, address)
    if (end < 0) failUnreadable(place, 'a text has no end')
    texts.push(decode(heap.subarray(address, end)))
  }
  return texts
}

/** HDF5 marks text as ASCII or UTF-8; Python's libraries put UTF-8 into either. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
