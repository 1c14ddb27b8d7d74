// Pruning while a model is trained: masks on its kernels, made anew after every epoch as the schedule asks, held in
// every step between. A pruned weight is exactly zero, so the masks of a run that resumes are the zeros of its weights.
// They hold whether the forward pass is quantised or not.

import type { HostArray } from '../autodiff.ts'
import type { WeightValues } from '../initialise.ts'
import { type Model, weightKey } from '../model.ts'
import type { Additions } from '../step.ts'
import { type Folding, groupsOf, type Structure } from './groups.ts'
import { masksOf, type Ranking } from './masks.ts'
import { checkSchedule, failPruning, type SparsitySchedule, sparsityAt } from './schedule.ts'

export interface PruningSettings {
  readonly schedule: SparsitySchedule
  /** `weight` by default. */
  readonly structure?: Structure
  readonly ranking?: Ranking
  readonly scope?: 'layer' | 'model'
  /** Names of layers; by default all with a kernel but the last one. */
  readonly layers?: readonly string[]
  /** Where multipliers or words of memory are to fall away: by layer, or for all. */
  readonly folding?: Folding | Readonly<Record<string, Folding>>
}

export interface Pruning {
  readonly additions: Additions
  /** To be called before the first epoch with the weights it begins with, and after every epoch with its own. */
  update(weights: WeightValues, epoch: number): void
  /** The mask of every pruned kernel, by key. */
  masks(): Readonly<Record<string, Float32Array>>
}

interface Kernel {
  readonly key: string
  readonly layer: string
  readonly shape: readonly number[]
}

/** Fails with `train/pruning` where layers or shares are not there. */
export function createPruning(model: Model, settings: PruningSettings, epochs: number): Pruning {
  checkSchedule(settings.schedule, epochs, 'pruning')
  const kernels = kernelsOf(model, settings)
  const groups = kernels.map(({ shape, layer }) =>
    groupsOf(shape, settings.structure ?? 'weight', foldingOf(settings, layer)),
  )
  let masks: readonly Float32Array[] = groups.map(({ of }) => new Float32Array(of.length).fill(1))
  const masked: Additions['prepare'] = (maths, weights, extras) => ({
    ...weights,
    ...Object.fromEntries(
      kernels.map(({ key }) => [key, maths.multiply(weights[key]!, extras[maskKey(key)]!)]),
    ),
  })
  return {
    additions: {
      prepare: masked,
      constrain: masked,
      extras: () =>
        Object.fromEntries(
          kernels.map(({ key, shape }, k): [string, HostArray] => [maskKey(key), { shape, data: masks[k]! }]),
        ),
    },
    update: (weights, epoch) => {
      const prunables = kernels.map(({ key }, k) => ({ weights: weights[key]!, groups: groups[k]! }))
      masks = masksOf(prunables, sparsityAt(settings.schedule, epoch), settings)
    },
    masks: () => Object.fromEntries(kernels.map(({ key }, k) => [key, masks[k]!])),
  }
}

const maskKey = (key: string) => `mask ${key}`

function kernelsOf(model: Model, { layers }: PruningSettings): Kernel[] {
  const all = model.layers.flatMap(layer =>
    layer.weights
      .filter(weight => weight.trainable && weight.name.endsWith('kernel') && weight.shape.length > 1)
      .map(weight => ({ key: weightKey(layer, weight), layer: layer.name, shape: weight.shape })),
  )
  const known = [...new Set(all.map(({ layer }) => layer))]
  for (const name of layers ?? [])
    if (!known.includes(name)) failPruning('pruning', `no layer '${name}' has a kernel`, known.join(', '))
  const chosen = layers ?? known.slice(0, -1)
  const kernels = all.filter(({ layer }) => chosen.includes(layer))
  if (kernels.length === 0) failPruning('pruning', 'no layer is left to prune', `some of ${known.join(', ')}`)
  return kernels
}

function foldingOf({ folding, structure }: PruningSettings, layer: string): Folding {
  if (folding === undefined) {
    if (structure !== 'multiplier' && structure !== 'memory') return { reuse: 1, bits: 16 }
    return failPruning('pruning', `'${structure}' needs a reuse factor`, 'folding: { reuse, bits }')
  }
  if (typeof folding.reuse === 'number') return folding as Folding
  const own = (folding as Readonly<Record<string, Folding>>)[layer]
  return own ?? failPruning('pruning', `no folding is given for layer '${layer}'`, 'one per layer')
}
