// Seconds from a typed graph to Verilog text, stage by stage, for the reference dense networks; beside them what da4ml
// took on the same networks, as recorded with them.
//
//   npx tsx bench/lowering.ts [name …]
//
// Seconds are this process's user time, collection and all threads included; the first network also pays for the code
// that the engine has yet to compile. da4ml's are its own: tracing the network, which is where it optimises, and
// writing its Verilog.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { lowerCells, portsOf } from '../src/backends/verilog/lower-graph.ts'
import { formsOf, wholeGraph } from '../src/backends/verilog/parts.ts'
import { lowerAdderGraph } from '../src/netlist/adder-graph.ts'
import { chooseCarryOperands } from '../src/netlist/carry-operand.ts'
import { adderGraphOf } from '../src/netlist/constant-matrix.ts'
import { pipeline } from '../src/netlist/pipeline.ts'
import type { ProductSolver } from '../src/netlist/product-solver.ts'
import { useUnsignedAdders } from '../src/netlist/unsigned-adders.ts'
import { prepareDesign } from '../src/node/hardware.ts'
import type { OpGraph } from '../src/ops/typed-node.ts'
import { bitType } from '../src/rtl/module-builder.ts'
import { partitionByLayer } from '../src/rtl/partition.ts'
import { printVerilogProject } from '../src/rtl/print-module.ts'
import { referenceNetworks } from './reference-networks.ts'

const options = { clockNs: 5, family: 'xcu', name: 'core' } as const
const stages = ['lowering', 'matrices', 'mapping', 'pipelining', 'printing'] as const
type Stage = (typeof stages)[number]

interface Timing {
  readonly seconds: Readonly<Record<Stage, number>>
  readonly cells: number
  readonly characters: number
  readonly ranks: number
}

function userSeconds(): number {
  return process.cpuUsage().user / 1e6
}

/** The optimiser that a builder takes by itself, timed. */
function timedSolver(note: (seconds: number) => void): ProductSolver {
  return {
    columns: (_builder, { columns }, _x, _options, lower) =>
      lower(Array.from({ length: columns }, (_, column) => column)),
    solve: (builder, weights, x, productOptions) => {
      const start = userSeconds()
      const inputs = x.map(net => builder.interval(net))
      const graph = adderGraphOf(weights, inputs, { ...productOptions, effort: 1 })
      note(userSeconds() - start)
      return { nets: lowerAdderGraph(builder, graph, x), search: graph.search }
    },
  }
}

function timeStages(graph: OpGraph): Timing {
  let matrices = 0
  const solver = timedSolver(seconds => {
    matrices += seconds
  })
  const marks = [userSeconds()]
  const done = <T>(result: T): T => {
    marks.push(userSeconds())
    return result
  }
  const part = wholeGraph(graph)
  const { combinational } = done(lowerCells(graph, formsOf(graph), part, { solver }))
  const mapped = done(chooseCarryOperands(useUnsignedAdders(combinational)))
  const made = done(pipeline(mapped, { ...options, grade: undefined, enable: 'ce' }))
  const ports = [{ name: 'ce', direction: 'in', elements: [bitType] } as const, ...portsOf(graph, part)]
  const { files } = done(printVerilogProject(partitionByLayer(made.netlist, 'core', ports)))
  const [lowering, mapping, pipelining, printing] = marks.slice(1).map((mark, k) => mark - marks[k]!)
  return {
    seconds: {
      lowering: lowering! - matrices,
      matrices,
      mapping: mapping!,
      pipelining: pipelining!,
      printing: printing!,
    },
    cells: made.netlist.kind.length,
    characters: Object.values(files).reduce((sum, text) => sum + text.length, 0),
    ranks: made.latency,
  }
}

/** da4ml's seconds for a network, where they were recorded: tracing with optimisation, and writing Verilog. */
function recordedSeconds(name: string): { trace: number; write: number | undefined } | undefined {
  const folder = resolve(import.meta.dirname, '../../shared/reference/cmvm')
  const read = (file: string): Record<string, Record<string, number>> => {
    const parsed = JSON.parse(readFileSync(resolve(folder, file), 'utf8'))
    return Array.isArray(parsed) ? parsed[0] : parsed
  }
  if (!existsSync(folder)) return undefined
  const hgq = read('hgq_results.json')[name.replace('_', '').replace('.', '')]
  if (hgq !== undefined) return { trace: hgq.seconds!, write: undefined }
  const mlp = read('rtl_results.json')[`${name}_dc2`]
  return mlp === undefined ? undefined : { trace: mlp.trace_seconds!, write: mlp.rtl_seconds! }
}

async function graphOf(name: string): Promise<OpGraph> {
  const network = referenceNetworks()?.find(each => each.name === name)
  if (network !== undefined) return network.define().typed
  const folder = `../shared/reference/hls4ml/${name}`
  const files = { model: `${folder}/model.h5`, config: `${folder}/config.json` }
  return (await prepareDesign({ ...files, part: 'xcu250-figd2104-2L-e', clock: 5 })).prepared.compiled.typed
}

function print(name: string, { seconds, cells, characters, ranks }: Timing): void {
  const total = stages.reduce((sum, stage) => sum + seconds[stage], 0)
  const da4ml = recordedSeconds(name)
  const theirs = da4ml === undefined ? undefined : da4ml.trace + (da4ml.write ?? 0)
  const cell = [
    name.padEnd(19),
    ...stages.map(stage => `${stage} ${seconds[stage].toFixed(2)}`),
    `total ${total.toFixed(2)} s`,
    `${cells} cells, ${ranks} ranks, ${Math.round(characters / 1000)} kB`,
  ]
  if (da4ml !== undefined)
    cell.push(
      `da4ml ${theirs!.toFixed(2)} s${da4ml.write === undefined ? ' (Verilog not timed)' : ''}`,
      `ratio ${(total / theirs!).toFixed(2)}`,
    )
  console.log(cell.join(' | '))
}

const dense = ['76.86', '76.61', '76.47', '76.27', '75.99', '75.86'].map(accuracy => `hgq_${accuracy}`)
const all = [...dense, 'mlp_u6', 'mlp_g6', 'mlp_s4', 'mlp_s4_sat3', 'jet_mlp_default', 'jet_mlp_model_gran']
const asked = process.argv.slice(2)
if (referenceNetworks() === undefined) console.log('skipped: no reference data beside the project')
else for (const name of asked.length > 0 ? asked : all) print(name, timeStages(await graphOf(name)))
