// What is changed and what becomes of it: parts of valid files, and how files are put together again.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SourceFile } from '../../src/frontends/frontend.ts'

/** Texts and bytes that are changed, one of them each time, and how files are made of them. */
export interface Seed {
  readonly parts: readonly (string | Uint8Array)[]
  build(parts: readonly (string | Uint8Array)[]): readonly SourceFile[] | Promise<readonly SourceFile[]>
}

export const encoded = (part: string | Uint8Array): Uint8Array =>
  typeof part === 'string' ? new TextEncoder().encode(part) : part

/** Files as they are. */
export const plain = (names: readonly string[], parts: Seed['parts']): Seed => ({
  parts,
  build: own => own.map((part, k) => ({ name: names[k]!, bytes: encoded(part) })),
})

const real = resolve(import.meta.dirname, '../../../shared/reference/real')
const mostBytes = 150_000

/** Files of networks made by others, where they are at hand. */
export function realFiles(
  folder: string,
  ending: RegExp,
): { name: string; path: string; bytes: Uint8Array }[] {
  const path = join(real, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter(name => ending.test(name) && statSync(join(path, name)).size <= mostBytes)
    .map(name => ({ name, path: join(path, name), bytes: new Uint8Array(readFileSync(join(path, name))) }))
}
