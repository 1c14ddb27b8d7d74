// Estimates beside what Yosys counted: LUT, FF, DSP, BRAM, latency and II of every design in estimate-designs.ts, and how
// far off they are. Counts are kept in estimate-record.json; `--synth` makes those that are missing (minutes each).
//
//   npx tsx bench/estimate.ts [--synth] [--layers] [name …]

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { buildDesign } from '../src/backends/verilog/design.ts'
import { estimateDesign } from '../src/backends/verilog/estimate-design.ts'
import { lutSites } from '../src/estimate/cell-counts.ts'
import type { Cost, DesignEstimate } from '../src/estimate/design-estimate.ts'
import { latencyText } from '../src/estimate/print-estimate.ts'
import { synthesiseDesign } from '../src/node/synthesise-design.ts'
import { designOptions, estimateSubjects, isFitted, type Subject } from './estimate-designs.ts'

/** What a design takes, its layers by name, and its cycles. */
export interface Counted extends Cost {
  readonly latency: number
  readonly interval: number
  readonly layers: Readonly<Record<string, readonly [lut: number, ff: number]>>
}

const file = new URL('estimate-record.json', import.meta.url)

/** Counts by design, as they were made last. */
export function recordedCounts(): Record<string, Counted> {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

async function count(subject: Subject): Promise<Counted> {
  const options = designOptions(subject)
  const design = buildDesign(await subject.typed(), options)
  const { total, layers, complete } = await synthesiseDesign(design, {
    family: options.family,
    threads: 1,
    timeoutMs: 3_600_000,
  })
  if (!complete) throw new Error(`${subject.name}: not all modules were synthesised`)
  const { ff, dsp, bram18 } = total
  return {
    lut: lutSites(total),
    ff,
    dsp,
    bram18,
    latency: design.top.latency,
    interval: design.top.interval,
    layers: Object.fromEntries(
      layers.map(({ layer, counts }) => [layer, [lutSites(counts), counts.ff] as const]),
    ),
  }
}

export interface Compared {
  readonly name: string
  /** Whether figures were fitted on it. */
  readonly fitted: boolean
  readonly estimate: DesignEstimate
  readonly counted: Counted
  readonly ms: number
}

/** Estimates every design that was counted and whose name contains one of the words. */
export async function compareAll(words: readonly string[] = []): Promise<Compared[]> {
  const record = recordedCounts()
  const compared: Compared[] = []
  for (const subject of estimateSubjects()) {
    const counted = record[subject.name]
    if (counted === undefined || !isAsked(subject, words)) continue
    const graph = await subject.typed()
    const start = performance.now()
    const estimate = estimateDesign(graph, designOptions(subject))
    const ms = performance.now() - start
    compared.push({ name: subject.name, fitted: isFitted(subject.name), estimate, counted, ms })
  }
  return compared
}

function isAsked({ name }: Subject, words: readonly string[]): boolean {
  return words.length === 0 || words.some(word => name.includes(word))
}

/** Shares by which half, and nine of ten, of the estimates were off at most. */
export function bandOf(
  compared: readonly Compared[],
  key: 'lut' | 'ff',
): readonly [half: number, most: number] {
  const off = compared
    .map(({ estimate, counted }) => Math.abs(estimate.total[key] / counted[key] - 1))
    .sort((a, b) => a - b)
  const at = (part: number) => off[Math.min(off.length - 1, Math.ceil(part * off.length) - 1)] ?? 0
  return [at(0.5), at(0.9)]
}

/** Share of designs for which all of these are exact. */
export function exactShare(compared: readonly Compared[], isExact: (one: Compared) => boolean): number {
  return compared.filter(isExact).length / Math.max(1, compared.length)
}

export const exactTiming = ({ estimate, counted }: Compared) =>
  estimate.latency === counted.latency && estimate.interval === counted.interval

/** Whether the latency told, one or a range of them, has that of the build, and the interval is exact. */
export function holdsTiming({ estimate, counted }: Compared): boolean {
  const [least, most] = estimate.latencyRange ?? [estimate.latency, estimate.latency]
  return least <= counted.latency && counted.latency <= most && estimate.interval === counted.interval
}

async function synthesiseMissing(words: readonly string[]): Promise<void> {
  for (const subject of estimateSubjects()) {
    const record = recordedCounts()
    if (record[subject.name] !== undefined || !isAsked(subject, words)) continue
    const counted = await count(subject)
    writeFileSync(file, `${JSON.stringify({ ...record, [subject.name]: counted }, undefined, 1)}\n`)
    console.log(`counted ${subject.name}: ${counted.lut} LUT, ${counted.ff} FF`)
  }
}

function print(
  { name, fitted, estimate: { total, latency, latencyRange, interval, layers }, counted, ms }: Compared,
  all: boolean,
) {
  const pair = (key: 'lut' | 'ff') =>
    `${total[key].toLocaleString('en')} / ${counted[key].toLocaleString('en')} | ${percent(total[key] / counted[key] - 1)}`
  const exact = (own: number, other: number) => (own === other ? `${own}` : `${own} / ${other}`)
  const cells = [
    name,
    fitted ? 'fit' : 'test',
    pair('lut'),
    pair('ff'),
    exact(total.dsp, counted.dsp),
    exact(total.bram18, counted.bram18),
    latencyRange === undefined
      ? exact(latency, counted.latency)
      : `${latencyText(latencyRange)} / ${counted.latency}`,
    exact(interval, counted.interval),
    ms.toFixed(0),
  ]
  console.log(`| ${cells.join(' | ')} |`)
  if (!all) return
  for (const layer of layers) {
    const [lut, ff] = counted.layers[layer.name] ?? [0, 0]
    console.log(`    ${layer.name} (${layer.kind}): LUT ${layer.lut} / ${lut}, FF ${layer.ff} / ${ff}`)
  }
}

function percent(part: number): string {
  return `${part > 0 ? '+' : ''}${(100 * part).toFixed(1)} %`
}

function summary(title: string, compared: readonly Compared[]): void {
  if (compared.length === 0) return
  const [lut, ff] = [bandOf(compared, 'lut'), bandOf(compared, 'ff')]
  const same = (key: 'dsp' | 'bram18') =>
    percent(exactShare(compared, ({ estimate, counted }) => estimate.total[key] === counted[key]))
  console.log(
    `${title}, ${compared.length} designs: LUT median ${percent(lut[0])}, nine of ten ${percent(lut[1])}; FF ${percent(ff[0])}, ${percent(ff[1])}; exact: latency and II ${percent(exactShare(compared, exactTiming))} (told ${percent(exactShare(compared, holdsTiming))}), DSP ${same('dsp')}, BRAM ${same('bram18')}`,
  )
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { synth: { type: 'boolean', default: false }, layers: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  if (values.synth) await synthesiseMissing(positionals)
  const compared = await compareAll(positionals)
  console.log(
    '| design | | LUT | off | FF | off | DSP | BRAM | latency | II | ms |\n|---|---|---|---|---|---|---|---|---|---|---|',
  )
  for (const one of compared) print(one, values.layers)
  summary(
    'fitted on',
    compared.filter(({ fitted }) => fitted),
  )
  summary(
    'not fitted on',
    compared.filter(({ fitted }) => !fitted),
  )
  summary('all', compared)
}

if (import.meta.filename === process.argv[1]) await main()
