// Convolutions of images with their batch normalisation folded in: kernel and bias go through the quantisers as they are
// folded. In inference by the moving averages; in training in one of QKeras's two ways (qkeras/qconv2d_batchnorm.py and
// qdepthwiseconv2d_batchnorm.py, `call`), until `emaFreezeDelay` steps are over: from then on the averages stand still,
// and both ways compute as in inference.

import type { Tensor } from '../autodiff.ts'
import {
  type ActivationSpec,
  type Field,
  flag,
  initialiser,
  positive,
  quantiser,
  share,
  whole,
  word,
} from '../fields.ts'
import type { QuantiserSpec } from '../quantisers/definition.ts'
import { activate } from './activations.ts'
import { followed, normKeras } from './batch-norm.ts'
import {
  biasFields,
  biasWeights,
  convolve,
  convolveDepthwise,
  depthwiseWeight,
  fixed,
  kernelWeight,
  shapeWith,
  windowFields,
  windowOf,
} from './conv-parts.ts'
import { defineLayer, type LayerCall, type WeightSpec } from './definition.ts'

/** The first folds kernels by the moving averages, and corrects the results by the batch; the second folds by the batch. */
const foldingModes = ['ema_stats_folding', 'batch_stats_folding'] as const
type FoldingMode = (typeof foldingModes)[number]

/** Steps after which the averages stand still; null: never, as QKeras takes what is below 0. */
function delay(fallback: number | null): Field<number | null> {
  const inner = whole('ema_freeze_delay', 0, 0)
  return {
    ...inner,
    default: fallback,
    expected: `null, or ${inner.expected}`,
    read: (value, place, problems) =>
      value === null || (typeof value === 'number' && value < 0) ? null : inner.read(value, place, problems),
    write: value => value,
  }
}

const normFields = (steps: number | null) => ({
  momentum: share('momentum', 0.99),
  epsilon: positive('epsilon', 1e-3),
  center: flag('center', true),
  scale: flag('scale', true),
  emaFreezeDelay: delay(steps),
  foldingMode: word<FoldingMode>('folding_mode', foldingModes),
})

interface Settings {
  readonly activation: ActivationSpec
  readonly useBias: boolean
  readonly biasQuantizer: QuantiserSpec | null
  readonly momentum: number
  readonly epsilon: number
  readonly center: boolean
  readonly scale: boolean
  readonly emaFreezeDelay: number | null
  readonly foldingMode: FoldingMode
}

const fromMinusOne = (values: Float32Array) => void values.fill(-1)

/** Gamma, beta and averages of the normalisation, and the steps trained, which are counted from −1. */
function normWeights({ scale, center }: Settings, channels: number): WeightSpec[] {
  const own = { shape: [channels], path: ['batch_normalization'] }
  return [
    ...(scale ? [{ ...own, name: 'gamma', initialiser: 'ones' as const, trainable: true }] : []),
    ...(center ? [{ ...own, name: 'beta', initialiser: 'zeros' as const, trainable: true }] : []),
    {
      name: 'iteration',
      shape: [],
      initialiser: 'zeros',
      trainable: false,
      isWhole: true,
      initial: fromMinusOne,
    },
    { ...own, name: 'moving_mean', initialiser: 'zeros', trainable: false },
    { ...own, name: 'moving_variance', initialiser: 'ones', trainable: false },
  ]
}

/** A convolution apart from its normalisation. */
interface Convolution {
  readonly kernel: string
  readonly quantizer: QuantiserSpec | null
  /** Kernel times a factor per channel of the results. */
  scaled(kernel: Tensor, factors: Tensor): Tensor
  convolve(kernel: Tensor): Tensor
}

interface Statistics {
  readonly mean: Tensor
  readonly variance: Tensor
}

type Call = LayerCall<Settings>

function forwardOf(call: Call, own: Convolution): Tensor {
  const { maths, settings, training } = call
  const averages = {
    mean: call.trained('moving_mean', null),
    variance: call.trained('moving_variance', null),
  }
  if (!training) return result(call, own, averages, averages)
  const batch = batchStatistics(call, own)
  const follows = followsBatch(call)
  const next = followedBy(call, averages, batch, follows)
  const now = {
    mean: chosen(call, follows, batch.mean, next.mean),
    variance: chosen(call, follows, batch.variance, next.variance),
  }
  if (settings.foldingMode === 'batch_stats_folding') return result(call, own, now, now)
  const corrections = maths.divide(rootOf(call, next.variance), rootOf(call, now.variance))
  return result(call, own, next, now, corrections)
}

/** Whether the averages still follow the batches; undefined where they always do. */
function followsBatch({ maths, settings, trained, update }: Call): Tensor | undefined {
  const iteration = trained('iteration', null)
  update('iteration', maths.add(iteration, 1))
  const { emaFreezeDelay: steps } = settings
  return steps === null ? undefined : maths.greaterEqual(steps, iteration)
}

const chosen = ({ maths }: Call, condition: Tensor | undefined, yes: Tensor, no: Tensor): Tensor =>
  condition === undefined ? yes : maths.where(condition, yes, no)

/** Of the results of the kernel as it is trained, not quantised. */
function batchStatistics({ maths, settings, trained }: Call, own: Convolution): Statistics {
  const plain = own.convolve(trained(own.kernel, null))
  const results = settings.useBias ? maths.add(plain, trained('bias', null)) : plain
  const axes = results.shape.slice(0, -1).map((_, axis) => axis)
  const mean = maths.mean(results, axes)
  return { mean, variance: maths.mean(maths.square(maths.subtract(results, mean)), axes) }
}

