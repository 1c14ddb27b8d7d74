// A small network whose accelerator has windows, or reads memory: described, with golden data and the simulated design.

import { buildAccelerator } from '../../../backends/verilog/accelerator.ts'
import { buildDesign } from '../../../backends/verilog/design.ts'
import { defineNetwork } from '../../../builder/define-network.ts'
import { createFixedEngine } from '../../../engines/fixed/fixed.ts'
import type { Conversion } from '../../../fixed/types.ts'
import type { WordForm } from '../../../rtl/axi/word-stream.ts'
import type { RtlModule } from '../../../rtl/module.ts'
import { findBoard } from '../../boards.ts'
import type { BusInterface } from '../../bus.ts'
import type { PackageDescription } from '../../package-description.ts'
import type { GoldenRows } from '../index.ts'
import { createMemoryServer, type MemoryServer } from './memory-server.ts'

export interface MemorySubject {
  readonly description: PackageDescription
  readonly inputs: readonly Conversion[]
  readonly golden: GoldenRows
  readonly module: RtlModule
  server(): MemoryServer
}

export interface MemorySubjectOptions {
  readonly bus: BusInterface
  readonly board?: string
  readonly form?: WordForm
  readonly wordsPerBeat?: number
  readonly rows?: number
}

const project = 'tiny'
const buildHash = '0123456789abcdef'

export function memorySubject({
  bus,
  board = 'pynq-z2',
  form = 'float',
  wordsPerBeat = 1,
  rows = 300,
}: MemorySubjectOptions): MemorySubject {
  const graph = tinyNetwork()
  const design = buildDesign(graph, { project, clockNs: 10, family: 'xc7' })
  const options = { form, wordsPerBeat, buildHash, interface: bus, link: 'mover' } as const
  const { module, input, output, conversions } = buildAccelerator(graph, design, options)
  const x = numbers(rows * 5)
  const results = createFixedEngine(graph).run([{ rows, shape: [5], data: x }], [output.name])
  const frame = ({ name, shape, types }: typeof output) => ({ name, shape, types })
  const description: PackageDescription = {
    project,
    board: findBoard(board),
    lutra: '0.0.0',
    clockMhz: 100,
    ...options,
    input: frame(input),
    output: frame(output),
    latencyCycles: 40,
    intervalCycles: 5.25,
    sources: [],
  }
  const labels = Array.from({ length: rows }, (_, k) => k % 3)
  return {
    description,
    inputs: conversions,
    golden: { rows, x, raw: results.get(output.name)!.raw, labels },
    module,
    server: () => createMemoryServer(module, bus, wordsPerBeat),
  }
}

/** Five elements of three types in, three of different types out: no frame fills beats of two or four words. */
function tinyNetwork() {
  const net = defineNetwork(project)
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

/** Numbers from about −12 to 12 that float32 holds; some lie on ties, some beyond the types. */
function numbers(count: number): Float64Array {
  let state = 1
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const value = (state / 2 ** 32 - 0.5) * 24
    return Math.fround(state % 3 === 0 ? Math.round(value * 64) / 64 : value)
  })
}
