// How sparse a network is to be, epoch by epoch.

import { fail } from '../../diagnostics/diagnostic.ts'

/** Epochs count from 0. Before `begin` nothing is pruned, and from `end` on the sparsity stays. */
export type SparsitySchedule =
  | { readonly kind: 'constant'; readonly sparsity: number; readonly begin?: number }
  | {
      /** From `initial` to `sparsity` along 1 − (1 − t)^power, as Zhu and Gupta prune (arXiv:1710.01878). */
      readonly kind: 'polynomial'
      readonly sparsity: number
      readonly initial?: number
      readonly begin?: number
      readonly end: number
      /** 3 by default. */
      readonly power?: number
    }

/** The share of weights that should be zero in an epoch. */
export function sparsityAt(schedule: SparsitySchedule, epoch: number): number {
  const begin = schedule.begin ?? 0
  if (epoch < begin) return 0
  if (schedule.kind === 'constant' || epoch >= schedule.end) return schedule.sparsity
  const { initial = 0, end, power = 3, sparsity } = schedule
  const left = 1 - (epoch - begin) / (end - begin)
  return sparsity + (initial - sparsity) * left ** power
}

/** Fails with `train/pruning` where the schedule cannot be followed in so many epochs. */
export function checkSchedule(schedule: SparsitySchedule, epochs: number, place: string): void {
  const begin = schedule.begin ?? 0
  const end = schedule.kind === 'polynomial' ? schedule.end : begin
  const shares = [schedule.sparsity, ...(schedule.kind === 'polynomial' ? [schedule.initial ?? 0] : [])]
  const bad = shares.find(share => !(share >= 0 && share < 1))
  if (bad !== undefined) failPruning(place, `the sparsity is ${bad}`, 'a share from 0 to below 1')
  const ordered = begin >= 0 && (schedule.kind === 'constant' || end > begin) && end < epochs
  if (!ordered)
    failPruning(
      place,
      `it begins with epoch ${begin} and ends with ${end}`,
      `epochs in order, below ${epochs}`,
    )
  if (schedule.kind === 'polynomial' && !((schedule.power ?? 3) > 0))
    failPruning(place, `the power is ${schedule.power}`, 'a number above 0')
}

export function failPruning(place: string, problem: string, expected: string): never {
  return fail({ code: 'train/pruning', place, problem, expected, remedy: 'Correct it.' })
}
