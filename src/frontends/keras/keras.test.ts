import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { floatTensor, nodeNamed } from '../../ir/graph.ts'
import { importModel } from '../index.ts'
import type { Json } from '../json.ts'
import { kerasLayers } from './layers.ts'
import {
  denseLayer,
  floats,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from './testing/models.ts'

const read = async (layers: readonly TestLayer[], model: Json = sequential(layers)) =>
  importModel([{ name: 'm.h5', bytes: await kerasFile(layers, model) }])

const classes = Object.keys(kerasLayers).length

async function messages(work: Promise<unknown>): Promise<string[]> {
  const problem = await work.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  )
  return problem instanceof CompileError ? problem.message.split('\n') : [String(problem)]
}

const quantiser = (class_name: string, config: Record<string, Json>) => ({ class_name, config })

describe('a Sequential model', () => {
  it('becomes a chain, with a node for every activation', async () => {
    const graph = await read([
      inputLayer('in', 3),
      denseLayer('a', [3, 2], { activation: 'relu' }),
      layer('Dropout', 'drop', { rate: 0.5, noise_shape: null, seed: null }),
      denseLayer('b', [2, 2]),
      layer('Softmax', 'c', { axis: -1 }),
    ])
    expect(graph.nodes.map(({ kind, name, inputs, shape }) => [kind, name, inputs, shape])).toEqual([
      ['input', 'in', [], [3]],
      ['dense', 'a', ['in'], [2]],
      ['relu', 'a_relu', ['a'], [2]],
      ['dense', 'b', ['a_relu'], [2]],
      ['quantise', 'b_linear', ['b'], [2]],
      ['softmax', 'c', ['b_linear'], [2]],
    ])
    expect(graph.outputs).toEqual(['c'])
    expect(graph.name).toBe('small')
    expect(nodeNamed(graph, 'a_relu').origin).toEqual({
      layerClass: 'Activation',
      source: 'a',
      mergedNames: [],
    })
    expect(floatTensor(graph, nodeNamed(graph, 'a'), 'weight')).toMatchObject({
      shape: [3, 2],
      data: Float64Array.of(-0.5, -0.375, -0.25, -0.125, 0, 0.125),
    })
    expect(graph.store.has('b.bias')).toBe(true)
  })

  it('without an input layer gets the input input1', async () => {
    const first = denseLayer('a', [3, 2], { batch_input_shape: [null, 3], use_bias: false })
    const { bias: _, ...weights } = first.weights!
    const graph = await read([{ ...first, weights }])
    expect(graph.nodes.map(({ name, shape }) => [name, shape])).toEqual([
      ['input1', [3]],
      ['a', [2]],
      ['a_linear', [2]],
    ])
    expect(Object.keys(nodeNamed(graph, 'a').weights)).toEqual(['weight'])
  })

  it('may hold its architecture in a JSON file', async () => {
    const layers = [inputLayer('in', 3), denseLayer('a', [3, 2])]
    const json = new TextEncoder().encode(` ${JSON.stringify(sequential(layers))}`)
    const weights = { name: 'w.h5', bytes: await kerasFile(layers) }
    const graph = await importModel([{ name: 'm.json', bytes: json }, weights])
    expect(graph.nodes).toHaveLength(3)
    expect(await messages(importModel([weights]))).toEqual([
      "keras/no-architecture: w.h5: the file holds weights and no architecture; expected an attribute 'model_config'. Give the architecture too (model.to_json() in a .json file), or save with model.save(…).",
    ])
    expect(await messages(importModel([{ name: 'm.json', bytes: json }]))).toEqual([
      'keras/no-weights: m.json: the file holds an architecture and no weights; expected a weights .h5 beside it. Give the file that model.save_weights(…) wrote as well.',
    ])
  })
})

