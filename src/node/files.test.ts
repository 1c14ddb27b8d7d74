import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  diskFileSystem,
  type FileSystem,
  folderMark,
  readFileBytes,
  writeFileAtomic,
  writeFolderAtomic,
} from './files.ts'
import { checkProjectPaths } from './project-paths.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lutra-files-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (problem) {
    return (problem as Error).message.replaceAll(root, '<root>')
  }
  return 'no error'
}

const systemError = (code: string) => Object.assign(new Error(`${code}: from the system`), { code })

/** A disk whose n-th changing call fails with `code`; with `forEver`, all later calls too, as when the process dies. */
function failingDisk(n: number, code: string, forEver: boolean): { disk: FileSystem; calls: () => number } {
  let calls = 0
  const changing = ['writeFile', 'makeFolder', 'makeTemporaryFolder', 'rename', 'remove'] as const
  const guard = () => {
    calls++
    if (calls === n || (forEver && calls > n)) throw systemError(code)
  }
  const disk = { ...diskFileSystem }
  for (const name of changing) {
    const real = diskFileSystem[name] as (...parts: string[]) => Promise<never>
    disk[name] = (async (...parts: string[]) => {
      guard()
      return real(...parts)
    }) as never
  }
  return { disk, calls: () => calls }
}

async function tree(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const pairs = files.map(
    async file => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const,
  )
  return Object.fromEntries((await Promise.all(pairs)).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const mark = 'This folder is written by Lutra and replaced as a whole by the next run.\n'
const first = { 'rtl/top.v': 'module top;', 'report.json': '{}' }
const second = new Map<string, string | Uint8Array>([
  ['rtl/top.v', 'module top2;'],
  ['rtl/sub/a.mem', Uint8Array.of(48)],
])
const firstTree = { [folderMark]: mark, 'report.json': '{}', 'rtl/top.v': 'module top;' }
const secondTree = { [folderMark]: mark, 'rtl/sub/a.mem': '0', 'rtl/top.v': 'module top2;' }

describe('readFileBytes', () => {
  it('reads, and says why not', async () => {
    await writeFile(join(root, 'model.h5'), 'abc')
    expect([...(await readFileBytes(join(root, 'model.h5')))]).toEqual([97, 98, 99])
    expect(await messageOf(() => readFileBytes(join(root, 'modle.h5')))).toBe(
      "file/not-found: <root>/modle.h5: there is no such file. Did you mean 'model.h5'?",
    )
    expect(await messageOf(() => readFileBytes(join(root, 'no/where.npy')))).toBe(
      'file/not-found: <root>/no/where.npy: there is no such file. Check the path; it is read from the current folder.',
    )
    expect(await messageOf(() => readFileBytes(root))).toBe(
      'file/not-readable: <root>: the file cannot be read: it is a folder. Give a file in it.',
    )
    const denied = { ...diskFileSystem, readFile: () => Promise.reject(systemError('EACCES')) }
    expect(await messageOf(() => readFileBytes('x.npy', denied))).toBe(
      'file/not-readable: x.npy: the file cannot be read: permission is denied. Change its permissions.',
    )
  })
})

describe('writeFileAtomic', () => {
  it('writes and replaces, with missing folders, through links', async () => {
    const path = join(root, 'a/b/y.npy')
    await writeFileAtomic(path, 'one')
    await writeFileAtomic(path, Uint8Array.of(50))
    await symlink(path, join(root, 'link'))
    await writeFileAtomic(join(root, 'link'), 'three')
    expect(await tree(join(root, 'a'))).toEqual({ 'b/y.npy': 'three' })
  })

  it('writes to a device in place', async () => {
    const written: string[] = []
    const disk = { ...diskFileSystem, writeFile: async (path: string) => void written.push(path) }
    await writeFileAtomic('/dev/null', 'x', disk)
    expect(written).toEqual(['/dev/null'])
  })

  it('leaves the earlier file whole on any failure, and nothing beside it', async () => {
    const path = join(root, 'y.npy')
    await writeFileAtomic(path, 'old')
    for (let n = 1; n <= 4; n++) {
      const { disk } = failingDisk(n, 'ENOSPC', false)
      expect(await messageOf(() => writeFileAtomic(path, 'new', disk))).toBe(
        'file/disk-full: <root>/y.npy: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out.',
      )
      expect(await tree(root)).toEqual({ 'y.npy': 'old' })
      expect(await readdir(root)).toEqual(['y.npy'])
    }
  })
})

describe('writeFolderAtomic', () => {
  it('writes a new folder and replaces its own', async () => {
    const out = join(root, 'deep/out')
    await writeFolderAtomic(out, first)
    expect(await tree(out)).toEqual(firstTree)
    await writeFolderAtomic(out, second)
    expect(await tree(out)).toEqual(secondTree)
    expect(await readdir(join(root, 'deep'))).toEqual(['out'])
  })

  it('fills an empty folder, and refuses one with files of others', async () => {
    const out = join(root, 'out')
    await mkdir(out)
    await writeFolderAtomic(out, first)
    expect(await tree(out)).toEqual(firstTree)
    await rm(join(out, folderMark))
    expect(await messageOf(() => writeFolderAtomic(out, second))).toBe(
      'file/foreign-folder: <root>/out: the folder holds files that Lutra did not write (report.json, rtl), and writing would replace it; expected a new or empty folder, or an earlier output. Name another folder with --out, or remove this one.',
    )
    expect(Object.keys(await tree(out))).toEqual(['report.json', 'rtl/top.v'])
  })

  it('refuses a file that stands there', async () => {
    await writeFile(join(root, 'out'), 'x')
    expect(await messageOf(() => writeFolderAtomic(join(root, 'out'), first))).toBe(
      'file/not-writable: <root>/out: nothing can be written there: a file stands where a folder is needed. Name another place with --out.',
    )
  })

  it('leaves the earlier folder whole when the disk fills at any moment', async () => {
    const out = join(root, 'out')
    await writeFolderAtomic(out, first)
    let failures = 0
    for (let n = 1; ; n++) {
      const { disk, calls } = failingDisk(n, 'ENOSPC', false)
      const message = await messageOf(() => writeFolderAtomic(out, second, disk))
      if (calls() < n) break
      if (message === 'no error') {
        // Only the removal of what is no longer needed failed.
        expect(await tree(out)).toEqual(secondTree)
        await writeFolderAtomic(out, first)
        continue
      }
      failures++
      expect(message).toBe(
        'file/disk-full: <root>/out: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out.',
      )
      expect(await tree(out)).toEqual(firstTree)
      expect(await readdir(root)).toEqual(['out'])
    }
    expect(failures).toBeGreaterThan(7)
  })

  it('loses no earlier folder when the process dies at any moment', async () => {
    const out = join(root, 'out')
    await writeFolderAtomic(out, first)
    for (let n = 1; ; n++) {
      const { disk, calls } = failingDisk(n, 'EIO', true)
      await messageOf(() => writeFolderAtomic(out, second, disk))
      if (calls() < n) break
      const standing = (await readdir(root)).includes('out') ? out : join(root, '.out.previous')
      expect([firstTree, secondTree]).toContainEqual(await tree(standing))
      // The next run finds its way from there.
      await writeFolderAtomic(out, first)
      expect(await tree(out)).toEqual(firstTree)
      expect((await readdir(root)).filter(name => name.endsWith('.previous'))).toEqual([])
    }
  })

  it('passes on failures that are not the system’s', async () => {
    const disk = {
      ...diskFileSystem,
      writeFile: () => Promise.reject(new TypeError('a fault of the program')),
    }
    expect(await messageOf(() => writeFolderAtomic(join(root, 'out'), first, disk))).toBe(
      'a fault of the program',
    )
  })
})

describe('checkProjectPaths', () => {
  it('refuses paths that leave the folder or collide', async () => {
    const refused = async (...paths: string[]) =>
      /cannot be written: (.*); expected/.exec(await messageOf(() => checkProjectPaths(paths)))?.[1]
    expect(await messageOf(() => checkProjectPaths(['../x.v']))).toBe(
      "file/bad-path: project file '../x.v': the path cannot be written: it has the part '..'; expected a path relative to the output folder. Rename the layer or project that it is named after.",
    )
    expect(await refused('a/../b')).toBe("it has the part '..'")
    expect(await refused('./a')).toBe("it has the part '.'")
    expect(await refused('a//b')).toBe("it has the part ''")
    expect(await refused('/etc/passwd')).toBe('it is not relative')
    expect(await refused('C:x')).toBe('it is not relative')
    expect(await refused('a\\b')).toBe('it has a backslash')
    expect(await refused('a\0')).toBe('it has a zero character')
    expect(await refused('')).toBe('it names no file')
    expect(await refused('a/')).toBe('it names no file')
    expect(await refused('rtl/A.v', 'rtl/a.v')).toBe(
      "it is the same as 'rtl/A.v' where upper and lower case are not told apart",
    )
    expect(await refused('a/b/c', 'a/b')).toBe("it is a file and, in 'a/b/c', a folder")
    expect(await refused('rtl/a.v', 'rtl/b.v', '.hidden', 'weights/w2..txt')).toBeUndefined()
  })
})
