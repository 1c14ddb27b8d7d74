// Packages of small networks for tests of drivers and programs, as `lutra package` makes them but without files.

import { buildAccelerator } from '../../backends/verilog/accelerator.ts'
import { buildDesign } from '../../backends/verilog/design.ts'
import { createFixedEngine } from '../../engines/fixed/fixed.ts'
import { findDevice } from '../../estimate/devices.ts'
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
import { numbers, smallNetworks } from './networks.ts'
import type { BoardDesign } from './verilated-board.ts'

export interface SubjectOptions extends Partial<Bus> {
  readonly board?: string
  readonly form?: WordForm
  readonly wordsPerBeat?: number
  readonly rows?: number
  readonly network?: keyof typeof smallNetworks
  readonly buildHash?: string
}

/** An accelerator as its package describes it, with rows and what the emulator gives for them. */
export interface SmallPackage {
  readonly description: PackageDescription
  readonly inputs: readonly Conversion[]
  readonly golden: GoldenRows
  readonly module: RtlModule
}

export interface Subject extends SmallPackage, BoardDesign {}

/** The package of a small network for a board. */
export function smallPackage(options: SubjectOptions = {}): SmallPackage {
  const { form = 'float', wordsPerBeat = 1, rows = 200, network: project = 'tiny' } = options
  const { buildHash = '0123456789abcdef' } = options
  const board = findBoard(options.board ?? 'pynq-z2')
  const graph = smallNetworks[project]()
  const design = buildDesign(graph, { project, clockNs: 10, family: findDevice(board.part).family })
  const bus = chosenBus(board, options)
  const accelerator = buildAccelerator(graph, design, { form, wordsPerBeat, buildHash, ...bus })
  const { input, output, conversions, module } = accelerator
  const { shape } = input
  const x = numbers(rows * input.types.length)
  const { raw } = createFixedEngine(graph)
    .run([{ rows, shape, data: x }], [output.name])
    .get(output.name)!
  const frame = ({ name, shape, types }: typeof output) => ({ name, shape, types })
  const labels = Array.from({ length: rows }, (_, k) => k % Math.max(2, output.types.length))
  const description = {
    ...{ project, board, buildHash, lutra: '0.0.0', clockMhz: 100, ...bus, form, wordsPerBeat },
    ...{ input: frame(input), output: frame(output), latencyCycles: 40, intervalCycles: 5, sources: [] },
  }
  return { description, inputs: conversions, golden: { rows, x, raw, labels }, module }
}

/** With the Verilog that a simulator of the board reads. */
export function tinySubject(options: SubjectOptions = {}): Subject {
  const own = smallPackage(options)
  const { project, link } = own.description
  return {
    ...own,
    verilog: {
      ...printVerilogProject(own.module).files,
      [`${project}_accel.v`]: printShell(own.description),
      ...(link === 'comblock' ? { [`${project}_comblock.v`]: printComblock(own.description) } : {}),
    },
  }
}
