// GarNet layers: what is read of them, the types that hls4ml gives them, and a network that others trained, with the
// outputs that they recorded.

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { configOf } from '../../config/write.ts'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { type Batch, rawRow } from '../../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import { interpret } from '../../engines/interpreter/interpret.ts'
import { printPrecision } from '../../fixed/precision.ts'
import { openHdf5 } from '../../formats/hdf5/read.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { conversionAt } from '../../ir/tensor-type.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { importModel } from '../index.ts'
import type { JsonObject } from '../json.ts'
import { floats, functional, inputLayer, kerasFile, layer, type TestLayer } from './testing/models.ts'

const folder = '../shared/reference/real/keras'
const absent = existsSync(folder) ? '' : ` (skipped: ${folder} is absent)`

const values = (shape: readonly number[], seed: number) => {
  const count = shape.reduce((product, extent) => product * extent, 1)
  return floats(shape, ...Array.from({ length: count }, (_, k) => (((k * 31 + seed * 17) % 41) - 20) / 32))
}

/** Arrays of a layer over so many features, with two aggregators; `part` of a stack. */
function arrays(features: number, filters: number, part = ''): NonNullable<TestLayer['weights']> {
  return {
    [`FLR${part}_kernel`]: values([features, 3], 1),
    [`FLR${part}_bias`]: values([3], 2),
    [`S${part}_kernel`]: values([features, 2], 3),
    [`S${part}_bias`]: values([2], 4),
    [`Fout${part}_kernel`]: values([6, filters], 5),
    [`Fout${part}_bias`]: values([filters], 6),
  }
}

const plain = {
  simplified: true,
  collapse: 'mean',
  input_format: 'xn',
  output_activation: null,
  quantize_transforms: false,
  mean_by_nvert: false,
}

async function read(className: string, config: JsonObject, weights: TestLayer['weights']): Promise<OpGraph> {
  const layers = [
    inputLayer('x', 4, 2),
    inputLayer('n', 1),
    { ...layer(className, 'gar', { ...plain, ...config }, weights), reads: ['x', 'n'] },
  ]
  const bytes = await kerasFile(layers, functional(layers, ['x', 'n'], ['gar']))
  return importModel([{ name: 'm.h5', bytes }])
}

const sizes = { n_aggregators: 2, n_filters: 2, n_propagate: 3 }
const one = (config: JsonObject = {}) => read('GarNet', { ...sizes, ...config }, arrays(2, 2))
const stack = (config: JsonObject = {}) =>
  read(
    'GarNetStack',
    { n_aggregators: [2, 2], n_filters: [3, 2], n_propagate: [3, 3], n_sublayers: 2, ...config },
    { ...arrays(2, 3, '0'), ...arrays(3, 2, '1') },
  )

const vertices = [0.5, -0.25, 1, 0.75, -0.5, 0.125, 2, -1]
const inputs = (count: number): Batch[] => [
  { rows: 1, shape: [4, 2], data: Float64Array.from(vertices) },
  { rows: 1, shape: [1], data: Float64Array.of(count) },
]

async function refusal(reading: Promise<unknown>): Promise<string> {
  const problem = await reading.catch((thrown: unknown) => thrown)
  return problem instanceof CompileError ? problem.message : String(problem)
}

function typesOf(graph: OpGraph, name: string): Record<string, string> {
  const { resolved } = nodeNamed(graph, name)
  const printed = Object.entries(resolved).map(([role, to]) => [
    role,
    printPrecision({ kind: 'fixed', conversion: conversionAt(to, [], 0) }, 'short'),
  ])
  return Object.fromEntries(printed)
}

