// Several tensors into one, element by element: sum, difference, product, mean, greatest, least.

import type { Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType, sameType } from '../../fixed/types.ts'
import { conversionAt, sizeOf, unionType } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'
import { clampType, unionByWidth } from '../auto-type.ts'
import { broadcastShape, broadcastSource } from '../broadcast.ts'
import {
  type OpDefinition,
  type OpExample,
  type PrecisionRequest,
  type Refusal,
  type RoleConversions,
  type RtlForm,
  refuse,
  type TypedOp,
} from '../definition.ts'
import { bufferOf, conversionEstimate, resultConversions, resultRole } from '../elementwise.ts'
import { mergeHls } from './hls.ts'

const operations = ['add', 'subtract', 'multiply', 'average', 'maximum', 'minimum'] as const
export type MergeOperation = (typeof operations)[number]

export interface MergeAttrs {
  /** Subtracting takes two tensors, the others two or more. */
  readonly operation: MergeOperation
}

export const merge: OpDefinition<'merge', MergeAttrs> = {
  kind: 'merge',
  summary: 'sum, difference, product, mean, greatest or least of tensors, element by element',
  roles: { result: resultRole },
  choices: [],
  inferShape: (_attrs, inputs, name) => broadcastShape(inputs, name),
  inferAuto,
  inferLossless: ({ attrs, inputs }) => ({
    result: conversion(losslessType(attrs.operation, inputs.map(unionType))),
  }),
  evaluate: (op, inputs) => {
    const sources = op.inputs.map(shape => broadcastSource(shape, op.shape))
    return Float64Array.from({ length: sizeOf(op.shape) }, (_, k) =>
      meaning(
        op.attrs.operation,
        inputs.map((input, n) => input[sources[n]?.[k] ?? k]!),
      ),
    )
  },
  emulate,
  hls: mergeHls,
  rtl,
  estimate: conversionEstimate,
  findings: () => [],
  examples: examples(),
}

function meaning(operation: MergeOperation, values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b)
  switch (operation) {
    case 'add':
      return sum
    case 'subtract':
      return values[0]! - values[1]!
    case 'multiply':
      return values.reduce((a, b) => a * b)
    case 'average':
      return sum / values.length
    case 'maximum':
      return Math.max(...values)
    case 'minimum':
      return Math.min(...values)
    default:
      return operation satisfies never
  }
}

/** The type that holds the sum of so many values; hls4ml gives two of them one bit more than the wider. */
function sumType(types: readonly FixedType[], signed: boolean): FixedType {
  const union = unionByWidth(types)
  return { signed, width: union.width + Math.ceil(Math.log2(types.length)), frac: union.frac }
}

function productType(types: readonly FixedType[]): FixedType {
  const total = (of: (type: FixedType) => number) => types.reduce((sum, type) => sum + of(type), 0)
  return {
    signed: types.some(type => type.signed),
    width: total(type => type.width),
    frac: total(type => type.frac),
  }
}

/** hls4ml infer_precision, `_infer_merge_precision`. */
function inferAuto(request: PrecisionRequest<MergeAttrs>): RoleConversions {
  const { attrs, inputs, inputConversions, maximum } = request
  const types = inputs.map(unionType)
  switch (attrs.operation) {
    case 'add':
    case 'subtract':
    case 'average': {
      const signed = types.some(type => type.signed) || attrs.operation === 'subtract'
      return { result: conversion(clampType(sumType(types, signed), maximum?.to)) }
    }
    case 'multiply':
      return { result: conversion(clampType(productType(types), maximum?.to)) }
    case 'maximum':
    case 'minimum': {
      const first: Conversion = { ...inputConversions[0]!, to: types[0]! }
      const isSame = inputConversions.every(
        (own, k) =>
          sameType(types[k]!, first.to) &&
          own.rounding === first.rounding &&
          own.overflow === first.overflow &&
          own.saturationBits === first.saturationBits,
      )
      return { result: isSame ? first : conversion(unionByWidth(types)) }
    }
    default:
      return attrs.operation satisfies never
  }
}

function losslessType(operation: MergeOperation, types: readonly FixedType[]): FixedType {
  if (operation === 'multiply') return productType(types)
  if (operation === 'maximum' || operation === 'minimum') return unionByWidth(types)
  if (operation === 'subtract') return differenceType(types)
  const sum = sumType(
    types,
    types.some(type => type.signed),
  )
  const bits = operation === 'average' ? Math.ceil(Math.log2(types.length)) : 0
  return { ...sum, width: sum.width + bits, frac: sum.frac + bits }
}

/** Of unsigned values too the difference has a sign. */
function differenceType(types: readonly FixedType[]): FixedType {
  const union = unionByWidth(types)
  return { signed: true, width: union.width + 1 + (union.signed ? 0 : 1), frac: union.frac }
}

/** The exact type of two values joined by an arithmetic step. */
function exactType(operation: Pairwise, a: FixedType, b: FixedType): FixedType {
  return operation === 'add' ? sumType([a, b], a.signed || b.signed) : losslessType(operation, [a, b])
}

type Pairwise = Exclude<MergeOperation, 'average'>

