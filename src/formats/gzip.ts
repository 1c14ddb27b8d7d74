// Gzip: one packed file, unpacked into a limited number of bytes.

import { Gunzip } from 'fflate'
import { fail } from '../diagnostics/diagnostic.ts'
import { joinBytes } from './join-bytes.ts'

/** Data sets are published packed; larger ones are unpacked by hand. */
const mostBytes = 4 * 2 ** 30
const step = 2 ** 20

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** The bytes that were packed. Fails with `gzip/unreadable`, and with `gzip/too-large` before memory runs out. */
export function gunzip(bytes: Uint8Array, name: string, most = mostBytes): Uint8Array {
  const parts: Uint8Array[] = []
  let size = 0
  let ended = false
  const inflater = new Gunzip((part, last) => {
    size += part.length
    if (size > most) failLarge(name, most)
    parts.push(part)
    ended ||= last
  })
  try {
    for (let from = 0; from < bytes.length; from += step)
      inflater.push(bytes.subarray(from, from + step), from + step >= bytes.length)
  } catch (problem) {
    if (size > most) throw problem
    failUnreadable(name, problem instanceof Error ? problem.message : String(problem))
  }
  if (!ended || size % 2 ** 32 !== statedSize(bytes)) failUnreadable(name, 'it ends before its data does')
  return joinBytes(parts)
}

/** The last four bytes say the size modulo 2^32. */
function statedSize(bytes: Uint8Array): number {
  if (bytes.length < 18) return -1
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true)
}

function failUnreadable(name: string, problem: string): never {
  return fail({
    code: 'gzip/unreadable',
    place: name,
    problem: `it cannot be unpacked: ${problem}`,
    expected: 'a whole gzip file',
    remedy: 'Copy the file again.',
  })
}

function failLarge(name: string, most: number): never {
  return fail({
    code: 'gzip/too-large',
    place: name,
    problem: `it unpacks to more than ${most} bytes`,
    expected: 'a data set that fits the memory',
    remedy: 'Unpack it with gunzip and give the file itself.',
  })
}
