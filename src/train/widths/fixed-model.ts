// A model of trained widths as a model of fixed ones: kernels and biases as they were computed with, a `fixed-point`
// layer for every `trained-width` one, wide enough for all that it gives on the rows it is shown.

import { type RowSource, sizeOf } from '../../data/dataset.ts'
import type { Autodiff, Tensors } from '../autodiff.ts'
import { forward } from '../forward.ts'
import type { WeightValues } from '../initialise.ts'
import { uploadWeights } from '../loop.ts'
import { type BuiltLayer, buildModel, type Model, weightKey } from '../model.ts'
import { uploadBatch } from '../step.ts'
import { fracKey } from './ebops.ts'
import { leastFrac, mostFrac } from './fixed-bits.ts'
import { trainedWeights } from './widths.ts'

export interface FixedModelOptions {
  /** What happens beyond the widest value seen. */
  readonly overflow?: 'WRAP' | 'SAT'
  /** How much further than the rows went values may go, as a share. */
  readonly margin?: number
}

const rowsAtOnce = 512

/** The model to write; `source` are the rows that say how wide values become. */
export async function fixedModel(
  autodiff: Autodiff,
  model: Model,
  values: WeightValues,
  source: RowSource,
  { overflow = 'WRAP', margin = 0 }: FixedModelOptions = {},
): Promise<{ model: Model; weights: WeightValues }> {
  const cut = cutWeights(model, values)
  const ranges = await rangesOf(autodiff, model, { ...values, ...cut }, source)
  const layers = model.layers.map(layer => {
    if (layer.kind !== 'trained-width') return layer
    const over = [1, ...layer.weights[0]!.shape]
    return { ...layer, kind: 'fixed-point' as const, settings: { rounding: 'TRN', overflow, over } }
  })
  const weights: Record<string, Float32Array> = { ...cut }
  for (const layer of model.layers) {
    if (layer.kind !== 'trained-width') continue
    const frac = values[weightKey(layer, { name: 'frac' })]!
    Object.assign(weights, typeArrays(layer, frac, ranges.get(layer.name)!, margin))
  }
  return { model: buildModel({ ...model, layers }, 'widths'), weights }
}

/** Whole fraction bits as the forward pass uses them: halves to even. */
function wholeFrac(frac: number): number {
  const bounded = Math.min(mostFrac, Math.max(leastFrac, frac))
  const floor = Math.floor(bounded)
  const rest = bounded - floor
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? 1 : 0)
}

function cutWeights(model: Model, values: WeightValues): Record<string, Float32Array> {
  return Object.fromEntries(
    trainedWeights(model).map(({ key }) => {
      const fracs = values[fracKey(key)]!
      const own = values[key]!
      const cut = own.map((value, k) => {
        const scale = 2 ** wholeFrac(fracs[fracs.length === 1 ? 0 : k]!)
        // In float32, as training computes it.
        return Math.floor(Math.fround(Math.fround(value * scale) + 0.5)) / scale
      })
      return [key, cut]
    }),
  )
}

interface Range {
  readonly low: Float32Array
  readonly high: Float32Array
}

/** Least and greatest of what every `trained-width` layer gives, by element of its widths. */
async function rangesOf(
  autodiff: Autodiff,
  model: Model,
  values: WeightValues,
  source: RowSource,
): Promise<Map<string, Range>> {
  const { maths } = autodiff
  const quantisers = model.layers.filter(({ kind }) => kind === 'trained-width')
  const compiled = autodiff.compile((weights: Tensors, rows: Tensors) => {
    const inputs = model.inputs.map((_, k) => rows[`x${k}`]!)
    const seed = maths.full([], 0, 'int32')
    return forward(model, weights, inputs, { maths, training: false, seed }).results as Record<string, never>
  })
  const held = uploadWeights(autodiff, model, values)
  const ranges = new Map(quantisers.map(layer => [layer.name, emptyRange(layer)]))
  for (let at = 0; at < source.count; at += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, source.count - at)
    const rows = await source.rows(Uint32Array.from({ length: count }, (_, k) => at + k))
    const batch = uploadBatch(autodiff, rows, [], undefined)
    const results: Tensors = compiled(held, batch)
    for (const { name } of quantisers) widen(ranges.get(name)!, autodiff.download(results[name]!))
    autodiff.release({ batch, results })
  }
  autodiff.release({ ...held })
  return ranges
}

function emptyRange(layer: BuiltLayer): Range {
  const size = sizeOf(layer.weights[0]!.shape)
  return { low: new Float32Array(size), high: new Float32Array(size) }
}

function widen({ low, high }: Range, values: ArrayLike<number>): void {
  for (let k = 0; k < values.length; k++) {
    const at = k % low.length
    if (values[k]! < low[at]!) low[at] = values[k]!
    if (values[k]! > high[at]!) high[at] = values[k]!
  }
}

/** keep_negative, bits and integers (which count the sign) of the narrowest types that hold the ranges. */
function typeArrays(
  layer: BuiltLayer,
  fracs: Float32Array,
  { low, high }: Range,
  margin: number,
): Record<string, Float32Array> {
  const types = Array.from(fracs, (frac, k) =>
    typeOf(wholeFrac(frac), low[k]! * (1 + margin), high[k]! * (1 + margin)),
  )
  const column = (name: 'keep_negative' | 'bits' | 'integers') =>
    [weightKey(layer, { name }), Float32Array.from(types, type => type[name])] as const
  return Object.fromEntries([column('keep_negative'), column('bits'), column('integers')])
}

function typeOf(frac: number, low: number, high: number) {
  const scale = 2 ** frac
  const [least, most] = [Math.floor(low * scale), Math.ceil(high * scale)]
  if (least === 0 && most === 0) return { keep_negative: 0, bits: 0, integers: 0 }
  const sizes = [bitLength(most), least < 0 ? bitLength(-least - 1) : 0]
  const negative = least < 0 ? 1 : 0
  const bits = Math.max(...sizes) + negative
  return { keep_negative: negative, bits, integers: bits - frac }
}

function bitLength(value: number): number {
  let bits = 0
  for (let left = value; left >= 1; left /= 2) bits++
  return bits
}
