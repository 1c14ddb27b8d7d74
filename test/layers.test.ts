// The layers of the code: which folder may import which, no cycles of values, and a pure core. `ARCHITECTURE.md` says
// what each folder is.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = resolve(import.meta.dirname, '../src')
const base = ['diagnostics', 'fixed']
const graph = [...base, 'ir']
const hardware = [...base, 'wasm', 'netlist', 'rtl', 'hls']
const operators = [...new Set([...graph, ...hardware, 'ops'])]

/** For each folder of `src/`, those it may import besides itself. */
const allowed: Record<string, readonly string[]> = {
  diagnostics: [],
  fixed: ['diagnostics'],
  wasm: ['diagnostics'],
  ir: base,
  netlist: [...base, 'wasm'],
  rtl: [...base, 'netlist'],
  hls: base,
  ops: [...graph, ...hardware],
  builder: operators,
  cmvm: hardware,
  config: operators,
  formats: ['diagnostics'],
  passes: [...operators, 'config'],
  engines: operators,
  estimate: operators,
  frontends: [...operators, 'formats'],
  train: [...operators, 'data', 'estimate', 'formats', 'frontends', 'report'],
  data: ['diagnostics', 'formats'],
  backends: [...operators, 'estimate', 'formats'],
  boards: [...hardware, 'estimate', 'formats', 'report'],
  report: [...operators, 'estimate'],
  assess: [...operators, 'boards', 'engines', 'estimate', 'report', 'search'],
  profile: [...operators, 'engines', 'estimate', 'report', 'search', 'compile.ts'],
  'compile.ts': [...operators, 'config', 'passes'],
  search: [...operators, 'config', 'passes', 'engines', 'estimate', 'report', 'compile.ts'],
  check: [
    ...operators,
    'config',
    'passes',
    'engines',
    'estimate',
    'compile.ts',
    'profile',
    'search',
    'report',
  ],
  tools: [...operators, 'engines', 'estimate'],
  'version.ts': [],
  'index.ts': [
    ...operators,
    'cmvm',
    'data',
    'builder',
    'config',
    'passes',
    'engines',
    'estimate',
    'frontends',
    'backends',
    'boards',
    'report',
    'profile',
    'formats',
    'compile.ts',
    'search',
    'train',
    'version.ts',
  ],
  node: [
    ...operators,
    'assess',
    'check',
    'cmvm',
    'data',
    'builder',
    'config',
    'passes',
    'engines',
    'estimate',
    'frontends',
    'formats',
    'backends',
    'boards',
    'report',
    'profile',
    'compile.ts',
    'search',
    'tools',
    'train',
    'version.ts',
  ],
  cli: ['diagnostics', 'node', 'version.ts'],
}

/** Folders that may reach files, processes, clocks and chance. */
const rim = new Set(['tools', 'node', 'cli'])

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'testing' ? [] : filesOf(path)
    return path.endsWith('.ts') && !path.endsWith('.test.ts') ? [path] : []
  })
}

const files = filesOf(source)
const areaOf = (path: string) => relative(source, path).split('/')[0]!

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8')
  const pattern = /^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
  return [...text.matchAll(pattern)].map(([, typeOnly, to]) => ({
    from: path,
    to: to!,
    typeOnly: typeOnly !== undefined,
  }))
}

const imports = files.flatMap(importsOf)
const inner = imports
  .filter(({ to }) => to.startsWith('.'))
  .map(({ from, to, typeOnly }) => ({ from, to: resolve(dirname(from), to), typeOnly }))

describe('layers', () => {
  it('imports only what stands left of it', () => {
    const wrong = inner.filter(
      ({ from, to }) => areaOf(from) !== areaOf(to) && !allowed[areaOf(from)]?.includes(areaOf(to)),
    )
    expect(wrong.map(({ from, to }) => `${relative(source, from)} → ${relative(source, to)}`)).toEqual([])
  })

  it('is told by ARCHITECTURE.md in an order in which each imports only what stands above it', () => {
    const page = readFileSync(resolve(source, '../ARCHITECTURE.md'), 'utf8')
    const told = [...page.matchAll(/^\| \[src\/([a-z.]+)\]/gm)].map(([, name]) => name!)
    const known = Object.keys(allowed).filter(name => !['index.ts', 'version.ts'].includes(name))
    expect([...told].sort()).toEqual(known.sort())
    const below = told.flatMap((name, at) =>
      (allowed[name] ?? [])
        .filter(other => other !== 'version.ts' && told.indexOf(other) > at)
        .map(other => `${name} → ${other}`),
    )
    expect(below).toEqual([])
  })

  it('keeps operators apart: none imports another', () => {
    const operatorOf = (path: string) => /^ops\/([^/]+)\//.exec(relative(source, path))?.[1]
    const wrong = inner.filter(
      ({ from, to }) => operatorOf(from) && operatorOf(to) && operatorOf(from) !== operatorOf(to),
    )
    expect(wrong.map(({ from, to }) => `${relative(source, from)} → ${relative(source, to)}`)).toEqual([])
  })

  it('has no cycle of value imports', () => {
    const edges = new Map(
      files.map(file => [
        file,
        inner.filter(({ from, typeOnly }) => from === file && !typeOnly).map(({ to }) => to),
      ]),
    )
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].map(name => relative(source, name)).join(' → '))
        return
      }
      state.set(file, 'open')
      for (const next of edges.get(file) ?? []) visit(next, [...path, file])
      state.set(file, 'done')
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })

  it('reaches files, processes, clocks and chance only at the rim', () => {
    const core = files.filter(file => !rim.has(areaOf(file)))
    const impure = core.filter(file => {
      const text = readFileSync(file, 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
      // libhdf5 stamps data sets with the time; its writer stands the clock still for that moment.
      const clock = file.endsWith('formats/hdf5/write.ts')
        ? /performance\.now/
        : /\bDate\.now|new Date\(\)|performance\.now/
      return /from 'node:|process\.env|Math\.random\(/.test(text) || clock.test(text)
    })
    expect(impure.map(file => relative(source, file))).toEqual([])
  })
})
