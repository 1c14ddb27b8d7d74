// The arrays of a model of TensorFlow.js, under the names that Keras's files have: `<layer>/<variable>`.

import { bug, fail } from '../../diagnostics/diagnostic.ts'
import { fromFloat16 } from '../../formats/float16.ts'
import type { Hdf5File } from '../../formats/hdf5/read.ts'
import { joinBytes } from '../../formats/join-bytes.ts'
import { elementCount } from '../../formats/numeric-array.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { SourceFile } from '../frontend.ts'
import type { ManifestArray, ManifestGroup } from './manifest.ts'

/** All arrays by name; fails with `tfjs/…` where files are missing or hold other than the manifest says. */
export function readArrays(
  groups: readonly ManifestGroup[],
  files: readonly SourceFile[],
  place: string,
): ReadonlyMap<string, FloatValues> {
  const arrays = new Map<string, FloatValues>()
  for (const group of groups) {
    const bytes = joinBytes(group.paths.map(path => shard(path, files, place)))
    checkSize(group, bytes.length, place)
    let at = 0
    for (const array of group.arrays) {
      if (arrays.has(array.name)) {
        fail({
          code: 'tfjs/duplicate-name',
          place,
          problem: `two weights are called '${array.name}'`,
          expected: 'a name of its own for each',
          remedy: 'Save or convert the model again.',
        })
      }
      arrays.set(array.name, valuesOf(array, bytes, at))
      at += bytesOf(array)
    }
  }
  return arrays
}

function shard(path: string, files: readonly SourceFile[], place: string): Uint8Array {
  const file = files.find(({ name }) => name === path)
  if (file !== undefined) return file.bytes
  return fail({
    code: 'tfjs/missing-weights',
    place,
    problem: `its weights in '${path}' were not given`,
    expected: 'the files that its weightsManifest names',
    remedy: 'Put them beside the model.json, or name their folder with --weights.',
  })
}

function checkSize({ arrays, paths }: ManifestGroup, found: number, place: string): void {
  const wanted = arrays.reduce((sum, array) => sum + bytesOf(array), 0)
  if (wanted === found) return
  fail({
    code: 'tfjs/weights-size',
    place: `${place}: ${paths.join(', ')}`,
    problem: `the files have ${found} bytes and the arrays in them ${wanted}`,
    expected: 'as many bytes as the arrays have',
    remedy: 'Copy the files again.',
  })
}

type Element = ManifestArray['element'] | 'uint8' | 'uint16' | 'float16'

const forms: Readonly<Record<Element, { bytes: number; read: (view: DataView, at: number) => number }>> = {
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  int32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  bool: { bytes: 1, read: (view, at) => view.getUint8(at) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  uint16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  float16: { bytes: 2, read: (view, at) => fromFloat16(view.getUint16(at, true)) },
}

const storedAs = ({ element, packing }: ManifestArray): Element => packing?.element ?? element

function bytesOf(array: ManifestArray): number {
  return elementCount(array.shape) * forms[storedAs(array)].bytes
}

function valuesOf(array: ManifestArray, bytes: Uint8Array, start: number): FloatValues {
  const { bytes: step, read } = forms[storedAs(array)]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { scale, min } = array.packing ?? { scale: 1, min: 0 }
  // TensorFlow.js unpacks to float32, and integers of an integer array to the nearest.
  const unpacked = (value: number) =>
    array.element === 'int32' ? Math.round(value * scale + min) : Math.fround(value * scale + min)
  const isPacked = array.packing !== undefined && array.packing.element !== 'float16'
  const data = Float64Array.from({ length: elementCount(array.shape) }, (_, k) => {
    const value = read(view, start + k * step)
    return isPacked ? unpacked(value) : value
  })
  return { shape: array.shape, data }
}

/** The arrays as a Keras file holds them, so that one reader finds them in both. */
export function asKerasFile(arrays: ReadonlyMap<string, FloatValues>, name: string): Hdf5File {
  const paths = arrays
  const isUnder = (group: string) => (path: string) => group === '' || path.startsWith(`${group}/`)
  return {
    name,
    has: path => paths.has(path) || [...paths.keys()].some(isUnder(path)),
    isDataset: path => paths.has(path),
    children: path => {
      const inside = [...paths.keys()].filter(isUnder(path))
      const skipped = path === '' ? 0 : path.length + 1
      return [...new Set(inside.map(own => own.slice(skipped).split('/', 1)[0]!))]
    },
    attributeNames: () => [],
    // The names of all groups, by which arrays of no layer are found.
    attribute: (path, own) =>
      path === '' && own === 'layer_names'
        ? [...new Set([...paths.keys()].map(key => key.split('/', 1)[0]!))]
        : undefined,
    shape: path => (paths.get(path) ?? bug(`no array ${path}`)).shape,
    dataset: path => {
      const { shape, data } = paths.get(path) ?? bug(`no array ${path}`)
      return { shape: [...shape], data, dtype: 'float32' }
    },
    close: () => {},
  }
}
