import { describe, expect, it } from 'vitest'
import { loadAutodiff, type Tensors } from '../autodiff.ts'
import { forward } from '../forward.ts'
import { initialWeights } from '../initialise.ts'
import { readKerasModel, writeKerasModel } from '../keras-model.ts'
import { type LayerInput, readModelConfig } from '../model.ts'
import { bothWays } from '../testing/read-back.ts'

const bits = (width: number, integer: number) => `quantized_bits(${width},${integer},alpha=1)`
const conv = (more: object = {}): LayerInput => ({
  kind: 'conv2d-batch-norm',
  filters: 3,
  kernelSize: [2, 3],
  kernelQuantizer: bits(6, 1),
  biasQuantizer: bits(8, 2),
  ...more,
})
const depthwise = (more: object = {}): LayerInput => ({
  kind: 'depthwise-conv2d-batch-norm',
  kernelSize: 3,
  depthMultiplier: 2,
  depthwiseQuantizer: bits(6, 1),
  biasQuantizer: bits(8, 2),
  ...more,
})
const rest: LayerInput[] = [
  { kind: 'activation', activation: 'quantized_relu(6,2)' },
  { kind: 'flatten' },
  { kind: 'dense', units: 2, kernelQuantizer: bits(6, 1), biasQuantizer: bits(6, 1) },
]

describe('a convolution with its normalisation folded in', () => {
  it.each<[string, LayerInput]>([
    ['as it is', conv()],
    ['by the batch', conv({ foldingMode: 'batch_stats_folding', padding: 'same', strides: [2, 1] })],
    ['without bias, gamma and beta', conv({ useBias: false, scale: false, center: false })],
    ['of linear steps', conv({ kernelQuantizer: 'quantized_linear(5,1)', biasQuantizer: bits(9, 3) })],
    ['depthwise', depthwise()],
    ['depthwise, without bias', depthwise({ useBias: false, padding: 'same' })],
  ])('read back by Lutra means the same: %s', async (_, layer) => {
    const { trainer, lutra } = await bothWays({ input: [5, 6, 2], layers: [layer, ...rest] })
    expect(lutra).toEqual(trainer)
    expect(new Set(trainer).size).toBeGreaterThan(3)
  })

  it('is read back by training to the same model and weights', async () => {
    const model = readModelConfig(
      { input: [5, 6, 2], layers: [conv({ emaFreezeDelay: 7 }), ...rest] },
      'test',
    )
    const values = initialWeights(model, 1)
    expect(values['conv2d_batch_norm/iteration']).toEqual(Float32Array.of(-1))
    const again = await readKerasModel(await writeKerasModel(model, values), 'm.h5')
    expect(again.model).toEqual({ ...model, inputs: again.model.inputs })
    expect(again.weights).toEqual(values)
  })
})

const { sqrt } = Math

/** One channel in, one filter of one pixel: everything by hand. */
async function train(mode: string, steps: { delay: number | null; iteration: number }) {
  const autodiff = await loadAutodiff()
  const { maths } = autodiff
  const layer = conv({
    filters: 1,
    kernelSize: 1,
    foldingMode: mode,
    emaFreezeDelay: steps.delay,
    momentum: 0.75,
    epsilon: 0.25,
    kernelQuantizer: bits(4, 1),
    biasQuantizer: bits(6, 2),
  })
  const model = readModelConfig({ input: [1, 1, 1], layers: [layer] }, 'test')
  const values: Record<string, number> = {
    kernel: 1.5,
    bias: 0.5,
    gamma: 1.25,
    beta: -0.5,
    iteration: steps.iteration,
    moving_mean: 1,
    moving_variance: 2,
  }
  const weights = Object.fromEntries(
    model.layers[0]!.weights.map(({ name, shape }) => [
      `conv2d_batch_norm/${name}`,
      autodiff.upload({ shape, data: Float32Array.of(values[name]!) }),
    ]),
  )
  const x = autodiff.upload({ shape: [4, 1, 1, 1], data: Float32Array.of(0, 1, 2, 5) })
  const seed = autodiff.upload({ shape: [], data: Int32Array.of(0) })
  const run = autodiff.compile((own: Tensors, inputs: Tensors) => {
    const pass = { maths, training: true, seed: inputs.seed! }
    const { output, updates } = forward(model, own, [inputs.x!], pass)
    return { output, updates }
  })
  const { output, updates } = run(weights, { x, seed })
  const told = (name: string) => autodiff.download((updates as Tensors)[`conv2d_batch_norm/${name}`]!)[0]
  return {
    output: [...autodiff.download(output)],
    updates: ['iteration', 'moving_mean', 'moving_variance'].map(told),
  }
}

describe('QKeras’s ways to fold while training', () => {
  // Results of the plain convolution: 1.5 x + 0.5.
  const results = [0.5, 2, 3.5, 8]
  const mean = 3.5
  const variance = results.reduce((sum, own) => sum + (own - mean) ** 2, 0) / 4
  const [nextMean, nextVariance] = [1 + 0.25 * (mean - 1), 2 + 0.25 * (variance - 2)]
  const inverse = (own: number) => 1.25 / sqrt(own + 0.25)
  // quantized_bits(4,1) has steps of 1/4 up to 1.75, quantized_bits(6,2) of 1/8; neither is at a half here.
  const kernelOf = (value: number) => Math.min(1.75, Math.round(4 * value) / 4)
  const biasOf = (value: number) => Math.round(8 * value) / 8
  const close = (found: readonly (number | undefined)[], wanted: readonly number[]) =>
    wanted.forEach((value, k) => void expect(found[k]).toBeCloseTo(value, 5))

  it('by the moving averages as this step leaves them, corrected by the batch', async () => {
    const { output, updates } = await train('ema_stats_folding', { delay: null, iteration: -1 })
    const kernel = kernelOf(1.5 * inverse(nextVariance))
    const bias = biasOf(inverse(variance) * (0.5 - mean) - 0.5)
    const correction = sqrt(nextVariance + 0.25) / sqrt(variance + 0.25)
    close(
      output,
      [0, 1, 2, 5].map(x => x * kernel * correction + bias),
    )
    close(updates, [0, nextMean, nextVariance])
  })

  it('by the batch', async () => {
    const { output, updates } = await train('batch_stats_folding', { delay: 3, iteration: 3 })
    const kernel = kernelOf(1.5 * inverse(variance))
    const bias = biasOf(inverse(variance) * (0.5 - mean) - 0.5)
    close(
      output,
      [0, 1, 2, 5].map(x => x * kernel + bias),
    )
    close(updates, [4, nextMean, nextVariance])
  })

  it.each(['ema_stats_folding', 'batch_stats_folding'])('by averages that stand still: %s', async mode => {
    const { output, updates } = await train(mode, { delay: 3, iteration: 4 })
    const kernel = kernelOf(1.5 * inverse(2))
    const bias = biasOf(inverse(2) * (0.5 - 1) - 0.5)
    close(
      output,
      [0, 1, 2, 5].map(x => x * kernel + bias),
    )
    close(updates, [5, 1, 2])
  })
})
