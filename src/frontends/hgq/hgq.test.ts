import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import type { Batch } from '../../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import { interpret } from '../../engines/interpreter/interpret.ts'
import { type Hdf5File, openHdf5 } from '../../formats/hdf5/read.ts'
import type { Hdf5Array } from '../../formats/hdf5/write.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { parseGraph } from '../../ir/parse.ts'
import { printGraph } from '../../ir/print.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { importModel } from '../index.ts'
import {
  denseLayer,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../keras/testing/models.ts'

const real = '../shared/reference/real/keras/hgq_jet_classifier.h5'
const absent = existsSync(real) ? '' : ` (skipped: ${real} is absent)`

const bytes = (shape: readonly number[], data: readonly number[]): Hdf5Array => ({
  shape,
  data: Int8Array.from(data),
})

/** Types as [keep_negative, bits, integers]. */
function quantiser(name: string, types: readonly (readonly number[])[], more: object = {}): TestLayer {
  const shape = types.length === 1 ? [1] : [1, types.length]
  const column = (k: number) =>
    bytes(
      shape,
      types.map(type => type[k]!),
    )
  const config = { RND: 'TRN', SAT: 'WRAP', shape, overrides: {}, fusible: types.length === 1, ...more }
  const weights = { keep_negative: column(0), bits: column(1), integers: column(2) }
  return layer('HGQ>FixedPointQuantizer', name, config, weights)
}

const read = async (layers: readonly TestLayer[]) =>
  importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])

/** Results of the typed network by both engines, which agree, and of the float one. */
function results(graph: OpGraph, inputs: readonly Batch[]) {
  const { typed } = compileModel(graph, { verifyPasses: true })
  const to = graph.outputs[0]!
  const raw = createFixedEngine(typed).run(inputs, [to]).get(to)!
  expect([...interpret(typed, inputs, [to]).get(to)!.raw].map(BigInt)).toEqual([...raw.raw].map(BigInt))
  return {
    fixed: [...toNumbers(nodeNamed(typed, to), raw)],
    float: [...runFloat(graph, inputs, [to]).get(to)!.data],
  }
}

/** Numbers of many sizes, a third of them far outside of what the quantisers keep. */
function batch(rows: number, width: number): Batch {
  const at = (k: number) => Math.sin(k * 12.9898) * 43758.5453
  const data = Float64Array.from({ length: rows * width }, (_, k) => (at(k) % 1) * [3, 20, 300][k % 3]!)
  return { rows, shape: [width], data }
}

const small = [
  inputLayer('in', 3),
  quantiser('q', [
    [1, 6, 3],
    [0, 0, 0],
    [0, 4, 2],
  ]),
  denseLayer('d', [3, 2]),
]

describe('a FixedPointQuantizer', () => {
  it('states a type for every element, and zero bits mean 0', async () => {
    const graph = await read(small)
    expect(nodeNamed(graph, 'q').quantisers.result).toEqual({
      name: 'fixed-by-element',
      options: { type: 'fixed<6,3>, ufixed<0,0>, ufixed<4,2> over [3]' },
    })
    const { typed } = compileModel(graph)
    expect(nodeNamed(typed, 'q').resolved.result!.to.types.map(({ width }) => width)).toEqual([6, 0, 4])
    expect(parseGraph(printGraph(typed), typed.store)).toEqual(typed)
  })

  it('gives the input the type that it reads, and weights one that holds them exactly', async () => {
    const graph = await read(small)
    expect(nodeNamed(graph, 'in').quantisers.result?.options.type).toBe('ap_fixed<6,3,AP_TRN,AP_WRAP,0>')
    expect(nodeNamed(graph, 'd').quantisers.weight?.options.type).toBe('ap_fixed<3,0,AP_TRN,AP_WRAP,0>')
    const rounding = small.map(own => ({
      ...own,
      config: { ...own.config, ...(own.config.RND ? { RND: 'RND' } : {}) },
    }))
    const { quantisers } = nodeNamed(await read(rounding), 'q')
    expect(nodeNamed(await read(rounding), 'in').quantisers).toEqual({ result: quantisers.result })
  })

  it('gives no type to an input that several round in different ways', async () => {
    const two = (config: object) => [
      small[0]!,
      { ...quantiser('q', [[1, 6, 3]], config), reads: ['in'] },
      { ...quantiser('r', [[1, 8, 3]], config), reads: ['in'] },
      { ...layer('Add', 'sum'), reads: ['q', 'r'] },
    ]
    const graph = async (config: object) => {
      const layers = two(config)
      const model = functional(layers, ['in'], ['sum'])
      return importModel([{ name: 'm.h5', bytes: await kerasFile(layers, model) }])
    }
    expect(nodeNamed(await graph({ RND: 'RND' }), 'in').quantisers).toEqual({})
    expect(nodeNamed(await graph({}), 'in').quantisers.result?.options.type).toBe(
      'ap_fixed<8,3,AP_TRN,AP_WRAP,0>',
    )
  })

  it('before an operator of one type for all is widened, exactly', async () => {
    const layers = [...small.slice(0, 2), layer('LeakyReLU', 'act', { alpha: 0.25 })]
    const { fixed, float } = results(await read(layers), [batch(50, 3)])
    expect(fixed).toEqual(float)
  })

  it.each(['WRAP', 'SAT', 'SAT_SYM', 'SAT_ZERO'])(
    'with %s computes the same bits as its formula',
    async SAT => {
      const layers = [
        inputLayer('in', 3),
        quantiser('q', [[1, 12, 5]]),
        denseLayer('d', [3, 2]),
        quantiser(
          'r',
          [
            [1, 5, 2],
            [0, 4, 3],
          ],
          { RND: 'RND_CONV', SAT },
        ),
      ]
      const { fixed, float } = results(await read(layers), [batch(50, 3)])
      expect(fixed).toEqual(float)
    },
  )

  it('keeps its types under a config, which is told', async () => {
    const config = parseConfig({ Model: { Precision: 'fixed<4,2>', ReuseFactor: 1 } }, 'c')
    const { rules, findings } = compileModel(await read(small), { config })
    expect(rules).toBe('lossless')
    expect(findings.map(({ code }) => code)).toContain('config/no-effect')
  })

  it('is refused with types that are none, and with modes of no name', async () => {
    await expect(read([inputLayer('in', 2), quantiser('q', [[2, 4, 1]])])).rejects.toThrow(
      'keras/attribute-value',
    )
    await expect(read([inputLayer('in', 2), quantiser('q', [[1, 4, 1]], { RND: 'UP' })])).rejects.toThrow(
      /the attribute 'RND' is "UP"/,
    )
  })
})

