// Recorded models as generated C++: imported, typed, printed, compiled by g++, and compared raw with what hls4ml's own C
// simulation gave.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { programOf } from '../../src/backends/graph-program.ts'
import { compileModel } from '../../src/compile.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createFixedEngine } from '../../src/engines/fixed/fixed.ts'
import { quantiseNumber, rawToNumber } from '../../src/fixed/convert.ts'
import { parseNpy } from '../../src/formats/npy.ts'
import { importModel } from '../../src/frontends/index.ts'
import type { HlsProgram } from '../../src/hls/call.ts'
import { emitProgram, tensorOf } from '../../src/hls/print.ts'
import { decodeFrames, emitTestBench, encodeFrames } from '../../src/hls/test-bench.ts'
import { seeded } from '../../src/hls/testing/random.ts'
import { conversionAt } from '../../src/ir/tensor-type.ts'
import { compileAndRun, findCxx } from '../../src/tools/cxx.ts'
import { missingReference, referenceFolder } from '../support/reference.ts'

const cases = '../shared/reference/hls4ml'
const missing = !existsSync(cases) ? `${cases} is absent` : findCxx() === undefined ? 'no g++' : ''
if (missing !== '') console.warn(`recorded models as C++ skipped: ${missing}`)

/** One of each: tables, strategies, codings and ranks. */
const names = [
  'jet_mlp_default',
  'jet_mlp_softmax_latency',
  'jet_mlp_softmax_legacy',
  'jet_mlp_softmax_argmax',
  'autoencoder_resource_rf64',
  'keras_binary_ternary_dense',
  'probe_accum_sat_resource',
  'probe_dense_rank2_dropout',
  'probe_softmax_multidim',
  'qkeras_binary_mlp',
  'qkeras_mlp_4bit_autopo2',
  'qkeras_ternary_mlp',
  'cnn1d_separable_depthwise',
  'rnn_bidir_lstm',
  'rnn_gru',
  'rnn_simple_quartus',
]

const rows = 100

function bytesOf(name: string, file: string): Uint8Array {
  return new Uint8Array(readFileSync(`${cases}/${name}/${file}`))
}

/** The first rows of an array of one value or more per row. */
function rowsOf(name: string, file: string): number[] {
  const { data, shape } = parseNpy(bytesOf(name, file), file)
  return Array.from(data.slice(0, (rows * data.length) / shape[0]!), Number)
}

async function programOfCase(name: string): Promise<HlsProgram> {
  const source = await importModel([{ name: 'model.h5', bytes: bytesOf(name, 'model.h5') }])
  const text = new TextDecoder().decode(bytesOf(name, 'config.json'))
  const { typed } = compileModel(source, { config: parseConfig(text, 'config.json') })
  const program = programOf(typed, 'myproject')
  if (Array.isArray(program)) throw new Error(JSON.stringify(program))
  return program
}

describe.skipIf(missing !== '')('recorded models as C++', () => {
  it.each(names)('%s gives the recorded bits', async name => {
    const program = await programOfCase(name)
    const input = tensorOf(program, program.inputs[0]!)
    const output = tensorOf(program, program.outputs[0]!)
    const frames = rowsOf(name, 'X.npy').map(x => quantiseNumber(x, input.type))
    const stdout = await compileAndRun(
      emitProgram(program),
      emitTestBench(program),
      encodeFrames(program, [frames]),
    )
    const raw = Array.from(decodeFrames(program, stdout)[0] as ArrayLike<number | bigint>, BigInt)
    expect(raw.map(value => rawToNumber(value, output.type.to.frac))).toEqual(rowsOf(name, 'y_hls.npy'))
  })
})

const noModels = missingReference('real/hgq2') ?? (findCxx() === undefined ? 'no g++' : undefined)

describe.skipIf(noModels !== undefined)('models with types of their own for elements as C++', () => {
  it.each([
    { name: 'jets-hgq-76.8', shape: [16] },
    { name: 'mha-8-particles', shape: [8, 3] },
  ])('$name gives the bits of the emulator', async ({ name, shape }) => {
    const path = join(referenceFolder, 'real/hgq2', `${name}.keras`)
    const source = await importModel([{ name: path, bytes: new Uint8Array(readFileSync(path)) }])
    const { typed } = compileModel(source, {})
    const program = programOf(typed, 'myproject')
    if (Array.isArray(program)) throw new Error(JSON.stringify(program))
    const size = shape.reduce((a, b) => a * b, 1)
    const random = seeded(5)
    const data = Float64Array.from({ length: rows * size }, () => random(1 << 20) / 2 ** 16 - 8)
    const into = typed.nodes[0]!.resolved.result!
    const inputs = Array.from(data, (x, k) => quantiseNumber(x, conversionAt(into, shape, k % size)))
    const stdout = await compileAndRun(
      emitProgram(program),
      emitTestBench(program),
      encodeFrames(program, [inputs]),
      { flags: ['-O0'] },
    )
    const found = Array.from(decodeFrames(program, stdout)[0] as ArrayLike<number | bigint>, BigInt)
    const output = typed.outputs[0]!
    const { raw } = createFixedEngine(typed).run([{ rows, shape, data }], [output]).get(output)!
    expect(new Set(found).size).toBeGreaterThan(100)
    expect(found).toEqual(Array.from(raw as ArrayLike<number | bigint>, BigInt))
  })
})