describe('a Functional model', () => {
  const two = [
    { ...denseLayer('b', [2, 2]), reads: ['in_b'] },
    { ...denseLayer('a', [3, 2]), reads: ['in_a'] },
    inputLayer('in_b', 2),
    inputLayer('in_a', 3),
  ]

  it('keeps the order of its inputs and outputs', async () => {
    const graph = await read(two, functional(two, ['in_a', 'in_b'], ['b', 'a']))
    expect(graph.nodes.map(({ name }) => name)).toEqual(['in_a', 'in_b', 'b', 'b_linear', 'a', 'a_linear'])
    expect(graph.outputs).toEqual(['b_linear', 'a_linear'])
  })

  it('is refused when its layers cannot be put in order', async () => {
    const circle = [
      inputLayer('in', 2),
      { ...denseLayer('a', [2, 2]), reads: ['b'] },
      { ...denseLayer('b', [2, 2]), reads: ['a'] },
    ]
    expect(await messages(read(circle, functional(circle, ['in'], ['b'])))).toEqual([
      "keras/cycle: layer 'a' (Dense): layers read one another in a circle: a, b; expected layers that can be computed one after another. Save the model again.",
    ])
    const stray = [inputLayer('in', 2), { ...denseLayer('a', [2, 2]), reads: ['inn'] }]
    expect(await messages(read(stray, functional(stray, ['in'], ['aa'])))).toEqual([
      "keras/unknown-layer: m.h5: the model names 'aa', which is none of its layers; expected in, a. Save the model again.",
      "keras/unknown-layer: layer 'a' (Dense): it reads 'inn', which is none of the model's layers; expected the name of a layer. Did you mean 'in'?",
    ])
  })

  it('is refused when a layer reads two others or itself', async () => {
    const layers = [
      inputLayer('p', 2),
      inputLayer('q', 2),
      { ...layer('Activation', 'a', { activation: 'relu' }), reads: ['p', 'q'] },
    ]
    expect(await messages(read(layers, functional(layers, ['p', 'q'], ['a'])))).toEqual([
      "keras/inbound-nodes: layer 'a' (Activation): the layer reads 2 others; expected 1 for a layer of this class. Save the model again.",
    ])
    const model = {
      class_name: 'Functional',
      config: {
        layers: [
          {
            class_name: 'Activation',
            config: { name: 'a', activation: 'relu' },
            inbound_nodes: [[['a', 0, 0, {}]], [['a', 0, 0, {}]]],
          },
        ],
        input_layers: [],
        output_layers: [['a', 0, 0]],
      },
    }
    expect(await messages(read([], model))).toEqual([
      "keras/cycle: layer 'a' (Activation): layers read one another in a circle: a; expected layers that can be computed one after another. Save the model again.",
    ])
  })
})

