// What an operator is: one object that answers for every phase of the compiler. A phase that an operator has no
// form for is answered by `refuse(code, reason)`, which becomes the diagnostic and the support table; an answer
// left out does not compile.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Interval } from '../fixed/interval.ts'
import type { Plan } from '../fixed/kernels.ts'
import type { Precision } from '../fixed/precision.ts'
import type { Conversion, FixedType } from '../fixed/types.ts'
import type { HlsBody } from '../hls/call.ts'
import type { Origin, SourceQuantiser } from '../ir/graph.ts'
import type { Shape, TensorConversion, TensorType } from '../ir/tensor-type.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Family, SpeedGrade } from '../netlist/delay.ts'
import type { Net } from '../netlist/netlist.ts'
import type { ProductSolver } from '../netlist/product-solver.ts'
import type { FoldedStage } from '../rtl/folded-stage.ts'
import type { RtlModule } from '../rtl/module.ts'

/** "No", with the reason a user can read. `code` is area-prefixed, e.g. `rtl/softmax-latency`. */
export interface Refusal {
  readonly refused: true
  readonly code: string
  readonly reason: string
}

export function refuse(code: string, reason: string): Refusal {
  return { refused: true, code, reason }
}

export function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'refused' in answer
}

/** A role is a place in the operator that has a precision: result, accum, weight, exp_table, … */
export interface RoleDefinition {
  readonly summary: string
  /** Used when nothing is asked: a conversion, or `auto` to infer it; absent: the model's default precision. */
  readonly default?: Conversion | 'auto'
  /**
   * Where hls4ml reads it: `precision` from `Precision.<role>`, falling back to the model's default; `named` from
   * `Precision.<role>` alone, whatever the default; `key` only from the layer key `<role>_t` (`Precision.<role>` is
   * accepted there without effect); `data` nowhere: it follows from the trained values.
   */
  readonly readFrom: 'precision' | 'named' | 'key' | 'data'
}

/** Whether `Precision.<role>` is read. */
export function isNamed({ readFrom }: RoleDefinition): boolean {
  return readFrom === 'precision' || readFrom === 'named'
}

/** A config key that changes how a layer is built (ReuseFactor) or computed (Implementation), not its precision. */
export interface ChoiceDefinition {
  /** hls4ml's key, e.g. `ReuseFactor`; compared without case and underscores. */
  readonly key: string
  readonly summary: string
  readonly default: number | string | boolean
  readonly check: ChoiceCheck
  /** Said of a key that hls4ml accepts and never reads, with what is true instead. */
  readonly noEffect?: string
}

export type ChoiceCheck =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' }
  /** Allowed words; compared without case and underscores, kept in this spelling. */
  | { readonly kind: 'word'; readonly words: readonly string[] }

/** Trained values as the source has them. */
export interface FloatValues {
  readonly shape: Shape
  readonly data: Float64Array
}

/** Trained values after quantisation. */
export interface RawValues {
  readonly shape: Shape
  readonly type: FixedType
  readonly raw: readonly bigint[]
}

/** An operator in a float graph. */
export interface FloatOp<A> {
  readonly name: string
  readonly attrs: A
  readonly inputs: readonly Shape[]
  readonly shape: Shape
  readonly quantisers: Readonly<Record<string, SourceQuantiser>>
  /** Values of a weight role; undefined when the node has none. */
  weight(role: string): FloatValues | undefined
}

/** An operator whose inputs are typed, while its own precision is being decided. */
export interface PrecisionRequest<A> {
  readonly name: string
  readonly attrs: A
  readonly inputs: readonly TensorType[]
  readonly inputConversions: readonly TensorConversion[]
  readonly shape: Shape
  readonly quantisers: Readonly<Record<string, SourceQuantiser>>
  /** Settings asked for, or their defaults; absent where only types are asked. */
  readonly choices?: Readonly<Record<string, number | string | boolean>>
  /** What was asked of a role, with defaults filled in; `auto` where it is to be inferred. */
  asked(role: string): Precision
  /** The model's default precision. */
  readonly modelDefault: Conversion
  /** hls4ml's `Model.Precision.maximum`, which clamps inferred widths. */
  readonly maximum: Conversion | undefined
  weight(role: string): FloatValues | undefined
  /** Quantised values of a role whose conversion was decided before; undefined when the node has none. */
  rawWeight(role: string): RawValues | undefined
}

/** Conversions decided for roles. */
export type RoleConversions = Readonly<Record<string, Conversion>>

/** A fully typed operator. */
export interface TypedOp<A> {
  readonly name: string
  readonly attrs: A
  readonly inputs: readonly TensorType[]
  /** Whose results the inputs are, by the names under which a config sets their types: `'fc' and 'fc_linear'`. */
  readonly inputNames: readonly string[]
  /** How values came into the inputs: hls4ml's types carry their modes along. */
  readonly inputConversions: readonly TensorConversion[]
  readonly output: TensorType
  readonly choices: Readonly<Record<string, number | string | boolean>>
  readonly origin: Origin
  /** How values come into the result. */
  readonly result: TensorConversion
  /** The conversion of a role with one type for all elements. */
  conversion(role: string): Conversion
  hasRole(role: string): boolean
  weight(role: string): RawValues | undefined
}

