// Dense: x · kernel + bias over the last axis.

import { activation, flag, initialiser, quantiser, whole } from '../fields.ts'
import { activate } from './activations.ts'
import { defineLayer } from './definition.ts'

export const dense = defineLayer({
  classes: { plain: 'Dense', quantised: 'QDense' },
  summary: 'products of the last axis with a matrix',
  fields: {
    units: whole('units'),
    activation: activation(),
    useBias: flag('use_bias', true),
    kernelInitializer: initialiser('kernel_initializer', 'glorot_uniform'),
    biasInitializer: initialiser('bias_initializer', 'zeros'),
    kernelQuantizer: quantiser('kernel_quantizer'),
    biasQuantizer: quantiser('bias_quantizer'),
  },
  shape: ({ units }, input) => [...input.slice(0, -1), units],
  weights: ({ units, useBias, ...settings }, input) => [
    {
      name: 'kernel',
      shape: [input.at(-1)!, units],
      initialiser: settings.kernelInitializer,
      trainable: true,
      fans: [input.at(-1)!, units],
      quantiser: settings.kernelQuantizer,
    },
    ...(useBias
      ? [
          {
            name: 'bias',
            shape: [units],
            initialiser: settings.biasInitializer,
            trainable: true,
            quantiser: settings.biasQuantizer,
          },
        ]
      : []),
  ],
  forward: call => {
    const { maths, settings, x } = call
    const product = maths.dot(x, call.quantised('kernel', settings.kernelQuantizer))
    const sum = settings.useBias
      ? maths.add(product, call.quantised('bias', settings.biasQuantizer))
      : product
    return activate(call, sum, settings.activation)
  },
})
