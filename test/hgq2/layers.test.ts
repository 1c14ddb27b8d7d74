// Every layer of HGQ2 that is read, on random models: emulator, float meaning and interpreter give numpy's numbers.

import { beforeAll, describe, expect, it } from 'vitest'
import { buildDesign } from '../../src/backends/verilog/design.ts'
import { compileModel } from '../../src/compile.ts'
import { CompileError } from '../../src/diagnostics/diagnostic.ts'
import type { Batch } from '../../src/engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../src/engines/fixed/fixed.ts'
import { runFloat } from '../../src/engines/float.ts'
import { interpret } from '../../src/engines/interpreter/interpret.ts'
import { importModel } from '../../src/frontends/index.ts'
import { nodeNamed } from '../../src/ir/graph.ts'
import { type Shape, sizeOf } from '../../src/ir/tensor-type.ts'
import { verifyDesign } from '../../src/node/verify-design.ts'
import { archiveOf, type ModelMaker, modelMaker, type QuantiserOptions, type TestLayer } from './models.ts'
import { missingNumpy, nested, numbers, numpyResults } from './numpy.ts'

const missing = missingNumpy()
const rows = 40

interface Model {
  readonly input: Shape
  readonly layers: readonly TestLayer[]
}

const weight: QuantiserOptions = { q_type: 'kbi', overflow_mode: 'WRAP', is_weight: true }
const part = (folder: string, shape: Shape, options?: QuantiserOptions) => ({
  attribute: `${folder}_conf`,
  folder,
  shape,
  ...(options !== undefined && { options }),
})

/** A dense layer between quantisers. */
function dense(
  make: ModelMaker,
  name: string,
  reads: string,
  shape: Shape,
  units: number,
  more: Partial<Record<'iq' | 'kq' | 'bq' | 'oq', QuantiserOptions>> = {},
) {
  const kernel = [shape.at(-1)!, units]
  const parts = [
    part('iq', [1, ...shape], more.iq),
    part('kq', kernel, more.kq ?? weight),
    part('bq', [units], more.bq ?? weight),
    ...(more.oq === undefined ? [] : [part('oq', [1, ...shape.slice(0, -1), units], more.oq)]),
  ]
  const arrays = { 'vars/0': make.floats(kernel), 'vars/1': make.floats([units]) }
  return make.layer('QDense', name, [reads], { units, use_bias: true, activation: 'relu' }, parts, arrays)
}

const start = (make: ModelMaker, shape: Shape, name = 'q', reads = 'in') =>
  make.layer('Quantizer', name, [reads], {}, [{ attribute: 'config', folder: '', shape: [1, ...shape] }])

/** A merge of two quantised tensors. */
function merge(
  make: ModelMaker,
  kind: string,
  reads: readonly string[],
  shapes: readonly Shape[],
  config: object = {},
) {
  const quantisers = shapes.map((shape, k) =>
    make.quantiser(`iq/quantizers/quantizer${k === 0 ? '' : `_${k}`}`, [1, ...shape]),
  )
  const own = { iq_confs: quantisers.map(({ conf }) => conf), enable_iq: true, ...config }
  return make.layer(
    kind,
    'merge',
    reads,
    own,
    [],
    Object.assign({}, ...quantisers.map(({ arrays }) => arrays)),
  )
}

const tableTypes = (folder: string, prefix: string, shape: Shape, sums: Shape) => {
  const same = { same: true, overflow_mode: 'SAT' } as const
  const at = (name: string, own: Shape, options: QuantiserOptions) => ({
    attribute: `${prefix}${name.replace('_table/', '_')}_conf`,
    folder: `${folder}${name}`,
    shape: [1, ...own],
    options,
  })
  return [
    at('exp_table/iq', shape, { ...same, k: 1, i: [2, 3], f: [2, 4] }),
    at('exp_table/oq', shape, {
      ...same,
      q_type: 'kbi',
      round_mode: 'RND_CONV',
      k: 0,
      i: [0.6, 1],
      f: [5, 7],
    }),
    at('inv_table/iq', sums, { ...same, k: 0, i: [2, 3], f: [2, 4] }),
    at('inv_table/oq', sums, {
      ...same,
      q_type: 'kbi',
      round_mode: 'RND_CONV',
      k: 0,
      i: [0.6, 1],
      f: [5, 7],
    }),
  ]
}

