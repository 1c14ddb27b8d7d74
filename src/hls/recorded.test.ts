// Whole recorded models as programs of kernel calls, against what hls4ml's own C simulation gave for them.
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { quantiseInfinite, quantiseNumber, rawToNumber } from '../fixed/convert.ts'
import { reciprocalFloat32, sigmoidFloat32, tanhDouble } from '../fixed/table-functions.ts'
import { expFloat32 } from '../fixed/transcendental.ts'
import type { Conversion } from '../fixed/types.ts'
import { type Hdf5File, openHdf5 } from '../formats/hdf5/read.ts'
import { compileAndRun, findCxx } from '../tools/cxx.ts'
import type { HlsBody, HlsCall, HlsProgram, HlsTensor } from './call.ts'
import { emitProgram, tensorOf } from './print.ts'
import { decodeFrames, emitTestBench, encodeFrames } from './test-bench.ts'
import { convCall, denseCall, fixed, lstmCall, softmaxCall, tensor, ufixed } from './testing/calls.ts'
import type { DenseReference, Values } from './testing/references.ts'

const cases = new URL('../../../shared/reference/hls4ml/', import.meta.url)
const missing = !existsSync(cases)
  ? `no recorded cases at ${cases.pathname}`
  : findCxx() === undefined
    ? 'no g++'
    : ''
if (missing !== '') console.warn(`recorded models skipped: ${missing}`)

const open: Hdf5File[] = []
afterAll(() => {
  for (const file of open) file.close()
})

async function modelOf(name: string): Promise<Hdf5File> {
  const file = await openHdf5(readFileSync(new URL(`${name}/model.h5`, cases)), name)
  open.push(file)
  return file
}

/** The only data set below `path` that ends in `name`. */
function find(file: Hdf5File, path: string, name: string): Float64Array {
  const below = (at: string): string[] =>
    file.isDataset(at) ? [at] : file.children(at).flatMap(child => below(`${at}/${child}`))
  const found = below(path).filter(at => at.endsWith(`/${name}:0`))
  expect(found).toHaveLength(1)
  return file.dataset(found[0]!).data
}

/** A .npy file of floats. */
function npy(path: string): number[] {
  const bytes = readFileSync(new URL(path, cases))
  const start = 10 + bytes.readUInt16LE(8)
  const size = bytes.toString('latin1', 10, start).includes("'<f8'") ? 8 : 4
  return Array.from({ length: (bytes.length - start) / size }, (_, k) =>
    size === 8 ? bytes.readDoubleLE(start + 8 * k) : bytes.readFloatLE(start + 4 * k),
  )
}

const narrow = fixed(16, 6)
const types = { weightType: narrow, biasType: narrow }
const tableType = fixed(18, 8)

// Weights reach the C++ as text with as many decimals as their type has fraction bits.
const asText = (weights: Float64Array): Values => ({
  raws: Array.from(weights, w => quantiseNumber(Number(w.toFixed(10)), narrow)),
  frac: 10,
})

function layer(
  file: Hdf5File,
  name: string,
  outputs: number,
  accumulator: Conversion,
  result: Conversion,
): DenseReference {
  const weights = asText(find(file, `model_weights/${name}`, 'kernel'))
  const bias = asText(find(file, `model_weights/${name}`, 'bias'))
  return { inputs: weights.raws.length / outputs, outputs, weights, bias, accumulator, result }
}

function table(f: (x: number) => number, range: number, type = tableType) {
  const values = Array.from({ length: 1024 }, (_, k) => quantiseNumber(f((range * (k - 512)) / 1024), type))
  return { values, frac: type.to.frac, range }
}

function elementwise(
  kernel: string,
  elements: number,
  config: HlsCall['config'] = {},
  extra: HlsCall['arguments'] = [],
): HlsCall {
  return {
    kernel: `nnet::${kernel}`,
    header: 'lutra_activation.h',
    config: { n_in: elements, ...config },
    arguments: [{ role: 'input', index: 0 }, { role: 'output', index: 0 }, ...extra],
  }
}

/** Layers one after the other: each with the tensor it writes. */
function chain(input: HlsTensor, layers: readonly (readonly [HlsTensor, HlsBody])[]): HlsProgram {
  const tensors = [input, ...layers.map(([output]) => output)]
  return {
    name: 'myproject',
    tensors,
    layers: layers.map(([output, call], k) => ({
      name: `layer_${output.name}`,
      call,
      inputs: [tensors[k]!.name],
      outputs: [output.name],
    })),
    inputs: [input.name],
    outputs: [tensors.at(-1)!.name],
  }
}

/** How many of the recorded outputs the program does not give exactly. */
async function wrongOutputs(name: string, program: HlsProgram): Promise<{ wrong: number; all: number }> {
  const type = tensorOf(program, program.inputs[0]!).type
  const inputs = npy(`${name}/X.npy`).map(x => quantiseNumber(x, type))
  const stdout = await compileAndRun(
    emitProgram(program),
    emitTestBench(program),
    encodeFrames(program, [inputs]),
  )
  const results = decodeFrames(program, stdout)[0] as ArrayLike<number>
  const recorded = npy(`${name}/y_hls.npy`)
  const frac = tensorOf(program, program.outputs[0]!).type.to.frac
  expect(results.length).toBe(recorded.length)
  return {
    wrong: recorded.filter((y, k) => y !== rawToNumber(results[k]!, frac)).length,
    all: recorded.length,
  }
}

