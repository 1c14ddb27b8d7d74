// Epochs whose weights are kept besides the last ones: the best that is as sparse as asked, or a front of accuracy against
// cost. They are part of a checkpoint, so a run that resumes ends with the same ones.

import type { WeightValues } from './initialise.ts'
import { paretoFront } from './pareto.ts'

export interface KeptEpoch {
  /** From 1. */
  readonly epoch: number
  /** Larger is better. */
  readonly value: number
  /** Smaller is better; 0 where epochs differ in value alone. */
  readonly cost: number
  readonly weights: WeightValues
}

export interface Keeper {
  readonly kept: () => readonly KeptEpoch[]
  /** Takes an epoch among the kept ones, if it is worth it. */
  readonly add: (epoch: KeptEpoch) => void
  /** What a run that resumes begins with. */
  readonly restore: (kept: readonly KeptEpoch[]) => void
}

/** Keeps the best; of epochs that are equally good the last. */
export const createBestKeeper = (): Keeper =>
  keeperOf((kept, epoch) => (kept.every(({ value }) => epoch.value >= value) ? [epoch] : kept))

/** Keeps all that no other beats in both value and cost, by rising cost. */
export const createFrontKeeper = (): Keeper =>
  keeperOf((kept, epoch) =>
    paretoFront(
      [...kept, epoch],
      ({ cost }) => cost,
      ({ value }) => value,
    ),
  )

function keeperOf(choose: (kept: readonly KeptEpoch[], epoch: KeptEpoch) => readonly KeptEpoch[]): Keeper {
  let held: readonly KeptEpoch[] = []
  return {
    kept: () => held,
    add: epoch => {
      held = choose(held, epoch)
    },
    restore: kept => {
      held = kept
    },
  }
}
