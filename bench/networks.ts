// The reference networks through the whole tool: built from integers, checked on every vector, counted and, asked so,
// synthesised. Beside each figure stands what da4ml's network takes and the ratio of the two.
//
//   npx tsx bench/networks.ts [--synth] [--verilator] [name …]

import { performance } from 'node:perf_hooks'
import { corePorts, lowerDatapath } from '../src/backends/verilog/lower-graph.ts'
import { createFixedEngine, toNumbers } from '../src/engines/fixed/fixed.ts'
import type { ResourceCount } from '../src/estimate/cell-counts.ts'
import { buildDesign } from '../src/index.ts'
import { nodeNamed } from '../src/ir/graph.ts'
import { verifyDesign } from '../src/node/verify-design.ts'
import type { OpGraph } from '../src/ops/typed-node.ts'
import { partitionByLayer } from '../src/rtl/partition.ts'
import { printVerilogProject } from '../src/rtl/print-module.ts'
import { diskCache } from '../src/tools/cache.ts'
import { synthesise } from '../src/tools/yosys/synthesise.ts'
import { type AdderCount, countAdders } from './count-adders.ts'
import { type Anchor, type ReferenceNetwork, referenceNetworks } from './reference-networks.ts'

interface Row {
  readonly name: string
  readonly seconds: number
  readonly rows: number
  readonly wrong: number
  readonly roads: string
  readonly adders: AdderCount
  readonly resources: ResourceCount | undefined
  readonly anchor: Anchor | undefined
}

async function run(reference: ReferenceNetwork, flags: ReadonlySet<string>): Promise<Row> {
  const start = performance.now()
  const model = reference.define()
  const datapath = lowerDatapath(model.typed, { clockNs: 5, family: 'xcu', name: 'core' })
  const seconds = (performance.now() - start) / 1000
  const { rows, x, y } = reference.vectors()
  const batch = { rows, shape: [x.length / rows], data: x }
  const output = nodeNamed(model.typed, model.typed.outputs[0]!)
  const got = toNumbers(output, createFixedEngine(model.typed).run([batch], [output.name]).get(output.name)!)
  const wrong = got.reduce((count, value, k) => count + (value === y[k] ? 0 : 1), 0)
  const design = buildDesign(model.typed, { project: 'tagger', clockNs: 5, family: 'xcu' })
  const verification = await verifyDesign(model, design, [batch], {
    roads: flags.has('--verilator') ? ['netlist', 'verilator'] : ['netlist'],
  })
  return {
    name: reference.name,
    seconds,
    rows,
    wrong,
    roads: verification.equal && verification.timingHolds ? 'equal' : 'DIFFERENT',
    adders: countAdders(datapath.mapped),
    resources: flags.has('--synth') ? await lutsOf(model.typed, reference.name) : undefined,
    anchor: reference.anchor,
  }
}

/** The core without registers, as the anchors were counted. */
async function lutsOf(graph: OpGraph, name: string): Promise<ResourceCount> {
  const { mapped } = lowerDatapath(graph, { clockNs: 1e6, family: 'xcu', name: 'core' })
  const core = partitionByLayer(mapped, 'core', corePorts(graph))
  const result = await synthesise({
    modules: [{ name, top: 'core', files: printVerilogProject(core).files }],
    family: 'xcu',
    cache: diskCache('.lutra/cache'),
    timeoutMs: 3_600_000,
  })
  return result.total
}

const ratio = (own: number, other: number | undefined) =>
  other === undefined ? '' : ` ${(own / other).toFixed(3)}`

function print(row: Row): void {
  const { adders, resources, anchor } = row
  const cells = [
    row.name.padEnd(13),
    `${row.seconds.toFixed(2)} s`,
    row.wrong === 0 ? `${row.rows} exact` : `${row.wrong} WRONG`,
    row.roads,
    `${adders.adders} adders`,
    `${adders.bits} bits${ratio(adders.bits, anchor?.bits)}`,
    `+${adders.constantBits} constant`,
    `depth ${adders.depth}${anchor === undefined ? '' : ` (${anchor.depth})`}`,
  ]
  if (resources !== undefined)
    cells.push(
      `${resources.lut} LUT${ratio(resources.lut, anchor?.lut)}`,
      `${resources.inv} INV`,
      `${resources.carry4} CARRY4`,
    )
  console.log(cells.join(' | '))
}

function printMean(rows: readonly Row[]): void {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const compared = rows.flatMap(row => (row.anchor === undefined ? [] : [{ ...row, anchor: row.anchor }]))
  const bits = mean(compared.map(({ adders, anchor }) => adders.bits / anchor.bits))
  const luts = compared.flatMap(({ resources, anchor }) =>
    resources === undefined ? [] : [resources.lut / anchor.lut],
  )
  console.log(
    `mean ratio: bits ${bits.toFixed(3)}${luts.length === 0 ? '' : `, LUT ${mean(luts).toFixed(3)}, worst ${Math.max(...luts).toFixed(3)}`}`,
  )
}

const flags = new Set(process.argv.slice(2).filter(word => word.startsWith('--')))
const asked = process.argv.slice(2).filter(word => !word.startsWith('--'))
const all = referenceNetworks()
if (all === undefined) console.log('skipped: no reference data beside the project')
else {
  const rows: Row[] = []
  for (const reference of all) {
    if (asked.length > 0 && !asked.some(word => reference.name.startsWith(word))) continue
    rows.push(await run(reference, flags))
    print(rows.at(-1)!)
  }
  printMean(rows)
}