describe('GarNet layers', () => {
  it('take vertices and their number; a stack is one after the other', async () => {
    const graph = await stack()
    expect(graph.nodes.map(({ name, inputs: reads, shape }) => [name, reads, shape])).toEqual([
      ['x', [], [4, 2]],
      ['n', [], [1]],
      ['gar_0', ['x', 'n'], [4, 3]],
      ['gar', ['gar_0', 'n'], [2]],
    ])
  })

  it('have the types that hls4ml gives them, whatever the default, and those that are asked', async () => {
    const config = (settings: object) =>
      parseConfig({ Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 }, ...settings }, 'c')
    const asked = {
      GarNet: { ReuseFactor: 2, Precision: { default: 'fixed<14,5,RND,SAT>', norm: 'ufixed<9,3>' } },
    }
    const { typed } = compileModel(await one(), { config: config({ LayerType: asked }) })
    expect(typesOf(typed, 'gar')).toEqual({
      result: 'fixed<14,5,RND,SAT>',
      distance: 'fixed<12,4,TRN,SAT>',
      edge_weight: 'ufixed<10,0>',
      edge_weight_aggr: 'ufixed<11,1>',
      aggr: 'fixed<14,4>',
      norm: 'ufixed<9,3>',
      weighted: 'fixed<16,6>',
      mean_bias: 'fixed<11,1,RND,SAT>',
      input_transform_weights: 'fixed<11,1,RND,SAT>',
      input_transform_biases: 'fixed<11,1,RND,SAT>',
      aggregator_distance_weights: 'fixed<11,1,RND,SAT>',
      aggregator_distance_biases: 'fixed<11,1,RND,SAT>',
      output_transform_biases: 'fixed<11,1,RND,SAT>',
    })
    const named = { gar: { Precision: { aggr: 'fixed<20,8>' } } }
    const inStack = compileModel(await stack(), { config: config({ LayerName: named }) }).typed
    for (const name of ['gar_0', 'gar']) expect(typesOf(inStack, name).aggr).toBe('fixed<20,8>')
  })

  it('are written into a config as hls4ml writes them', async () => {
    const { LayerName } = configOf(await one(), 'name', { defaultReuseFactor: 2 })
    expect(LayerName?.gar).toEqual({
      Trace: false,
      Precision: {
        edge_weight: 'ufixed<10,0,TRN,SAT,0>',
        edge_weight_aggr: 'ufixed<11,1,TRN,SAT,0>',
        aggr: 'fixed<14,4,TRN,SAT,0>',
        norm: 'ufixed<14,4,TRN,SAT,0>',
      },
      ReuseFactor: 2,
    })
  })

  it.each([
    ['mean', 3],
    ['mean', 0],
    [null, 2],
  ] as const)('lose little without a config: collapse %s, %i vertices', async (collapse, count) => {
    for (const graph of [await one({ collapse }), await stack({ collapse })]) {
      const inputTypes = new Map([
        ['x', { signed: true, width: 8, frac: 5 }],
        ['n', { signed: false, width: 3, frac: 0 }],
      ])
      const { typed } = compileModel(graph, { inputTypes, verifyPasses: true })
      const raw = createFixedEngine(typed).run(inputs(count), ['gar']).get('gar')!
      const slow = interpret(typed, inputs(count), ['gar']).get('gar')!
      expect(rawRow(raw, 0)).toEqual(rawRow(slow, 0))
      const real = [...runFloat(graph, inputs(count), ['gar']).get('gar')!.data]
      const fixed = [...toNumbers(nodeNamed(typed, 'gar'), raw)]
      for (const [k, value] of fixed.entries()) expect(Math.abs(value - real[k]!)).toBeLessThan(0.004)
    }
  })

  it('are refused where hls4ml has no kernel either, with the reason', async () => {
    expect(await refusal(one({ simplified: false }))).toContain('simplified=True')
    expect(await refusal(one({ input_format: 'xen' }))).toContain("input_format='xn'")
    expect(await refusal(one({ output_activation: 'tanh' }))).toContain('Activation layer behind it')
    expect(await refusal(one({ quantize_transforms: true }))).toContain('Quantise by the config')
    expect(await refusal(one({ collapse: 'max' }))).toContain('null or "mean"')
    expect(await refusal(stack({ n_filters: [3] }))).toContain('2 whole numbers')
    expect(await refusal(read('GravNet', {}, {}))).toContain('define the network by a program, with gravNet')
    expect(await refusal(read('EdgeConv', {}, {}))).toContain('GarNet and GravNet are there')
    const graph = await one()
    const config = parseConfig({ Model: { Precision: 'fixed<16,6>', ReuseFactor: 8 } }, 'c')
    expect(() => compileModel(graph, { config })).toThrow('graph/garnet-reuse')
  })
})

