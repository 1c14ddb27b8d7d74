// What a step of `lutra run` was made from and what it made, in a file of its folder: so the next run knows whether
// anything changed.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { buildHashOf } from './build-hash.ts'
import { type FileSystem, writeFileAtomic } from './files.ts'

/** The file in every step's folder. */
export const recordName = '.lutra-run.json'

export interface StepRecord {
  /** Hash of everything that the step is made from. */
  readonly key: string
  /** Whether it came to its end. */
  readonly done: boolean
  /** SHA-256 of every file that it made, by path in the folder. */
  readonly files: Readonly<Record<string, string>>
  /** Whether the rows it kept have classes. */
  readonly labelled: boolean
  /** Whether nothing of it ends in exit 1. */
  readonly good: boolean
  /** One line of what came out. */
  readonly summary?: string
}

/** The record in a folder; nothing where there is none, or none that can be read. */
export async function readRecord(folder: string, disk: FileSystem): Promise<StepRecord | undefined> {
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(await disk.readFile(join(folder, recordName))))
    return isRecord(found) ? found : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is StepRecord {
  if (typeof value !== 'object' || value === null) return false
  const { key, done, files } = value as Partial<StepRecord>
  return typeof key === 'string' && typeof done === 'boolean' && typeof files === 'object' && files !== null
}

export async function writeRecord(folder: string, record: StepRecord, disk: FileSystem): Promise<void> {
  await writeFileAtomic(join(folder, recordName), `${JSON.stringify(record, undefined, 2)}\n`, disk)
}

/** Hashes of files, by path in the folder. */
export async function hashesIn(folder: string, files: readonly string[]): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const file of files) hashes[relative(folder, resolve(file))] = (await hashOfFile(file)) ?? ''
  return hashes
}

/** The first file of a record that is gone or no longer what the step wrote. */
export async function firstDamaged(folder: string, { files }: StepRecord): Promise<string | undefined> {
  for (const [file, hash] of Object.entries(files))
    if ((await hashOfFile(join(folder, file))) !== hash) return file
  return undefined
}

/**
 * Key of a step: its settings, the contents of every file that they name, the version and the user's own operators.
 * Nothing where a function is among the settings, whose results no hash can tell.
 */
export async function stepKey(settings: unknown, config: string): Promise<string | undefined> {
  let hasFunction = false
  const text = JSON.stringify(settings, (key, value: unknown) => {
    if (typeof value === 'function') hasFunction = true
    if (value instanceof Map) return [...value]
    return key === 'deploy' ? undefined : typeof value === 'bigint' ? String(value) : value
  })
  if (hasFunction) return undefined
  const hashes: string[] = []
  for (const word of new Set(textsIn(JSON.parse(text)))) hashes.push(...(await hashOfNamed(word)))
  // A project that is moved as a whole stays what it is.
  const within = text.replaceAll(`${dirname(resolve(config))}/`, '')
  return buildHashOf([], [within, hashes])
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Of the file that a word names, if it does; `file.h5:Dataset` names the file. */
async function hashOfNamed(word: string): Promise<string[]> {
  const cut = word.lastIndexOf(':')
  for (const path of cut > 0 ? [word, word.slice(0, cut)] : [word]) {
    const hash = await hashOfFile(path)
    if (hash !== undefined) return [hash]
  }
  return []
}

/** SHA-256 of a file's bytes, which may be more than the memory holds; nothing where there is no file. */
async function hashOfFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) return undefined
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array)
  return hash.digest('hex')
}