describe.skipIf(missing !== '')('recorded models', () => {
  it('an MLP with softmax, on arrays', async () => {
    const name = 'jet_mlp_softmax_stable'
    const file = await modelOf(name)
    const softmaxType = fixed(18, 8, 'RND', 'SAT')
    // The bins' lower edges, by the top ten bits of the address: those of ufixed<15,5>, then of fixed<18,8>.
    const edge = (bin: number, step: number): number => (bin < 512 ? bin : bin - 1024) * step
    const exp = Array.from({ length: 1024 }, (_, k) => quantiseNumber(expFloat32(-k / 32), softmaxType))
    const inverse = Array.from({ length: 1024 }, (_, k) =>
      k === 0
        ? quantiseInfinite(1, softmaxType)
        : quantiseNumber(reciprocalFloat32(edge(k, 0.25)), softmaxType),
    )
    const softmax = softmaxCall(
      'stable',
      {
        exp,
        expType: softmaxType,
        inverse,
        inverseType: softmaxType,
        accumulator: softmaxType,
        inverseInput: softmaxType,
        difference: ufixed(15, 5),
        inputType: narrow,
        result: narrow,
      },
      5,
    )
    const hidden = [
      ['fc1', 64, fixed(37, 17)],
      ['fc2', 32, fixed(39, 19)],
      ['fc3', 32, fixed(38, 18)],
    ] as const
    const program = chain(tensor('x', [16], narrow), [
      ...hidden.flatMap(([id, size, type]) => [
        [tensor(id, [size], type), denseCall(layer(file, id, size, type, type), types)] as const,
        [tensor(`${id}_relu`, [size], narrow), elementwise('relu', size)] as const,
      ]),
      [tensor('out', [5], narrow), denseCall(layer(file, 'output', 5, fixed(38, 18), narrow), types)],
      [tensor('probability', [5], narrow), softmax],
    ])
    expect(await wrongOutputs(name, program)).toEqual({ wrong: 0, all: 5000 })
  })

  it('two convolutions (same and valid padding, strides) and a dense layer, on streams', async () => {
    const name = 'conv2d_rect_strides'
    const file = await modelOf(name)
    const wide = fixed(38, 18)
    const result = fixed(40, 20)
    const stream = (id: string, shape: readonly number[], type: Conversion): HlsTensor =>
      tensor(id, shape, type, 'stream')
    const first = convCall(
      {
        image: [9, 11, 2],
        filter: [3, 5],
        stride: [2, 1],
        before: [1, 2],
        output: [5, 11],
        window: layer(file, 'c1', 5, wide, wide),
      },
      types,
    )
    const second = convCall(
      {
        image: [5, 11, 5],
        filter: [2, 3],
        stride: [1, 2],
        before: [0, 0],
        output: [4, 5],
        window: layer(file, 'c2', 6, wide, wide),
      },
      types,
    )
    const tanh = table(tanhDouble, 8)
    const tanhCall = elementwise('table_lookup', 120, { table_size: 1024, log2_range: 3 }, [
      { role: 'table', name: 'table', type: tableType, values: tanh.values },
    ])
    const program = chain(stream('x', [9, 11, 2], narrow), [
      [stream('c1', [5, 11, 5], wide), first],
      [stream('c1_relu', [5, 11, 5], narrow), elementwise('relu', 275)],
      [stream('c2', [4, 5, 6], wide), second],
      [stream('c2_tanh', [4, 5, 6], narrow), tanhCall],
      [stream('out', [3], result), denseCall(layer(file, 'out', 3, result, result), types)],
    ])
    const { wrong, all } = await wrongOutputs(name, program)
    expect(wrong).toBe(0)
    expect(all).toBeGreaterThan(100)
  })

  it('an LSTM and a dense layer, on arrays', async () => {
    const name = 'rnn_lstm'
    const file = await modelOf(name)
    const kernel = layer(file, 'lstm', 40, narrow, narrow)
    const recurrent = asText(find(file, 'model_weights/lstm', 'recurrent_kernel'))
    const none = { raws: Array<bigint>(40).fill(0n), frac: 10 }
    const lstm = lstmCall(
      {
        inputs: 5,
        units: 10,
        kernel,
        recurrent: { ...kernel, inputs: 10, weights: recurrent, bias: none },
        accumulator: narrow,
        state: narrow,
        gate: table(sigmoidFloat32, 16),
        cell: table(tanhDouble, 8),
      },
      types,
      tableType,
      8,
      false,
    )
    const result = fixed(37, 17)
    const program = chain(tensor('x', [8, 5], narrow), [
      [tensor('lstm', [10], narrow), lstm],
      [tensor('out', [3], result), denseCall(layer(file, 'out', 3, result, result), types)],
    ])
    const { wrong, all } = await wrongOutputs(name, program)
    expect(wrong).toBe(0)
    expect(all).toBeGreaterThan(100)
  })
})
