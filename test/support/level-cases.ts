// Circuits whose levels of logic are counted twice: by the delay model, and by Yosys's `ltp` after mapping.

import { conversion, fixedType } from '../../src/fixed/types.ts'
import { lowerAdderGraph } from '../../src/netlist/adder-graph.ts'
import { createBuilder, type NetlistBuilder } from '../../src/netlist/builder.ts'
import { adderGraphOf } from '../../src/netlist/constant-matrix.ts'
import { lowerConversion } from '../../src/netlist/convert.ts'
import { levelModel } from '../../src/netlist/delay.ts'
import type { Net, Netlist } from '../../src/netlist/netlist.ts'
import { netType } from '../../src/netlist/netlist.ts'
import { pipeline } from '../../src/netlist/pipeline.ts'
import { lowerProduct } from '../../src/netlist/product.ts'
import { sumWords } from '../../src/netlist/sum-words.ts'
import { longestPathNs } from '../../src/netlist/testing/bit-arrival.ts'
import { partitionByLayer } from '../../src/rtl/partition.ts'
import { printVerilog } from '../../src/rtl/print-module.ts'
import type { YosysTool } from '../../src/tools/yosys/tool.ts'
import { runYosys } from '../../src/tools/yosys/tool.ts'

export interface LevelCase {
  readonly name: string
  readonly netlist: Netlist
  /** Levels that Yosys may have above the model's; 0 unless said. */
  readonly above?: number
}

/** Nets of the inputs in, nets of the outputs out. */
function circuit(
  name: string,
  widths: readonly number[],
  make: (b: NetlistBuilder, x: readonly Net[]) => readonly Net[],
): LevelCase {
  const b = createBuilder()
  b.layer('logic')
  const x = widths.map((width, k) => b.input(`x${k}`, fixedType(true, width, 0)))
  make(b, x).forEach((net, k) => {
    b.output(`y${k}`, net)
  })
  return { name, netlist: b.finish() }
}

const repeated = (count: number, width: number) => Array.from({ length: count }, () => width)

function chain(length: number, width: number): LevelCase {
  return circuit(`${length} sums in series, ${width} bit`, repeated(length + 1, width), (b, x) => [
    x.reduce((sum, net) => b.add(sum, net)),
  ])
}

function tree(b: NetlistBuilder, nets: readonly Net[], join: (p: Net, q: Net) => Net): Net {
  if (nets.length === 1) return nets[0]!
  const half = Math.ceil(nets.length / 2)
  return join(tree(b, nets.slice(0, half), join), tree(b, nets.slice(half), join))
}

function weights(rows: number, columns: number, seed: number, bits: number) {
  let state = seed
  const next = () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return ((state >> 8) % 2 ** bits) - 2 ** (bits - 1)
  }
  return { rows, columns, values: Array.from({ length: rows * columns }, next), frac: 4 }
}

/** A dense layer with its activation, as layers lower themselves. */
function dense(rows: number, columns: number, seed: number, bits: number, mode: 'WRAP' | 'SAT'): LevelCase {
  return circuit(`dense ${rows}x${columns}, ${bits} bit, ${mode}`, repeated(rows, 8), (b, x) => {
    const graph = adderGraphOf(
      weights(rows, columns, seed, bits),
      x.map(net => b.interval(net)),
      { biases: Array.from({ length: columns }, (_, k) => ({ raw: BigInt(17 * k - 30), frac: 4 })) },
    )
    const result = conversion(fixedType(false, 8, 2), mode === 'SAT' ? 'RND' : 'TRN', mode)
    return lowerAdderGraph(b, graph, x).map(net => lowerConversion(b, b.max(net, b.constant(0n, 0)), result))
  })
}

/** Words summed column by column, as products cut bit by bit are. */
function wordSum(count: number, width: number): LevelCase {
  return circuit(`${count} words of ${width} bits by columns`, repeated(count, width + 1), (b, x) => {
    const words = x.map(net => b.bits(net, 0, width, false, 0))
    return [sumWords(b, { words, ones: [], frac: 0, width: width + 5 })]
  })
}

/** Quick ones: a few seconds each at most. */
export const smallLevelCases: readonly LevelCase[] = [
  ...[1, 2, 3, 5].map(length => chain(length, 8)),
  chain(1, 24),
  chain(4, 20),
  circuit('sum of 16, 10 bit', repeated(16, 10), (b, x) => [tree(b, x, (p, q) => b.add(p, q))]),
  circuit('difference of unequal fractions', [12, 12], (b, x) => [b.sub(x[0]!, x[1]!, -3)]),
  circuit('largest of 5, 16 bit', repeated(5, 16), (b, x) => [tree(b, x, (p, q) => b.max(p, q))]),
  circuit('comparison, 18 bit', [18, 18], (b, x) => [b.lt(x[0]!, x[1]!)]),
  // The model takes a balanced tree of six-input LUTs; Yosys's mapper saves LUTs instead and may chain them.
  ...[12, 18].map(width => ({
    ...circuit(`equality, ${width} bit`, [width, width], (b, x) => [b.eq(x[0]!, x[1]!)]),
    above: 3,
  })),
  circuit('product 8 x 6', [8, 6], (b, x) => [lowerProduct(b, x[0]!, x[1]!)]),
  circuit('table of 256', [8], (b, x) => [
    b.table(b.bits(x[0]!, 0, 8, false, 0), {
      name: 't',
      first: 0n,
      values: Array.from({ length: 256 }, (_, k) => BigInt((k * k * 31 + 7 * k) % 509)),
      frac: 0,
    }),
  ]),
  circuit('saturation and rounding', [20], (b, x) => [
    lowerConversion(b, b.scale(x[0]!, -9), conversion(fixedType(true, 9, 4), 'RND_CONV', 'SAT')),
  ]),
  ...[3, 5, 9, 16].map(count => wordSum(count, 9)),
  dense(6, 4, 3, 5, 'WRAP'),
  dense(8, 6, 5, 6, 'SAT'),
]

/** Whole layers, and the slowest stage of pipelines of them. */
export const largeLevelCases: readonly LevelCase[] = [
  dense(16, 16, 7, 6, 'WRAP'),
  dense(32, 16, 9, 6, 'SAT'),
  dense(16, 32, 11, 8, 'SAT'),
  dense(64, 8, 13, 4, 'WRAP'),
  ...[2.5, 4, 7].map(clockNs => {
    const { name, netlist } = dense(24, 16, 15, 7, 'SAT')
    return {
      name: `${name} at ${clockNs} ns`,
      netlist: pipeline(netlist, { clockNs, family: 'xcup' }).netlist,
    }
  }),
]

/** Cells on the longest path by the delay model's rules. */
export function modelLevels(netlist: Netlist): number {
  return Math.floor(longestPathNs(netlist, levelModel) + 1e-9)
}

/** Cells on the longest path after Yosys has mapped the circuit. */
export async function yosysLevels(netlist: Netlist, tool: YosysTool): Promise<number> {
  const ports = [
    ...netlist.inputs.map(({ name, net }) => ({ name, net, direction: 'in' as const })),
    ...netlist.outputs.map(({ name, net }) => ({ name, net, direction: 'out' as const })),
  ].map(({ name, net, direction }) => ({ name, direction, elements: [netType(netlist, net)] }))
  const files = printVerilog(partitionByLayer(netlist, 'levels', ports))
  const out = await runYosys(tool, {
    top: 'levels',
    family: 'xc7',
    files,
    logicLevels: true,
    timeoutMs: 600_000,
  })
  if ('unfinished' in out) throw new Error(`Yosys: ${out.detail}`)
  return out.logicLevels ?? Number.NaN
}
