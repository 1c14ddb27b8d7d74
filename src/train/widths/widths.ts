// Training of widths: every kernel and bias has fraction bits of its own, `trained-width` layers those of the values,
// and the loss has a price for them. A price that rises from epoch to epoch gives a whole front of accuracy against
// cost in one run.

import { sizeOf } from '../../data/dataset.ts'
import { fail } from '../../diagnostics/diagnostic.ts'
import type { Autodiff, HostArray, Tensors } from '../autodiff.ts'
import type { WeightValues } from '../initialise.ts'
import { uploadAll, uploadWeights } from '../loop.ts'
import { type Model, weightKey } from '../model.ts'
import type { Additions } from '../step.ts'
import { allBits, ebops, fracKey, productsOf } from './ebops.ts'
import { flooredBits } from './fixed-bits.ts'

export interface WidthSettings {
  /** The price of a bit operation: of the first epoch and of the last; between them it rises by a factor an epoch. */
  readonly price: readonly [first: number, last: number]
  /** The price of a bit of a weight or value, wherever it is. */
  readonly bitPrice?: number
  /** Fraction bits of weights to begin with; 6 by default. */
  readonly frac?: number
  /** A width for every weight, or one for a whole kernel. */
  readonly per?: 'weight' | 'kernel'
  /** What values of the finished network do beyond what the training rows give: wrap, by default, or saturate. */
  readonly overflow?: 'WRAP' | 'SAT'
  /** Room beyond that, as a share of it; 0 by default. */
  readonly margin?: number
}

export interface WidthTraining {
  readonly additions: Additions
  /** Bit operations of a row with these weights. */
  ebopsOf(weights: WeightValues): number
}

/** Fails with `train/widths` where a setting cannot be, or a kernel multiplies values without a width. */
export function checkWidths(model: Model, settings: WidthSettings): void {
  const [first, last] = settings.price
  if (!(first > 0 && last >= first))
    refuse(`the prices are ${first} and ${last}`, 'numbers above 0, the last not below')
  checkRange(settings)
  productsOf(model)
  trainedWeights(model)
}

/** `epochs` and `stepsPerEpoch` are those of the run. Fails as `checkWidths` does. */
export function createWidthTraining(
  autodiff: Autodiff,
  model: Model,
  settings: WidthSettings,
  run: { readonly epochs: number; readonly stepsPerEpoch: number },
): WidthTraining {
  checkWidths(model, settings)
  const [first, last] = settings.price
  const products = productsOf(model)
  const trained = trainedWeights(model)
  const widths = Object.fromEntries(
    trained.map(({ key, shape }) => [fracKey(key), widthArray(shape, settings)]),
  )
  const priceAt = (step: number) => {
    const epoch = Math.floor(step / run.stepsPerEpoch)
    return first * (last / first) ** (epoch / Math.max(1, run.epochs - 1))
  }
  return {
    additions: {
      weights: widths,
      prepare: (maths, weights) => ({
        ...weights,
        ...Object.fromEntries(
          trained.map(({ key }) => [key, flooredBits(maths, weights[key]!, weights[fracKey(key)]!, 0.5)]),
        ),
      }),
      extras: (_rows, step) => ({ price: { shape: [], data: Float32Array.of(priceAt(step)) } }),
      cost: ({ maths, weights, extras }) => {
        const cost = maths.multiply(ebops(maths, weights, products), extras.price!)
        const bits = maths.multiply(allBits(maths, weights, products), settings.bitPrice ?? 0)
        return maths.add(cost, bits)
      },
    },
    ebopsOf: ebopsCounter(autodiff, model, products, Object.keys(widths)),
  }
}

function checkRange({ overflow = 'WRAP', margin = 0 }: WidthSettings): void {
  if (overflow !== 'WRAP' && overflow !== 'SAT') refuse(`overflow is '${String(overflow)}'`, 'WRAP or SAT')
  if (!(margin >= 0)) refuse(`the margin is ${margin}`, 'a share of at least 0')
}

/** Kernels and biases. */
export function trainedWeights(model: Model): { key: string; shape: readonly number[] }[] {
  return model.layers
    .filter(({ kind }) => kind !== 'trained-width')
    .flatMap(layer =>
      layer.weights.map(weight => {
        if (weight.quantiser)
          refuse(
            `layer '${layer.name}' has a quantizer for its ${weight.name}`,
            'weights of trained width alone',
          )
        return { key: weightKey(layer, weight), shape: weight.shape }
      }),
    )
}

function widthArray(shape: readonly number[], { frac = 6, per = 'weight' }: WidthSettings): HostArray {
  const own = per === 'weight' ? shape : shape.map(() => 1)
  return { shape: own, data: new Float32Array(sizeOf(own)).fill(frac) }
}

function ebopsCounter(
  autodiff: Autodiff,
  model: Model,
  products: ReturnType<typeof productsOf>,
  widthKeys: readonly string[],
) {
  const compiled = autodiff.compile((weights: Tensors) => ({
    count: ebops(autodiff.maths, weights, products),
  }))
  const shapes = new Map(trainedWeights(model).map(({ key, shape }) => [fracKey(key), shape]))
  return (values: WeightValues): number => {
    const widths = Object.fromEntries(
      widthKeys.map(key => {
        const data = values[key]!
        const shape = shapes.get(key)!
        return [key, { shape: data.length === sizeOf(shape) ? shape : shape.map(() => 1), data }]
      }),
    )
    const uploaded = { ...uploadWeights(autodiff, model, values), ...uploadAll(autodiff, widths) }
    const { count } = compiled(uploaded)
    const [found] = autodiff.download(count)
    autodiff.release({ uploaded, count })
    return found!
  }
}

function refuse(problem: string, expected: string): never {
  return fail({ code: 'train/widths', place: 'widths', problem, expected, remedy: 'Correct it.' })
}
