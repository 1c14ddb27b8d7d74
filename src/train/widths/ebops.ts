// Effective bit operations: what a product costs, bits of the weight times bits of the value, added up (EBOPs,
// arXiv:2405.00645, section III.B). A weight's bits are those from its highest to its last fraction bit, without the
// sign; a weight of 0 has none and costs nothing.

import { sizeOf } from '../../data/dataset.ts'
import { fail } from '../../diagnostics/diagnostic.ts'
import type { Maths, Tensor, Tensors } from '../autodiff.ts'
import { type BuiltLayer, type Model, weightKey } from '../model.ts'
import { flooredBits, integerBits, usedFrac } from './fixed-bits.ts'

/** A kernel of a trained width, and the quantiser whose values it multiplies. */
export interface Product {
  readonly layer: BuiltLayer
  readonly kernel: string
  /** Key of the kernel's own fraction bits. */
  readonly frac: string
  readonly source: BuiltLayer
  /** How often the kernel is used in a row: once, or at every position of a convolution. */
  readonly positions: number
}

/** Layers that hand values on as they are. */
const passing = new Set(['flatten', 'reshape', 'dropout'])

export const fracKey = (key: string) => `width ${key}`

/** All kernels of a model. Fails with `train/widths` where one does not read a `trained-width` layer. */
export function productsOf(model: Model): Product[] {
  return model.layers.flatMap(layer => {
    const kernel = layer.weights.find(({ name }) => name === 'kernel')
    if (kernel === undefined) return []
    const key = weightKey(layer, kernel)
    const positions = sizeOf(layer.shape) / layer.shape.at(-1)!
    return [{ layer, kernel: key, frac: fracKey(key), source: sourceOf(model, layer), positions }]
  })
}

function sourceOf(model: Model, layer: BuiltLayer): BuiltLayer {
  const before = model.layers.find(({ name }) => name === layer.inputs[0])
  if (before?.kind === 'trained-width') return before
  if (before !== undefined && passing.has(before.kind)) return sourceOf(model, before)
  return fail({
    code: 'train/widths',
    place: `layer '${layer.name}'`,
    problem: 'it multiplies values whose width is not trained',
    expected: "a layer of kind 'trained-width' before it",
    remedy: 'Add one.',
  })
}

/** Bits of every element of a kernel, with the gradient of its fraction bits. */
export function kernelBits(maths: Maths, weights: Tensors, { kernel, frac }: Product): Tensor {
  const value = flooredBits(maths, weights[kernel]!, weights[frac]!, 0.5)
  return maths.relu(maths.add(integerBits(maths, value), usedFrac(maths, weights[frac]!)))
}

/** Bits of every element of what a quantiser gives, by the range it saw. */
export function valueBits(maths: Maths, weights: Tensors, source: BuiltLayer): Tensor {
  const own = (name: string) => weights[weightKey(source, { name })]!
  const size = maths.maximum(maths.abs(own('low')), maths.abs(own('high')))
  return maths.relu(maths.add(integerBits(maths, size), usedFrac(maths, own('frac'))))
}

/** Σ bits of the weight · bits of the value, over all products of a row; a scalar. */
export function ebops(maths: Maths, weights: Tensors, products: readonly Product[]): Tensor {
  return products
    .map(product => {
      const bits = kernelBits(maths, weights, product)
      const [outputs, inputs] = [bits.shape.at(-1)!, bits.shape.at(-2)!]
      // By input channel: all that multiplies it, over the kernel's window and its outputs.
      const perInput = maths.sum(maths.sum(maths.reshape(bits, [-1, inputs, outputs]), 2), 0)
      const own = valueBits(maths, weights, product.source)
      const values = sizeOf(own.shape) === 1 ? own : maths.mean(maths.reshape(own, [-1, inputs]), 0)
      return maths.multiply(maths.sum(maths.multiply(perInput, values)), product.positions)
    })
    .reduce((a, b) => maths.add(a, b))
}

/** All bits of weights and values: what is kept small so that unused widths shrink. */
export function allBits(maths: Maths, weights: Tensors, products: readonly Product[]): Tensor {
  const sums = products.flatMap(product => [
    maths.sum(kernelBits(maths, weights, product)),
    maths.sum(valueBits(maths, weights, product.source)),
  ])
  return sums.reduce((a, b) => maths.add(a, b))
}
