// What `lutra predict` loads before it does anything: the first prediction waits for it. Libraries for one kind of file are
// loaded with the first such file.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, it } from 'vitest'

/** The packages that a module loads at once, itself or by others. Types are no imports. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set()
  seen.add(file)
  const found = new Set<string>()
  const text = readFileSync(file, 'utf8')
  for (const [, names, name] of text.matchAll(/^(?:im|ex)port\s+(?!type\b)([^'";]*?)\s*from\s+'([^']+)'/gm)) {
    if (isTypesAlone(names!)) continue
    if (!name!.startsWith('.')) found.add(name!)
    else for (const own of packagesOf(resolve(dirname(file), name!), seen)) found.add(own)
  }
  return found
}

function isTypesAlone(names: string): boolean {
  const list = /^\{(.*)\}$/s.exec(names)?.[1]?.split(',') ?? []
  return list.length > 0 && list.every(name => name.trim() === '' || name.trim().startsWith('type '))
}

it('loads no library for files that are not there', () => {
  const packages = packagesOf(resolve(import.meta.dirname, '../src/cli/predict.ts'))
  expect([...packages].filter(name => !name.startsWith('node:')).sort()).toEqual(['commander'])
})
