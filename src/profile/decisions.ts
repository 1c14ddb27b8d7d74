// Which rows the two meanings of a network decide differently, and how often each is right.

import type { Batch } from '../engines/engine.ts'
import { sizeOf } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import { largest } from '../search/loss.ts'

/** Of one output: the index of its largest value, or, for a single value, whether it is at least a half. */
export interface Decisions {
  /** Name of the output in the fixed-point model. */
  readonly output: string
  readonly rows: number
  /** Rows that are decided differently. */
  readonly differ: number
  /** Rows whose fixed-point output has its largest value more than once: the first wins. */
  readonly ties: number
}

/** A single value decides something where it is a probability; without labels, other single values do not. */
export function createDecisions(node: OpNode) {
  const size = sizeOf(node.shape)
  const isChance = node.kind === 'table-activation' || node.kind === 'hard-activation'
  let [rows, differ, ties, labelled, floatRight, fixedRight] = [0, 0, 0, 0, 0, 0]
  return {
    add: (floats: Batch, fixed: Batch, labels: readonly number[] | undefined) => {
      for (let row = 0; row < floats.rows; row++) {
        const of = fixed.data.subarray(row * size, (row + 1) * size)
        const [wanted, got] = [largest(floats.data.subarray(row * size, (row + 1) * size)), largest(of)]
        rows++
        if (wanted !== got) differ++
        if (size > 1 && of.lastIndexOf(of[got]!) !== got) ties++
        if (labels === undefined) continue
        labelled++
        if (labels[row] === wanted) floatRight++
        if (labels[row] === got) fixedRight++
      }
    },
    result: (): Decisions | undefined =>
      size > 1 || isChance || labelled > 0 ? { output: node.name, rows, differ, ties } : undefined,
    accuracy: () =>
      labelled === 0 ? undefined : { float: floatRight / labelled, fixed: fixedRight / labelled },
  }
}
