import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import { openNpz, writeNpz } from '../../formats/npz.ts'
import { nodeNamed } from '../../ir/graph.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { importModel } from '../index.ts'
import type { JsonObject } from '../json.ts'
import {
  floats,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from './testing/models.ts'

const numpy = spawnSync('python3', ['-c', 'import numpy']).status === 0
if (!numpy) console.log('skipped: no python3 with numpy')

/** Eighths, of some spread. */
const ramp = (start: number, ...shape: number[]) =>
  floats(
    shape,
    ...Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => (((start + 7 * k) % 19) - 9) / 8),
  )

interface Case {
  readonly className: string
  readonly config?: JsonObject
  readonly weights?: NonNullable<TestLayer['weights']>
  /** Of one step. */
  readonly input: readonly number[]
  /** What one step gives, for NumPy alone: of x and the arrays w. */
  readonly forward: string
}

const lstm = { units: 2, kernel: ramp(1, 3, 8), recurrent_kernel: ramp(2, 2, 8), bias: ramp(3, 8) }
const lstmArrays = (prefix = '') => ({
  [`${prefix}kernel`]: lstm.kernel,
  [`${prefix}recurrent_kernel`]: lstm.recurrent_kernel,
  [`${prefix}bias`]: lstm.bias,
})
const inner = (className: string, config: JsonObject) => ({
  class_name: className,
  config: { name: 'one', dtype: 'float32', ...config },
})

