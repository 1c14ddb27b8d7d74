// A disk whose writes stay in memory, over another that is only read: for what makes files and is wanted for one of them.

import { dirname, relative, resolve } from 'node:path'
import type { FileSystem } from './files.ts'

export interface MemoryDisk extends FileSystem {
  /** What was written, by absolute path. */
  readonly written: ReadonlyMap<string, Uint8Array>
}

export function memoryDisk(under: FileSystem): MemoryDisk {
  const written = new Map<string, Uint8Array>()
  let folders = 0
  const within = (folder: string) =>
    [...written.keys()].filter(path => path === folder || path.startsWith(`${folder}/`))
  return {
    written,
    readFile: async path => written.get(resolve(path)) ?? under.readFile(path),
    writeFile: async (path, content) => {
      written.set(resolve(path), typeof content === 'string' ? new TextEncoder().encode(content) : content)
    },
    makeFolder: async () => {},
    makeTemporaryFolder: async prefix => `${prefix}${folders++}`,
    rename: async (from, to) => {
      for (const path of within(resolve(from))) {
        written.set(resolve(to, relative(resolve(from), path)), written.get(path)!)
        written.delete(path)
      }
    },
    remove: async path => {
      for (const own of within(resolve(path))) written.delete(own)
    },
    list: async path => {
      const own = within(resolve(path)).filter(file => dirname(file) === resolve(path))
      const names = own.map(file => relative(resolve(path), file))
      return names.length > 0 ? names : under.list(path)
    },
    resolveLinks: async path => (written.has(resolve(path)) ? resolve(path) : under.resolveLinks(path)),
    isDevice: async () => false,
  }
}