/** The averages as this step leaves them, by which QKeras folds. */
function followedBy(call: Call, old: Statistics, batch: Statistics, follows: Tensor | undefined): Statistics {
  const next = (name: keyof Statistics): Tensor => {
    const value = followed(call.maths, old[name], batch[name], call.settings.momentum)
    const kept = chosen(call, follows, value, old[name])
    call.update(`moving_${name}`, kept)
    return kept
  }
  return { mean: next('mean'), variance: next('variance') }
}

const rootOf = ({ maths, settings }: Call, variance: Tensor): Tensor =>
  maths.sqrt(maths.add(variance, settings.epsilon))

/** gamma / sqrt(variance + ε), each step in float32; in inference rounded once, as readers of the file have it. */
function inverseOf(call: Call, variance: Tensor): Tensor {
  const { maths, settings, training, trained } = call
  const root = rootOf(call, variance)
  const one = maths.full(root.shape, 1, 'float32')
  const inverse = training ? maths.divide(one, root) : maths.exactQuotient(one, root)
  return settings.scale ? maths.multiply(inverse, trained('gamma', null)) : inverse
}

/** Kernel folded by one variance, bias by mean and variance; corrections are factors of the results. */
function result(
  call: Call,
  own: Convolution,
  { variance }: Statistics,
  shift: Statistics,
  corrections?: Tensor,
): Tensor {
  const { maths, settings, trained, x } = call
  const through = (value: Tensor, quantizer: QuantiserSpec | null) =>
    maths.cast(quantizer === null ? value : call.quantise(value, quantizer), x.dtype)
  const kernel = through(own.scaled(trained(own.kernel, null), inverseOf(call, variance)), own.quantizer)
  const base = settings.useBias ? trained('bias', null) : maths.full(shift.mean.shape, 0, 'float32')
  const moved = maths.multiply(inverseOf(call, shift.variance), maths.subtract(base, shift.mean))
  const bias = settings.center ? maths.add(moved, trained('beta', null)) : moved
  const results = own.convolve(kernel)
  const corrected = corrections === undefined ? results : maths.multiply(results, corrections)
  const sum = maths.add(corrected, through(bias, settings.biasQuantizer))
  return activate(call, sum, settings.activation)
}

export const conv2dBatchNorm = defineLayer({
  classes: { quantised: 'QConv2DBatchnorm' },
  summary: 'a convolution of an image with its batch normalisation folded in',
  fields: {
    filters: whole('filters'),
    ...windowFields(2),
    ...biasFields,
    kernelInitializer: initialiser('kernel_initializer', 'he_normal'),
    kernelQuantizer: quantiser('kernel_quantizer'),
    biasQuantizer: quantiser('bias_quantizer'),
    ...normFields(null),
  },
  shape: (settings, input) => shapeWith(settings, input, settings.filters),
  weights: (settings, input) => [
    kernelWeight(settings, input.at(-1)!),
    ...biasWeights(settings, settings.filters),
    ...normWeights(settings, settings.filters),
  ],
  forward: call => {
    const { maths, settings, x } = call
    return forwardOf(call, {
      kernel: 'kernel',
      quantizer: settings.kernelQuantizer,
      scaled: (kernel, factors) => maths.multiply(kernel, factors),
      convolve: kernel => convolve(maths, x, kernel, windowOf(settings)),
    })
  },
  keras: (_settings, input) => ({ ...fixed, ...normKeras(input) }),
})

export const depthwiseConv2dBatchNorm = defineLayer({
  classes: { quantised: 'QDepthwiseConv2DBatchnorm' },
  summary: 'a convolution of each channel by itself with its batch normalisation folded in',
  fields: {
    ...windowFields(2),
    depthMultiplier: whole('depth_multiplier', 1),
    ...biasFields,
    depthwiseInitializer: initialiser('depthwise_initializer', 'he_normal'),
    depthwiseQuantizer: quantiser('depthwise_quantizer'),
    biasQuantizer: quantiser('bias_quantizer'),
    ...normFields(300_000),
  },
  shape: (settings, input) => shapeWith(settings, input, input.at(-1)! * settings.depthMultiplier),
  weights: (settings, input) => {
    const channels = input.at(-1)! * settings.depthMultiplier
    const { depthwiseInitializer, depthwiseQuantizer } = settings
    return [
      depthwiseWeight(settings, input.at(-1)!, {
        initialiser: depthwiseInitializer,
        quantiser: depthwiseQuantizer,
      }),
      ...biasWeights(settings, channels),
      ...normWeights(settings, channels),
    ]
  },
  forward: call => {
    const { maths, settings, x } = call
    const perChannel = [x.shape.at(-1)!, settings.depthMultiplier]
    return forwardOf(call, {
      kernel: 'depthwise_kernel',
      quantizer: settings.depthwiseQuantizer,
      scaled: (kernel, factors) => maths.multiply(kernel, maths.reshape(factors, perChannel)),
      convolve: kernel => convolveDepthwise(maths, x, kernel, windowOf(settings)),
    })
  },
  keras: (_settings, input) => ({ ...fixed, ...normKeras(input) }),
})