function attention(
  make: ModelMaker,
  kind: string,
  config: object,
  lengths: { query: number; key: number },
  more: readonly ReturnType<typeof part>[] = [],
) {
  const [heads, size, value, width] = [2, 3, 4, 5]
  const { query, key } = lengths
  const datum: QuantiserOptions = { overflow_mode: 'SAT', i: [0, 3], f: [1, 4] }
  const own: QuantiserOptions = { q_type: 'kbi', overflow_mode: 'SAT_SYM', is_weight: true, k: 1 }
  const dense = (
    name: string,
    input: Shape,
    kernel: Shape,
    bias: Shape | undefined,
    output: Shape | undefined,
  ) => [
    { attribute: 'qkvo_iq_conf', folder: `${name}/iq`, shape: [1, ...input], options: datum },
    { attribute: 'qkvo_kq_conf', folder: `${name}/kq`, shape: kernel, options: own },
    ...(bias ? [{ attribute: 'qkvo_bq_conf', folder: `${name}/bq`, shape: bias, options: own }] : []),
    ...(output
      ? [{ attribute: 'qkvo_oq_conf', folder: `${name}/oq`, shape: [1, ...output], options: datum }]
      : []),
  ]
  const scores = [heads, query, key]
  const parts = [
    ...dense('query_dense', [query, width], [width, heads, size], [heads, size], [query, heads, size]),
    ...dense('key_dense', [key, width], [width, heads, size], undefined, [key, heads, size]),
    ...dense('value_dense', [key, width], [width, heads, value], [heads, value], [key, heads, value]),
    ...dense('output_dense', [query, heads, value], [heads, value, width], [width], undefined),
    { attribute: 'softmax_iq_conf', folder: '_softmax/iq', shape: [1, ...scores], options: datum },
    ...tableTypes('_softmax/', 'softmax_', scores, [heads, query, 1]),
    {
      attribute: 'softmax_oq_conf',
      folder: '_softmax/oq',
      shape: [1, ...scores],
      options: { ...datum, k: 0 as const },
    },
    ...more,
  ]
  const arrays = {
    'query_dense/vars/0': make.floats([width, heads, size]),
    'query_dense/vars/1': make.floats([heads, size]),
    'key_dense/vars/0': make.floats([width, heads, size]),
    'value_dense/vars/0': make.floats([width, heads, value]),
    'value_dense/vars/1': make.floats([heads, value]),
    'output_dense/vars/0': make.floats([heads, value, width]),
    'output_dense/vars/1': make.floats([width]),
  }
  const settings = {
    num_heads: heads,
    key_dim: size,
    value_dim: value,
    use_bias: true,
    dropout: 0,
    output_shape: null,
    attention_axes: [1],
    seed: null,
    stable_softmax: true,
    fuse: 'none',
    enable_iq: true,
    enable_oq: false,
  }
  return make.layer(kind, 'mha', ['q'], { ...settings, ...config }, parts, { ...arrays })
}

const normArrays = (make: ModelMaker, kernel: Shape, bias: Shape, norm: Shape) => ({
  'vars/0': make.floats(kernel),
  'vars/1': make.floats(bias),
  'vars/2': make.floats(norm, 0.5, 3),
  'vars/5': make.floats(norm),
  'vars/6': make.floats(norm, 0.1, 9),
})

const roundModes = ['RND', 'TRN', 'RND_CONV', 'TRN_ZERO', 'RND_ZERO', 'RND_INF', 'RND_MIN_INF', 'S_RND']