describe('layers', () => {
  const one = async (...layers: readonly TestLayer[]) => {
    const graph = await read([inputLayer('in', 2, 2), ...layers])
    return graph.nodes
      .slice(1)
      .map(({ kind, attrs, shape, origin }) => [kind, attrs, shape, origin.layerClass])
  }

  it.each<[string, TestLayer, unknown[]]>([
    [
      'ReLU',
      layer('ReLU', 'x', { max_value: 6, negative_slope: 0, threshold: 0 }),
      ['relu', { maxValue: 6 }, [2, 2], 'Activation'],
    ],
    [
      'ReLU without limit',
      layer('ReLU', 'x', { max_value: null }),
      ['relu', { maxValue: null }, [2, 2], 'Activation'],
    ],
    [
      'ReLU with a slope',
      layer('ReLU', 'x', { max_value: null, negative_slope: 0.25 }),
      ['leaky-relu', { alpha: 0.25 }, [2, 2], 'ParametrizedActivation'],
    ],
    ['LeakyReLU', layer('LeakyReLU', 'x'), ['leaky-relu', { alpha: 0.3 }, [2, 2], 'ParametrizedActivation']],
    [
      'leaky_relu',
      layer('Activation', 'x', { activation: 'leaky_relu' }),
      ['leaky-relu', { alpha: 0.2 }, [2, 2], 'ParametrizedActivation'],
    ],
    [
      'a serialised function',
      layer('Activation', 'x', { activation: { class_name: 'function', config: 'relu6' } }),
      ['relu', { maxValue: 6 }, [2, 2], 'Activation'],
    ],
    [
      'hard_sigmoid',
      layer('Activation', 'x', { activation: 'hard_sigmoid' }),
      ['hard-activation', { function: 'hard_sigmoid', slope: 0.2, shift: 0.5 }, [2, 2], 'HardActivation'],
    ],
    [
      'softsign',
      layer('Activation', 'x', { activation: 'softsign' }),
      ['table-activation', { function: 'softsign' }, [2, 2], 'Activation'],
    ],
    [
      'ternary_tanh',
      layer('Activation', 'x', { activation: 'ternary_tanh' }),
      ['ternary-tanh', { threshold: 0.5 }, [2, 2], 'TernaryTanh'],
    ],
    [
      'Softmax',
      layer('Softmax', 'x', { axis: 2 }),
      ['softmax', { axis: -1, hls4mlWhole: true }, [2, 2], 'Softmax'],
    ],
    [
      'Flatten',
      layer('Flatten', 'x', { data_format: 'channels_last' }),
      ['reshape', { shape: [4] }, [4], 'Reshape'],
    ],
    [
      'QActivation ternary',
      layer('QActivation', 'x', { activation: 'ternary(alpha=1)' }),
      ['ternary-tanh', { threshold: 0.33 }, [2, 2], 'TernaryTanh'],
    ],
    [
      'QActivation ternary_tanh',
      layer('QActivation', 'x', { activation: 'ternary_tanh' }),
      ['ternary-tanh', { threshold: 0.33 }, [2, 2], 'TernaryTanh'],
    ],
    [
      'QActivation of a real tanh',
      layer('QActivation', 'x', { activation: 'quantized_tanh(8,use_real_tanh=1)' }),
      ['table-activation', { function: 'tanh' }, [2, 2], 'Activation'],
    ],
    [
      'QActivation quantized_hswish',
      layer('QActivation', 'x', {
        activation: quantiser('quantized_hswish', { bits: 6, integer: 1, keep_negative: true }),
      }),
      ['hard-swish', { shift: 3, bound: 6 }, [2, 2], 'Activation'],
    ],
    [
      'QActivation quantized_relu_po2',
      layer('QActivation', 'x', { activation: 'quantized_relu_po2(4,2,negative_slope=0.25)' }),
      [
        'power-of-two',
        { zero: -8, lowest: -8, highest: 1, squares: false, down: false, negative: -2 },
        [2, 2],
        'Activation',
      ],
    ],
    [
      'QActivation of a squared quantized_relu_po2',
      layer('QActivation', 'x', {
        activation: "quantized_relu_po2(3,quadratic_approximation=True,log2_rounding='floor')",
      }),
      [
        'power-of-two',
        { zero: -4, lowest: -8, highest: 4, squares: true, down: true, negative: null },
        [2, 2],
        'Activation',
      ],
    ],
    [
      'QActivation quantized_po2',
      layer('QActivation', 'x', { activation: 'quantized_po2(4,max_value=1)' }),
      [
        'power-of-two',
        { zero: -8, lowest: -8, highest: 0, squares: false, down: false, negative: 0 },
        [2, 2],
        'Activation',
      ],
    ],
    [
      'QActivation of one bit',
      layer('QActivation', 'x', { activation: 'quantized_bits(1)' }),
      ['binary-tanh', {}, [2, 2], 'Activation'],
    ],
    [
      'QActivation of a Keras name',
      layer('QActivation', 'x', { activation: 'relu' }),
      ['relu', { maxValue: null }, [2, 2], 'Activation'],
    ],
  ])('%s', async (_, made, expected) => {
    expect(await one(made)).toEqual([expected])
  })

  it('names the quantizer of an activation inside a layer', async () => {
    const activation = quantiser('quantized_relu', { bits: 4, integer: 1 })
    const graph = await read([inputLayer('in', 2), denseLayer('a', [2, 2], { activation })])
    expect(graph.nodes.at(-1)).toMatchObject({
      kind: 'relu',
      name: 'a_quantized_relu',
      quantisers: { result: { name: 'quantized_relu', options: { bits: 4, integer: 1, negative_slope: 0 } } },
    })
  })

  it('folds batch normalisation in float32', async () => {
    const weights = {
      gamma: floats([1], 1.1),
      beta: floats([1], 0.2),
      moving_mean: floats([1], 0.3),
      moving_variance: floats([1], 0.7),
    }
    const graph = await read([
      inputLayer('in', 1),
      layer(
        'BatchNormalization',
        'bn',
        { axis: [1], momentum: 0.99, epsilon: 0.001, center: true, scale: true },
        weights,
      ),
    ])
    const node = nodeNamed(graph, 'bn')
    // numpy: g/np.sqrt(v+.001) and b-g*m/np.sqrt(v+.001) with float32 arrays
    expect([...floatTensor(graph, node, 'scale').data]).toEqual([1.3138134479522705])
    expect([...floatTensor(graph, node, 'bias').data]).toEqual([-0.19414405524730682])
  })

  it('takes gamma 1 and beta 0 where the layer has none', async () => {
    const weights = { moving_mean: floats([1], 2), moving_variance: floats([1], 3) }
    const graph = await read([
      inputLayer('in', 1),
      layer('BatchNormalization', 'bn', { axis: -1, epsilon: 1, center: false, scale: false }, weights),
    ])
    const node = nodeNamed(graph, 'bn')
    expect([floatTensor(graph, node, 'scale').data[0], floatTensor(graph, node, 'bias').data[0]]).toEqual([
      0.5, -1,
    ])
  })

  it('reads binary and ternary layers as hls4ml does', async () => {
    const weights = { kernel: floats([2, 2], 0.6, 0, -0.5, 0.5), bias: floats([2], 0.2, -0.7) }
    const values = async (className: string) => {
      const graph = await read([
        inputLayer('in', 2),
        layer(className, 'a', { units: 2, H: 1, activation: 'linear' }, weights),
      ])
      const node = nodeNamed(graph, 'a')
      return [[...floatTensor(graph, node, 'weight').data], [...floatTensor(graph, node, 'bias').data]]
    }
    expect(await values('BinaryDense')).toEqual([
      [1, -1, -1, 1],
      [1, -1],
    ])
    expect(await values('TernaryDense')).toEqual([
      [1, 0, -1, 0],
      [0, -1],
    ])
  })
})

