// A trial of a search: one student trained and estimated. A trial knows nothing of the others, and job and result are
// plain data, so that what runs it may be this process or another machine.

import type { CompressionProjectInput } from '../compression.ts'
import type { Budget, TrialCost } from './budget.ts'

/** All that a trial needs; files in it are named by their paths. Written as JSON and read again it is the same. */
export interface TrialJob {
  readonly project: CompressionProjectInput
  /** Config with the settings of the hardware: types, reuse, strategies. */
  readonly config?: string
  readonly part: string
  /** Period in ns. */
  readonly clock: number
  readonly budget: Budget
  /** A student whose estimate before training is over this many times the budget is not trained. */
  readonly margin: number
}

export interface TrainedTrial<Model> {
  readonly kind: 'trained'
  /** On the validation rows, in the bits of the hardware: accuracy, or the error (rms) of values. */
  readonly measure: number
  /** The same on the test rows, where there are any; no choice depends on it. */
  readonly test?: number
  readonly parameters: number
  /** Share of zeros among the trained values. */
  readonly sparsity: number
  /** Bits of a weight; absent where the network has none of its own. */
  readonly bits?: number
  readonly cost: TrialCost
  /** By the estimate before training. */
  readonly before: TrialCost
  /** The `.h5`: its bytes, or what they are kept as. */
  readonly model: Model
  /** The record of its training, the text of `training.json`; it is kept beside the model and in no log. */
  readonly training?: string
}

export type TrialResult<Model = Uint8Array> =
  | TrainedTrial<Model>
  /** Not trained: its estimate was clearly over the budget. */
  | { readonly kind: 'over-budget'; readonly before: TrialCost }
  /** This student cannot be trained or built. */
  | { readonly kind: 'failed'; readonly code: string; readonly problem: string }

/** Runs trials. A queue over several machines is another one of these. */
export interface TrialRunner {
  /** Jobs that it can have under way at once; 1 by default. */
  readonly atOnce?: number
  /** Rejects where no other student would fare better: files that are missing, an interruption. */
  run(job: TrialJob): Promise<TrialResult>
}