const models: Readonly<Record<string, (make: ModelMaker) => Model>> = {
  ...Object.fromEntries(
    (['kif', 'kbi'] as const).flatMap(q_type =>
      ['WRAP', 'SAT', 'SAT_SYM'].flatMap(overflow_mode =>
        roundModes.map(
          round_mode =>
            [
              `Quantizer ${q_type} ${round_mode} ${overflow_mode}`,
              (make: ModelMaker): Model => ({
                input: [3, 4],
                layers: [
                  make.layer('Quantizer', 'q', ['in'], {}, [
                    {
                      attribute: 'config',
                      folder: '',
                      shape: [1, 3, 4],
                      options: { q_type, overflow_mode, round_mode },
                    },
                  ]),
                ],
              }),
            ] as const,
        ),
      ),
    ),
  ),
  'QDense, two of them': make => ({
    input: [6],
    layers: [
      dense(make, 'a', 'in', [6], 5),
      dense(make, 'b', 'a', [5], 3, {
        kq: { overflow_mode: 'SAT_SYM', is_weight: true },
        bq: { q_type: 'kbi', overflow_mode: 'WRAP', round_mode: 'TRN', is_weight: true },
        oq: { overflow_mode: 'SAT', round_mode: 'RND_CONV' },
      }),
    ],
  }),
  'QDense of a matrix, one type for all': make => ({
    input: [3, 4],
    layers: [
      dense(make, 'a', 'in', [3, 4], 2, {
        iq: { same: true, k: 1, i: [2, 3], f: [2, 3] },
        kq: { same: true, i: [1, 2], f: [2, 3] },
      }),
    ],
  }),
  QBatchNormDense: make => {
    const parts = [part('iq', [1, 4]), part('kq', [4, 3], weight), part('bq', [3], weight)]
    const config = {
      units: 3,
      use_bias: true,
      activation: 'relu',
      epsilon: 0.01,
      scale: true,
      momentum: 0.9,
      synchronized: false,
    }
    const arrays = { ...normArrays(make, [4, 3], [3], [4]), 'vars/1': make.floats([3]) }
    return { input: [4], layers: [make.layer('QBatchNormDense', 'a', ['in'], config, parts, arrays)] }
  },
  QEinsumDense: make => {
    const parts = [
      part('iq', [1, 3, 4]),
      part('kq', [4, 2, 5], weight),
      part('bq', [2, 5], weight),
      part('oq', [1, 3, 2, 5]),
    ]
    const config = {
      equation: 'abc,cde->abde',
      output_shape: [3, 2, 5],
      bias_axes: 'de',
      activation: 'linear',
    }
    const arrays = { 'vars/0': make.floats([4, 2, 5]), 'vars/1': make.floats([2, 5]) }
    return { input: [3, 4], layers: [make.layer('QEinsumDense', 'a', ['in'], config, parts, arrays)] }
  },
  'QEinsumDense of dots, without biases': make => {
    const parts = [part('iq', [1, 2, 3, 4]), part('kq', [3, 5], weight)]
    const config = {
      equation: 'b...sc,sS->b...Sc',
      output_shape: [null, 5, 4],
      bias_axes: null,
      activation: 'relu',
    }
    return {
      input: [2, 3, 4],
      layers: [make.layer('QEinsumDense', 'a', ['in'], config, parts, { 'vars/0': make.floats([3, 5]) })],
    }
  },
  QEinsumDenseBatchnorm: make => {
    const parts = [part('iq', [1, 3, 4]), part('kq', [4, 5], weight), part('bq', [5], weight)]
    const config = { equation: 'bsc,cC->bsC', output_shape: [3, 5], bias_axes: 'C', activation: 'relu' }
    return {
      input: [3, 4],
      layers: [
        make.layer('QEinsumDenseBatchnorm', 'a', ['in'], config, parts, normArrays(make, [4, 5], [5], [5])),
      ],
    }
  },
  QBatchNormalization: make => {
    const parts = [part('iq', [1, 3, 4]), part('kq', [4], weight), part('bq', [4], weight)]
    const config = {
      axis: -1,
      epsilon: 0.001,
      center: true,
      scale: true,
      momentum: 0.9,
      freeze_statistics: false,
      synchronized: false,
    }
    const arrays = {
      'vars/0': make.floats([4], 0.5, 2),
      'vars/1': make.floats([4]),
      'vars/2': make.floats([4]),
      'vars/3': make.floats([4], 0.1, 4),
    }
    return { input: [3, 4], layers: [make.layer('QBatchNormalization', 'a', ['in'], config, parts, arrays)] }
  },
  'QConv2D and QMaxPooling2D': make => {
    const parts = [part('iq', [1, 5, 5, 2]), part('kq', [2, 2, 2, 3], weight), part('bq', [3], weight)]
    const config = {
      filters: 3,
      kernel_size: [2, 2],
      strides: [1, 1],
      padding: 'valid',
      data_format: 'channels_last',
      dilation_rate: [1, 1],
      groups: 1,
      activation: 'relu',
      use_bias: true,
      parallelization_factor: -1,
    }
    const conv = make.layer('QConv2D', 'a', ['in'], config, parts, {
      'vars/0': make.floats([2, 2, 2, 3]),
      'vars/1': make.floats([3]),
    })
    const pooling = { pool_size: [2, 2], strides: [2, 2], padding: 'valid', data_format: 'channels_last' }
    return {
      input: [5, 5, 2],
      layers: [conv, make.layer('QMaxPooling2D', 'b', ['a'], pooling, [part('iq', [1, 4, 4, 3])])],
    }
  },
  QConv1D: make => {
    const parts = [part('iq', [1, 6, 2]), part('kq', [3, 2, 3], weight), part('bq', [3], weight)]
    const config = {
      filters: 3,
      kernel_size: [3],
      strides: [1],
      padding: 'valid',
      data_format: 'channels_last',
      dilation_rate: [1],
      groups: 1,
      activation: 'relu',
      use_bias: true,
    }
    const arrays = { 'vars/0': make.floats([3, 2, 3]), 'vars/1': make.floats([3]) }
    return { input: [6, 2], layers: [make.layer('QConv1D', 'a', ['in'], config, parts, arrays)] }
  },
  QAveragePooling2D: make => {
    const pooling = { pool_size: [2, 2], strides: [2, 2], padding: 'valid', data_format: 'channels_last' }
    const parts = [part('iq', [1, 4, 4, 2]), part('oq', [1, 2, 2, 2])]
    return { input: [4, 4, 2], layers: [make.layer('QAveragePooling2D', 'a', ['in'], pooling, parts)] }
  },
  QGlobalMaxPooling2D: make => {
    const pooling = { data_format: 'channels_last', keepdims: false }
    return {
      input: [3, 3, 2],
      layers: [make.layer('QGlobalMaxPooling2D', 'a', ['in'], pooling, [part('iq', [1, 3, 3, 2])])],
    }
  },
  QGlobalAveragePooling1D: make => {
    const pooling = { data_format: 'channels_last', keepdims: false }
    return {
      input: [4, 3],
      layers: [make.layer('QGlobalAveragePooling1D', 'a', ['in'], pooling, [part('iq', [1, 4, 3])])],
    }
  },
  QDot: make => ({
    input: [9],
    layers: [
      start(make, [9]),
      start(make, [9], 'r', 'q'),
      merge(make, 'QDot', ['q', 'r'], [[9], [9]], { axes: 1, normalize: false }),
    ],
  }),
  QActivation: make => ({
    input: [5],
    layers: [
      make.layer('QActivation', 'a', ['in'], { activation: 'relu' }, [
        part('iq', [1, 5], { k: 1, i: [1, 3], f: [1, 3] }),
        part('oq', [1, 5], { i: [1, 3], f: [1, 3] }),
      ]),
    ],
  }),
  ...Object.fromEntries(
    ['QAdd', 'QSubtract', 'QMultiply', 'QAverage', 'QMaximum', 'QMinimum'].map(kind => [
      kind,
      (make: ModelMaker): Model => ({
        input: [2, 3],
        layers: [
          start(make, [2, 3]),
          start(make, [2, 3], 'r', 'q'),
          merge(
            make,
            kind,
            ['q', 'r'],
            [
              [2, 3],
              [2, 3],
            ],
          ),
        ],
      }),
    ]),
  ),
  QEinsum: make => ({
    input: [2, 3],
    layers: [
      start(make, [2, 3]),
      start(make, [2, 3], 'r', 'q'),
      merge(
        make,
        'QEinsum',
        ['q', 'r'],
        [
          [2, 3],
          [2, 3],
        ],
        { equation: 'bij,bkj->bki' },
      ),
    ],
  }),
  ...Object.fromEntries(
    (['tanh', 'sigmoid', 'exponential', 'relu'] as const).flatMap(activation =>
      [true, false].map(
        same =>
          [
            `QUnaryFunctionLUT ${activation}${same ? '' : ', a type for every element'}`,
            (make: ModelMaker): Model => ({
              input: [2, 3],
              layers: [
                make.layer(
                  'QUnaryFunctionLUT',
                  'a',
                  ['in'],
                  { activation, allow_heterogeneous_table: !same, allow_heterogeneous_input: true },
                  [
                    part('iq', [1, 2, 3], { i: [1, 3], f: [1, 3] }),
                    part('oq', [1, 2, 3], {
                      q_type: 'kbi',
                      overflow_mode: 'SAT',
                      round_mode: 'RND_CONV',
                      i: [0, 2],
                      f: [3, 5],
                      same,
                    }),
                  ],
                ),
              ],
            }),
          ] as const,
      ),
    ),
  ),
  QAffinedUnaryFunctionLUT: make => ({
    input: [4],
    layers: [
      make.layer(
        'QAffinedUnaryFunctionLUT',
        'a',
        ['in'],
        { activation: 'tanh', allow_heterogeneous_table: true, allow_heterogeneous_input: true },
        [
          part('iq', [1, 4], { i: [1, 3], f: [1, 3] }),
          part('oq', [1, 4], { overflow_mode: 'SAT', i: [0, 2], f: [3, 5], same: true }),
        ],
        { 'vars/0': make.floats([1]), 'vars/1': make.floats([1]) },
      ),
    ],
  }),
  ...Object.fromEntries(
    [true, false].flatMap(stable =>
      [[2], [1, 2]].map(
        axes =>
          [
            `QSoftmax, ${stable ? 'stable' : 'latency'}, axes ${axes}`,
            (make: ModelMaker): Model => ({
              input: [2, 3],
              layers: [
                make.layer(
                  'QSoftmax',
                  'a',
                  ['in'],
                  { axes, stable, input_scaler: 0.3, allow_heterogeneous_table: false },
                  [
                    part('iq', [1, 2, 3], { overflow_mode: 'SAT', i: [1, 3], f: [1, 3], k: 1 }),
                    ...tableTypes('', '', [2, 3], axes.length === 1 ? [2, 1] : [1, 1]).filter(
                      ({ attribute }) => stable || attribute !== 'exp_iq_conf',
                    ),
                    part('oq', [1, 2, 3], { overflow_mode: 'SAT', i: [0, 1], f: [3, 6], k: 0 }),
                  ],
                ),
              ],
            }),
          ] as const,
      ),
    ),
  ),
  QMultiHeadAttention: make => ({
    input: [4, 5],
    layers: [start(make, [4, 5]), attention(make, 'QMultiHeadAttention', {}, { query: 4, key: 4 })],
  }),
  ...Object.fromEntries(
    [false, true].map(shared => [
      `QLinformerAttention${shared ? ', one projection' : ''}`,
      (make: ModelMaker): Model => {
        const own: QuantiserOptions = { q_type: 'kbi', overflow_mode: 'SAT_SYM', is_weight: true, k: 1 }
        const projections = shared ? ['_lin_k_proj'] : ['_lin_k_proj', '_lin_v_proj']
        const more = projections.flatMap(folder => [
          {
            attribute: 'qkvo_iq_conf',
            folder: `${folder}/iq`,
            shape: [1, 4, 5],
            options: { overflow_mode: 'SAT', i: [0, 3], f: [1, 4] } as const,
          },
          { attribute: 'qkvo_kq_conf', folder: `${folder}/kq`, shape: [4, 3], options: own },
        ])
        const made = attention(
          make,
          'QLinformerAttention',
          { lin_kv_proj_dim: [3], share_kv_proj: shared },
          { query: 4, key: 3 },
          more,
        )
        const kernels = Object.fromEntries(
          projections.map(folder => [`${folder}/vars/0`, make.floats([4, 3])]),
        )
        return {
          input: [4, 5],
          layers: [start(make, [4, 5]), { ...made, arrays: { ...made.arrays, ...kernels } }],
        }
      },
    ]),
  ),
}