describe('QDense', () => {
  const qdense = (more: Record<string, Json>) => ({ ...denseLayer('a', [2, 2], more), class_name: 'QDense' })

  it('holds quantised values and says by which quantizers', async () => {
    const kernel_quantizer = quantiser('quantized_bits', { bits: 2, integer: 0, alpha: 1 })
    const graph = await read([
      inputLayer('in', 2),
      qdense({ kernel_quantizer, bias_quantizer: null, kernel_range: null, bias_range: null }),
    ])
    const node = nodeNamed(graph, 'a')
    expect([...floatTensor(graph, node, 'weight').data]).toEqual([-0.5, -0.5, 0, 0])
    expect([...floatTensor(graph, node, 'bias').data]).toEqual([-0.5, -0.375])
    expect(Object.keys(node.quantisers)).toEqual(['weight'])
  })

  it('moves a scale and the bias into a node of their own', async () => {
    const kernel_quantizer = quantiser('quantized_bits', { bits: 3, integer: 0, alpha: 'auto_po2' })
    const bias_quantizer = quantiser('quantized_bits', { bits: 4, integer: 0, alpha: null })
    const graph = await read([inputLayer('in', 2), qdense({ kernel_quantizer, bias_quantizer })])
    expect(
      graph.nodes.map(({ name, kind, inputs, origin }) => [name, kind, inputs, origin.layerClass]),
    ).toEqual([
      ['in', 'input', [], 'Input'],
      ['a', 'dense', ['in'], 'Dense'],
      ['a_alpha', 'batch-norm', ['a'], 'ApplyAlpha'],
      ['a_linear', 'quantise', ['a_alpha'], 'Activation'],
    ])
    const [dense, alpha] = [nodeNamed(graph, 'a'), nodeNamed(graph, 'a_alpha')]
    expect(alpha.attrs).toEqual({ scaleCoding: 'exponent' })
    const data = (node: typeof dense, role: string) => [...floatTensor(graph, node, role).data]
    // steps of 1/8 per channel: scale 0.125 · 4; kernel -0.5, -0.375 / -0.25, -0.125, at most 3 steps
    expect(data(alpha, 'scale')).toEqual([0.5, 0.5])
    expect(data(dense, 'weight')).toEqual([-0.75, -0.75, -0.5, -0.25])
    expect(data(dense, 'bias')).toEqual([0, 0])
    expect(data(alpha, 'bias')).toEqual([-0.5, -0.375])
    expect(Object.keys(alpha.quantisers)).toEqual(['bias'])
  })

  it.each([
    ['binary', 'xnor'],
    ['quantized_po2', 'exponent'],
    ['ternary', 'plain'],
  ])('codes %s kernels as %s', async (name, weightCoding) => {
    const kernel_quantizer = quantiser(name, name === 'quantized_po2' ? { bits: 4 } : { alpha: 1 })
    const graph = await read([inputLayer('in', 2), qdense({ kernel_quantizer })])
    expect(nodeNamed(graph, 'a').attrs).toEqual({ units: 2, weightCoding, inputCoding: 'plain' })
  })

  it('refuses quantizers that do not fit their place', async () => {
    const kernel_quantizer = quantiser('quantized_relu', { bits: 4 })
    const bias_quantizer = quantiser('quantized_po2', { bits: 4 })
    expect(await messages(read([inputLayer('in', 2), qdense({ kernel_quantizer, bias_quantizer })]))).toEqual(
      [
        "qkeras/unsupported-quantizer: layer 'a' (QDense): kernel_quantizer: the quantizer 'quantized_relu' is not supported there; expected one of quantized_bits, quantized_linear, binary, ternary, quantized_po2. Train with one of these.",
        "qkeras/unsupported-quantizer: layer 'a' (QDense): bias_quantizer: the quantizer 'quantized_po2' is not supported there; expected one of quantized_bits, quantized_linear, binary, ternary. Train with one of these.",
      ],
    )
    expect(
      await messages(
        read([
          inputLayer('in', 2),
          layer('QActivation', 'q', { activation: "quantized_bits(4,alpha='auto')" }),
        ]),
      ),
    ).toEqual([
      "qkeras/unsupported-activation: layer 'q' (QActivation): quantized_bits as an activation has alpha = 'auto', a scale that would be computed from its input; expected alpha of 1 or None. Replace it and train again.",
    ])
  })
})