/** The file's network in plain double precision, read from its arrays alone. */
function forward(file: Hdf5File, row: Float64Array): number[] {
  const { config } = JSON.parse(String(file.attribute('', 'model_config')))
  const array = (name: string, variable: string) => file.dataset(`model_weights/${name}/${variable}:0`).data
  let x = [...row]
  for (const { class_name, name } of config.layers as { class_name: string; name: string }[]) {
    if (class_name === 'Activation') x = x.map(value => Math.max(value, 0))
    if (class_name === 'Dense') {
      const [kernel, bias] = [array(name, `${name}/kernel`), array(name, `${name}/bias`)]
      x = [...bias].map((start, j) =>
        x.reduce((sum, value, i) => sum + value * kernel[i * bias.length + j]!, start),
      )
    }
    if (class_name !== 'FixedPointQuantizer') continue
    const [negative, bits, integers] = ['keep_negative', 'bits', 'integers'].map(own => array(name, own))
    x = x.map((value, k) => {
      const at = bits!.length === 1 ? 0 : k
      const [width, scale] = [bits![at]!, 2 ** (bits![at]! - integers![at]!)]
      const low = negative![at] === 1 ? -(2 ** (width - 1)) : 0
      const span = 2 ** width
      const from = Math.floor(value * scale) - low
      return width === 0 ? 0 : (from - Math.floor(from / span) * span + low) / scale
    })
  }
  return x
}

describe.skipIf(absent !== '')(`the jet classifier of HGQ${absent}`, () => {
  it('predicts what its arrays say, on every engine, wrapped values included', async () => {
    const file = new Uint8Array(readFileSync(real))
    const graph = await importModel([{ name: 'hgq.h5', bytes: file }])
    const input = batch(100, 16)
    const { fixed, float } = results(graph, [input])
    const hdf5 = await openHdf5(file, 'hgq.h5')
    const own = Array.from({ length: 100 }, (_, k) => forward(hdf5, input.data.subarray(k * 16, k * 16 + 16)))
    hdf5.close()
    expect(fixed).toEqual(own.flat())
    expect(float).toEqual(own.flat())
  })
})

describe('a UnaryLUT', () => {
  const table = [0, 0.25, 0.5, 0.75, -1, -0.75, -0.5, -0.25]
  const lut = (more: object = {}, values: readonly number[] = table) => [
    inputLayer('in', 3),
    quantiser('q', [[1, 6, 4]]),
    layer(
      'HGQ>UnaryLUT',
      'lut',
      { kif_in: [1, 2, 0], kif_out: [1, 1, 2], ...more },
      { table: { shape: [values.length], data: Float32Array.from(values) } },
    ),
  ]

  it.each([
    [lut()],
    [
      lut(
        { kif_in: [0, 2, 1] },
        table.map(value => -value),
      ),
    ],
  ])('is addressed by the word of what it reads', async layers => {
    const graph = await read(layers)
    const inputs = [batch(50, 3)]
    const { fixed, float } = results(graph, inputs)
    expect(fixed).toEqual(float)
    const index = layers[2]!.config.kif_in as number[]
    const data = layers[2]!.weights!.table!.data as Float32Array
    const quantised = runFloat(graph, inputs, ['q']).get('q')!.data
    const even = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))
    const own = (x: number) => data[((even(x * 2 ** index[2]!) % 8) + 8) % 8]!
    expect(fixed).toEqual(Array.from(quantised, x => own(x) + 0))
  })

  it('is refused with a table of another size, and with types that are none', async () => {
    await expect(read(lut({}, [1, 2]))).rejects.toThrow('keras/weight-shape')
    await expect(read(lut({ kif_in: [1, -1, 0] }))).rejects.toThrow('keras/attribute-value')
  })
})
