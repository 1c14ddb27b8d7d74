// Which codes of the sources are findings: those given to `finding(…)` or a netlist builder's `tell(…)`, objects that say
// `severity: 'finding'`, and what operators and the config's notes return without a place, which their callers add.

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const source = resolve(import.meta.dirname, '../../src')

/** Errors of a layer below that are passed on as findings. */
const passedOn = ['cache/not-writable']

/** The codes of all findings, sorted. */
export function findingCodes(): string[] {
  const found = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !/\/(testing|generated)\//.test(relative(source, path)))
    .flatMap(path => codesIn(readFileSync(path, 'utf8')))
  return [...new Set([...found, ...passedOn])].sort()
}

function codesIn(text: string): string[] {
  return [...text.matchAll(/\bcode: ([^,]*'[a-z0-9]+\/[a-z0-9-]+'[^,]*),/g)].flatMap(
    ({ index, 1: value }) => {
      const { before, own } = objectAround(text, index)
      return isFinding(before, own)
        ? [...value!.matchAll(/'([a-z0-9]+\/[a-z0-9-]+)'/g)].map(([, code]) => code!)
        : []
    },
  )
}

function isFinding(before: string, own: string): boolean {
  if (/\b(finding|tell)\($/.test(before)) return true
  if (/severity: 'finding'/.test(own)) return true
  const isGiven = /\($/.test(before) || /\berror\([^;]*,$/.test(before)
  return !isGiven && !/\bplace\b/.test(own) && /\bproblem\b/.test(own)
}

/** The object literal around a position, and the text before its brace. */
function objectAround(text: string, at: number): { before: string; own: string } {
  let start = at
  for (let depth = 0; depth >= 0 && start > 0; start--) depth += depthOf(text[start - 1]!, -1)
  let end = at
  for (let depth = 0; depth >= 0 && end < text.length; end++) depth += depthOf(text[end]!, 1)
  return { before: text.slice(0, start).trimEnd(), own: text.slice(start, end) }
}

function depthOf(character: string, opening: number): number {
  return character === '{' ? opening : character === '}' ? -opening : 0
}
