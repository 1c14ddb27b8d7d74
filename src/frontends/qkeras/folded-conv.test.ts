import { describe, expect, it } from 'vitest'
import { runFloat } from '../../engines/float.ts'
import { importModel } from '../index.ts'
import { floats, inputLayer, kerasFile, layer, sequential, type TestLayer } from '../keras/testing/models.ts'

async function run(own: TestLayer, shape: readonly number[], x: readonly number[]): Promise<number[]> {
  const layers = [inputLayer('x', ...shape), own]
  const graph = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
  const batch = { rows: 1, shape, data: Float64Array.from(x) }
  return Array.from(runFloat(graph, [batch], graph.outputs).get(graph.outputs[0]!)!.data)
}

// gamma / sqrt(variance + ε) is 1/2 and 1.
const norm = {
  gamma: floats([2], 1, 1),
  beta: floats([2], 0.25, -0.5),
  moving_mean: floats([2], 1, -0.25),
  moving_variance: floats([2], 3, 0),
}
const config = {
  activation: 'linear',
  data_format: 'channels_last',
  kernel_size: 1,
  axis: [3],
  momentum: 0.99,
  epsilon: 1,
  center: true,
  scale: true,
  ema_freeze_delay: null,
  bias_quantizer: 'quantized_bits(6,2,alpha=1)',
}

describe('a convolution with its normalisation folded in', () => {
  it.each(['ema_stats_folding', 'batch_stats_folding'])('quantises what is folded: %s', async mode => {
    const own = layer(
      'QConv2DBatchnorm',
      'c',
      {
        ...config,
        filters: 2,
        use_bias: true,
        folding_mode: mode,
        kernel_quantizer: 'quantized_bits(3,0,alpha=1)',
      },
      { kernel: floats([1, 1, 1, 2], 0.75, 0.375), bias: floats([2], 0.5, 0), ...norm },
    )
    // Kernels 0.375 and 0.375, halves to even: 0.5 (0.375 · 4 = 1.5 → 2) for both; not 0.75 · 1/2 of a rounded kernel.
    // Biases 1/2 · (0.5 − 1) + 0.25 = 0 and 1 · (0 + 0.25) − 0.5 = −0.25.
    expect(await run(own, [1, 2, 1], [1, -2])).toEqual([0.5, 0.25, -1, -1.25])
  })

  it('has a bias even where the convolution has none; depthwise, by channel', async () => {
    const own = layer(
      'QDepthwiseConv2DBatchnorm',
      'c',
      {
        ...config,
        depth_multiplier: 1,
        use_bias: false,
        folding_mode: 'ema_stats_folding',
        depthwise_quantizer: 'quantized_bits(3,0,alpha=1)',
      },
      { depthwise_kernel: floats([1, 1, 2, 1], 0.5, -0.5), iteration: floats([], 7), ...norm },
    )
    // Kernels 0.25 and −0.5; biases −1/2 + 0.25 and 0.25 − 0.5.
    expect(await run(own, [1, 1, 2], [2, 1])).toEqual([0.25, -0.75])
  })
})
