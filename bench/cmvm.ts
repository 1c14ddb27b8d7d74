// Constant matrix products, measured: `npm run bench:cmvm [published] [seeds] [growth]`, all three by default.
//
// published: the twelve matrices of ../shared/reference/cmvm in this one process, beside what da4ml made of them.
// seeds:     matrices of the same kinds from seeds of ours: bits with sharing over bits without.
// growth:    n × n weights of 6 bits; time against size with the exponent fitted; docs/images/cmvm-growth.svg.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MatrixProblem } from '../src/cmvm/problem.ts'
import { solveMatrix, solveWithoutSharing } from '../src/cmvm/solve.ts'
import { randomBits } from '../src/cmvm/vectors.ts'
import { fixedType } from '../src/fixed/types.ts'
import { writeFileAtomic } from '../src/node/files.ts'
import { readTable } from '../src/node/read-data.ts'
import { printTable } from '../src/report/text-table.ts'
import { anchorOf, type Published, publishedResults } from '../test/cmvm/published.ts'
import { referenceFolder } from '../test/support/reference.ts'
import { growthPlot, type Series } from './growth-plot.ts'

const kinds = ['u6', 'g6', 's4'] as const
type Kind = (typeof kinds)[number]
const shapes = [
  [16, 64],
  [64, 32],
  [32, 32],
  [32, 5],
] as const

const int8 = fixedType(true, 8, 0)

function problemOf(values: ArrayLike<number>, rows: number, columns: number): MatrixProblem {
  return {
    weights: { rows, columns, values, frac: 0 },
    inputs: Array.from({ length: rows }, () => int8),
  }
}

interface Solved {
  readonly bits: number
  readonly depth: number
  readonly adders: number
  readonly seconds: number
  /** What a busy machine does not change. */
  readonly processorSeconds: number
  readonly blocks: number
  readonly ratio: number
}

function solve(problem: MatrixProblem, effort?: number): Solved {
  const started = performance.now()
  const before = process.cpuUsage()
  const { figures, graph } = solveMatrix(problem, effort === undefined ? {} : { effort })
  const used = process.cpuUsage(before)
  return {
    ...figures,
    seconds: (performance.now() - started) / 1000,
    processorSeconds: (used.user + used.system) / 1e6,
    blocks: graph.search?.blocks ?? 1,
    ratio: figures.bits / solveWithoutSharing(problem).figures.bits,
  }
}

const show = (value: number, digits: number) => value.toFixed(digits)
const mean = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)

/** Our bits over da4ml's, depth and seconds, matrix by matrix and in total. */
async function benchPublished(): Promise<Map<string, number>> {
  const results = await publishedResults()
  const rows: { readonly one: Published; readonly own: Solved; readonly theirs: Anchor }[] = []
  for (const one of results) {
    const [n, m] = one.shape
    const { data } = await readTable(join(referenceFolder, 'cmvm', `${one.m}_${n}x${m}.npy`))
    rows.push({ one, own: solve(problemOf(data, n, m)), theirs: anchorOf(one) as Anchor })
  }
  const total = (of: (row: (typeof rows)[number]) => number) => rows.reduce((sum, row) => sum + of(row), 0)
  const bits = total(({ own }) => own.bits)
  const theirBits = total(({ theirs }) => theirs.cost)
  console.log('Published matrices: ours beside da4ml at hard_dc 2, adder_size 1\n')
  const head = [
    'matrix',
    'adders',
    'bits',
    'da4ml',
    'ratio',
    'depth',
    'da4ml',
    's',
    'da4ml',
    'to unshared',
    'da4ml',
  ]
  const body = rows.map(({ one, own, theirs }) => [
    `${one.m} ${one.shape.join('x')}`,
    `${own.adders}`,
    `${own.bits}`,
    `${theirs.cost}`,
    show(own.bits / theirs.cost, 3),
    `${own.depth}`,
    `${theirs.depth}`,
    show(own.seconds, 2),
    show(theirs.seconds, 2),
    show(own.ratio, 3),
    show(theirs.cost / one.dummy_no_cse.cost, 3),
  ])
  const sums = [
    'total; mean ratios',
    `${total(({ own }) => own.adders)}`,
    `${bits}`,
    `${theirBits}`,
    show(mean(rows.map(({ own, theirs }) => own.bits / theirs.cost)), 3),
    '',
    '',
    show(
      total(({ own }) => own.seconds),
      2,
    ),
    show(
      total(({ theirs }) => theirs.seconds),
      2,
    ),
    show(mean(rows.map(({ own }) => own.ratio)), 3),
    show(mean(rows.map(({ one, theirs }) => theirs.cost / one.dummy_no_cse.cost)), 3),
  ]
  console.log(printTable({ head, groups: [body, [sums]] }))
  const used = process.cpuUsage()
  console.log(`processor time of this process so far: ${show((used.user + used.system) / 1e6, 1)} s\n`)
  return new Map(rows.map(({ one, own }) => [`${one.m} ${one.shape.join('x')}`, own.ratio]))
}

