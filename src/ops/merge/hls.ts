// Tensors merged in C++: two of one shape by a kernel of their own, others by one that repeats the smaller.

import { type FixedType, joinTypes } from '../../fixed/types.ts'
import type { HlsBody, HlsCall, HlsConfig } from '../../hls/call.ts'
import { type Shape, sizeOf, unionType } from '../../ir/tensor-type.ts'
import { type Refusal, refuse, type TypedOp } from '../definition.ts'
import { productType, sumType } from '../exact-type.ts'
import {
  fourAxes,
  hlsAnswer,
  inputArgument,
  mostAxes,
  mostTensors,
  outputArgument,
  tensorSizes,
} from '../hls-answer.ts'
import type { MergeAttrs } from './index.ts'

/** Bits of the widest sum that C++ divides: its dividends have 128 bits, two of them for signs. */
const widestDividend = 126

export function mergeHls(op: TypedOp<MergeAttrs>): HlsBody | Refusal {
  const { operation } = op.attrs
  const count = op.inputs.length
  const forms = { exact: () => exactType(op), readsByElement: true }
  if (isOneShape(op) && count === 2)
    return hlsAnswer(
      op,
      () => ({
        kernel: `nnet::${operation}`,
        header: 'lutra_merge.h',
        config: { n_in: sizeOf(op.output.shape) },
        arguments: [inputArgument, { role: 'input', index: 1 }, outputArgument],
      }),
      forms,
    )
  if (count > mostTensors)
    return refuse('hls/merge', `merging ${count} tensors has no C++ kernel; the most are ${mostTensors}`)
  if (!isOneShape(op) && op.output.shape.length > mostAxes)
    return refuse(
      'hls/merge',
      `merging tensors of several shapes has no C++ kernel for ${op.output.shape.length} axes; the most are ${mostAxes}`,
    )
  if (operation === 'average' && sumBits(op) > widestDividend)
    return refuse(
      'hls/merge',
      `a sum of ${sumBits(op)} bits cannot be divided in C++; the most are ${widestDividend}`,
    )
  return hlsAnswer(op, () => broadcastCall(op), forms)
}

/** Of values from the left, before the result; a mean of 2, 4 or 8 has bits below those of the sum. */
function exactType({ attrs: { operation }, inputs }: TypedOp<MergeAttrs>): FixedType {
  const types = inputs.map(unionType)
  if (operation === 'multiply') return types.reduce(productType)
  if (operation === 'maximum' || operation === 'minimum') return types.reduce(joinTypes)
  const sum = types.reduce(sumType)
  const bits = operation === 'average' ? Math.floor(Math.log2(types.length)) : 0
  return { ...sum, width: sum.width + bits, frac: sum.frac + bits }
}

function isOneShape(op: TypedOp<MergeAttrs>): boolean {
  return op.inputs.every(({ shape }) => shape.join() === op.output.shape.join())
}

/** Of the sum as C++ types have it: every addition takes a bit more than its wider side. */
function sumBits({ inputs }: TypedOp<MergeAttrs>): number {
  const types = inputs.map(unionType)
  const integer = Math.max(...types.map(type => type.width - type.frac + (type.signed ? 0 : 1)))
  return integer + Math.max(...types.map(type => type.frac)) + types.length
}

function broadcastCall(op: TypedOp<MergeAttrs>): HlsCall {
  const { shape } = op.output
  const extents = isOneShape(op) ? [1, 1, 1, sizeOf(shape)] : fourAxes(shape)
  const steps = op.inputs.map(input => stepsOf(isOneShape(op) ? extents : fourAxes(input.shape)))
  return {
    kernel: 'nnet::broadcast',
    header: 'lutra_broadcast.h',
    config: {
      ...tensorSizes(op),
      ...Object.fromEntries(extents.map((extent, axis) => [`extent${axis}`, extent])),
      ...Object.fromEntries(
        steps.flatMap((own, k) => own.map((step, axis) => [`x${k}_step${axis}`, step] as const)),
      ),
      ...operationOf(op),
    },
    arguments: [...op.inputs.map((_, index) => ({ role: 'input', index }) as const), outputArgument],
  }
}

/** By axis, how far apart neighbours are; 0 where the axis has one element, which repeats. */
function stepsOf(shape: Shape): number[] {
  return shape.map((extent, axis) => (extent === 1 ? 0 : sizeOf(shape.slice(axis + 1))))
}

function operationOf({ attrs, inputs }: TypedOp<MergeAttrs>): HlsConfig {
  if (attrs.operation !== 'average') return { operation: { struct: `nnet::fold::${attrs.operation}` } }
  const log2 = Math.log2(inputs.length)
  return Number.isInteger(log2)
    ? { operation: { struct: 'nnet::fold::exact_average' }, log2_count: log2 }
    : { operation: { struct: 'nnet::fold::average' }, count: inputs.length }
}
