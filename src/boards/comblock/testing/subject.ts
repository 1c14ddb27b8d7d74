// A small accelerator behind a ComBlock, with rows, the words they become, and the emulator's results.

import { buildAccelerator } from '../../../backends/verilog/accelerator.ts'
import { buildDesign } from '../../../backends/verilog/design.ts'
import { defineNetwork } from '../../../builder/define-network.ts'
import { rawRow } from '../../../engines/engine.ts'
import { createFixedEngine } from '../../../engines/fixed/fixed.ts'
import { rawToNumber } from '../../../fixed/convert.ts'
import type { Conversion } from '../../../fixed/types.ts'
import type { WordForm } from '../../../rtl/axi/word-stream.ts'
import { findBoard } from '../../boards.ts'
import type { PackageDescription } from '../../package-description.ts'
import type { GoldenRows } from '../../pynq/index.ts'
import { comblockPath } from '../bridge.ts'
import { type ComblockModel, createComblockModel, type ModelOptions } from './model.ts'

export const project = 'tiny'
export const buildHash = '0123456789abcdef'

/** Five elements of three types in, three of different types out. */
export function tinyNetwork() {
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

/** Numbers from about −12 to 12 that float32 holds. */
function numbers(count: number): Float64Array {
  let state = 1
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const value = (state / 2 ** 32 - 0.5) * 24
    return Math.fround(state % 3 === 0 ? Math.round(value * 64) / 64 : value)
  })
}

export interface Subject {
  readonly description: PackageDescription
  readonly conversions: readonly Conversion[]
  readonly golden: GoldenRows
  /** Words of all rows in, and of their results. */
  readonly sent: Uint32Array
  readonly expected: Uint32Array
  model(options?: ModelOptions): ComblockModel
}

export function subject(form: WordForm, rows: number, hash = buildHash): Subject {
  const graph = tinyNetwork()
  const design = buildDesign(graph, { project, clockNs: 10, family: 'xcup' })
  const bus = { interface: 'axi_stream', link: 'comblock' } as const
  const accelerator = buildAccelerator(graph, design, { form, wordsPerBeat: 1, buildHash: hash, ...bus })
  const { input, output, conversions } = accelerator
  const x = numbers(rows * 5)
  const results = createFixedEngine(graph).run([{ rows, shape: [5], data: x }], [input.name, output.name])
  const words = (name: string, types: readonly { readonly frac: number }[]) =>
    Uint32Array.from(
      Array.from({ length: rows }, (_, row) =>
        rawRow(results.get(name)!, row).map((raw, k) =>
          form === 'raw' ? Number(BigInt.asUintN(32, raw)) : floatWord(rawToNumber(raw, types[k]!.frac)),
        ),
      ).flat(),
    )
  const frame = ({ name, shape, types }: typeof output) => ({ name, shape, types })
  const description: PackageDescription = {
    project,
    board: findBoard('hyperfpga-4ge21'),
    buildHash: hash,
    lutra: '0.0.0',
    clockMhz: 100,
    ...bus,
    form,
    wordsPerBeat: 1,
    input: frame(input),
    output: frame(output),
    latencyCycles: 40,
    intervalCycles: 5,
    sources: [comblockPath({ project })],
  }
  return {
    description,
    conversions,
    golden: {
      rows,
      x,
      raw: results.get(output.name)!.raw,
      labels: Array.from({ length: rows }, (_, k) => k % 3),
    },
    sent: form === 'raw' ? words(input.name, input.types) : Uint32Array.from(x, floatWord),
    expected: words(output.name, output.types),
    model: options => createComblockModel(accelerator.module, options),
  }
}

const scratch = new DataView(new ArrayBuffer(4))
function floatWord(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}
