// Packages of small networks for tests of drivers and programs, as `lutra package` makes them but without files.

import { buildAccelerator } from '../../backends/verilog/accelerator.ts'
import { buildDesign } from '../../backends/verilog/design.ts'
import { applyScaler } from '../../data/scale.ts'
import { createFixedEngine } from '../../engines/fixed/fixed.ts'
import { findDevice } from '../../estimate/devices.ts'
import type { Conversion } from '../../fixed/types.ts'
import type { WordForm } from '../../rtl/axi/word-stream.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { printVerilogProject } from '../../rtl/print-module.ts'
import { findBoard } from '../boards.ts'
import { type Bus, chosenBus } from '../bus.ts'
import { printComblock } from '../comblock/bridge.ts'
import type { InputScaler, PackageDescription } from '../package-description.ts'
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
  /** A scaler of these kinds of entries before the network. */
  readonly scaled?: InputScaler['per']
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
  const scaler = options.scaled === undefined ? undefined : scalerOf(options.scaled, shape)
  const given = numbers(rows * input.types.length)
  const x = scaler === undefined ? given : physical(given, scaler)
  const scaled = scaler === undefined ? x : scaledBy(scaler, x)
  const { raw } = createFixedEngine(graph)
    .run([{ rows, shape, data: scaled }], [output.name])
    .get(output.name)!
  const frame = ({ name, shape, types }: typeof output) => ({ name, shape, types })
  const labels = Array.from({ length: rows }, (_, k) => k % Math.max(2, output.types.length))
  const description = {
    ...{ project, board, buildHash, lutra: '0.0.0', clockMhz: 100, ...bus, form, wordsPerBeat },
    ...{ input: frame(input), output: frame(output), latencyCycles: 40, intervalCycles: 5, sources: [] },
    ...(form === 'raw' ? { conversions } : {}),
    ...(scaler === undefined ? {} : { scaler }),
  }
  const golden = { rows, x, raw, labels, ...(scaler === undefined ? {} : { scaled }) }
  return { description, inputs: conversions, golden, module }
}

/** Numbers of no round binary value, an entry for each that the kind asks for. */
function scalerOf(per: InputScaler['per'], shape: readonly number[]): InputScaler {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const count = per === 'input' ? 1 : per === 'channel' ? shape.at(-1)! : size
  const entries = Array.from({ length: count }, (_, k) => k)
  return {
    per,
    offset: entries.map(k => 1000.1 - 0.37 * k),
    factor: entries.map(k => (k % 2 === 0 ? 1 : -1) / (3.3 + k)),
  }
}

/** Numbers that the scaler brings near these, in float32. */
const physical = (values: Float64Array, { offset, factor }: InputScaler): Float64Array =>
  values.map((value, k) => Math.fround(value / factor[k % factor.length]! + offset[k % offset.length]!))

/** As the verbs scale rows. */
export function scaledBy(scaler: InputScaler, x: ArrayLike<number>): Float64Array {
  return Float64Array.from(
    applyScaler({ ...scaler, kind: 'standard' }, { shape: [], data: Float32Array.from(x) }).data,
  )
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