const seedOf = (name: string) =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 11)

const rowsOf = (input: Shape) => numbers(rows * sizeOf(input))

const read = async (make: (maker: ModelMaker) => Model, seed: number) => {
  const { input, layers } = make(modelMaker(seed))
  const bytes = await archiveOf(input, layers)
  return { input, bytes, graph: await importModel([{ name: 'm.keras', bytes }]) }
}

describe.skipIf(missing !== undefined)('layers of HGQ2', () => {
  const cases = new Map<string, Awaited<ReturnType<typeof read>> & { readonly expected: readonly number[] }>()
  beforeAll(async () => {
    const all = await Promise.all(Object.entries(models).map(([name, make]) => read(make, seedOf(name))))
    const runs = all.map(({ bytes, input }) => ({
      bytes,
      inputs: [nested([...rowsOf(input)], [rows, ...input])],
    }))
    const results = await numpyResults(runs)
    for (const [k, name] of Object.keys(models).entries())
      cases.set(name, { ...all[k]!, expected: results[k]! })
  })

  it.each(Object.keys(models))('%s', name => {
    const { input, graph, expected } = cases.get(name)!
    const { typed } = compileModel(graph, { verifyPasses: true })
    const batch: Batch = { rows, shape: input, data: rowsOf(input) }
    const last = typed.outputs[0]!
    const raw = createFixedEngine(typed).run([batch], [last]).get(last)!
    expect([...toNumbers(nodeNamed(typed, last), raw)]).toEqual(expected)
    const float = runFloat(graph, [batch], graph.outputs).get(graph.outputs[0]!)!
    // There is one zero: −0 becomes it.
    expect(Array.from(float.data, value => value + 0)).toEqual(expected)
    const few = { ...batch, rows: 2, data: batch.data.slice(0, 2 * sizeOf(input)) }
    const slow = interpret(typed, [few], [last]).get(last)!
    expect([...slow.raw].map(BigInt)).toEqual([...raw.raw].slice(0, slow.raw.length).map(BigInt))
    expect(new Set(expected).size).toBeGreaterThan(3)
  })
})

