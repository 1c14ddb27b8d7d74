// Import of the largest public models against reading their bytes: `npm run build && npx tsx bench/import-time.ts
// [--models 5] [--rounds 20]`.
//
// reading: the file from the disk's cache, every byte looked at. import: from these bytes to the float graph, weights as
// doubles; the first one in this process, with what is loaded and compiled on the way, and the best of the rounds.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { loadavg } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { printTable } from '../src/report/text-table.ts'

const { values: flags } = parseArgs({
  options: { models: { type: 'string', default: '5' }, rounds: { type: 'string', default: '20' } },
})
const folder = resolve(import.meta.dirname, '../../shared/reference/real')
const { importModel } = (await import(
  new URL('../dist/frontends/index.js', import.meta.url).href
)) as typeof import('../src/frontends/index.ts')

const isModel = (path: string) => /\.(h5|keras|onnx)$/.test(path) && !/weights/.test(basename(path))

function largest(count: number): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(isModel)
    .map(path => join(folder, path))
  return all.sort((a, b) => statSync(b).size - statSync(a).size).slice(0, count)
}

/** Milliseconds. */
async function timed(run: () => unknown): Promise<number> {
  const begin = performance.now()
  await run()
  return performance.now() - begin
}

function readWhole(path: string): number {
  return readFileSync(path).reduce((sum, byte) => (sum + byte) | 0, 0)
}

async function measure(path: string): Promise<string[]> {
  const bytes = new Uint8Array(readFileSync(path))
  const name = basename(path)
  const first = await timed(() => importModel([{ name, bytes }]))
  const best = { read: Number.POSITIVE_INFINITY, imported: Number.POSITIVE_INFINITY }
  for (let round = 0; round < Number(flags.rounds); round++) {
    best.read = Math.min(best.read, await timed(() => readWhole(path)))
    best.imported = Math.min(best.imported, await timed(() => importModel([{ name, bytes }])))
  }
  const { nodes, store } = await importModel([{ name, bytes }])
  const weights = [...store.values()].reduce(
    (sum, own) => sum + (own.form === 'float' ? own.data.length : own.raw.length),
    0,
  )
  const shown = (ms: number) => ms.toFixed(1)
  return [
    name,
    `${(bytes.length / 1000).toFixed(0)}`,
    `${nodes.length}`,
    `${weights}`,
    shown(best.read),
    shown(first),
    shown(best.imported),
    (best.imported / best.read).toFixed(1),
  ]
}

const rows: string[][] = []
for (const path of largest(Number(flags.models)))
  rows.push(await measure(path).catch(problem => [basename(path), `failed: ${problem}`]))
console.log(`best of ${flags.rounds} rounds, ms; load ${loadavg()[0]!.toFixed(1)}`)
console.log(
  printTable({
    head: ['', 'kB', 'nodes', 'weights', 'reading', 'first import', 'import', 'import to reading'],
    groups: [rows],
  }),
)
