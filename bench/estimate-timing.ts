// How often sketched products tell the stages that optimised ones have: the latency of every unfolded network of
// estimate-designs.ts, estimated and of the netlist that is built, at eleven clocks on two families. Estimates that leave
// one latency are told apart from those that leave a range.
//
//   npx tsx bench/estimate-timing.ts [name …]

import { lowerCells } from '../src/backends/verilog/lower-graph.ts'
import { formsOf, wholeGraph } from '../src/backends/verilog/parts.ts'
import { deepCells, latencyBounds } from '../src/backends/verilog/sketch-part.ts'
import { CompileError } from '../src/diagnostics/diagnostic.ts'
import { sketchSolver } from '../src/estimate/sketch-product.ts'
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

interface Told {
  /** Cycles that the estimate has more than the netlist that is built. */
  readonly off: number
  readonly isRange: boolean
  readonly holds: boolean
}

/** The netlist that is built, its sketch, and the sketch with deep trees. */
function lowerAll(graph: OpGraph): readonly Netlist[] {
  const [forms, part] = [formsOf(graph), wholeGraph(graph)]
  const [built, sketched] = [{}, { solver: sketchSolver(() => {}) }].map(options =>
    chooseCarryOperands(useUnsignedAdders(lowerCells(graph, forms, part, options).combinational)),
  )
  return [built!, sketched!, deepCells(graph, forms, part, {})]
}

function comparedTimings(graph: OpGraph): Told[] {
  const netlists = lowerAll(graph)
  return places.flatMap(([family, grade]) => {
    const model = delayModelOf(family, grade)
    const [built, sketched, deep] = netlists.map(netlist => scheduleTask(netlist, model))
    return clocks.map(clock => {
      const budget = clock - stageOverheadNs(family, grade)
      const [truth, told] = [built!, sketched!].map(task => scheduleEarly(task, budget).latency)
      const [least, most] = latencyBounds([sketched!, deep!], budget, model)
      return {
        off: told! - truth!,
        isRange: least !== most,
        holds: least <= truth! && truth! <= most,
      }
    })
  })
}

function share(list: readonly Told[], is: (told: Told) => boolean): string {
  return `${((100 * list.filter(is).length) / Math.max(1, list.length)).toFixed(1)} %`
}

const words = process.argv.slice(2)
const done = new Set<string>()
const all: Told[] = []
for (const { name, typed } of estimateSubjects()) {
  const network = name.split(',')[0]!
  if (done.has(network) || / Resource |resource|folded|a sample/.test(network)) continue
  if (words.length > 0 && !words.some(word => name.includes(word))) continue
  done.add(network)
  try {
    const told = comparedTimings(await typed())
    all.push(...told)
    const off = told.filter(one => one.off !== 0)
    const outside = told.filter(one => !one.holds)
    console.log(
      `${network}: of ${told.length}, ${told.filter(one => one.isRange).length} ranges; off ${off.length}${off.length > 0 ? `: ${off.map(one => one.off).join(' ')}` : ''}; outside ${outside.length}`,
    )
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    console.log(`${network}: ${problem.message}`)
  }
}
const [one, range] = [all.filter(told => !told.isRange), all.filter(told => told.isRange)]
const isExact = ({ off }: Told) => off === 0
console.log(
  `of ${all.length} latencies the estimate is exact on ${share(all, isExact)}, within a cycle on ${share(all, ({ off }) => Math.abs(off) <= 1)}, holds on ${share(all, ({ holds }) => holds)}`,
)
console.log(
  `${one.length} are told as one, exact on ${share(one, isExact)}; ${range.length} as a range, which holds on ${share(range, ({ holds }) => holds)} and whose likeliest is exact on ${share(range, isExact)}`,
)
