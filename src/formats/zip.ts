// Zip archives: entries listed from the central directory (PKWARE APPNOTE 6.3, sections 4.3.7 to 4.3.16), each
// inflated on demand into no more than its stated size and checked against its CRC-32.

import { inflateSync } from 'fflate'
import { fail } from '../diagnostics/diagnostic.ts'
import { crc32 } from './crc32.ts'

export interface ZipEntry {
  readonly path: string
  /** Bytes when unpacked, as the archive states. */
  readonly size: number
  /** Unpacks and checks the entry. */
  readonly read: () => Uint8Array
}

/** How errors speak of the archive: its name, and the area of the codes (`zip`, or `npz` for NumPy's archives). */
export interface ZipNames {
  readonly name: string
  readonly area: 'zip' | 'npz'
}

const endSignature = 0x06054b50
const directorySignature = 0x02014b50
const localSignature = 0x04034b50
const endBytes = 22
/** Deflate cannot pack tighter; what claims more is damaged or meant to fill the memory. */
const maxCompression = 1032

/** Lists an archive's files (folders are left out), in the archive's order. */
export function readZip(bytes: Uint8Array, names: ZipNames): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view)
  if (end === undefined) failNotZip(bytes, names)
  const count = view.getUint16(end + 10, true)
  let at = view.getUint32(end + 16, true)
  if (count === 0xffff || at === 0xffffffff) failDamaged(names, 'it is of the zip64 form, for more than 4 GB')
  const entries: ZipEntry[] = []
  const seen = new Set<string>()
  for (let k = 0; k < count; k++) {
    const { record, next } = directoryRecord(view, at, names)
    at = next
    if (seen.has(record.path)) failDamaged(names, `it has '${record.path}' twice`)
    seen.add(record.path)
    if (record.path.endsWith('/')) continue
    entries.push({ path: record.path, size: record.size, read: () => unpack(bytes, view, record, names) })
  }
  return entries
}

interface ZipRecord {
  readonly path: string
  readonly method: number
  readonly encrypted: boolean
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly offset: number
}

/** The end record stands last, before a comment of at most 65535 bytes. */
function findEnd(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - endBytes - 0xffff)
  for (let at = view.byteLength - endBytes; at >= first; at--) {
    if (view.getUint32(at, true) !== endSignature) continue
    if (at + endBytes + view.getUint16(at + 20, true) === view.byteLength) return at
  }
  return undefined
}

function directoryRecord(view: DataView, at: number, names: ZipNames): { record: ZipRecord; next: number } {
  if (at + 46 > view.byteLength || view.getUint32(at, true) !== directorySignature) {
    failDamaged(names, 'its directory is broken')
  }
  const nameLength = view.getUint16(at + 28, true)
  const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  if (next > view.byteLength) failDamaged(names, 'its directory is broken')
  const path = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength))
  const record = {
    path,
    encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  }
  return { record, next }
}

function unpack(bytes: Uint8Array, view: DataView, record: ZipRecord, names: ZipNames): Uint8Array {
  const { path, offset, packed, size } = record
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== localSignature) {
    failDamaged(names, `its entry '${path}' is broken`)
  }
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true)
  if (start + packed > bytes.length) failDamaged(names, `its entry '${path}' is cut short`)
  if (size > packed * maxCompression + 64)
    failDamaged(names, `its entry '${path}' claims to unpack to ${size} bytes`)
  if (record.encrypted) failDamaged(names, `its entry '${path}' is encrypted`)
  const content = inflated(bytes.subarray(start, start + packed), record, names)
  if (content.length !== size || crc32(content) !== record.crc)
    failDamaged(names, `its entry '${path}' fails its check sum`)
  return content
}

function inflated(packed: Uint8Array, record: ZipRecord, names: ZipNames): Uint8Array {
  if (record.method === 0) return packed
  if (record.method !== 8)
    failDamaged(names, `its entry '${record.path}' is packed by method ${record.method}`)
  try {
    // Given its buffer, the inflater does not grow it: what does not fit fails below.
    return inflateSync(packed, { out: new Uint8Array(record.size) })
  } catch {
    failDamaged(names, `its entry '${record.path}' cannot be unpacked`)
  }
}

function failNotZip(bytes: Uint8Array, { name, area }: ZipNames): never {
  const startsAsZip = bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b
  if (startsAsZip) {
    fail({
      code: `${area}/truncated`,
      place: name,
      problem: 'the zip archive has no directory at its end',
      remedy: 'Save or copy the file again.',
    })
  }
  fail({
    code: `${area}/not-zip`,
    place: name,
    problem: bytes.length === 0 ? 'the file is empty' : 'this is not a zip archive',
    ...(area === 'npz' ? { remedy: 'Write it with numpy.savez.' } : {}),
  })
}

function failDamaged({ name, area }: ZipNames, problem: string): never {
  fail({
    code: `${area}/unreadable`,
    place: name,
    problem: `the zip archive cannot be read: ${problem}`,
    remedy: 'Save or copy the file again.',
  })
}
