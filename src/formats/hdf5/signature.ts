// Checks made on the bytes before the HDF5 library sees them: the superblock (section II.A of the HDF5 file format
// specification 3.0) and the global heaps (section III.E), in whose damaged forms the library can loop for ever.

import { failNotHdf5, failTruncated, failUnreadable } from './errors.ts'

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
/** `GCOL`, version 1 and three reserved zeros. */
const heapSignature = [0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0]

/** Where the addresses of a superblock stand, counted from the signature, by superblock version. */
const superblocks: Readonly<Record<number, { sizes: number; base: number; end: number; bytes: number }>> = {
  0: { sizes: 13, base: 24, end: 40, bytes: 56 },
  1: { sizes: 13, base: 28, end: 44, bytes: 60 },
  2: { sizes: 9, base: 12, end: 28, bytes: 48 },
  3: { sizes: 9, base: 12, end: 28, bytes: 48 },
}

/** Throws unless the bytes are an HDF5 file that is whole and whose global heaps can be walked. */
export function checkHdf5Bytes(bytes: Uint8Array, name: string): void {
  const start = findSignature(bytes)
  if (start === undefined) failNotHdf5(name, guessFormat(bytes))
  checkSuperblock(bytes, start, name)
  checkHeaps(bytes, name)
}

/** The signature stands at 0 or, behind a user block, at 512, 1024, 2048 … */
function findSignature(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + signature.length <= bytes.length; at = at === 0 ? 512 : at * 2) {
    if (matches(bytes, at, signature)) return at
  }
  return undefined
}

function checkSuperblock(bytes: Uint8Array, start: number, name: string): void {
  const version = bytes[start + 8]
  if (version === undefined) failTruncated(name, bytes.length, undefined)
  const layout = superblocks[version]
  if (layout === undefined) failUnreadable(name, `superblock version ${version} is unknown`)
  if (bytes.length < start + layout.bytes) failTruncated(name, bytes.length, undefined)
  const view = viewOf(bytes)
  const offsetSize = view.getUint8(start + layout.sizes)
  const lengthSize = view.getUint8(start + layout.sizes + 1)
  if (offsetSize !== 8 || lengthSize !== 8) {
    failUnreadable(name, `addresses of ${offsetSize} and lengths of ${lengthSize} bytes instead of 8`)
  }
  const base = Number(view.getBigUint64(start + layout.base, true))
  const end = Number(view.getBigUint64(start + layout.end, true))
  if (base + end > bytes.length) failTruncated(name, bytes.length, base + end)
}

function checkHeaps(bytes: Uint8Array, name: string): void {
  const view = viewOf(bytes)
  let at = bytes.indexOf(heapSignature[0]!)
  while (at >= 0) {
    if (matches(bytes, at, heapSignature) && !heapCanBeWalked(view, at)) {
      failUnreadable(name, `the global heap at byte ${at} is damaged`)
    }
    at = bytes.indexOf(heapSignature[0]!, at + 1)
  }
}

/** Object: index (2 bytes), references (2), reserved (4), size (8), data padded to 8. Index 0 is the free space. */
function heapCanBeWalked(view: DataView, start: number): boolean {
  if (start + 16 > view.byteLength) return false
  const end = start + Number(view.getBigUint64(start + 8, true))
  if (end > view.byteLength) return false
  let at = start + 16
  while (at + 16 <= end) {
    const index = view.getUint16(at, true)
    const size = Number(view.getBigUint64(at + 8, true))
    // The free space counts its own head; a size of 0 there is what the library never gets past.
    const step = index === 0 ? size : 16 + Math.ceil(size / 8) * 8
    if (step < 16 || at + step > end) return false
    at += step
  }
  return true
}

const otherFormats: readonly (readonly [prefix: string, what: string])[] = [
  ['PK\x03\x04', 'a zip archive (a .keras or .npz file?)'],
  ['\x93NUMPY', 'a NumPy .npy file'],
  ['version https://git-lfs', 'a Git LFS pointer, which stands for the real file'],
  ['<', 'an HTML or XML page'],
  ['{', 'JSON text'],
]

function guessFormat(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'empty'
  const head = String.fromCharCode(...bytes.subarray(0, 32))
  return otherFormats.find(([prefix]) => head.startsWith(prefix))?.[1]
}

function matches(bytes: Uint8Array, at: number, pattern: readonly number[]): boolean {
  return pattern.every((byte, k) => bytes[at + k] === byte)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
