// What is fuzzed: for each format small valid files, parts of which are changed before they are put together, and what
// reads the result. Everything a reader says must be a coded error.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { zipSync } from 'fflate'
import { boards } from '../../src/boards/boards.ts'
import { readBoard } from '../../src/boards/read-board.ts'
import { compileModel } from '../../src/compile.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { CompileError } from '../../src/diagnostics/diagnostic.ts'
import { parseCsv } from '../../src/formats/csv.ts'
import { parseNpy, writeNpy } from '../../src/formats/npy.ts'
import { openNpz, writeNpz } from '../../src/formats/npz.ts'
import { writeOnnx } from '../../src/formats/onnx/write.ts'
import { readZip } from '../../src/formats/zip.ts'
import type { SourceFile } from '../../src/frontends/frontend.ts'
import { importModel } from '../../src/frontends/index.ts'
import type { Json } from '../../src/frontends/json.ts'
import { type HeldArrays, type HeldForm, heldFiles } from '../../src/frontends/keras/testing/held-models.ts'
import {
  denseLayer,
  floats,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../../src/frontends/keras/testing/models.ts'
import { integers, model, node, tensor } from '../../src/frontends/onnx/testing/models.ts'
import { tfjsFiles } from '../../src/frontends/tfjs/testing/models.ts'

/** Texts and bytes that are changed, one of them each time, and how files are made of them. */
export interface Seed {
  readonly parts: readonly (string | Uint8Array)[]
  build(parts: readonly (string | Uint8Array)[]): readonly SourceFile[] | Promise<readonly SourceFile[]>
}

export interface Target {
  seeds(): Promise<readonly Seed[]>
  /** Reads the files, as the verbs do. */
  read(files: readonly SourceFile[]): Promise<void>
}

const encoded = (part: string | Uint8Array) =>
  typeof part === 'string' ? new TextEncoder().encode(part) : part

/** Files as they are. */
const plain = (names: readonly string[], parts: Seed['parts']): Seed => ({
  parts,
  build: own => own.map((part, k) => ({ name: names[k]!, bytes: encoded(part) })),
})

const real = resolve(import.meta.dirname, '../../../shared/reference/real')
const mostBytes = 150_000

/** Files of networks made by others, where they are at hand. */
function realFiles(folder: string, ending: RegExp): { name: string; path: string; bytes: Uint8Array }[] {
  const path = join(real, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter(name => ending.test(name) && statSync(join(path, name)).size <= mostBytes)
    .map(name => ({ name, path: join(path, name), bytes: new Uint8Array(readFileSync(join(path, name))) }))
}

const ramp = (...shape: number[]) =>
  floats(
    shape,
    ...Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, (_, k) => k / 16 - 1),
  )

const norm = (name: string, size: number) =>
  layer(
    'BatchNormalization',
    name,
    { axis: [-1], epsilon: 0.001, scale: true, center: true },
    {
      gamma: ramp(size),
      beta: ramp(size),
      moving_mean: ramp(size),
      moving_variance: floats([size], ...Array(size).fill(1)),
    },
  )

const chain = [
  inputLayer('in', 3),
  denseLayer('a', [3, 4], { activation: 'relu' }),
  norm('n', 4),
  layer('LeakyReLU', 'leaky', { alpha: 0.25 }),
  denseLayer('b', [4, 2], { activation: 'softmax' }),
]
const image = [
  inputLayer('in', 5, 5, 2),
  layer(
    'Conv2D',
    'c',
    {
      filters: 3,
      kernel_size: [2, 2],
      strides: [1, 1],
      padding: 'same',
      data_format: 'channels_last',
      dilation_rate: [1, 1],
      groups: 1,
      activation: 'relu',
      use_bias: true,
    },
    { kernel: ramp(2, 2, 2, 3), bias: ramp(3) },
  ),
  layer('MaxPooling2D', 'p', {
    pool_size: [2, 2],
    strides: [2, 2],
    padding: 'valid',
    data_format: 'channels_last',
  }),
  layer('Flatten', 'f', { data_format: 'channels_last' }),
  layer('Reshape', 'r', { target_shape: [4, 3] }),
  layer('Permute', 't', { dims: [2, 1] }),
  layer('Flatten', 'g', { data_format: 'channels_last' }),
  denseLayer('d', [12, 2], { activation: 'sigmoid' }),
]
const recurrent = [
  inputLayer('in', 4, 2),
  layer(
    'LSTM',
    'l',
    {
      units: 3,
      activation: 'tanh',
      recurrent_activation: 'sigmoid',
      use_bias: true,
      return_sequences: false,
      return_state: false,
      go_backwards: false,
      stateful: false,
      unroll: false,
      time_major: false,
    },
    { kernel: ramp(2, 12), recurrent_kernel: ramp(3, 12), bias: ramp(12) },
  ),
  denseLayer('d', [3, 2]),
]
const skip: readonly TestLayer[] = [
  inputLayer('in', 4),
  { ...denseLayer('a', [4, 4]), reads: ['in'] },
  { ...layer('Add', 'sum'), reads: ['in', 'a'] },
  { ...layer('Concatenate', 'cat', { axis: -1 }), reads: ['sum', 'a'] },
  { ...denseLayer('b', [8, 2]), reads: ['cat'] },
]
/** Quantizers of QKeras as activations, and within the steps of a cell. */
const quantised = [
  inputLayer('in', 4, 2),
  layer('QActivation', 'q', { activation: 'quantized_bits(8,2,alpha=1)' }),
  layer('QActivation', 'h', { activation: 'quantized_hswish(6,1,relu_shift=3,relu_upper_bound=6)' }),
  layer('QActivation', 'p', {
    activation: {
      class_name: 'quantized_relu_po2',
      config: { bits: 4, max_value: 2, negative_slope: 0.25, quadratic_approximation: false },
    },
  }),
  layer(
    'QLSTM',
    'l',
    {
      units: 3,
      activation: 'quantized_tanh(6)',
      recurrent_activation: 'quantized_sigmoid(5)',
      kernel_quantizer: 'quantized_bits(4,0,alpha=1)',
      recurrent_quantizer: 'quantized_bits(4,0,alpha=1)',
      bias_quantizer: 'quantized_bits(4,0,alpha=1)',
      state_quantizer: 'quantized_bits(6,0,alpha=1)',
      use_bias: true,
      return_sequences: true,
    },
    { kernel: ramp(2, 12), recurrent_kernel: ramp(3, 12), bias: ramp(12) },
  ),
  layer('QActivation', 'o', { activation: "quantized_po2(4,max_value=1,log2_rounding='floor')" }),
]
const attentive: readonly TestLayer[] = [
  inputLayer('in', 3, 4),
  {
    ...layer(
      'MultiHeadAttention',
      'm',
      { num_heads: 2, key_dim: 3, value_dim: 2, use_bias: true },
      {
        'query/kernel': ramp(4, 2, 3),
        'query/bias': ramp(2, 3),
        'key/kernel': ramp(4, 2, 3),
        'key/bias': ramp(2, 3),
        'value/kernel': ramp(4, 2, 2),
        'value/bias': ramp(2, 2),
        'attention_output/kernel': ramp(2, 2, 4),
        'attention_output/bias': ramp(4),
      },
    ),
    reads: ['in', 'in'],
  },
]

/** With the argument that attention is called with. */
function causal(model: Json): Json {
  const text = JSON.stringify(model).replaceAll(',0,0,{}]', ',0,0,{"use_causal_mask":true}]')
  return JSON.parse(text) as Json
}

const networks: readonly (readonly [readonly TestLayer[], Json])[] = [
  [chain, sequential(chain)],
  [image, sequential(image)],
  [recurrent, sequential(recurrent)],
  [skip, functional(skip, ['in'], ['b'])],
  [quantised, sequential(quantised)],
  [attentive, causal(functional(attentive, ['in'], ['m']))],
]

const heldArrays: HeldArrays = {
  'fc/kernel': ramp(4, 3),
  'fc/bias': ramp(3),
  'enc/block/fc/kernel': ramp(3, 2),
  'enc/block/fc/bias': ramp(2),
  'head/kernel': ramp(7, 2),
  'head/bias': ramp(2),
}

/** A layer called twice and models in models, in one of Keras's forms. */
async function held(form: HeldForm): Promise<Seed> {
  const files = await heldFiles(form, heldArrays)
  const isText = (name: string) => name.endsWith('.json')
  return plain(
    files.map(({ name }) => name),
    files.map(({ name, bytes }) => (isText(name) ? new TextDecoder().decode(bytes) : bytes)),
  )
}

/** Text and weights of pairs of real files. */
const kerasPairs = () =>
  realFiles('keras', /\.json$/).flatMap(({ bytes, path }) => {
    const weights = path.replace(/\.json$/, '_weights.h5')
    return existsSync(weights)
      ? [{ text: new TextDecoder().decode(bytes), weights: new Uint8Array(readFileSync(weights)) }]
      : []
  })

async function kerasH5(): Promise<readonly Seed[]> {
  const made = await Promise.all(networks.map(([layers, own]) => kerasFile(layers, own)))
  return [
    ...made.map(bytes => plain(['m.h5'], [bytes])),
    await held('h5'),
    ...realFiles('keras', /classifier\.h5$/).map(({ bytes }) => plain(['m.h5'], [bytes])),
  ]
}

async function kerasJson(): Promise<readonly Seed[]> {
  const made = await Promise.all(
    networks.map(async ([layers, own]) => ({ text: JSON.stringify(own), weights: await kerasFile(layers) })),
  )
  const pairs = [...made, ...kerasPairs()].map(
    ({ text, weights }): Seed => ({
      parts: [text],
      build: ([own]) => [
        { name: 'm.json', bytes: encoded(own!) },
        { name: 'm.h5', bytes: weights },
      ],
    }),
  )
  return [...pairs, await held('json'), await held('json')]
}

async function kerasZip(): Promise<readonly Seed[]> {
  const [archive] = await heldFiles('keras', heldArrays)
  const nested = readZip(archive!.bytes, { name: 'seed', area: 'zip' })
  const partOf = (name: string) => nested.find(({ path }) => path === name)!.read()
  const made = [
    ...(await Promise.all(
      networks.map(async ([layers, own]) => ({
        text: JSON.stringify(own),
        weights: await kerasFile(layers),
      })),
    )),
    { text: new TextDecoder().decode(partOf('config.json')), weights: partOf('model.weights.h5') },
  ]
  const seeds = made.map(
    ({ text, weights }): Seed => ({
      parts: [text, weights, '{"keras_version": "3.5.0"}'],
      build: ([config, arrays, metadata]) => {
        const entries = {
          'metadata.json': encoded(metadata!),
          'config.json': encoded(config!),
          'model.weights.h5': encoded(arrays!),
        }
        return [{ name: 'm.keras', bytes: zipSync(entries, { level: 1 }) }]
      },
    }),
  )
  const real = [...realFiles('keras', /\.keras$/), ...realFiles('hgq2', /\.keras$/)]
  return [
    ...seeds,
    ...real.map(({ bytes }) => plain(['m.keras'], [bytes])),
    ...real.map(({ bytes }): Seed => {
      const entries = readZip(bytes, { name: 'seed', area: 'zip' })
      const at = entries.findIndex(({ path }) => path === 'config.json')
      const contents = entries.map(({ path, read }) => [path, read()] as const)
      return {
        parts: [new TextDecoder().decode(contents[at]![1])],
        build: ([config]) => {
          const own = Object.fromEntries([...contents, ['config.json', encoded(config!)] as const])
          return [{ name: 'm.keras', bytes: zipSync(own, { level: 1 }) }]
        },
      }
    }),
  ]
}

const onnxModels = () => [
  model([5], [node('m', 'MatMul', ['x', 'w']), node('a', 'Add', ['m', 'b']), node('y', 'Relu', ['a'])], {
    w: tensor([5, 3], 1),
    b: tensor([3], 2),
  }),
  model(
    [3, 6, 5],
    [
      node('c', 'Conv', ['x', 'k', 'b'], { pads: [1, 1, 1, 1], strides: [1, 2] }),
      node('p', 'MaxPool', ['c'], { kernel_shape: [2, 2], strides: [2, 1] }),
      node('s', 'Sigmoid', ['p']),
      node('u', 'Resize', ['s', '', 'scales'], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
      node('t', 'Transpose', ['u'], { perm: [0, 2, 3, 1] }),
      node('f', 'Flatten', ['t']),
      node('y', 'Gemm', ['f', 'w'], { transB: 1 }),
    ],
    {
      k: tensor([4, 3, 3, 3], 1),
      b: tensor([4], 2),
      scales: { element: 'float32', dims: [4], data: Float64Array.of(1, 1, 1, 1) },
      w: tensor([2, 24], 3),
    },
  ),
  model(
    [4, 3],
    [
      node('t', 'Transpose', ['x'], { perm: [1, 0, 2] }),
      { ...node('l', 'LSTM', ['t', 'W', 'R', 'B', '', 'h', 'c'], { hidden_size: 2 }), outputs: ['Y', 'Yh'] },
      node('y', 'Squeeze', ['Yh', 'axis']),
    ],
    {
      W: tensor([1, 8, 3], 1),
      R: tensor([1, 8, 2], 2),
      B: tensor([1, 16], 3),
      h: tensor([1, 1, 2], 4),
      c: tensor([1, 1, 2], 5),
      axis: integers([0]),
    },
  ),
  model(
    [4],
    [
      node(
        'q',
        'Quant',
        ['x', 's', 'z', 'n'],
        { signed: 1, narrow: 0, rounding_mode: 'ROUND' },
        'qonnx.custom_op.general',
      ),
      node('r', 'Reshape', ['q', 'shape']),
      node('c', 'Concat', ['r', 'r'], { axis: 1 }),
      node('y', 'Softmax', ['c'], { axis: -1 }),
    ],
    {
      s: { element: 'float32', dims: [], data: Float64Array.of(0.25) },
      z: { element: 'float32', dims: [], data: Float64Array.of(0) },
      n: { element: 'float32', dims: [], data: Float64Array.of(5) },
      shape: integers([1, 2, -1]),
    },
  ),
  model(
    [4, 6, 2],
    [
      node('p', 'PRelu', ['x', 'slope']),
      { ...node('s', 'Split', ['p', 'lengths'], { axis: 1 }), outputs: ['one', 'rest'] },
      node('e', 'Elu', ['rest'], { alpha: 0.5 }),
      node('m', 'ReduceMean', ['e', 'axes'], { keepdims: 0 }),
      node('g', 'ReduceMax', ['one', 'all'], { keepdims: 1 }),
      node('f', 'Flatten', ['g']),
      node('n', 'LayerNormalization', ['m', 'scale'], { axis: -1 }),
      node('c', 'Concat', ['n', 'f'], { axis: 1 }),
      node('r', 'Reshape', ['c', 'shape']),
      node('a', 'Softmax', ['r'], { axis: 1 }),
      node(
        'y',
        'Trunc',
        ['a', 'step', 'zero', 'bits', 'kept'],
        { rounding_mode: 'FLOOR' },
        'qonnx.custom_op.general',
      ),
    ],
    {
      slope: tensor([4, 1, 1], 1),
      lengths: integers([1, 3]),
      axes: integers([2, 3]),
      all: integers([1, 2, 3]),
      scale: tensor([3], 2),
      shape: integers([0, 2, 2]),
      step: { element: 'float32', dims: [], data: Float64Array.of(0.25) },
      zero: { element: 'float32', dims: [], data: Float64Array.of(0) },
      bits: { element: 'float32', dims: [], data: Float64Array.of(5) },
      kept: { element: 'float32', dims: [], data: Float64Array.of(3) },
    },
    18,
  ),
]

/** Attributes, extents and names of a model, as text, so that they are changed as such. */
const onnxText = (own: ReturnType<typeof model>): Seed => ({
  parts: [JSON.stringify(own, (_, value) => (value instanceof Float64Array ? [...value] : value))],
  build: ([text]) => {
    const changed = tryParse(String(text)) as ReturnType<typeof model> | undefined
    try {
      const initializers = Object.entries(changed!.initializers).map(([name, value]) => [
        name,
        { ...value, data: Float64Array.from(value.data) },
      ])
      const bytes = writeOnnx({ ...changed!, initializers: Object.fromEntries(initializers) })
      return [{ name: 'm.onnx', bytes }]
    } catch {
      // What cannot be written is no file to read.
      return []
    }
  },
})

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function onnx(): Promise<readonly Seed[]> {
  return [
    ...onnxModels().map(own => plain(['m.onnx'], [writeOnnx(own)])),
    ...onnxModels().map(onnxText),
    ...onnxModels().map(onnxText),
    ...realFiles('onnx', /\.onnx$/).map(({ bytes }) => plain(['m.onnx'], [bytes])),
  ]
}

async function tfjs(): Promise<readonly Seed[]> {
  const made = networks.map(([layers, own], k) => {
    const files = tfjsFiles(layers, own, { direct: k % 2 === 1, shardBytes: 100 })
    const names = files.map(({ name }) => name)
    return plain(
      names,
      files.map(({ bytes }, index) => (index === 0 ? new TextDecoder().decode(bytes) : bytes)),
    )
  })
  return [...made, await held('tfjs')]
}

const yaml = `Backend: Vivado
ProjectName: net
OutputDir: out
Part: xc7z020clg400-1
ClockPeriod: 5
IOType: io_parallel
KerasModel: m.h5
HLSConfig:
  Model:
    Precision: fixed<16,6>
    ReuseFactor: 1
    Strategy: Latency
  LayerType:
    Dense: {Precision: {weight: 'ap_fixed<8,3,AP_RND,AP_SAT>', accum: auto}, ReuseFactor: 4}
  LayerName:
    fc1:
      Precision: &one {weight: 'fixed<8,3>', result: 'ap_fixed<16,6>'}
      ReuseFactor: 2
    softmax:
      Precision: *one
      exp_table_t: ap_fixed<18,8>
      Implementation: stable
`

async function compiled(files: readonly SourceFile[]): Promise<void> {
  const graph = await importModel(files)
  const size = graph.nodes.reduce(
    (sum, { shape }) => sum + shape.reduce((product, own) => product * own, 1),
    0,
  )
  // Typing takes as long as the network is large; what is fuzzed is what becomes of a small file.
  if (size > 1e6) return
  const precision = parseConfig({ Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 } }, 'config')
  const inputs = graph.nodes.filter(({ kind }) => kind === 'input')
  const inputTypes = new Map(inputs.map(({ name }) => [name, { signed: true, width: 12, frac: 8 }]))
  const failures: unknown[] = []
  for (const options of [{ config: precision }, { inputTypes }]) {
    try {
      compileModel(graph, options)
    } catch (error) {
      failures.push(error)
    }
  }
  const worst = failures.find(error => !(error instanceof CompileError)) ?? failures[0]
  if (worst !== undefined) throw worst
}

const bytesOf = (files: readonly SourceFile[]) => files[0]?.bytes ?? new Uint8Array()
const textOf = (files: readonly SourceFile[]) => new TextDecoder().decode(bytesOf(files))

export const targets: Readonly<Record<string, Target>> = {
  'keras-h5': { seeds: kerasH5, read: compiled },
  'keras-zip': { seeds: kerasZip, read: compiled },
  'keras-json': { seeds: kerasJson, read: compiled },
  onnx: { seeds: onnx, read: compiled },
  tfjs: { seeds: tfjs, read: compiled },
  npy: {
    seeds: async () =>
      (['float32', 'float64', 'int64', 'float16'] as const).map(dtype =>
        plain(['x.npy'], [writeNpy({ shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }, dtype)]),
      ),
    read: async files => void parseNpy(bytesOf(files), 'x.npy'),
  },
  npz: {
    seeds: async () => {
      const arrays = {
        x: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) },
        y: { shape: [2], data: Float64Array.of(0, 1) },
      }
      return [plain(['x.npz'], [writeNpz(arrays)])]
    },
    read: async files => {
      const file = openNpz(bytesOf(files), 'x.npz')
      for (const key of file.keys) file.array(key)
    },
  },
  csv: {
    seeds: async () =>
      ['a,b,c\n1,2.5,-3e2\n4,5,6\n', '1;2;3\n4;5;6\n', '"x","y"\r\n"1","2"\r\n', '1\t2\n3\t4\n'].map(text =>
        plain(['x.csv'], [text]),
      ),
    read: async files => void parseCsv(bytesOf(files), 'x.csv'),
  },
  zip: {
    seeds: async () => [
      plain(
        ['x.zip'],
        [
          zipSync({
            a: encoded('hello hello hello hello'),
            'b/c': encoded('x'),
            d: [encoded('stored'), { level: 0 }],
          }),
        ],
      ),
    ],
    read: async files => {
      for (const entry of readZip(bytesOf(files), { name: 'x.zip', area: 'zip' })) entry.read()
    },
  },
  'hls4ml-yaml': {
    seeds: async () => [
      plain(['c.yml'], [yaml]),
      ...realFiles('keras', /\.yml$/).map(({ bytes }) => plain(['c.yml'], [new TextDecoder().decode(bytes)])),
    ],
    read: async files => void parseConfig(textOf(files), 'c.yml'),
  },
  'board-json': {
    seeds: async () => boards.map(board => plain(['b.json'], [JSON.stringify(board, undefined, 1)])),
    read: async files => void readBoard(textOf(files), 'b.json'),
  },
}