describe('activations of QKeras that are refused', () => {
  it.each([
    [
      'quantized_relu_po2(8)',
      'quantized_relu_po2 as an activation gives powers of two that reach from 2^-128 to 2^127, 256 bits as fixed-point values; expected results of at most 64 bits. Train with fewer bits, or with max_value.',
    ],
    [
      'quantized_po2(1)',
      'quantized_po2 as an activation gives powers of two that leave no bit for the exponent; expected results of at most 64 bits. Train with fewer bits, or with max_value.',
    ],
    [
      'quantized_hswish(1)',
      'quantized_hswish as an activation is not supported with one bit; expected quantized_bits, quantized_relu or another activation. Replace it and train again.',
    ],
    [
      "quantized_hswish(4,alpha='auto')",
      "quantized_hswish as an activation has alpha = 'auto', a scale that would be computed from its input; expected alpha of 1 or None. Replace it and train again.",
    ],
  ])('%s', async (activation, message) => {
    expect(await messages(read([inputLayer('in', 2), layer('QActivation', 'q', { activation })]))).toEqual([
      `qkeras/unsupported-activation: layer 'q' (QActivation): ${message}`,
    ])
  })
})

describe('what is wrong with a model', () => {
  it('is said all at once', async () => {
    const layers = [
      inputLayer('in', 3),
      denseLayer('a', [3, 2], { activation: 'mish', lora_rank: 4 }),
      layer('Conv7D', 'b'),
      layer('LeakyRelu', 'c'),
      { ...denseLayer('d', [2, 2], { use_bias: false, dtype: 'float16' }) },
    ]
    expect(await messages(read(layers))).toEqual([
      `keras/unsupported-activation: layer 'a' (Dense): the activation "mish" is not supported yet; expected one of linear, relu, relu6, leaky_relu, sigmoid, tanh, softplus, softsign, elu, celu, selu, hard_sigmoid, hard_tanh, hard_silu, hard_swish, softmax, binary_tanh, ternary_tanh, or a QKeras quantizer. Replace it and train again.`,
      "keras/unknown-attribute: layer 'a' (Dense): the attribute 'lora_rank' (4) is not known to this layer; expected name, dtype, units, use_bias, activation, or one that only training reads. Remove it, or replace the layer by one that does without it.",
      `keras/unsupported-layer: layer 'b' (Conv7D): layers of class Conv7D are not supported; expected one of the ${classes} classes that docs/support.md lists. Near it by name: Conv1D, Conv2D, QConv1D, QConv2D. Replace it, split the model before and behind it, or write an operator for it (docs/own-operators.md).`,
      `keras/unsupported-layer: layer 'c' (LeakyRelu): layers of class LeakyRelu are not supported; expected one of the ${classes} classes that docs/support.md lists. Near it by name: LeakyReLU, ReLU, ELU. Replace it, split the model before and behind it, or write an operator for it (docs/own-operators.md).`,
      `keras/attribute-value: layer 'd' (Dense): the attribute 'dtype' is "float16"; expected float32, float64, mixed_float16, mixed_bfloat16. Save the model with float32 layers.`,
      "keras/unused-weight: layer 'd' (Dense): the file has an array 'model_weights/d/d/bias:0' that this layer does not use; expected the arrays of the layer and no others. Strip pruning or training wrappers from the model and save it again.",
    ])
  })

  it.each<[string, TestLayer['weights'], string]>([
    [
      'weights that are no numbers',
      { kernel: floats([3, 2], 0, 0, 0, Number.NaN, Number.POSITIVE_INFINITY, 0), bias: floats([2], 0, 0) },
      "keras/not-finite-weight: layer 'a' (Dense): element [1, 1] of 'kernel' is NaN, and so are 1 others; expected finite numbers. Training diverged; train again, e.g. with a smaller learning rate.",
    ],
    [
      'weights of another shape',
      { kernel: floats([2, 3], 0, 0, 0, 0, 0, 0), bias: floats([2], 0, 0) },
      "keras/weight-shape: layer 'a' (Dense): its 'kernel' has the shape [2, 3]; expected [3, 2]. Give the weights that belong to this architecture.",
    ],
    [
      'missing weights',
      { kernel: floats([3, 2], 0, 0, 0, 0, 0, 0) },
      "keras/missing-weight: layer 'a' (Dense): m.h5 has no 'bias' for it; it has kernel; expected an array 'a/bias:0'. Give the weights that belong to this architecture.",
    ],
  ])('%s', async (_, weights, message) => {
    expect(
      await messages(
        read([inputLayer('in', 3), { ...denseLayer('a', [3, 2]), ...(weights && { weights }) }]),
      ),
    ).toEqual([message])
  })

  it('a variance that cannot be divided by', async () => {
    const weights = { moving_mean: floats([1], 2), moving_variance: floats([1], -3) }
    const bn = layer('BatchNormalization', 'bn', { epsilon: 1, center: false, scale: false }, weights)
    expect(await messages(read([inputLayer('in', 1), bn]))).toEqual([
      "keras/not-finite-weight: layer 'bn' (BatchNormalization): element [0] of the folded scale is NaN, since variance + epsilon is not above 0; expected a moving_variance of at least 0 and an epsilon above 0. Train the layer again.",
      "keras/not-finite-weight: layer 'bn' (BatchNormalization): element [0] of the folded bias is NaN, since variance + epsilon is not above 0; expected a moving_variance of at least 0 and an epsilon above 0. Train the layer again.",
    ])
  })

  it('names that an activation would take twice', async () => {
    const layers = [
      inputLayer('in', 2),
      denseLayer('a', [2, 2], { activation: 'relu' }),
      layer('Flatten', 'a_relu'),
    ]
    expect(await messages(read(layers))).toEqual([
      "keras/duplicate-name: layer 'a' (Dense): its part 'a_relu' has the name of another layer; expected a name of its own for every layer and its activation. Rename the layer 'a_relu'.",
    ])
    expect(await messages(read([inputLayer('in', 2), layer('Flatten', 'f'), layer('Flatten', 'f')]))).toEqual(
      [
        "keras/duplicate-name: layer 'f' (Flatten): another layer has the same name; expected a name of its own for every layer. Rename one of them.",
      ],
    )
  })

  it.each<[string, TestLayer, string]>([
    [
      'axis',
      layer('Softmax', 'x', { axis: 3 }),
      "keras/attribute-value: layer 'x' (Softmax): the attribute 'axis' is 3; expected an axis behind the batch: 1 to 2. Save the model again.",
    ],
    [
      'threshold',
      layer('ReLU', 'x', { threshold: 0.5 }),
      "keras/attribute-value: layer 'x' (ReLU): the attribute 'threshold' is 0.5; expected 0 or null. Only a ReLU that begins at 0 is supported.",
    ],
    [
      'limit and slope',
      layer('ReLU', 'x', { max_value: 6, negative_slope: 0.1 }),
      "keras/attribute-value: layer 'x' (ReLU): the attribute 'max_value' is 6; expected null where negative_slope is not 0. Use one of the two.",
    ],
    [
      'stated shape',
      layer('Flatten', 'x', { batch_input_shape: [null, 9] }),
      "keras/attribute-value: layer 'x' (Flatten): the attribute 'batch_input_shape' is [null,9]; expected [null,2,2], which is what it reads. Save the model again.",
    ],
    [
      'data format',
      layer('Flatten', 'x', { data_format: 'channels_first' }),
      `keras/attribute-value: layer 'x' (Flatten): the attribute 'data_format' is "channels_first"; expected "channels_last" or null. Train the model with channels last.`,
    ],
  ])('an attribute that has no operator: %s', async (_, made, message) => {
    expect(await messages(read([inputLayer('in', 2, 2), made]))).toEqual([message])
  })

  it('an input of unknown size', async () => {
    const input = { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, null] } }
    expect(await messages(read([input, layer('Flatten', 'x')]))).toEqual([
      "keras/attribute-value: layer 'in' (InputLayer): the attribute 'batch_input_shape' is [null,null]; expected a batch axis and one or more axes of known size, e.g. [null,16]. Give the input a fixed shape: hardware has one.",
    ])
  })

  it('weights of another model', async () => {
    const model = sequential([inputLayer('in', 3), denseLayer('a', [3, 2])])
    const layers = [inputLayer('in', 3), denseLayer('a', [3, 2]), denseLayer('z', [2, 2])]
    expect(await messages(read(layers, model))).toEqual([
      "keras/unused-weight: m.h5: it has weights for a layer 'z', which the architecture does not have; expected the layers in, a. Give the architecture and the weights of the same model.",
    ])
  })

  it('an architecture that is none', async () => {
    expect(await messages(read([], { class_name: 'Tree', config: {} }))).toEqual([
      `keras/unreadable-architecture: m.h5: this is not a Keras model: its class_name is "Tree"; expected class_name 'Sequential', 'Functional' or 'Model'. Save the model again with model.save(…) or model.to_json().`,
    ])
  })
})
