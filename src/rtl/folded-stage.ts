// What a folded layer is to the design around it, whatever it computes.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { PipelineStage } from '../netlist/pipeline.ts'
import type { RtlModule } from './module.ts'

/**
 * Ports `start`, `x`, `done`, `y`. A frame's elements stand on `x` in the cycle of `start`; its result stands on `y`
 * from the cycle of `done` until the next. Nothing waits: whoever starts frames keeps `interval` cycles between them.
 *
 * With `perBeat`, a frame comes in beats of that many elements: each stands on `x` in a cycle of `start`, and the first
 * beats of frames are `interval` cycles apart.
 */
export interface FoldedStage {
  readonly module: RtlModule
  /** Cycles from `start`, a frame's first where it has several, to `done`; beats come every cycle. */
  readonly latency: number
  /** Fewest cycles between frames. */
  readonly interval: number
  readonly perBeat?: number
  /** Multipliers built as products of two variables. */
  readonly multipliers: number
  /** Register to register, by the delay model. */
  readonly stages: readonly PipelineStage[]
  readonly findings: readonly Diagnostic[]
}
