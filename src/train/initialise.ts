// First values of weights, by the initialisers of Keras and a seed.

import { sizeOf } from '../data/dataset.ts'
import { normal, type Uniform } from '../data/random.ts'
import type { InitialiserName } from './fields.ts'
import type { WeightSpec } from './layers/definition.ts'
import { type Model, weightKey } from './model.ts'
import { streamOf } from './random.ts'

/** Values by weight key. */
export type WeightValues = Readonly<Record<string, Float32Array>>

/** First values of all weights; the same seed gives the same, and a layer's do not depend on the other layers. */
export function initialWeights(model: Model, seed: number): WeightValues {
  return Object.fromEntries(
    model.layers.flatMap(layer =>
      layer.weights.map(weight => {
        const key = weightKey(layer, weight)
        const values = valuesOf(weight, streamOf(seed, 'weights', key))
        weight.initial?.(values)
        return [key, values] as const
      }),
    ),
  )
}

function valuesOf({ shape, initialiser, fans = [1, 1] }: WeightSpec, uniform: Uniform): Float32Array {
  const size = sizeOf(shape)
  const fill = (value: () => number) => Float32Array.from({ length: size }, value)
  if (initialiser === 'zeros') return new Float32Array(size)
  if (initialiser === 'ones') return fill(() => 1)
  if (initialiser === 'random_uniform') return fill(() => (uniform() - 0.5) * 0.1)
  if (initialiser === 'orthogonal') return orthogonal(shape, uniform)
  const variance = varianceOf(initialiser, fans)
  if (initialiser.endsWith('_uniform')) {
    const limit = Math.sqrt(3 * variance)
    return fill(() => (2 * uniform() - 1) * limit)
  }
  // Keras draws from a normal distribution cut at two deviations, whose own deviation is this much smaller.
  const deviation = Math.sqrt(variance) / 0.87962566103423978
  return fill(() => cutNormal(uniform) * deviation)
}

function varianceOf(name: InitialiserName, [inputs, outputs]: readonly [number, number]): number {
  if (name.startsWith('glorot')) return 2 / (inputs + outputs)
  return (name.startsWith('he') ? 2 : 1) / inputs
}

function cutNormal(uniform: Uniform): number {
  for (;;) {
    const value = normal(uniform)
    if (Math.abs(value) <= 2) return value
  }
}

/** Orthonormal columns, or rows where there are more columns than rows, by Gram and Schmidt. */
function orthogonal(shape: readonly number[], uniform: Uniform): Float32Array {
  const columns = shape.at(-1)!
  const rows = sizeOf(shape) / columns
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
  const vectors: Float64Array[] = []
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => normal(uniform))
    for (const other of vectors) {
      const part = vector.reduce((sum, value, k) => sum + value * other[k]!, 0)
      for (let k = 0; k < length; k++) vector[k] = vector[k]! - part * other[k]!
    }
    const size = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
    if (size > 1e-6) vectors.push(vector.map(value => value / size))
  }
  const tall = rows >= columns
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns]
    return tall ? vectors[column]![row]! : vectors[row]![column]!
  })
}
