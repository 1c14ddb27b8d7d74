// Every student on five splits of the pulses, each with a teacher that learned from the same rows as it: how much of a
// figure is the split's. Some minutes; `npx tsx examples/real-pulses/splits.ts`, after `npm run build`.
import { compressNetwork, trainModel } from 'lutra/node'
import eightBits from './lutra.config.ts'
import small from './small.config.ts'
import smallest from './smallest.config.ts'

const folder = 'lutra-out/real-pulses'
const students = [eightBits, small, smallest].map(({ compress }) => compress as object)
const found = new Map<string, number[]>()

function note(name: string, metrics: { kind: string; accuracy?: number }): void {
  found.set(name, [...(found.get(name) ?? []), 100 * (metrics.accuracy ?? 0)])
}

for (const seed of [1, 2, 3, 4, 5]) {
  const out = `${folder}/${seed}`
  const trained = await trainModel({ project: { ...eightBits.train, seed, out: `${out}/teacher` } as never })
  note('teacher', trained.report.metrics)
  for (const [k, own] of students.entries()) {
    const project = { ...own, teacher: trained.model, seeds: 1, seed, out: `${out}/${k}` }
    const { report } = await compressNetwork({ project: project as never })
    note(report.students[0]!.name, report.students[0]!.metrics)
  }
}

for (const [name, values] of found) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / (values.length - 1))
  const each = values.map(value => value.toFixed(2)).join(' ')
  console.log(`${name}: ${mean.toFixed(2)} ± ${deviation.toFixed(2)} % (${each})`)
}
