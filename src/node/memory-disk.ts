// A disk whose writes stay in memory, over another that is only read: for what makes files and is wanted for one of them.

import { dirname, relative, resolve } from 'node:path'
import type { FileSystem } from './files.ts'

export interface MemoryDisk extends FileSystem {
  /** What was written, by absolute path. */
  readonly written: ReadonlyMap<string, Uint8Array>
}

/** `keepsBelow` says which files are put in their place on the disk below, as soon as they are whole. */
export function memoryDisk(
  under: FileSystem,
  keepsBelow: (path: string) => boolean = () => false,
): MemoryDisk {
  const written = new Map<string, Uint8Array>()
  let folders = 0
  const within = (folder: string) =>
    [...written.keys()].filter(path => path === folder || path.startsWith(`${folder}/`))
  const keepBelow = async (path: string, content: Uint8Array) => {
    await under.makeFolder(dirname(path))
    await under.writeFile(`${path}.part`, content)
    await under.rename(`${path}.part`, path)
  }
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
        const place = resolve(to, relative(resolve(from), path))
        const content = written.get(path)!
        written.set(place, content)
        written.delete(path)
        if (keepsBelow(place)) await keepBelow(place, content)
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
