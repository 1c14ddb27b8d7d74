// docs/findings.md has a section for every code in the sources, and for no other.

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const source = resolve(import.meta.dirname, '../../src')
const page = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8')
const sections = [...page.matchAll(/^### `(.+)`$/gm)].map(([, code]) => code!)

/** Words with a slash that are no codes: a package entry, and folders of a build. */
const noCodes = ['lutra/node', 'rtl/$', 'tb/$', 'hw/$', 'model/$', 'baremetal/$', 'alveo/$', 'src/$']

const codeText = /['`]((?:[a-z0-9]+|\$\{area\})\/(?:[a-z0-9-]|\$\{[^}]*\})+)['`]/g

function codesIn(path: string): string[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => !/^\s*(import|export .* from|\/\/|\/?\*)/.test(line))
  return lines.flatMap(line => [...line.matchAll(codeText)].map(([, code]) => code!))
}

const codes = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
  .map(entry => join(entry.parentPath, entry.name))
  .filter(path => !/\/(testing|generated)\//.test(relative(source, path)))
  .flatMap(codesIn)
  .filter(code => !noCodes.some(other => code.startsWith(other)))

/** A template such as `rtl/softmax-${implementation}` as the pattern of its codes. */
const patterns = [...new Set(codes)].map(
  code => [code, new RegExp(`^${code.replace(/\$\{[^}]*\}/g, '[a-z0-9-]+')}$`)] as const,
)

it('docs/findings.md has every code of the sources', () => {
  const missing = patterns.filter(([, pattern]) => !sections.some(code => pattern.test(code)))
  expect(missing.map(([code]) => code)).toEqual([])
})

it('docs/findings.md has no code that is gone, and none twice', () => {
  const usage = /^usage\//
  const gone = sections.filter(code => !usage.test(code) && !patterns.some(([, p]) => p.test(code)))
  expect(gone).toEqual([])
  expect(sections.length).toBe(new Set(sections).size)
})