/** Exact up to the result: pairs from the left, a mean of the exact sum. */
function emulate(op: TypedOp<MergeAttrs>): Plan {
  const { operation } = op.attrs
  const pairwise: Pairwise = operation === 'average' ? 'add' : operation
  const size = sizeOf(op.output.shape)
  const inputs = op.inputs.map(bufferOf)
  const buffers: PlanBuffer[] = [...inputs]
  const steps: Step[] = []
  const sources = op.inputs.map(({ shape }) => broadcastSource(shape, op.output.shape))
  let type = unionType(op.inputs[0]!)
  let left = 0
  for (let k = 1; k < inputs.length; k++) {
    type = exactType(pairwise, type, unionType(op.inputs[k]!))
    const isLast = k === inputs.length - 1 && operation !== 'average'
    const [aIndex, bIndex] = [left === 0 ? sources[0] : undefined, sources[k]]
    buffers.push(isLast ? bufferOf(op.output) : { size, types: [type] })
    steps.push({
      kernel: 'arithmetic',
      op: pairwise,
      a: left,
      b: k,
      into: buffers.length - 1,
      ...(aIndex && { aIndex }),
      ...(bIndex && { bIndex }),
      conversions: isLast ? resultConversions(op) : [conversion(type)],
    })
    left = buffers.length - 1
  }
  if (operation === 'average') {
    buffers.push(bufferOf(op.output))
    steps.push(meanStep(op, left))
  }
  return { buffers, inputs: inputs.map((_, k) => k), output: buffers.length - 1, steps }
}

/** Halves and the like are exact; other means are whole numbers of the sum's least bit, toward zero. */
function meanStep(op: TypedOp<MergeAttrs>, from: number): Step {
  const count = op.inputs.length
  const conversions = resultConversions(op)
  if (!Number.isInteger(Math.log2(count)))
    return { kernel: 'divide', from, into: from + 1, divisors: [BigInt(count)], conversions }
  return {
    kernel: 'affine',
    from,
    into: from + 1,
    scale: [1n],
    scaleFrac: Math.log2(count),
    bias: [0n],
    biasFrac: 0,
    conversions,
  }
}

function rtl(op: TypedOp<MergeAttrs>): RtlForm | Refusal {
  const { operation } = op.attrs
  const count = op.inputs.length
  if (operation === 'average' && !Number.isInteger(Math.log2(count)))
    return refuse('rtl/division', `a mean of ${count} divides, which has no Verilog form yet`)
  const sources = op.inputs.map(({ shape }) => broadcastSource(shape, op.output.shape))
  return {
    form: 'datapath',
    lower: (builder, inputs) =>
      Array.from({ length: sizeOf(op.output.shape) }, (_, k) => {
        const nets = inputs.map((input, n) => input[sources[n]?.[k] ?? k]!)
        const whole = nets.reduce((a, b) => lowerPair(builder, operation, a, b))
        const mean = operation === 'average' ? builder.scale(whole, -Math.log2(count)) : whole
        return lowerConversion(builder, mean, conversionAt(op.result, op.output.shape, k))
      }),
  }
}

function lowerPair(builder: NetlistBuilder, operation: MergeOperation, a: Net, b: Net): Net {
  switch (operation) {
    case 'add':
    case 'average':
      return builder.add(a, b)
    case 'subtract':
      return builder.sub(a, b)
    case 'multiply':
      return builder.mul(a, b)
    case 'maximum':
      return builder.max(a, b)
    case 'minimum':
      return builder.min(a, b)
    default:
      return operation satisfies never
  }
}

function examples(): OpExample<MergeAttrs>[] {
  const a = { shape: [3], type: { signed: true, width: 7, frac: 4 } }
  const b = { shape: [3], type: { signed: false, width: 6, frac: 2 } }
  const narrow = conversion({ signed: true, width: 7, frac: 3 }, 'RND_CONV', 'SAT')
  const each = operations.map(operation => ({
    title: operation,
    attrs: { operation },
    inputs: [a, b],
    weights: {},
    conversions: { result: narrow },
    floatBound: 2 ** -4,
  }))
  const more = (title: string, operation: MergeOperation, inputs: OpExample<MergeAttrs>['inputs']) => ({
    title,
    attrs: { operation },
    inputs,
    weights: {},
    conversions: { result: conversion({ signed: true, width: 8, frac: 5 }) },
  })
  return [
    ...each,
    more('sum of three, wrapping', 'add', [a, b, a]),
    more('least of a matrix, a row and a column', 'minimum', [
      { ...a, shape: [2, 3] },
      { ...b, shape: [3] },
      { ...a, shape: [2, 1] },
    ]),
    more('greatest of five', 'maximum', [b, a, a, b, a]),
    more('product of three', 'multiply', [a, a, b]),
    more('mean of three', 'average', [a, b, a]),
    more('mean of four', 'average', [a, b, a, b]),
    more('a row under a matrix, and a column beside it', 'add', [
      { ...a, shape: [2, 3] },
      { ...b, shape: [3] },
      { ...a, shape: [2, 1] },
    ]),
    more('a matrix from a row', 'subtract', [
      { ...b, shape: [3] },
      { ...a, shape: [2, 3] },
    ]),
  ]
}
