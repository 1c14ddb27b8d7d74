// NumPy's .npz files: zip archives of .npy files, where the array `x` is the entry `x.npy`.

import { zipSync } from 'fflate'
import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { type NpyArray, type NpyType, parseNpy, writeNpy } from './npy.ts'
import type { NumericArray } from './numeric-array.ts'
import { readZip, type ZipEntry } from './zip.ts'

/** An archive whose arrays are read one by one. */
export interface NpzFile {
  readonly keys: readonly string[]
  /** One array; without `key`, the only one. */
  array(key?: string): NpyArray
}

/** Opens a .npz file; `name` is what errors call it. */
export function openNpz(bytes: Uint8Array, name: string): NpzFile {
  const arrays = new Map<string, ZipEntry>()
  for (const entry of readZip(bytes, { name, area: 'npz' })) {
    if (entry.path.endsWith('.npy')) arrays.set(entry.path.slice(0, -4), entry)
  }
  const keys = [...arrays.keys()]
  if (keys.length === 0) {
    fail({
      code: 'npz/no-arrays',
      place: name,
      problem: 'the archive holds no .npy file',
      remedy: 'Write it with numpy.savez.',
    })
  }
  return {
    keys,
    array(key) {
      const wanted = key ?? (keys.length === 1 ? keys[0]! : failWhich(name, keys))
      const entry = arrays.get(wanted) ?? failNoArray(name, wanted, keys)
      return parseNpy(entry.read(), `${name}:${wanted}`)
    },
  }
}

function failWhich(name: string, keys: readonly string[]): never {
  fail({
    code: 'npz/which-array',
    place: name,
    problem: `the archive holds ${keys.length} arrays: ${keys.join(', ')}`,
    expected: 'one',
    remedy: `Name one, e.g. ${name}:${keys[0]}.`,
  })
}

function failNoArray(name: string, key: string, keys: readonly string[]): never {
  const hint = didYouMean(key, keys)
  fail({
    code: 'npz/no-such-array',
    place: name,
    problem: `the archive has no array '${key}'`,
    expected: `one of ${keys.join(', ')}`,
    ...(hint === '' ? {} : { remedy: hint }),
  })
}

/** The bytes of a compressed .npz file; the same arrays give the same bytes. */
export function writeNpz(
  arrays: Readonly<Record<string, NumericArray & { readonly dtype?: NpyType }>>,
): Uint8Array {
  const entries = Object.entries(arrays).map(
    ([key, array]) => [`${key}.npy`, writeNpy(array, array.dtype)] as const,
  )
  // A fixed date (zip counts from 1980, in local time) keeps the clock out of the bytes.
  return zipSync(Object.fromEntries(entries), { mtime: new Date(1980, 0, 1) })
}
