// Fits the figures of src/estimate/fitted.ts that stand for LUTs a bit and for registers within sketched trees, on the
// counts in estimate-record.json: of the networks in the fit set alone, every other one by name (estimate-designs.ts).
// Prints the figures, to be put into fitted.ts by hand, and how far off estimates with them are, by set.
//
//   npx tsx bench/fit-estimate.ts [--registers | --sharing]
//
// --registers tries powers for registers within sketched trees. --sharing fits what the optimiser's sharing leaves instead, on random matrices that it solves here: ten minutes or so.

import { parseArgs } from 'node:util'
import { tallyDesign } from '../src/backends/verilog/estimate-design.ts'
import { type FeatureName, featureNames } from '../src/estimate/cell-features.ts'
import { lutsPerBit } from '../src/estimate/fitted.ts'
import { recordedCounts } from './estimate.ts'
import { caseGraph, designOptions, estimateSubjects, isFitted } from './estimate-designs.ts'
import { fitSharing } from './fit-sharing.ts'

/** A layer: bits of logic by kind, what is certain, and what was counted. */
interface Row {
  readonly design: string
  readonly fitted: boolean
  readonly bits: Readonly<Record<FeatureName, number>>
  readonly certain: number
  readonly counted: number
}

async function rowsOfDesigns(): Promise<Row[]> {
  const record = recordedCounts()
  const rows: Row[] = []
  for (const subject of estimateSubjects()) {
    const counted = record[subject.name]
    if (counted === undefined) continue
    const { tally } = tallyDesign(await subject.typed(), designOptions(subject))
    for (const [layer, { bits, lutram }] of tally.layers) {
      const [lut] = counted.layers[layer] ?? [0]
      if (layer !== '' && lut > 0)
        rows.push({
          design: subject.name,
          fitted: isFitted(subject.name),
          bits,
          certain: lutram,
          counted: lut,
        })
    }
  }
  return rows
}

/** Counted as wholes by bench/designs.ts, and too long in synthesis for the record: sums by columns, which no other has. */
const wholes = [{ name: 'jet_mlp_model_gran', part: 'xcu250-figd2104-2L-e', clockNs: 5, lut: 88_653 }]

async function rowsOfWholes(): Promise<Row[]> {
  return Promise.all(
    wholes.map(async ({ name, part, clockNs, lut }) => {
      const { tally } = tallyDesign(await caseGraph(name), designOptions({ name, part, clockNs }))
      const layers = [...tally.layers.values()]
      const bits = { ...byStructure }
      for (const kind of featureNames) bits[kind] = layers.reduce((sum, own) => sum + own.bits[kind], 0)
      const certain = layers.reduce((sum, own) => sum + own.lutram, 0)
      return { design: name, fitted: isFitted(name), bits, certain, counted: lut }
    }),
  )
}

const estimateOf = ({ bits, certain }: Row, figures: Readonly<Record<FeatureName, number>>) =>
  featureNames.reduce((sum, name) => sum + bits[name] * figures[name], certain)

/** What a bit would take by what a LUT of six inputs holds: where the fit begins, and what it keeps to without data. */
const byStructure: Readonly<Record<FeatureName, number>> = {
  met: 1,
  repeated: 1,
  constant: 0.5,
  mask: 1,
  row: 0.5,
  reset: 0,
  choice: 0.5,
  select: 1,
  absorbed: 0,
  condition: 0.5,
  compare: 1,
  limit: 0.5,
  equal: 0.2,
  parity: 0.5,
  majority: 0.5,
  parityInside: 0,
  majorityInside: 0,
  scaled: 2,
  table: 1,
  product: 1,
}

/**
 * Figures of least Σ (share of its design's LUTs · (estimate / counted − 1)²) over layers, none below zero: coordinate by
 * coordinate, each held to its present figure as by one layer that is a hundredth of a design.
 */
