// What a layer of integrate-and-fire neurons is.

import type { TimeAttrs } from '../time-loop.ts'

export interface IntegrateFireAttrs extends TimeAttrs {
  /** Whether the membrane leaks: v = beta · v + x instead of v + x. */
  readonly leaky: boolean
  /** What a spike does to the membrane: takes the threshold off, or empties it. */
  readonly reset: 'subtract' | 'zero'
}