describe('layers of HGQ2 as cells', () => {
  const built = [
    'QDense, two of them',
    'QDense of a matrix, one type for all',
    'QBatchNormDense',
    'QEinsumDense',
    'QEinsumDense of dots, without biases',
    'QBatchNormalization',
    'QActivation',
    'QAdd',
    'QMultiply',
    'QMaximum',
    'QEinsum',
    'QUnaryFunctionLUT tanh',
    'QUnaryFunctionLUT sigmoid, a type for every element',
    'QSoftmax, stable, axes 2',
    'QSoftmax, latency, axes 1,2',
    'QMultiHeadAttention',
  ]
  it.each(built)('%s', async name => {
    const { input, graph } = await read(models[name]!, seedOf(name))
    const compiled = compileModel(graph)
    const design = buildDesign(compiled.typed, {
      project: 'm',
      clockNs: 5,
      family: 'xcup',
      effort: 0,
    })
    const batch: Batch = { rows, shape: input, data: rowsOf(input) }
    const { roads, timingHolds } = await verifyDesign(compiled, design, [batch], { roads: ['netlist'] })
    expect(roads).toMatchObject([{ road: 'netlist', equal: true }])
    expect(timingHolds).toBe(true)
  })
})

const codes = async (model: (maker: ModelMaker) => Model) => {
  const problem = await read(model, 3).then(
    () => undefined,
    caught => caught as unknown,
  )
  if (!(problem instanceof CompileError)) throw problem ?? new Error('it was read')
  return problem.diagnostics.map(({ code }) => code)
}