function fitFigures(rows: readonly Row[]): Record<FeatureName, number> {
  const totals = new Map<string, number>()
  for (const { design, counted } of rows) totals.set(design, (totals.get(design) ?? 0) + counted)
  const weights = rows.map(({ design, counted }) => counted / totals.get(design)!)
  const figures: Record<FeatureName, number> = { ...byStructure }
  const largest = (name: FeatureName) => Math.max(...rows.map(({ bits, counted }) => bits[name] / counted))
  for (let round = 0; round < 2000; round++) {
    for (const name of featureNames) {
      const most = largest(name)
      const hold = 0.01 * most * most
      let [above, below] = [hold * byStructure[name], hold]
      rows.forEach((row, k) => {
        const x = row.bits[name] / row.counted
        const rest = estimateOf(row, figures) / row.counted - x * figures[name]
        above += weights[k]! * x * (1 - rest)
        below += weights[k]! * x * x
      })
      if (below > 0) figures[name] = Math.max(0, above / below)
    }
  }
  return figures
}

/** How far off whole designs are, of their layers alone. */
function offsOf(rows: readonly Row[], figures: Readonly<Record<FeatureName, number>>): number[] {
  const sums = new Map<string, [estimate: number, counted: number]>()
  for (const row of rows) {
    const [estimate, counted] = sums.get(row.design) ?? [0, 0]
    sums.set(row.design, [estimate + estimateOf(row, figures), counted + row.counted])
  }
  return [...sums.values()]
    .map(([estimate, counted]) => Math.abs(estimate / counted - 1))
    .sort((a, b) => a - b)
}

function summary(title: string, offs: readonly number[]): string {
  const at = (part: number) => `${(100 * (offs[Math.ceil(part * offs.length) - 1] ?? 0)).toFixed(1)} %`
  return `${title}, ${offs.length} designs: LUT median ${at(0.5)}, nine of ten ${at(0.9)}`
}

/** Flip-flops of every design in the set, for a power of what sharing leaves: half of the designs are off by less. */
async function registersOff(registers: number, isInSet: (name: string) => boolean): Promise<number[]> {
  const record = recordedCounts()
  const offs: number[] = []
  for (const subject of estimateSubjects()) {
    const counted = record[subject.name]
    if (counted === undefined || !isInSet(subject.name)) continue
    const { tally } = tallyDesign(await subject.typed(), designOptions(subject), registers)
    if (!tally.isSketched) continue
    const ff = [...tally.layers.values()].reduce((sum, own) => sum + own.ff, 0)
    offs.push(Math.abs(ff / counted.ff - 1))
  }
  return offs.sort((a, b) => a - b)
}

async function fitRegisters(): Promise<void> {
  for (const registers of [0.2, 0.4, 0.6, 0.8, 1, 1.2]) {
    const offs = await registersOff(registers, isFitted)
    const mean = offs.reduce((sum, off) => sum + off, 0) / offs.length
    console.log(
      `registers ${registers}: FF of ${offs.length} sketched designs in the fit set off by ${(100 * mean).toFixed(1)} % on the mean`,
    )
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { sharing: { type: 'boolean', default: false }, registers: { type: 'boolean', default: false } },
  })
  if (values.sharing) return fitSharing()
  if (values.registers) return fitRegisters()
  const rows = [...(await rowsOfDesigns()), ...(await rowsOfWholes())]
  const fit = rows.filter(({ fitted }) => fitted)
  const held = rows.filter(({ fitted }) => !fitted)
  const figures = fitFigures(fit)
  console.log('kind: bits in the fit set, LUTs a bit now, fitted')
  for (const name of featureNames) {
    const bits = fit.reduce((sum, row) => sum + row.bits[name], 0)
    console.log(`${name}: ${Math.round(bits)}, ${lutsPerBit[name]}, ${figures[name].toFixed(2)}`)
  }
  for (const [title, set] of [
    ['fit set', fit],
    ['held out', held],
  ] as const) {
    console.log(summary(`${title}, figures now`, offsOf(set, lutsPerBit)))
    console.log(summary(`${title}, fitted`, offsOf(set, figures)))
  }
}

await main()
