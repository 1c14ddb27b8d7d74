// What a folded multiply-accumulate array is asked for: values, types and who multiplies what when.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Interval } from '../fixed/interval.ts'
import type { Conversion, FixedType } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Family, SpeedGrade } from '../netlist/delay.ts'
import type { Net } from '../netlist/netlist.ts'
import type { PipelineStage } from '../netlist/pipeline.ts'

/** Who multiplies what, when. */
export interface MacSchedule {
  /** Cycles of a frame: groups · stepsPerGroup. */
  readonly steps: number
  readonly stepsPerGroup: number
  readonly groups: number
  /** Per lane, the input it shows in each step of a group; −1 where it idles. */
  readonly lanes: readonly (readonly number[])[]
  /** Per accumulator, the output it makes in each group; −1 where it idles. */
  readonly accumulators: readonly (readonly number[])[]
  /** What is multiplied at all: pairs of lane and accumulator with a weight that is not zero in some step. */
  readonly multipliers: readonly { readonly lane: number; readonly accumulator: number }[]
}

export interface Scalar {
  readonly raw: bigint
  readonly frac: number
}

export interface MacArrayOptions {
  readonly name: string
  /** Layer that the cells belong to. */
  readonly layer: string
  readonly clockNs: number
  readonly family: Family
  readonly grade?: SpeedGrade | undefined
  readonly schedule: MacSchedule
  readonly inputs: readonly Interval[]
  /** Elements of a beat where inputs come one beat a step, in order, instead of all at once. */
  readonly perBeat?: number
  /** Applied to an input before it is multiplied, e.g. a bit that means ±1; absent: nothing. */
  decode?(builder: NetlistBuilder, x: Net): Net
  /** The weight of an input for an output. */
  weight(input: number, output: number): bigint
  readonly weightFrac: number
  /** The bias of an output; absent: 0. */
  bias?(output: number): Scalar
  /** Instead of the product of an input and a weight, e.g. a comparison; it must give 0 for a weight of 0. */
  multiply?(builder: NetlistBuilder, x: Net, weight: Net): Net
  /** Applied to the bias, every product and every sum; absent: all exact. */
  readonly accumulator: Conversion | undefined
  /** The result of an output from its finished sum. */
  finish(builder: NetlistBuilder, sum: Net, output: number): Net
  readonly outputs: readonly FixedType[]
  /** Whether products of two variables may become DSP blocks; otherwise they are additions. */
  readonly dsp: boolean
}

/** Ranks between the step and what leaves them. */
export interface Front {
  readonly latency: number
  readonly stages: readonly PipelineStage[]
  readonly findings: readonly Diagnostic[]
}
