// Packages of small networks for tests of drivers and programs, as `lutra package` makes them but without files.

import { buildAccelerator } from '../../backends/verilog/accelerator.ts'
import { buildDesign } from '../../backends/verilog/design.ts'
import { defineNetwork } from '../../builder/define-network.ts'
import { createFixedEngine } from '../../engines/fixed/fixed.ts'
import type { Conversion } from '../../fixed/types.ts'
import type { WordForm } from '../../rtl/axi/word-stream.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { printVerilogProject } from '../../rtl/print-module.ts'
import { findBoard } from '../boards.ts'
import { type Bus, chosenBus } from '../bus.ts'
import { printComblock } from '../comblock/bridge.ts'
import type { PackageDescription } from '../package-description.ts'
import type { GoldenRows } from '../pynq/index.ts'
import { printShell } from '../shell.ts'
import type { BoardDesign } from './verilated-board.ts'

/** Small networks by name. */
const networks = { tiny: tinyNetwork, wide: wideNetwork }

/** Five elements of three types in, three of different types out. */
function tinyNetwork() {
  const net = defineNetwork('tiny')
  net
    .input('x', {
      shape: [5],
      types: ['fixed<9,4>', 'fixed<9,4>', 'fixed<6,2>', 'ufixed<7,3>', 'fixed<9,4>'],
      rounding: 'RND_CONV',
      overflow: 'SAT',
    })
    .dense({ weights: [3, -2, 1, 0, 5, -4, 2, 2, -1, 7, -3, 1, 1, -6, 2, 0, 4, 3, -2, 1], frac: 2 })
    .relu('ufixed<8,5,RND,SAT>')
    .dense({ weights: [1, -3, 2, 2, 5, -1, -4, 0, 3, 1, -2, 6], frac: 1 })
    .output()
  return net.finish().typed
}

/** Seventy elements in, so that many frames cross pages of memory; one of many bits out. */
function wideNetwork() {
  const net = defineNetwork('wide')
  const weights = Array.from({ length: 70 }, (_, k) => ((k * 37) % 41) - 20)
  net
    .input('x', { shape: [70], types: 'fixed<12,5>', rounding: 'RND', overflow: 'SAT' })
    .dense({ weights, frac: 9 })
    .output()
  return net.finish().typed
}

/** Numbers from about −8 to 8 that float32 holds; some lie on ties, some beyond the types. */
export function numbers(count: number): Float64Array {
  let state = 1
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const value = (state / 2 ** 32 - 0.5) * 24
    return Math.fround(state % 3 === 0 ? Math.round(value * 64) / 64 : value)
  })
}

export interface SubjectOptions extends Partial<Bus> {
  readonly board?: string
  readonly form?: WordForm
  readonly wordsPerBeat?: number
  readonly rows?: number
  readonly network?: keyof typeof networks
}

export interface Subject extends BoardDesign {
  readonly inputs: readonly Conversion[]
  readonly golden: GoldenRows
  readonly module: RtlModule
}

/** A small network for a board, with rows and what the emulator gives for them. */
export function tinySubject(options: SubjectOptions = {}): Subject {
  const { form = 'float', wordsPerBeat = 1, rows = 200, network: project = 'tiny' } = options
  const board = findBoard(options.board ?? 'pynq-z2')
  const buildHash = '0123456789abcdef'
  const graph = networks[project]()
  const design = buildDesign(graph, { project, clockNs: 10, family: 'xc7' })
  const bus = chosenBus(board, options)
  const accelerator = buildAccelerator(graph, design, { form, wordsPerBeat, buildHash, ...bus })
  const { input, output, conversions, module } = accelerator
  const { shape } = input
  const x = numbers(rows * input.types.length)
  const results = createFixedEngine(graph).run([{ rows, shape, data: x }], [output.name])
  const frame = ({ name, shape, types }: typeof output) => ({ name, shape, types })
  const description: PackageDescription = {
    project,
    board,
    buildHash,
    lutra: '0.0.0',
    clockMhz: 100,
    ...bus,
    form,
    wordsPerBeat,
    input: frame(input),
    output: frame(output),
    latencyCycles: 40,
    intervalCycles: 5,
    sources: [],
  }
  const labels = Array.from({ length: rows }, (_, k) => k % Math.max(2, output.types.length))
  return {
    description,
    inputs: conversions,
    golden: { rows, x, raw: results.get(output.name)!.raw, labels },
    module,
    verilog: {
      ...printVerilogProject(module).files,
      [`${project}_accel.v`]: printShell(description),
      ...(bus.link === 'comblock' ? { [`${project}_comblock.v`]: printComblock(description) } : {}),
    },
  }
}
