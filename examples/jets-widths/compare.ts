// One front of trained widths against four networks of a single width each, in LUTs after synthesis:
// `npx tsx examples/jets-widths/compare.ts`. Writes comparison.json and comparison.svg and prints the tables. What was
// trained or built before is taken over; with --draw, comparison.svg alone is drawn, from comparison.json. Of the front those networks are built that are the cheapest as accurate as one of the
// four on the validation rows, besides both ends and one between.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type CompressResult, compressNetwork } from '../../src/node/index.ts'
import { roundAxis } from '../../src/report/line-chart.ts'
import { grouped } from '../../src/report/plain-text.ts'
import { scatterChart } from '../../src/report/scatter-chart.ts'
import { svgFile } from '../../src/report/svg-file.ts'
import { data, training, uniform } from './networks.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const say = (name: string) => (text: string) => console.log(`${name}: ${text}`)
const bitsTried = [3, 4, 6, 8]

interface Network {
  readonly name: string
  readonly folder: string
  readonly file: string
  readonly validation: number
  readonly test: number
  readonly bitOperations: number
}

interface Built extends Network {
  readonly lut: number
  readonly ff: number
  readonly latencyCycles: number
  /** Of 1000 test rows, simulated. */
  readonly hardware: number
}

function networksOf({ report }: CompressResult, folder: string): Network[] {
  const { history, bestEpoch } = report.training
  return report.students.map(({ name, file, at, metrics, costs }) => ({
    name,
    folder,
    file: file ?? 'model.h5',
    validation: history[(at ?? bestEpoch) - 1]!.validationAccuracy!,
    test: metrics.kind === 'classes' ? metrics.accuracy : 0,
    bitOperations: costs!.bitOperations,
  }))
}

async function trainUniform(bits: number): Promise<Network[]> {
  const out = `uniform-${bits}`
  const project = { ...data, ...training, student: uniform(bits), epochs: 60, out: here(out) }
  const options = { project, resume: true, onProgress: say(out) }
  return networksOf(await compressNetwork(options), out)
}

/**
 * By rising cost: the ends, the first of more than half the most cost, and for each of the others the cheapest that is
 * as accurate on the validation rows.
 */
function chosen(front: readonly Network[], others: readonly Network[]): Network[] {
  const cheapest = others.map(other => front.find(({ validation }) => validation >= other.validation))
  const last = front.at(-1)!
  const middle = front.find(({ bitOperations }) => 2 * bitOperations > last.bitOperations)
  const wanted = new Set([front[0], middle, ...cheapest, last])
  return front.filter(own => wanted.has(own))
}

async function built(network: Network): Promise<Built> {
  const { folder, file, name } = network
  const out = here(`builds/${name}`)
  const record = `${out}.json`
  if (existsSync(record)) return JSON.parse(readFileSync(record, 'utf8')) as Built
  const { report, resources, good } = await build({
    model: here(`${folder}/${file}`),
    data: [here(`${folder}/X_test.npy`)],
    labels: here(`${folder}/y_test.npy`),
    scaler: here(`${folder}/scaler.json`),
    out,
    roads: ['netlist', 'icarus'],
    onProgress: say(name),
  })
  if (!good) throw new Error(`${name}: the build has findings; see ${out}`)
  const { lut: logic, lutram, srl, ff } = resources!.total
  // As reports count them: those that serve as memory too.
  const lut = logic + lutram + srl
  const hardware = report.accuracy!.hardware!.accuracy
  const result = { ...network, lut, ff, latencyCycles: report.timing!.latencyCycles, hardware }
  writeFileSync(record, `${JSON.stringify(result, undefined, 2)}\n`)
  return result
}

const percent = (value: number) => `${(100 * value).toFixed(2)} %`

function table(networks: readonly Built[]): string {
  const head = ['network', 'accuracy', 'in hardware', 'bit operations', 'LUT', 'FF', 'cycles']
  const rows = networks.map(({ name, test, hardware, bitOperations, lut, ff, latencyCycles }) => [
    name,
    percent(test),
    percent(hardware),
    grouped(bitOperations),
    grouped(lut),
    grouped(ff),
    `${latencyCycles}`,
  ])
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

const testRows = 20_000
/** As accurate, to one standard deviation of what so many rows can tell. */
const isAsAccurate = (own: number, other: number) =>
  own >= other - Math.sqrt((other * (1 - other)) / testRows)

/** For each network of one width the smallest of the front that is as accurate. */
function pairs(uniforms: readonly Built[], front: readonly Built[]): string {
  return uniforms
    .map(own => {
      const equal = front.filter(({ test }) => isAsAccurate(test, own.test))
      const least = equal.reduce<Built | undefined>(
        (a, b) => (a === undefined || b.lut < a.lut ? b : a),
        undefined,
      )
      return least === undefined
        ? `| ${own.name} | ${percent(own.test)} | ${grouped(own.lut)} | none as accurate | – | – |`
        : `| ${own.name} | ${percent(own.test)} | ${grouped(own.lut)} | ${least.name}, ${percent(least.test)} | ${grouped(least.lut)} | ${(own.lut / least.lut).toFixed(2)} |`
    })
    .join('\n')
}

function drawing(front: readonly Built[], uniforms: readonly Built[]): string {
  const point = ({ lut, test, name }: Built) => ({
    x: lut,
    y: 100 * test,
    label: `${name.replace(/^\w+-0*/, '')} bit`,
  })
  const all = [...front, ...uniforms].map(point)
  const byLut = (list: readonly Built[]) => [...list].sort((a, b) => a.lut - b.lut).map(point)
  const chart = scatterChart({
    description: 'Accuracy of networks of trained widths and of one width each, against their LUTs',
    series: [
      { ink: 'main', shape: 'circle', joined: true, points: byLut(front).map(({ x, y }) => ({ x, y })) },
      { ink: 'second', shape: 'square', joined: true, points: byLut(uniforms) },
    ],
    x: roundAxis([0, ...all.map(({ x }) => x)], 'LUT', { zero: true }),
    y: roundAxis(
      all.map(({ y }) => y),
      'accuracy in %: circles with trained widths, squares with one',
    ),
  })
  return svgFile('Jets: trained widths against one width', chart)
}

const drawn = here('comparison.svg')
if (process.argv.includes('--draw')) {
  const known = JSON.parse(readFileSync(here('comparison.json'), 'utf8')) as Record<string, Built[]>
  writeFileSync(drawn, drawing(known.front!, known.uniform!))
  process.exit()
}
const front = networksOf(
  await compressNetwork({ config: here('lutra.config.ts'), resume: true, onProgress: say('front') }),
  'front',
)
const uniforms: Network[] = []
for (const bits of bitsTried) uniforms.push(...(await trainUniform(bits)))
const [ones, trained]: [Built[], Built[]] = [[], []]
for (const network of uniforms) ones.push(await built(network))
for (const network of chosen(front, uniforms)) trained.push(await built(network))
const text = [
  table([...ones, ...trained]),
  '',
  '| one width | accuracy | LUT | as accurate, of the front | LUT | times smaller |',
  '|---|---|---|---|---|---|',
  pairs(ones, trained),
  '',
].join('\n')
writeFileSync(here('comparison.json'), `${JSON.stringify({ uniform: ones, front: trained }, undefined, 2)}\n`)
writeFileSync(drawn, drawing(trained, ones))
console.log(text)