const cases: readonly Case[] = [
  {
    className: 'Conv2D',
    config: { filters: 2, kernel_size: [3, 3], padding: 'same', strides: [2, 1], activation: 'relu' },
    weights: { kernel: ramp(1, 3, 3, 2, 2), bias: ramp(2, 2) },
    input: [5, 4, 2],
    // Two rows are missing of three windows of 2, one column on either side.
    forward: 'np.maximum(conv(np.pad(x, ((1, 1), (1, 1), (0, 0))), w["kernel"], (2, 1)) + w["bias"], 0)',
  },
  {
    className: 'Conv1D',
    config: { filters: 3, kernel_size: [3], padding: 'causal', dilation_rate: [2] },
    weights: { kernel: ramp(4, 3, 2, 3), bias: ramp(5, 3) },
    input: [6, 2],
    forward:
      'sum(np.pad(x, ((4, 0), (0, 0)))[2 * k:2 * k + 6] @ w["kernel"][k] for k in range(3)) + w["bias"]',
  },
  {
    className: 'DepthwiseConv2D',
    config: { kernel_size: [2, 2], depth_multiplier: 2 },
    weights: { depthwise_kernel: ramp(6, 2, 2, 2, 2), bias: ramp(7, 4) },
    input: [4, 3, 2],
    forward: 'depthwise(x, w["depthwise_kernel"]) + w["bias"]',
  },
  {
    className: 'SeparableConv1D',
    config: { filters: 3, kernel_size: [2] },
    weights: { depthwise_kernel: ramp(8, 2, 2, 1), pointwise_kernel: ramp(9, 1, 2, 3), bias: ramp(1, 3) },
    input: [5, 2],
    forward:
      'depthwise(x[:, None], w["depthwise_kernel"][:, None])[:, 0] @ w["pointwise_kernel"][0] + w["bias"]',
  },
  {
    className: 'SeparableConv2D',
    config: { filters: 2, kernel_size: [2, 2] },
    weights: {
      depthwise_kernel: ramp(8, 2, 2, 2, 1),
      pointwise_kernel: ramp(9, 1, 1, 2, 2),
      bias: ramp(1, 2),
    },
    input: [3, 4, 2],
    forward: 'depthwise(x, w["depthwise_kernel"]) @ w["pointwise_kernel"][0, 0] + w["bias"]',
  },
  {
    className: 'MaxPooling2D',
    config: { pool_size: [2, 2] },
    input: [4, 5, 2],
    forward: 'x[:4, :4].reshape(2, 2, 2, 2, 2).max((1, 3))',
  },
  {
    className: 'AveragePooling1D',
    config: { pool_size: [2] },
    input: [6, 2],
    forward: 'x.reshape(3, 2, 2).mean(1)',
  },
  { className: 'GlobalAveragePooling1D', input: [4, 3], forward: 'x.mean(0)' },
  { className: 'GlobalMaxPooling2D', input: [3, 4, 2], forward: 'x.max((0, 1))' },
  { className: 'GlobalMaxPooling1D', config: { keepdims: true }, input: [3, 2], forward: 'x.max(0)[None]' },
  {
    className: 'BatchNormalization',
    config: { axis: [3], epsilon: 0.125 },
    weights: {
      gamma: ramp(3, 2),
      beta: ramp(4, 2),
      moving_mean: ramp(5, 2),
      moving_variance: floats([2], 0.5, 2),
    },
    input: [2, 3, 2],
    forward: '(x - w["moving_mean"]) / np.sqrt(w["moving_variance"] + 0.125) * w["gamma"] + w["beta"]',
  },
  {
    className: 'PReLU',
    weights: { alpha: ramp(2, 3, 2) },
    input: [3, 2],
    forward: 'np.where(x > 0, x, x * w["alpha"])',
  },
  { className: 'Softmax', config: { axis: -1 }, input: [4], forward: 'softmax(x)' },
  { className: 'UpSampling2D', input: [2, 3, 1], forward: 'x.repeat(2, 0).repeat(2, 1)' },
  {
    className: 'EinsumDense',
    config: { equation: 'abc,cd->abd', output_shape: [null, 3], bias_axes: 'd' },
    weights: { kernel: ramp(3, 2, 3), bias: ramp(4, 3) },
    input: [3, 2],
    forward: 'x @ w["kernel"] + w["bias"]',
  },
  {
    className: 'LSTM',
    config: { units: 2 },
    weights: lstmArrays(),
    input: [4, 3],
    forward: 'lstm(x, w)[-1]',
  },
  {
    className: 'LSTM',
    config: { units: 2, return_sequences: true, go_backwards: true },
    weights: lstmArrays(),
    input: [4, 3],
    forward: 'lstm(x[::-1], w)',
  },
  {
    className: 'GRU',
    config: { units: 2, return_sequences: true },
    weights: { kernel: ramp(3, 3, 6), recurrent_kernel: ramp(5, 2, 6), bias: ramp(7, 2, 6) },
    input: [3, 3],
    forward: 'gru(x, w)',
  },
  {
    className: 'SimpleRNN',
    config: { units: 2 },
    weights: { kernel: ramp(3, 3, 2), recurrent_kernel: ramp(5, 2, 2), bias: ramp(7, 2) },
    input: [3, 3],
    forward: 'rnn(x, w)[-1]',
  },
  {
    className: 'Bidirectional',
    config: { layer: inner('LSTM', { units: 2, return_sequences: true }), merge_mode: 'ave' },
    weights: { ...lstmArrays('forward_one/'), ...lstmArrays('backward_one/') },
    input: [3, 3],
    forward: '(lstm(x, part("forward_one/")) + lstm(x[::-1], part("backward_one/"))[::-1]) / 2',
  },
]

