// How often sketched products give the stages that solved ones do: the latency of every unfolded network of
// estimate-designs.ts, sketched and solved, at eleven clocks on two families. Networks whose products `lutra estimate`
// would solve itself are told apart: they are exact there.
//
//   npx tsx bench/estimate-timing.ts [name …]

import { lowerCells } from '../src/backends/verilog/lower-graph.ts'
import { formsOf, wholeGraph } from '../src/backends/verilog/parts.ts'
import { isQuicklySolved } from '../src/backends/verilog/sketch-part.ts'
import { CompileError } from '../src/diagnostics/diagnostic.ts'
import { type ProductSketch, sketchSolver } from '../src/estimate/sketch-product.ts'
import { chooseCarryOperands } from '../src/netlist/carry-operand.ts'
import { delayModelOf, stageOverheadNs } from '../src/netlist/delay.ts'
import type { Netlist } from '../src/netlist/netlist.ts'
import { scheduleEarly, scheduleTask } from '../src/netlist/schedule.ts'
import { useUnsignedAdders } from '../src/netlist/unsigned-adders.ts'
import type { OpGraph } from '../src/ops/typed-node.ts'
import { estimateSubjects } from './estimate-designs.ts'

const clocks = [2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12]
const places = [
  ['xc7', '-1'],
  ['xcup', '-2'],
] as const

interface Both {
  readonly sketched: Netlist
  readonly solved: Netlist
  readonly isQuick: boolean
}

function lowerBoth(graph: OpGraph): Both {
  const [forms, part] = [formsOf(graph), wholeGraph(graph)]
  const sketches: ProductSketch[] = []
  const solver = sketchSolver(sketch => sketches.push(sketch))
  const [sketched, solved] = [{ dsp: true, solver }, { dsp: true }].map(options =>
    chooseCarryOperands(useUnsignedAdders(lowerCells(graph, forms, part, options).combinational)),
  )
  return { sketched: sketched!, solved: solved!, isQuick: isQuicklySolved(sketches) }
}

/** Cycles that the sketch has more than the solved netlist, by clock and family. */
function differences({ sketched, solved }: Both): number[] {
  return places.flatMap(([family, grade]) => {
    const model = delayModelOf(family, grade)
    const tasks = [scheduleTask(sketched, model), scheduleTask(solved, model)]
    return clocks.map(clock => {
      const [own, built] = tasks.map(
        task => scheduleEarly(task, clock - stageOverheadNs(family, grade)).latency,
      )
      return own! - built!
    })
  })
}

const words = process.argv.slice(2)
const done = new Set<string>()
const all = { quick: [] as number[], other: [] as number[] }
for (const { name, typed } of estimateSubjects()) {
  const network = name.split(',')[0]!
  if (done.has(network) || / Resource |resource|folded|a sample/.test(network)) continue
  if (words.length > 0 && !words.some(word => name.includes(word))) continue
  done.add(network)
  try {
    const both = lowerBoth(await typed())
    const found = differences(both)
    all[both.isQuick ? 'quick' : 'other'].push(...found)
    const off = found.filter(cycles => cycles !== 0)
    console.log(
      `${network}${both.isQuick ? ', solved' : ''}: off ${off.length} of ${found.length}${off.length > 0 ? `: ${off.join(' ')}` : ''}`,
    )
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    console.log(`${network}: ${problem.message}`)
  }
}
for (const [title, list] of Object.entries(all)) {
  const share = (most: number) =>
    ((100 * list.filter(cycles => Math.abs(cycles) <= most).length) / list.length).toFixed(0)
  console.log(
    `${title === 'quick' ? 'networks that are solved anyway' : 'networks that are sketched'}: of ${list.length} latencies the sketch's is exact on ${share(0)} %, within a cycle on ${share(1)} %`,
  )
}
