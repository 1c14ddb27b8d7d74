// Results of long runs, kept on disk under a hash of everything they depend on. An entry is two lines: the SHA-256
// of the second, and the value as JSON; what does not match its own hash is as good as absent.
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'

/** A store of JSON values; `area` keeps kinds of results apart, `key` comes from `contentKey`. */
export interface Cache {
  /** The value kept under the key, or undefined; its shape is the reader's to check. */
  read(area: string, key: string): Promise<unknown>
  write(area: string, key: string, value: unknown): Promise<void>
}

/** A cache in a folder (`.lutra/cache` of the project), made when first written to. */
export function diskCache(folder: string): Cache {
  const place = (area: string, key: string): string => join(folder, area, `${key}.json`)
  return {
    async read(area, key) {
      return parseEntry(await readFile(place(area, key), 'utf8').catch(() => ''))
    },
    async write(area, key, value) {
      await writeEntry(place(area, key), value)
    },
  }
}

/** A cache that forgets everything. */
export const noCache: Cache = {
  read: async () => undefined,
  write: async () => {},
}

/** A key for the parts, in order; each is hashed with its length, so no two lists run together. */
export function contentKey(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('hex')
}

function parseEntry(text: string): unknown {
  const [digest, body] = text.split('\n')
  if (digest === undefined || body === undefined || digest !== contentKey([body])) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

async function writeEntry(path: string, value: unknown): Promise<void> {
  const body = JSON.stringify(value)
  // Written aside and moved into place: a reader, or a crash, never meets half an entry.
  const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(aside, `${contentKey([body])}\n${body}\n`)
    await rename(aside, path)
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => {})
    fail(
      {
        code: 'cache/not-writable',
        place: path,
        problem: `the cache entry could not be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        remedy: 'Make the folder writable; without it every run is made anew.',
      },
      cause,
    )
  }
}