/** The layers for one step, with loops over what they see. */
const numpyLayers = `
import sys, numpy as np
sigmoid = lambda x: 1 / (1 + np.exp(-x))
def softmax(x):
  e = np.exp(x - x.max(-1, keepdims=True))
  return e / e.sum(-1, keepdims=True)
def conv(x, k, strides=(1, 1)):
  rows, columns = [(x.shape[a] - k.shape[a]) // strides[a] + 1 for a in (0, 1)]
  at = lambda r, c: x[r * strides[0]:r * strides[0] + k.shape[0], c * strides[1]:c * strides[1] + k.shape[1]]
  return np.array([[np.tensordot(at(r, c), k, 3) for c in range(columns)] for r in range(rows)])
def depthwise(x, k):
  out = [conv(x[:, :, c:c + 1], k[:, :, c:c + 1, m:m + 1]) for c in range(k.shape[2]) for m in range(k.shape[3])]
  return np.concatenate(out, -1)
def lstm(x, w):
  h, s, all = np.zeros(2), np.zeros(2), []
  for row in x:
    i, f, c, o = np.split(row @ w['kernel'] + h @ w['recurrent_kernel'] + w['bias'], 4)
    s = sigmoid(f) * s + sigmoid(i) * np.tanh(c)
    h = sigmoid(o) * np.tanh(s)
    all.append(h)
  return np.array(all)
def gru(x, w):
  h, all = np.zeros(2), []
  for row in x:
    a, b = row @ w['kernel'] + w['bias'][0], h @ w['recurrent_kernel'] + w['bias'][1]
    z, r = sigmoid((a + b)[:2]), sigmoid((a + b)[2:4])
    h = z * h + (1 - z) * np.tanh(a[4:] + r * b[4:])
    all.append(h)
  return np.array(all)
def rnn(x, w):
  h, all = np.zeros(2), []
  for row in x:
    h = np.tanh(row @ w['kernel'] + h @ w['recurrent_kernel'] + w['bias'])
    all.append(h)
  return np.array(all)
`

const steps = 3
const rows = 2

const titleOf = ({ className, config = {} }: Case) => `${className} ${JSON.stringify(config).slice(0, 60)}`
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** All steps at once, and the layer alone. */
async function graphsOf({ className, config = {}, weights = {}, input }: Case): Promise<[OpGraph, OpGraph]> {
  const held = inner(className, { ...config, name: 'one' })
  const over = layer('TimeDistributed', 'td', { layer: held }, weights)
  const alone = layer(className, 'td', config, weights)
  const read = async (layers: readonly TestLayer[]) =>
    importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
  return [
    await read([inputLayer('x', steps, ...input), over]),
    await read([inputLayer('x', ...input), alone]),
  ]
}

const valuesOf = (input: readonly number[]) =>
  Float64Array.from(
    { length: rows * steps * sizeOf(input) },
    (_, k) => Math.round(Math.sin(1 + 3 * k) * 96) / 64,
  )

/** What every case gives for its values, by one run of Python. */
function byNumpy(all: readonly Case[]): readonly Float64Array[] {
  const folder = mkdtempSync(join(tmpdir(), 'lutra-steps-'))
  const entry = (name: string, shape: readonly number[], data: Float64Array) =>
    [name, { shape: [...shape], data }] as [string, { shape: number[]; data: Float64Array }]
  const given = all.flatMap(({ weights = {}, input }, k) => [
    entry(`${k}.x`, [rows * steps, ...input], valuesOf(input)),
    ...Object.entries(weights).map(([name, { shape, data }]) =>
      entry(`${k}.w.${name.replaceAll('/', '|')}`, shape, Float64Array.from(data as ArrayLike<number>)),
    ),
  ])
  writeFileSync(join(folder, 'in.npz'), writeNpz(Object.fromEntries(given)))
  const calls = all.map(({ forward }, k) => `run(${k}, lambda x, w, part: ${forward})`).join('\n')
  const program = `${numpyLayers}
file, out = np.load(sys.argv[1]), {}
def run(k, forward):
  own = lambda prefix: {name[len(prefix):].replace('|', '/'): file[name] for name in file if name.startswith(prefix)}
  w = own(f'{k}.w.')
  part = lambda prefix: {name[len(prefix):]: a for name, a in w.items() if name.startswith(prefix)}
  out[f'y{k}'] = np.array([forward(x, w, part) for x in file[f'{k}.x']], dtype=float)
${calls}
np.savez(sys.argv[2], **out)
`
  execFileSync('python3', ['-c', program, join(folder, 'in.npz'), join(folder, 'out.npz')])
  const out = openNpz(new Uint8Array(readFileSync(join(folder, 'out.npz'))), 'out.npz')
  return all.map((_, k) => out.array(`y${k}`).data as Float64Array)
}

