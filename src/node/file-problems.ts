// Failures of the disk, told as what a user can mend.

import { basename, dirname } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import type { FileSystem } from './files.ts'

/** The code that the system gives a failure, e.g. ENOENT; undefined for what is no failure of the system's. */
export function codeOf(problem: unknown): string | undefined {
  return problem instanceof Error && 'code' in problem && typeof problem.code === 'string'
    ? problem.code
    : undefined
}

/** Tells why a file cannot be read; throws on what is no failure of the system's. */
export async function failReading(path: string, problem: unknown, disk: FileSystem): Promise<never> {
  const code = codeOf(problem)
  if (code === undefined) throw problem
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const siblings = await disk.list(dirname(path)).catch(() => [])
    const hint = didYouMean(basename(path), siblings)
    fail(
      {
        code: 'file/not-found',
        place: path,
        problem: 'there is no such file',
        remedy: hint === '' ? 'Check the path; it is read from the current folder.' : hint,
      },
      problem,
    )
  }
  const [reason, remedy] = readingReasons[code] ?? [
    `the system says ${code}`,
    'Check the file and its folder.',
  ]
  fail(
    { code: 'file/not-readable', place: path, problem: `the file cannot be read: ${reason}`, remedy },
    problem,
  )
}

/** The file's bytes, undefined only where there is no file: what cannot be read is not taken for absent. */
export async function readIfThere(path: string, disk: FileSystem): Promise<Uint8Array | undefined> {
  try {
    return await disk.readFile(path)
  } catch (problem) {
    return codeOf(problem) === 'ENOENT' ? undefined : failReading(path, problem, disk)
  }
}

const readingReasons: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EISDIR: ['it is a folder', 'Give a file in it.'],
  EACCES: ['permission is denied', 'Change its permissions.'],
  EPERM: ['permission is denied', 'Change its permissions.'],
  ERR_FS_FILE_TOO_LARGE: ['it is larger than 2 GiB', 'Give a part of it.'],
}

const writingReasons: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EACCES: ['permission is denied', 'Name another place with --out, or change its permissions.'],
  EPERM: ['permission is denied', 'Name another place with --out, or change its permissions.'],
  EROFS: ['the disk is read-only', 'Name another place with --out.'],
  EBUSY: ['it is in use, or the root of a mounted disk', 'Name a folder inside it with --out.'],
  ENOTDIR: ['a file stands where a folder is needed', 'Name another place with --out.'],
  EEXIST: ['a file stands where a folder is needed', 'Name another place with --out.'],
  EISDIR: ['a folder stands there', 'Name another file with --out.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter name.'],
}

/** Tells why nothing can be written; throws on what is no failure of the system's. */
export function failWriting(path: string, problem: unknown): never {
  const code = codeOf(problem)
  if (code === undefined) throw problem
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    fail(
      {
        code: 'file/disk-full',
        place: path,
        problem: `the disk is full${code === 'EDQUOT' ? ' (quota)' : ''}; what stood there before is unchanged`,
        remedy: 'Free some space, or name another place with --out.',
      },
      problem,
    )
  }
  const [reason, remedy] = writingReasons[code] ?? [
    `the system says ${code}`,
    'Name another place with --out.',
  ]
  fail(
    { code: 'file/not-writable', place: path, problem: `nothing can be written there: ${reason}`, remedy },
    problem,
  )
}