describe('a model of HGQ2 is refused', () => {
  const quantised =
    (more: object): ((make: ModelMaker) => Model) =>
    make => ({
      input: [3],
      layers: [
        make.layer('Quantizer', 'q', ['in'], {}, [
          { attribute: 'config', folder: '', shape: [1, 3], options: { more } },
        ]),
      ],
    })

  it.each([
    ['with a quantiser of another kind', quantised({ q_type: 'float' })],
    ['with a scaler', quantised({ scaler: 3 })],
    ['with a mode of no name', quantised({ round_mode: 'UP' })],
    ['with an overflow that has no type', quantised({ overflow_mode: 'WRAP_SM' })],
  ])('%s', async (_, model) => {
    expect(await codes(model)).toContain('keras/attribute-value')
  })

  it('with a function that has no table, or too large a one', async () => {
    const table =
      (activation: string, f: readonly [number, number]) =>
      (make: ModelMaker): Model => ({
        input: [2],
        layers: [
          make.layer('QUnaryFunctionLUT', 'a', ['in'], { activation }, [
            part('iq', [1, 2], { f }),
            part('oq', [1, 2], { same: true }),
          ]),
        ],
      })
    expect(await codes(table('bessel', [1, 2]))).toContain('keras/unsupported-activation')
    expect(await codes(table('tanh', [40, 41]))).toContain('keras/attribute-value')
  })

  it('with arrays that do not fit, or are missing', async () => {
    const [missingOne, wrong] = ['none', 'wrong'].map(what => (make: ModelMaker): Model => {
      const layer = dense(make, 'a', 'in', [3], 2)
      const arrays = { ...layer.arrays }
      if (what === 'none') delete arrays['kq/quantizer/vars/0']
      else arrays['kq/quantizer/vars/0'] = make.floats([3, 5])
      return { input: [3], layers: [{ ...layer, arrays }] }
    })
    expect(await codes(missingOne!)).toContain('keras/missing-weight')
    expect(await codes(wrong!)).toContain('keras/attribute-value')
  })
})