interface Anchor {
  readonly cost: number
  readonly depth: number
  readonly seconds: number
}

/** A weight of the kind: uniform 6 bits; normal with sigma 8, clipped to 6 bits; 4 bits, half of them zero. */
function weightOf(kind: Kind, next: () => number): number {
  const uniform = () => (next() + 0.5) / 2 ** 32
  switch (kind) {
    case 'u6':
      return Math.floor(uniform() * 64) - 32
    case 'g6': {
      const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
      return Math.max(-32, Math.min(31, Math.round(8 * normal)))
    }
    case 's4':
      return uniform() < 0.5 ? 0 : Math.floor(uniform() * 16) - 8
    default:
      return kind satisfies never
  }
}

function generated(kind: Kind, rows: number, columns: number, seed: number): MatrixProblem {
  const next = randomBits(seed)
  // The first values of a seed look alike from seed to seed.
  for (let k = 0; k < 16; k++) next()
  return problemOf(
    Array.from({ length: rows * columns }, () => weightOf(kind, next)),
    rows,
    columns,
  )
}

const seeds = [101, 202, 303] as const

function benchSeeds(published: ReadonlyMap<string, number>): void {
  console.log(`Bits over bits without sharing: matrices of the same kinds, seeds ${seeds.join(', ')}\n`)
  const all: number[] = []
  const body = kinds.flatMap(kind =>
    shapes.map(([rows, columns]) => {
      const ratios = seeds.map(seed => solve(generated(kind, rows, columns, seed)).ratio)
      all.push(...ratios)
      const own = published.get(`${kind} ${rows}x${columns}`)
      const name = `${kind} ${rows}x${columns}`
      return [
        name,
        ...ratios.map(ratio => show(ratio, 3)),
        show(mean(ratios), 3),
        own === undefined ? '' : show(own, 3),
      ]
    }),
  )
  const known = [...published.values()]
  const last = [
    'mean',
    ...seeds.map(() => ''),
    show(mean(all), 3),
    known.length === 0 ? '' : show(mean(known), 3),
  ]
  const head = ['kind', ...seeds.map(seed => `seed ${seed}`), 'mean', 'published']
  console.log(printTable({ head, groups: [body, [last]] }))
}

const sizes = [8, 16, 32, 64, 128, 256] as const

async function benchGrowth(): Promise<void> {
  // What the first calls take to be compiled is no part of the growth.
  solve(generated('u6', 32, 32, 1))
  const measure = (name: string, effort: number): Series => ({
    name,
    points: sizes.map(size => {
      const { processorSeconds, ratio, blocks } = solve(generated('u6', size, size, 7), effort)
      console.error(`${name}, n = ${size}: ${show(processorSeconds, 3)} s`)
      return { size, seconds: processorSeconds, ratio, blocks }
    }),
  })
  const series = [measure('one pass (effort 0)', 0), measure('default (effort 1)', 1)]
  console.log('Growth: n × n weights of 6 bits, uniform; seconds of processor time\n')
  const head = ['n', 'blocks', ...series.flatMap(({ name }) => [`s, ${name}`, 'to unshared'])]
  const body = sizes.map((size, k) => [
    `${size}`,
    `${series[0]!.points[k]!.blocks}`,
    ...series.flatMap(({ points }) => [show(points[k]!.seconds, 3), show(points[k]!.ratio, 3)]),
  ])
  console.log(printTable({ head, groups: [body] }))
  for (const one of series) console.log(`${one.name}: time ~ n^${show(exponentOf(one), 2)}`)
  await writeFileAtomic(
    'docs/images/cmvm-growth.svg',
    growthPlot(series.map(one => ({ ...one, exponent: exponentOf(one) }))),
  )
  console.log('\nplot: docs/images/cmvm-growth.svg')
}

/** The slope of log seconds over log n by least squares, from the size on where a run takes over 20 ms. */
function exponentOf({ points }: Series): number {
  const used = points.filter(({ seconds }) => seconds > 0.02)
  const x = used.map(({ size }) => Math.log(size))
  const y = used.map(({ seconds }) => Math.log(seconds))
  const [mx, my] = [x, y].map(list => list.reduce((sum, value) => sum + value, 0) / list.length) as [
    number,
    number,
  ]
  const over = x.reduce((sum, value, k) => sum + (value - mx) * (y[k]! - my), 0)
  return over / x.reduce((sum, value) => sum + (value - mx) ** 2, 0)
}

const asked = process.argv.slice(2)
const wants = (part: string) => asked.length === 0 || asked.includes(part)
const unknown = asked.find(part => !['published', 'seeds', 'growth'].includes(part))
if (unknown !== undefined) throw new Error(`no part '${unknown}': published, seeds, growth`)

let ratios: ReadonlyMap<string, number> = new Map()
if (wants('published')) {
  if (existsSync(join(referenceFolder, 'cmvm'))) ratios = await benchPublished()
  else console.log('skipped: no reference data at ../shared/reference/cmvm')
}
if (wants('seeds')) benchSeeds(ratios)
if (wants('growth')) await benchGrowth()
