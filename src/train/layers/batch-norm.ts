// Batch normalisation over the last axis: by the batch in training, by moving averages in inference, where it is one
// product and one sum with factors rounded to float32, as readers of the file fold them. One that is not trained goes by
// its averages in training too, as Keras has it.

import type { Shape } from '../../ir/tensor-type.ts'
import type { Maths, Tensor } from '../autodiff.ts'
import { flag, positive, quantiser, share } from '../fields.ts'
import { defineLayer, type LayerCall } from './definition.ts'

export const batchNorm = defineLayer({
  classes: { plain: 'BatchNormalization', quantised: 'QBatchNormalization' },
  summary: 'mean 0 and deviation 1 by channel, then scaled and shifted',
  fields: {
    momentum: share('momentum', 0.99),
    epsilon: positive('epsilon', 1e-3),
    center: flag('center', true),
    scale: flag('scale', true),
    trainable: flag('trainable', true),
    betaQuantizer: quantiser('beta_quantizer'),
    gammaQuantizer: quantiser('gamma_quantizer'),
    meanQuantizer: quantiser('mean_quantizer'),
    varianceQuantizer: quantiser('variance_quantizer'),
  },
  shape: (_settings, input) => input,
  weights: ({ center, scale, trainable, betaQuantizer, gammaQuantizer }, input) => {
    const one = { shape: [input.at(-1)!], trainable }
    const average = { shape: [input.at(-1)!], trainable: false }
    return [
      ...(scale ? [{ ...one, name: 'gamma', initialiser: 'ones' as const, quantiser: gammaQuantizer }] : []),
      ...(center ? [{ ...one, name: 'beta', initialiser: 'zeros' as const, quantiser: betaQuantizer }] : []),
      { ...average, name: 'moving_mean', initialiser: 'zeros' },
      { ...average, name: 'moving_variance', initialiser: 'ones' },
    ]
  },
  forward: call => {
    const { maths, settings, training, x } = call
    const channels = maths.full([x.shape.at(-1)!], 0, 'float32')
    const gamma = settings.scale ? call.trained('gamma', settings.gammaQuantizer) : maths.add(channels, 1)
    const beta = settings.center ? call.trained('beta', settings.betaQuantizer) : channels
    if (!training || !settings.trainable) {
      const mean = call.trained('moving_mean', settings.meanQuantizer)
      const variance = call.trained('moving_variance', settings.varianceQuantizer)
      return normalisedByAverages(call, { gamma, beta, mean, variance }, settings.epsilon)
    }
    const axes = x.shape.slice(0, -1).map((_, axis) => axis)
    const mean = maths.mean(x, axes)
    const variance = maths.mean(maths.square(maths.subtract(x, mean)), axes)
    follow(call, 'moving_mean', mean, settings.momentum)
    follow(call, 'moving_variance', variance, settings.momentum)
    const used = {
      mean: settings.meanQuantizer === null ? mean : call.quantise(mean, settings.meanQuantizer),
      variance:
        settings.varianceQuantizer === null ? variance : call.quantise(variance, settings.varianceQuantizer),
    }
    const deviation = maths.sqrt(maths.add(used.variance, settings.epsilon))
    const scaled = maths.multiply(maths.subtract(x, used.mean), maths.divide(gamma, deviation))
    return maths.add(scaled, beta)
  },
  keras: (_settings, input) => normKeras(input),
})

/** What Keras writes of a normalisation beside its settings. */
export const normKeras = (input: Shape) => ({
  axis: [input.length],
  beta_initializer: { class_name: 'Zeros', config: {} },
  gamma_initializer: { class_name: 'Ones', config: {} },
  moving_mean_initializer: { class_name: 'Zeros', config: {} },
  moving_variance_initializer: { class_name: 'Ones', config: {} },
})

function follow(call: LayerCall<unknown>, name: string, value: Tensor, momentum: number): void {
  call.update(name, followed(call.maths, call.trained(name, null), value, momentum))
}

/** A moving average after one more value. */
export function followed(maths: Maths, old: Tensor, value: Tensor, momentum: number): Tensor {
  const step = maths.subtract(maths.stopGradient(value), old)
  return maths.add(old, maths.multiply(step, 1 - momentum))
}

interface Parts {
  readonly gamma: Tensor
  readonly beta: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
}

/** scale = gamma / sqrt(variance + ε), shift = beta − gamma · mean / sqrt(variance + ε), each step in float32. */
function normalisedByAverages(
  { maths, x }: LayerCall<unknown>,
  { gamma, beta, mean, variance }: Parts,
  epsilon: number,
): Tensor {
  const deviation = maths.sqrt(maths.add(variance, epsilon))
  const scale = maths.exactQuotient(gamma, deviation)
  const shift = maths.subtract(beta, maths.exactQuotient(maths.multiply(gamma, mean), deviation))
  return maths.add(maths.multiply(x, maths.cast(scale, x.dtype)), maths.cast(shift, x.dtype))
}
