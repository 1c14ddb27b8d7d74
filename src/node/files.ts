// Files and folders on disk. What is written replaces what stood there only when it is complete: it is made beside
// its place first and then renamed, so that a full disk or an interruption leaves the earlier output whole.

import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import { codeOf, failReading, failWriting } from './file-problems.ts'
import { checkProjectPaths } from './project-paths.ts'

/** The functions of a disk that are used here; tests inject failing ones. */
export interface FileSystem {
  readFile(path: string): Promise<Uint8Array>
  writeFile(path: string, content: string | Uint8Array): Promise<void>
  /** Makes a folder and its parents; no error when it exists. */
  makeFolder(path: string): Promise<void>
  /** Makes a new folder whose name begins with `prefix`, and gives its path. */
  makeTemporaryFolder(prefix: string): Promise<string>
  rename(from: string, to: string): Promise<void>
  /** Removes a file or a folder with all it holds; no error when there is none. */
  remove(path: string): Promise<void>
  list(path: string): Promise<string[]>
  /** The path with symbolic links resolved; fails when there is nothing. */
  resolveLinks(path: string): Promise<string>
  /** Whether a device or pipe stands there, such as `/dev/stdout`. */
  isDevice(path: string): Promise<boolean>
}

export const diskFileSystem: FileSystem = {
  readFile: path => readFile(path),
  writeFile: (path, content) => writeFile(path, content),
  makeFolder: async path => void (await mkdir(path, { recursive: true })),
  makeTemporaryFolder: prefix => mkdtemp(prefix),
  rename: (from, to) => rename(from, to),
  remove: path => rm(path, { recursive: true, force: true }),
  list: path => readdir(path),
  resolveLinks: path => realpath(path),
  isDevice: async path => {
    const found = await stat(path).catch(() => undefined)
    return found !== undefined && !found.isFile() && !found.isDirectory()
  },
}

/** A generated tree: paths with `/`, relative to the folder it is written to. */
export type ProjectFiles =
  | ReadonlyMap<string, string | Uint8Array>
  | Readonly<Record<string, string | Uint8Array>>

/** Stands in every folder written here: only such a folder, or an empty one, is ever replaced. */
export const folderMark = '.lutra'
const folderMarkText = 'This folder is written by Lutra and replaced as a whole by the next run.\n'

/** The bytes of a file. */
export async function readFileBytes(path: string, disk: FileSystem = diskFileSystem): Promise<Uint8Array> {
  try {
    return await disk.readFile(path)
  } catch (problem) {
    return failReading(path, problem, disk)
  }
}

/** The bytes of a file, those within where its name ends in `.gz` and it is packed. Fails as they do, and with `gzip/…`. */
export async function readUnpacked(path: string, disk: FileSystem = diskFileSystem): Promise<Uint8Array> {
  const bytes = await readFileBytes(path, disk)
  if (!/\.gz$/i.test(path)) return bytes
  const { gunzip, isGzip } = await import('../formats/gzip.ts')
  return isGzip(bytes) ? gunzip(bytes, path) : bytes
}

/** Writes a file, with its folder where that is missing; an earlier file of the name stays whole on any failure. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  disk: FileSystem = diskFileSystem,
): Promise<void> {
  await writeFilesAtomic([[path, content]], disk)
}

/** Writes files that belong together: none is put in its place before all of them are written out. */
export async function writeFilesAtomic(
  files: readonly (readonly [path: string, content: string | Uint8Array])[],
  disk: FileSystem = diskFileSystem,
): Promise<void> {
  const temporaries: string[] = []
  const moves: { path: string; move: () => Promise<void> }[] = []
  let current = ''
  try {
    for (const [path, content] of files) {
      current = path
      moves.push({ path, move: await drafted(path, content, temporaries, disk) })
    }
    for (const { path, move } of moves) {
      current = path
      await move()
    }
  } catch (problem) {
    failWriting(current, problem)
  } finally {
    for (const folder of temporaries) await removeQuietly(folder, disk)
  }
}

/** Writes a file beside its place, and gives what puts it there. */
async function drafted(
  path: string,
  content: string | Uint8Array,
  temporaries: string[],
  disk: FileSystem,
): Promise<() => Promise<void>> {
  // Renaming would replace the device by a file.
  if (await disk.isDevice(path)) return () => disk.writeFile(path, content)
  const target = await resolved(path, disk)
  await disk.makeFolder(dirname(target))
  const temporary = await disk.makeTemporaryFolder(join(dirname(target), `.${basename(target)}.new-`))
  temporaries.push(temporary)
  const draft = join(temporary, 'draft')
  await disk.writeFile(draft, content)
  return () => disk.rename(draft, target)
}