/** The layer as Keras computes it, then two dense layers: its own reading of the arrays, nothing folded. */
function kerasForward(weights: (name: string) => Float64Array, x: Float64Array, count: number): number {
  const product = (from: ArrayLike<number>, kernel: Float64Array, bias: Float64Array) =>
    Array.from(bias, (own, j) => {
      let sum = own
      for (let i = 0; i < from.length; i++) sum += from[i]! * kernel[i * bias.length + j]!
      return sum
    })
  const rows = Array.from({ length: 128 }, (_, v) => x.subarray(4 * v, 4 * v + 4))
  const gar = (name: string) => weights(`gar_1/gar_1/${name}:0`)
  const features = rows.map(row => product(row, gar('FLR_kernel'), gar('FLR_bias')))
  const edges = rows.map((row, v) =>
    product(row, gar('S_kernel'), gar('S_bias')).map(d => (v < count ? Math.exp(-(d ** 2)) : 0)),
  )
  const mean = (of: (v: number) => number) => rows.reduce((sum, _, v) => sum + of(v), 0) / 128
  const known = [0, 1, 2, 3].map(a => [0, 1, 2, 3].map(p => mean(v => edges[v]![a]! * features[v]![p]!)))
  const outputs = edges.map(own => {
    const updated = own.flatMap((edge, a) => known[a]!.map(value => edge * value))
    return product(updated, gar('Fout_kernel'), gar('Fout_bias'))
  })
  const pooled = [0, 1, 2, 3].map(o => mean(v => (v < count ? outputs[v]![o]! : 0)))
  const dense = (name: string, from: readonly number[]) =>
    product(from, weights(`${name}/${name}/kernel:0`), weights(`${name}/${name}/bias:0`))
  const hidden = dense('dense', pooled).map(value => Math.max(0, value))
  return 1 / (1 + Math.exp(-dense('dense_1', hidden)[0]!))
}

function numbersOf(file: string): number[] {
  return readFileSync(`${folder}/${file}`, 'utf8').split(/\s+/).filter(Boolean).map(Number)
}

describe.skipIf(absent !== '')(`a GarNet network with recorded outputs${absent}`, () => {
  const rows = 256
  const all = absent === '' ? numbersOf('garnet_1layer_input.dat') : []
  const column = (from: number, count: number) =>
    Float64Array.from(
      { length: rows * count },
      (_, k) => all[Math.floor(k / count) * 513 + from + (k % count)]!,
    )
  const batches: Batch[] = [
    { rows, shape: [128, 4], data: column(0, 512) },
    { rows, shape: [1], data: column(512, 1) },
  ]
  const bytes = (file: string) => new Uint8Array(readFileSync(`${folder}/${file}`))
  const model = () =>
    importModel([
      { name: 'garnet_1layer.json', bytes: bytes('garnet_1layer.json') },
      { name: 'garnet_1layer_weights.h5', bytes: bytes('garnet_1layer_weights.h5') },
    ])

  it('means what Keras computed', async () => {
    const graph = await model()
    const output = graph.outputs[0]!
    const found = runFloat(graph, batches, [output]).get(output)!.data
    const file = await openHdf5(bytes('garnet_1layer_weights.h5'), 'garnet_1layer_weights.h5')
    const recorded = numbersOf('garnet_1layer_output.dat')
    const read = new Map<string, Float64Array>()
    const weights = (name: string) => {
      const data = read.get(name) ?? file.dataset(`model_weights/${name}`).data
      read.set(name, data)
      return data
    }
    for (let row = 0; row < rows; row++) {
      const x = batches[0]!.data.subarray(row * 512, (row + 1) * 512)
      const own = kerasForward(weights, x, batches[1]!.data[row]!)
      expect(Math.abs(found[row]! - own)).toBeLessThan(1e-6)
      // Six decimals of float32.
      expect(Math.abs(found[row]! - recorded[row]!)).toBeLessThan(2e-6)
    }
  })

  it("has hls4ml's types under the config that came with it, and one result in plan and interpreter", async () => {
    const text = readFileSync(`${folder}/garnet_1layer_config.yml`, 'utf8')
    // The one layer that the model does not have is an error by itself.
    const known = text.slice(0, text.indexOf('     regression_linear'))
    const { typed } = compileModel(await model(), { config: parseConfig(known, 'c.yml') })
    expect(typesOf(typed, 'gar_1')).toMatchObject({
      result: 'fixed<16,6>',
      edge_weight: 'ufixed<10,0>',
      edge_weight_aggr: 'ufixed<14,4>',
      aggr: 'fixed<17,7>',
      weighted: 'fixed<14,5,RND,SAT>',
    })
    const few = batches.map(({ shape, data }) => {
      const size = data.length / rows
      return { rows: 3, shape, data: data.slice(0, 3 * size) }
    })
    const fast = createFixedEngine(typed).run(few, ['gar_1']).get('gar_1')!
    const slow = interpret(typed, few, ['gar_1']).get('gar_1')!
    for (let row = 0; row < 3; row++) expect(rawRow(fast, row)).toEqual(rawRow(slow, row))
  })
})
