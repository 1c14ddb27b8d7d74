// Layers that move values without computing: flatten, reshape, dropout; and the merges of several layers.

import { sizeOf } from '../../data/dataset.ts'
import type { Maths, Tensor } from '../autodiff.ts'
import { share, wholes } from '../fields.ts'
import { defineLayer } from './definition.ts'

export const flatten = defineLayer({
  classes: { plain: 'Flatten' },
  summary: 'all axes as one',
  fields: {},
  shape: (_settings, input) => [sizeOf(input)],
  forward: ({ maths, x }) => maths.reshape(x, [x.shape[0]!, sizeOf(x.shape.slice(1))]),
  keras: () => ({ data_format: 'channels_last' }),
})

export const reshape = defineLayer({
  classes: { plain: 'Reshape' },
  summary: 'the same elements under other extents; −1 is what is left',
  fields: { targetShape: wholes('target_shape') },
  shape: ({ targetShape }, input) => {
    const known = targetShape.filter(extent => extent !== -1)
    const open = targetShape.length - known.length
    const rest = sizeOf(input) / sizeOf(known)
    if (open > 1 || !Number.isInteger(rest) || (open === 0 && rest !== 1))
      return `[${input.join(', ')}] has ${sizeOf(input)} elements, which [${targetShape.join(', ')}] cannot hold`
    return targetShape.map(extent => (extent === -1 ? rest : extent))
  },
  forward: ({ maths, settings: { targetShape }, x }) => {
    const rest = sizeOf(x.shape.slice(1)) / sizeOf(targetShape.filter(extent => extent !== -1))
    return maths.reshape(x, [x.shape[0]!, ...targetShape.map(extent => (extent === -1 ? rest : extent))])
  },
})

/** In training each element is 0 with this chance, and otherwise larger, so that sums stay. */
export const dropout = defineLayer({
  classes: { plain: 'Dropout' },
  summary: 'elements left out by chance while training',
  fields: { rate: share('rate') },
  shape: (_settings, input) => input,
  forward: ({ maths, settings: { rate }, training, x, uniform }) => {
    if (!training || rate === 0) return x
    const kept = maths.greaterEqual(uniform(x.shape), rate)
    return maths.where(kept, maths.multiply(x, 1 / (1 - rate)), 0)
  },
  keras: () => ({ noise_shape: null, seed: null }),
})

type Merge = (maths: Maths, a: Tensor, b: Tensor) => Tensor

function merging(className: string, summary: string, merge: Merge) {
  return defineLayer({
    classes: { plain: className },
    summary,
    fields: {},
    inputs: 'several',
    shape: (_settings, input, inputs) =>
      inputs.every(own => own.join() === input.join())
        ? input
        : `its inputs have the shapes ${inputs.map(own => `[${own.join(', ')}]`).join(' and ')}`,
    forward: ({ maths, inputs }) => inputs.reduce((a, b) => merge(maths, a, b)),
  })
}

export const add = merging('Add', 'sums, element by element', (maths, a, b) => maths.add(a, b))
export const multiply = merging('Multiply', 'products, element by element', (maths, a, b) =>
  maths.multiply(a, b),
)

export const concatenate = defineLayer({
  classes: { plain: 'Concatenate' },
  summary: 'along the last axis',
  fields: {},
  inputs: 'several',
  shape: (_settings, input, inputs) => {
    const rest = (shape: readonly number[]) => shape.slice(0, -1).join()
    if (inputs.some(own => rest(own) !== rest(input))) return 'its inputs differ before their last axis'
    return [...input.slice(0, -1), inputs.reduce((sum, own) => sum + own.at(-1)!, 0)]
  },
  forward: ({ maths, inputs }) => maths.concatenate(inputs, -1),
  keras: () => ({ axis: -1 }),
})