/**
 * Writes a whole folder. An earlier one is replaced in full, files not in `project` included; it must be one that
 * this function wrote, or empty. On any failure it stays as it was.
 */
export async function writeFolderAtomic(
  folder: string,
  project: ProjectFiles,
  disk: FileSystem = diskFileSystem,
): Promise<void> {
  const files = [...(project instanceof Map ? project : Object.entries(project))] as [
    string,
    string | Uint8Array,
  ][]
  checkProjectPaths(files.map(([path]) => path))
  let temporary: string | undefined
  try {
    const target = await resolved(folder, disk)
    await disk.makeFolder(dirname(target))
    await recover(target, disk)
    const replaces = await standsThere(target, folder, disk)
    temporary = await disk.makeTemporaryFolder(join(dirname(target), `.${basename(target)}.new-`))
    const draft = join(temporary, 'draft')
    await writeTree(draft, files, disk)
    await moveIntoPlace(draft, target, replaces, disk)
  } catch (problem) {
    failWriting(folder, problem)
  } finally {
    if (temporary !== undefined) await removeQuietly(temporary, disk)
  }
}

async function writeTree(
  folder: string,
  files: [string, string | Uint8Array][],
  disk: FileSystem,
): Promise<void> {
  await disk.makeFolder(folder)
  const made = new Set([folder])
  for (const [path, content] of [[folderMark, folderMarkText] as [string, string], ...files]) {
    const target = join(folder, ...path.split('/'))
    if (!made.has(dirname(target))) await disk.makeFolder(dirname(target))
    made.add(dirname(target))
    await disk.writeFile(target, content)
  }
}

/** Where the earlier folder waits while the new one takes its place. */
function previousOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.previous`)
}

async function moveIntoPlace(
  draft: string,
  target: string,
  replaces: boolean,
  disk: FileSystem,
): Promise<void> {
  if (!replaces) return disk.rename(draft, target)
  const previous = previousOf(target)
  await disk.rename(target, previous)
  try {
    await disk.rename(draft, target)
  } catch (problem) {
    await disk.rename(previous, target).catch(() => failAside(target, previous, problem))
    throw problem
  }
  await removeQuietly(previous, disk)
}

function failAside(target: string, previous: string, problem: unknown): never {
  fail(
    {
      code: 'file/left-aside',
      place: target,
      problem: `the new folder could not be moved there (${codeOf(problem) ?? String(problem)}), nor the earlier one back: it is whole, in ${previous}`,
      remedy: 'Run again, which moves it back, or move it yourself.',
    },
    problem,
  )
}

/** Undoes what an interruption between the two renames left: the earlier folder goes back to its place. */
async function recover(target: string, disk: FileSystem): Promise<void> {
  const previous = previousOf(target)
  if ((await listIfThere(previous, disk)) === undefined) return
  if ((await listIfThere(target, disk)) === undefined) await disk.rename(previous, target)
  else await disk.remove(previous)
}

/** Fails where `writeFolderAtomic` would refuse the folder, before the work that is to fill it. */
export async function checkOutputFolder(folder: string, disk: FileSystem = diskFileSystem): Promise<void> {
  try {
    await standsThere(await resolved(folder, disk), folder, disk)
  } catch (problem) {
    failWriting(folder, problem)
  }
}

/** Whether a folder is to be replaced; one that holds files of others is refused. */
async function standsThere(target: string, folder: string, disk: FileSystem): Promise<boolean> {
  const entries = await listIfThere(target, disk)
  if (entries === undefined || entries.length === 0 || entries.includes(folderMark))
    return entries !== undefined
  fail({
    code: 'file/foreign-folder',
    place: folder,
    problem: `the folder holds files that Lutra did not write (${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ', …' : ''}), and writing would replace it`,
    expected: 'a new or empty folder, or an earlier output',
    remedy: 'Name another folder with --out, or remove this one.',
  })
}

async function listIfThere(path: string, disk: FileSystem): Promise<string[] | undefined> {
  try {
    return await disk.list(path)
  } catch (problem) {
    if (codeOf(problem) === 'ENOENT') return undefined
    throw problem
  }
}

/** The absolute path; a symbolic link stays, and what it points to is replaced. */
async function resolved(path: string, disk: FileSystem): Promise<string> {
  try {
    return await disk.resolveLinks(path)
  } catch (problem) {
    if (codeOf(problem) === 'ENOENT') return resolve(path)
    throw problem
  }
}

/** For clean-up: its failure must not hide the outcome. */
async function removeQuietly(path: string, disk: FileSystem): Promise<void> {
  try {
    await disk.remove(path)
  } catch {
    // A folder left over is named after its purpose and harms nothing.
  }
}