const config = parseConfig(
  {
    Model: { Precision: { default: 'fixed<16,6>' }, ReuseFactor: 1 },
    LayerName: { x: { Precision: 'fixed<12,5>' } },
  },
  'config',
)

function exact(graph: OpGraph, batch: { rows: number; shape: readonly number[]; data: Float64Array }) {
  const { typed } = compileModel(graph, { config, verifyPasses: true })
  const [output = ''] = typed.outputs
  return [
    ...toNumbers(nodeNamed(typed, output), createFixedEngine(typed).run([batch], [output]).get(output)!),
  ]
}

describe('TimeDistributed around', () => {
  const expected = numpy ? byNumpy(cases) : []

  it.skipIf(!numpy).each(cases.map((own, k) => [titleOf(own), own, k] as const))(
    '%s does what NumPy does',
    async (_, own, k) => {
      const [graph] = await graphsOf(own)
      const batch = { rows, shape: [steps, ...own.input], data: valuesOf(own.input) }
      const { data } = runFloat(graph, [batch], graph.outputs).get(graph.outputs[0]!)!
      expect(data.length).toBe(expected[k]!.length)
      for (const [at, value] of expected[k]!.entries()) expect(data[at]).toBeCloseTo(value, 6)
    },
  )

  it.each(cases.map(own => [titleOf(own), own] as const))(
    '%s has the bits of the layer at every step',
    async (_, own) => {
      const [over, alone] = await graphsOf(own)
      const data = valuesOf(own.input)
      const all = exact(over, { rows, shape: [steps, ...own.input], data })
      const one = exact(alone, { rows: rows * steps, shape: own.input, data })
      expect(all).toEqual(one)
    },
  )

  it('a model of branches, contractions and a recurrent layer has the bits of the model at every step', async () => {
    const layers: readonly TestLayer[] = [
      inputLayer('x', 4, 3),
      { ...layer('LSTM', 'cell', { units: 2, return_sequences: true }, lstmArrays()), reads: ['x'] },
      { ...layer('Dense', 'fc', { units: 2 }, { kernel: ramp(4, 3, 2), bias: ramp(2, 2) }), reads: ['x'] },
      { ...layer('Add', 'sum'), reads: ['cell', 'fc'] },
      { ...layer('Concatenate', 'both', { axis: 2 }), reads: ['sum', 'fc'] },
      { ...layer('Attention', 'heard', { use_scale: false }), reads: ['both', 'both'] },
      { ...layer('GlobalAveragePooling1D', 'mean'), reads: ['heard'] },
    ]
    const model = functional(layers, ['x'], ['mean']) as { class_name: string; config: JsonObject }
    const alone = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, model) }])
    const held = { ...model, config: { ...model.config, name: 'one' } }
    const over = sequential([inputLayer('x', steps, 4, 3), layer('TimeDistributed', 'td', { layer: held })])
    const named = layers.flatMap(own =>
      Object.entries(own.weights ?? {}).map(
        ([role, array]) => [`${own.config.name}/${role}`, array] as const,
      ),
    )
    const arrays = { class_name: 'x', config: { name: 'td' }, weights: Object.fromEntries(named) }
    const graph = await importModel([{ name: 'm.h5', bytes: await kerasFile([arrays], over) }])
    const data = valuesOf([4, 3])
    const [all, one] = [
      { rows, shape: [steps, 4, 3], data },
      { rows: rows * steps, shape: [4, 3], data },
    ] as const
    expect(exact(graph, all)).toEqual(exact(alone, one))
    const floatOf = (own: OpGraph, batch: typeof all | typeof one) => [
      ...runFloat(own, [batch], own.outputs).get(own.outputs[0]!)!.data,
    ]
    expect(floatOf(graph, all)).toEqual(floatOf(alone, one))
  })
})
