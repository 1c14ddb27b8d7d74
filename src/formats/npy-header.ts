// The header of a .npy file: a Python dictionary with exactly the keys `descr`, `fortran_order` and `shape`, e.g.
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }

import { fail } from '../diagnostics/diagnostic.ts'

export interface NpyHeader {
  readonly descr: string
  readonly fortranOrder: boolean
  readonly shape: number[]
}

const keys = ['descr', 'fortran_order', 'shape'] as const
const maxRank = 32

/** Reads the dictionary; anything but these three keys with values of their kinds is an error. */
export function parseNpyHeader(text: string, name: string): NpyHeader {
  const body = /^\s*\{([\s\S]*)\}\s*$/.exec(text)?.[1]
  if (body === undefined) failHeader(name, 'it is not a dictionary')
  const entries = entriesOf(body, name)
  for (const key of keys) if (!entries.has(key)) failHeader(name, `it has no '${key}'`)
  return {
    descr: descrOf(entries.get('descr')!, name),
    fortranOrder: booleanOf(entries.get('fortran_order')!, name),
    shape: shapeOf(entries.get('shape')!, name),
  }
}

/** `'key': value,` pairs, where a value is a string, a word, a tuple or a list without nested text of its own. */
function entriesOf(body: string, name: string): Map<string, string> {
  const entries = new Map<string, string>()
  const entry = /\s*(['"])(\w+)\1\s*:\s*((['"])[^'"]*\4|\w+|\([^()]*\)|\[[\s\S]*\])\s*(,|$)\s*/y
  while (entry.lastIndex < body.length) {
    const found = entry.exec(body)
    if (found === null) failHeader(name, 'it is damaged')
    const key = found[2]!
    if (!keys.some(known => known === key)) failHeader(name, `it has the unknown key '${key}'`)
    if (entries.has(key)) failHeader(name, `it has '${key}' twice`)
    entries.set(key, found[3]!)
  }
  return entries
}

function descrOf(value: string, name: string): string {
  if (/^['"]/.test(value)) return value.slice(1, -1)
  fail({
    code: 'npy/unsupported-type',
    place: name,
    problem: 'its elements are records of several fields',
    expected: 'plain numbers',
    remedy: "Save one field, e.g. x['field'].",
  })
}

function booleanOf(value: string, name: string): boolean {
  if (value !== 'True' && value !== 'False') failHeader(name, `'fortran_order' is ${value}`)
  return value === 'True'
}

function shapeOf(value: string, name: string): number[] {
  const inner = /^\((.*)\)$/.exec(value)?.[1]?.trim()
  // Python 2 wrote lengths as `16L`; a tuple of one ends with a comma.
  const parts = inner === undefined ? undefined : inner === '' ? [] : inner.replace(/,$/, '').split(',')
  const shape = parts?.map(part => (/^\s*\d{1,16}L?\s*$/.test(part) ? Number.parseInt(part, 10) : -1))
  if (shape === undefined || shape.some(length => length < 0 || !Number.isSafeInteger(length))) {
    failHeader(name, `'shape' is ${value}`)
  }
  if (shape.length > maxRank) failHeader(name, `'shape' has ${shape.length} axes`)
  return shape
}

/** The header of `name` is not one that NumPy writes. */
export function failHeader(name: string, problem: string): never {
  fail({
    code: 'npy/bad-header',
    place: name,
    problem: `the header cannot be read: ${problem}`,
    expected: "{'descr': …, 'fortran_order': …, 'shape': …}",
    remedy: 'Write the file again with numpy.save.',
  })
}
