// Which weights go first: the groups of least magnitude, within a layer or over the whole network.

import type { Groups } from './groups.ts'

/** How a group's weights are weighed: the mean of |w|, or the root of the mean of w². */
export type Ranking = 'l1' | 'l2'

export interface Prunable {
  readonly weights: Float32Array
  readonly groups: Groups
}

/**
 * Masks of 1 (kept) and 0 (pruned), as many zeros as the sparsity asks for to less than a group, and at least one group
 * kept. `layer`: every kernel gets the sparsity; `model`: the network as a whole, kernels compared by their own scale.
 */
export function masksOf(
  kernels: readonly Prunable[],
  sparsity: number,
  { ranking = 'l1', scope = 'layer' }: { ranking?: Ranking; scope?: 'layer' | 'model' } = {},
): Float32Array[] {
  if (scope === 'layer') return kernels.flatMap(kernel => prune([kernel], sparsity, ranking))
  return prune(kernels, sparsity, ranking)
}

interface Candidate {
  readonly kernel: number
  readonly group: number
  readonly size: number
  readonly score: number
}

function prune(kernels: readonly Prunable[], sparsity: number, ranking: Ranking): Float32Array[] {
  const masks = kernels.map(({ weights }) => new Float32Array(weights.length).fill(1))
  const candidates = kernels.flatMap((kernel, k) => candidatesOf(kernel, k, kernels.length > 1, ranking))
  // Ties take the first, so that a mask is the same on every run.
  candidates.sort((a, b) => a.score - b.score || a.kernel - b.kernel || a.group - b.group)
  const left = kernels.map(({ groups }) => groups.count)
  const total = masks.reduce((sum, mask) => sum + mask.length, 0)
  let zeros = Math.round(sparsity * total)
  const gone = kernels.map(({ groups }) => new Uint8Array(groups.count))
  for (const { kernel, group, size } of candidates) {
    if (size > zeros) break
    if (left[kernel] === 1) continue
    gone[kernel]![group] = 1
    left[kernel]!--
    zeros -= size
  }
  masks.forEach((mask, k) => {
    const { of } = kernels[k]!.groups
    for (let at = 0; at < mask.length; at++) if (gone[k]![of[at]!] === 1) mask[at] = 0
  })
  return masks
}

function candidatesOf(
  { weights, groups }: Prunable,
  kernel: number,
  scaled: boolean,
  ranking: Ranking,
): Candidate[] {
  const sums = new Float64Array(groups.count)
  const sizes = new Int32Array(groups.count)
  let all = 0
  weights.forEach((weight, at) => {
    const own = ranking === 'l1' ? Math.abs(weight) : weight * weight
    sums[groups.of[at]!]! += own
    sizes[groups.of[at]!]!++
    all += own
  })
  const scale = scaled && all > 0 ? weights.length / all : 1
  return Array.from(sums, (sum, group) => ({
    kernel,
    group,
    size: sizes[group]!,
    score: sizes[group] === 0 ? Number.POSITIVE_INFINITY : (sum / sizes[group]!) * scale,
  })).filter(({ size }) => size > 0)
}

/** The share of zeros. */
export function sparsityOf(values: ArrayLike<number>): number {
  let zeros = 0
  for (let k = 0; k < values.length; k++) if (values[k] === 0) zeros++
  return values.length === 0 ? 0 : zeros / values.length
}
