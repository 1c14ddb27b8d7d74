// Activations by name or by quantiser, of layers and as layers of their own.

import type { Maths, Tensor } from '../autodiff.ts'
import { type ActivationName, type ActivationSpec, activation } from '../fields.ts'
import { defineLayer, type LayerCall } from './definition.ts'

/** Keras 2's functions of these names. */
const functions: Readonly<Record<ActivationName, (maths: Maths, x: Tensor) => Tensor>> = {
  linear: (_maths, x) => x,
  relu: (maths, x) => maths.relu(x),
  relu6: (maths, x) => maths.clip(x, 0, 6),
  leaky_relu: (maths, x) => maths.maximum(x, maths.multiply(x, 0.2)),
  sigmoid: (maths, x) => maths.sigmoid(x),
  hard_sigmoid: (maths, x) => maths.clip(maths.add(maths.multiply(x, 0.2), 0.5), 0, 1),
  tanh: (maths, x) => maths.tanh(x),
  softmax: (maths, x) => maths.softmax(x),
  softplus: (maths, x) => softplus(maths, x),
  softsign: (maths, x) => maths.divide(x, maths.add(maths.abs(x), 1)),
  elu: (maths, x) => elu(maths, x),
  selu: (maths, x) => {
    const [scale, alpha] = [1.0507009873554805, 1.6732632423543772]
    return maths.multiply(elu(maths, x, alpha), scale)
  },
}

/** log(1 + e^x) without overflow. */
function softplus(maths: Maths, x: Tensor): Tensor {
  const small = maths.exp(maths.multiply(maths.abs(x), -1))
  return maths.add(maths.relu(x), maths.log(maths.add(small, 1)))
}

/** The exponential sees no positive values, so that its gradient stays finite. */
function elu(maths: Maths, x: Tensor, alpha = 1): Tensor {
  const below = maths.subtract(maths.exp(maths.minimum(x, 0)), 1)
  return maths.where(maths.greater(x, 0), x, maths.multiply(below, alpha))
}

type Applies = Pick<LayerCall<never>, 'maths' | 'quantise'>

export function activate({ maths, quantise }: Applies, x: Tensor, spec: ActivationSpec): Tensor {
  return spec.kind === 'function' ? functions[spec.name](maths, x) : quantise(x, spec)
}

export const activationLayer = defineLayer({
  classes: { plain: 'Activation', quantised: 'QActivation' },
  summary: 'a function, element by element, or a quantizer',
  fields: { activation: activation('activation', 'required') },
  shape: (_settings, input) => input,
  forward: call => activate(call, call.x, call.settings.activation),
  isQuantised: ({ activation: own }) => own.kind === 'quantiser',
})
