// Operators that move elements and compute nothing: which element of the inputs, laid end to end, each result is, or
// none (zero). Everything else about them follows from that.

import type { Plan, PlanBuffer, Step } from '../fixed/kernels.ts'
import { type Conversion, conversion, joinTypes, sameType } from '../fixed/types.ts'
import type { HlsBody } from '../hls/call.ts'
import {
  conversionAt,
  elementTypes,
  type Shape,
  sizeOf,
  type TensorType,
  unionType,
} from '../ir/tensor-type.ts'
import { lowerConversion } from '../netlist/convert.ts'
import type {
  ChoiceDefinition,
  OpDefinition,
  OpExample,
  PrecisionRequest,
  Refusal,
  RoleConversions,
  TypedOp,
} from './definition.ts'
import { bufferOf, resultConversions, resultRole } from './elementwise.ts'
import { rearrangementHls } from './rearrange-hls.ts'

/** Flat index into the inputs laid end to end, by flat index of the result; −1 is zero. */
export type Source = readonly number[]

export interface Rearrangement<K extends string, A> {
  readonly kind: K
  readonly summary: string
  inferShape(attrs: A, inputs: readonly Shape[], name: string): Shape
  source(attrs: A, inputs: readonly Shape[]): Source
  /** Absent: the input's type with its modes. */
  inferAuto?(request: PrecisionRequest<A>): RoleConversions
  hls?(op: TypedOp<A>): HlsBody | Refusal
  readonly choices?: readonly ChoiceDefinition[]
  readonly examples: readonly OpExample<A>[]
}

/** The operator that a rearrangement is. */
export function rearrangement<K extends string, A>(parts: Rearrangement<K, A>): OpDefinition<K, A> {
  const { kind, summary, inferShape, source, examples } = parts
  const sourceOf = (op: TypedOp<A>) =>
    source(
      op.attrs,
      op.inputs.map(({ shape }) => shape),
    )
  return {
    kind,
    summary,
    roles: { result: resultRole },
    choices: parts.choices ?? [],
    inferShape,
    inferAuto: parts.inferAuto ?? keepsInputConversion,
    inferLossless: request => ({ result: conversion(request.inputs.map(unionType).reduce(joinTypes)) }),
    evaluate: (op, inputs) => {
      const all = inputs.flatMap(input => Array.from(input))
      return Float64Array.from(source(op.attrs, op.inputs), at => (at < 0 ? 0 : all[at]!))
    },
    emulate: op => emulateRearrangement(op, sourceOf(op)),
    hls: parts.hls ?? (op => rearrangementHls(op, sourceOf(op))),
    rtl: op => ({
      form: 'datapath',
      lower: (builder, inputs) => {
        const all = inputs.flat()
        return sourceOf(op).map((at, k) =>
          at < 0
            ? builder.constant(0n, 0)
            : lowerConversion(builder, all[at]!, conversionAt(op.result, op.output.shape, k)),
        )
      },
    }),
    estimate: () => ({ lut: 0, ff: 0, dsp: 0, bram18: 0, latency: 0, interval: 1 }),
    findings: () => [],
    examples,
  }
}

/** hls4ml gives the result the input's type as it is, modes and all. */
function keepsInputConversion(request: PrecisionRequest<unknown>): RoleConversions {
  return { result: { ...request.inputConversions[0]!, to: unionType(request.inputs[0]!) } }
}

/** Elements are moved under their own types, then converted; a mere copy is a conversion alone. */
function emulateRearrangement(op: TypedOp<unknown>, source: Source): Plan {
  const inputs = op.inputs.map(bufferOf)
  const output = bufferOf(op.output)
  const from = inputs.map((_, k) => k)
  const into = inputs.length
  const convert = (buffer: number): Step => ({
    kernel: 'convert',
    from: buffer,
    into,
    conversions: resultConversions(op),
  })
  const buffers = [...inputs, output]
  const plan = { inputs: from, output: into }
  const isCopy = inputs.length === 1 && source.length === inputs[0]!.size && source.every((at, k) => at === k)
  if (isCopy) return { ...plan, buffers, steps: [convert(0)] }
  const moved = movedBuffer(op.inputs, source)
  const gather = { kernel: 'gather', from, index: source, fill: 0n } as const
  if (sameTypes(moved, output)) return { ...plan, buffers, steps: [{ ...gather, into }] }
  return {
    ...plan,
    buffers: [...buffers, moved],
    steps: [{ ...gather, into: into + 1 }, convert(into + 1)],
  }
}

/** Every element under the type it has in its input; zero is zero under any. */
function movedBuffer(inputs: readonly TensorType[], source: Source): PlanBuffer {
  const [first, ...others] = inputs.flatMap(input => [...input.element.types])
  const size = source.length
  if (others.every(type => sameType(type, first!))) return { size, types: [first!] }
  const types = inputs.flatMap(elementTypes)
  return { size, types: source.map(at => types[Math.max(0, at)]!) }
}

function sameTypes(a: PlanBuffer, b: PlanBuffer): boolean {
  return a.types.length === 1 && b.types.length === 1 && sameType(a.types[0]!, b.types[0]!)
}

/** Flat row-major index of a place. */
export function flatIndex(place: readonly number[], shape: Shape): number {
  return place.reduce((index, at, axis) => index * shape[axis]! + at, 0)
}

/** Every place of a shape in row-major order. */
export function placesOf(shape: Shape): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, index) => {
    const place: number[] = []
    let rest = index
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place.unshift(rest % shape[axis]!)
      rest = Math.floor(rest / shape[axis]!)
    }
    return place
  })
}

/** The conversion that examples narrow by. */
export const roundingResult: Conversion = conversion({ signed: true, width: 6, frac: 3 }, 'RND', 'SAT')