/** How an operator becomes hardware. */
export type RtlForm =
  /** Combinational cells, pipelined together with their neighbours; one result a cycle. */
  | {
      readonly form: 'datapath'
      lower(builder: NetlistBuilder, inputs: readonly (readonly Net[])[]): readonly Net[]
    }
  /** A module with valid/ready streams `s`, `m` and its own control; a beat is the last axis. */
  | {
      readonly form: 'process'
      build(options: ProcessOptions): StreamProcess
    }
  /** A module that works on a frame for several cycles, one frame after another, without ever waiting. */
  | {
      readonly form: 'folded'
      /** Whether it can work while its input comes in beats of so many elements, with no more multipliers than asked. */
      takesBeats(elementsPerBeat: number): boolean
      build(options: FoldedOptions): FoldedStage
    }

export interface FoldedOptions extends ProcessOptions {
  /** What is known of each element of the input. */
  readonly inputs: readonly Interval[]
  /** Whether products of two variables may become DSP blocks; otherwise they are additions. */
  readonly dsp: boolean
  /** Elements of a beat where `takesBeats`; absent: whole frames. */
  readonly perBeat?: number
}

export interface ProcessOptions {
  readonly clockNs: number
  readonly family: Family
  readonly grade?: SpeedGrade | undefined
  /** Name of the module; those of its parts begin with it. */
  readonly name: string
  /** In place of the optimiser of constant products. */
  readonly solver?: ProductSolver | undefined
}

/** A process with what its counters fix: timing over whole frames, which simulation confirms. */
export interface StreamProcess {
  readonly module: RtlModule
  /** Cycles from taking a frame's first beat to offering its last output beat, nothing waiting. */
  readonly latency: number
  /** Cycles between first beats of consecutive frames. */
  readonly interval: number
  /** What does not fit the clock. */
  readonly findings: readonly Diagnostic[]
}

/** What an HLS tool is asked for. */
export interface HlsTarget {
  readonly clockNs: number
}

/** What an HLS tool would report of an operator's C++ kernel. Our own hardware is estimated from its cells instead. */
export interface OpEstimate {
  readonly lut: number
  readonly ff: number
  readonly dsp: number
  readonly bram18: number
  /** Cycles it adds, and cycles between frames. */
  readonly latency: number
  readonly interval: number
}

/** A finding about an operator's types, e.g. a table that cannot resolve its input. */
export interface OpFinding {
  readonly code: string
  readonly problem: string
  readonly remedy: string
}

/** An instance that the conformance suite runs through every engine. */
export interface OpExample<A> {
  readonly title: string
  readonly attrs: A
  readonly inputs: readonly { readonly shape: Shape; readonly type: FixedType }[]
  /** Quantised weights by role. */
  readonly weights: Readonly<Record<string, RawValues>>
  /** Conversions by role, `result` among them. */
  readonly conversions: RoleConversions
  readonly choices?: Readonly<Record<string, number | string | boolean>>
  /** The most by which results differ from the float meaning, clipped to the result's range; absent where values wrap. */
  readonly floatBound?: number
}

export interface OpDefinition<K extends string, A> {
  readonly kind: K
  readonly summary: string
  readonly roles: Readonly<Record<string, RoleDefinition>>
  readonly choices: readonly ChoiceDefinition[]
  /** Shape of the result; fails with `graph/…` when the inputs do not fit the attributes. */
  inferShape(attrs: A, inputs: readonly Shape[], name: string): Shape
  /** hls4ml's inference for the roles asked `auto`; called with every role it may infer. */
  inferAuto(request: PrecisionRequest<A>): RoleConversions
  /** Types that lose nothing between inputs, weights and result; roles with a source or asked type keep it. */
  inferLossless(request: PrecisionRequest<A>): RoleConversions
  /** The float meaning: the specification, for one sample. */
  evaluate(op: FloatOp<A>, inputs: readonly Float64Array[]): Float64Array
  /** The bits, as a plan over kernels; shares no code with `rtl` but `fixed/`. */
  emulate(op: TypedOp<A>): Plan
  /** Which C++ kernel with which parameters; one call, straight-line code, or several such steps. */
  hls(op: TypedOp<A>): HlsBody | Refusal
  rtl(op: TypedOp<A>): RtlForm | Refusal
  estimate(op: TypedOp<A>, target: HlsTarget): OpEstimate | Refusal
  /** What is wrong with the resolved types, beyond overflow. */
  findings(op: TypedOp<A>): readonly OpFinding[]
  readonly examples: readonly OpExample<A>[]
}
