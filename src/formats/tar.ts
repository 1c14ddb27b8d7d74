// Tar archives, compressed: the same files give the same bytes, whenever and by whomever they are packed.

import { gzipSync } from 'fflate'
import { createTar } from 'nanotar'
import { bug } from '../diagnostics/diagnostic.ts'

/** Longest name that the plain form of an archive holds, in bytes. */
const longestName = 100

/** A `.tar.gz` of files by path, sorted, readable by all, without dates and owners. */
export function writeTarGz(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const names = Object.keys(files).sort()
  const long = names.find(name => new TextEncoder().encode(name).length > longestName)
  if (long !== undefined) bug(`'${long}' is too long a name for a tar archive`)
  const attrs = { mode: '644', mtime: 0, uid: 0, gid: 0 }
  const tar = createTar(
    names.map(name => ({ name, data: files[name]! })),
    { attrs },
  )
  // Two empty blocks end an archive, also one that fills its last record.
  const ended = new Uint8Array(tar.length + 1024)
  ended.set(tar)
  return gzipSync(ended, { level: 9, mtime: 0 })
}
