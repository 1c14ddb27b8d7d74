// What fixed point costs in decisions or values, beside what was said to be acceptable.

import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import { shareText } from '../profile/labels.ts'
import { type LossKind, largest, lossOf } from '../search/loss.ts'

export interface AccuracyCheck {
  /** What `loss` counts: accuracy lost by labels, rows decided otherwise, or the largest error as a share of the range. */
  readonly kind: LossKind['kind']
  /** Shares of 1. */
  readonly loss: number
  readonly maxLoss: number
  /** Accuracy by labels, where they were given. */
  readonly float?: number
  readonly fixed?: number
  /** Rows whose largest output differs from float's. */
  readonly changed: number
  readonly rows: number
}

/** Compares the first output, float against fixed. */
export function checkAccuracy(loss: LossKind, maxLoss: number, float: Batch, fixed: Batch): AccuracyCheck {
  const lost = lossOf(loss, float, fixed.data)
  const changed = lossOf({ kind: 'decisions' }, float, fixed.data) * float.rows
  const labels = loss.kind === 'accuracy' ? loss.labels : undefined
  return {
    kind: loss.kind,
    loss: lost,
    maxLoss,
    ...(labels === undefined ? {} : { float: accuracyOf(float, labels), fixed: accuracyOf(fixed, labels) }),
    changed: Math.round(changed),
    rows: float.rows,
  }
}

function accuracyOf(batch: Batch, labels: readonly number[]): number {
  const size = batch.data.length / batch.rows
  const right = labels.filter(
    (label, row) => largest(batch.data.subarray(row * size, (row + 1) * size)) === label,
  )
  return right.length / batch.rows
}

/** What is worse than accepted; `parting` is the first layer that parts from float. */
export function accuracyFindings(check: AccuracyCheck, parting?: string): Diagnostic[] {
  if (check.loss <= check.maxLoss) return []
  const { kind, loss, maxLoss, changed, rows } = check
  const told = {
    accuracy: `accuracy falls by ${shareText(loss)} against float, from ${shareText(check.float ?? 0)} to ${shareText(check.fixed ?? 0)}`,
    decisions: `${changed} of ${rows} rows are decided otherwise than in float, ${shareText(loss)}`,
    range: `the largest error is ${shareText(loss)} of the output's range`,
  }[kind]
  return [
    finding({
      code: 'check/accuracy',
      place: 'output',
      problem: told,
      expected: `at most ${shareText(maxLoss)} (--max-loss)`,
      remedy:
        parting === undefined
          ? 'No layer parts from float by more than its rounding: mend what the other findings name, or give the types more fraction bits.'
          : `Begin with layer '${parting}', the first to part from float.`,
    }),
  ]
}
