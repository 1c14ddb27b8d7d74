// Tensors one behind the other along an axis.

import { fail } from '../../diagnostics/diagnostic.ts'
import { type Conversion, conversion, sameType } from '../../fixed/types.ts'
import type { HlsBody, HlsCall } from '../../hls/call.ts'
import { type Shape, sizeOf, unionType } from '../../ir/tensor-type.ts'
import { clampType, unionByWidth } from '../auto-type.ts'
import {
  type OpDefinition,
  type PrecisionRequest,
  type Refusal,
  type RoleConversions,
  refuse,
  type TypedOp,
} from '../definition.ts'
import { hlsAnswer, mostTensors, movesElements, outputArgument, tensorSizes } from '../hls-answer.ts'
import { flatIndex, placesOf, rearrangement } from '../rearrange.ts'

export interface ConcatenateAttrs {
  /** Counted from 0 without the batch axis. */
  readonly axis: number
}

export const concatenate: OpDefinition<'concatenate', ConcatenateAttrs> = rearrangement({
  kind: 'concatenate',
  summary: 'tensors one behind the other along an axis',
  inferShape: concatenatedShape,
  source: ({ axis }, inputs) => {
    const starts = inputs.map((_, k) => inputs.slice(0, k).reduce((sum, shape) => sum + sizeOf(shape), 0))
    return placesOf(concatenatedShape({ axis }, inputs, '')).map(place => {
      let [k, at] = [0, place[axis]!]
      while (at >= inputs[k]![axis]!) at -= inputs[k++]![axis]!
      return starts[k]! + flatIndex(place.with(axis, at), inputs[k]!)
    })
  },
  inferAuto,
  hls: concatenateHls,
  examples: [
    {
      title: 'vectors of two types',
      attrs: { axis: 0 },
      inputs: [
        { shape: [3], type: { signed: true, width: 7, frac: 4 } },
        { shape: [2], type: { signed: false, width: 5, frac: 2 } },
      ],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 6, frac: 3 }, 'RND', 'SAT') },
    },
    {
      title: 'channels of two images',
      attrs: { axis: 2 },
      inputs: [
        { shape: [2, 2, 1], type: { signed: true, width: 7, frac: 4 } },
        { shape: [2, 2, 2], type: { signed: true, width: 7, frac: 4 } },
      ],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 7, frac: 4 }) },
    },
    {
      title: 'rows of three matrices',
      attrs: { axis: 0 },
      inputs: [
        { shape: [1, 2], type: { signed: true, width: 7, frac: 4 } },
        { shape: [2, 2], type: { signed: true, width: 5, frac: 4 } },
        { shape: [1, 2], type: { signed: false, width: 5, frac: 3 } },
      ],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 7, frac: 4 }) },
    },
  ],
})

function concatenateHls(op: TypedOp<ConcatenateAttrs>): HlsBody | Refusal {
  const count = op.inputs.length
  if (count > mostTensors)
    return refuse(
      'hls/rearrangement',
      `concatenating ${count} tensors has no C++ kernel; the most are ${mostTensors}`,
    )
  const call: HlsCall = {
    kernel: 'nnet::concatenate',
    header: 'lutra_rearrange.h',
    config: { ...tensorSizes(op), n_outer: sizeOf(op.output.shape.slice(0, op.attrs.axis)) },
    arguments: [...op.inputs.map((_, index) => ({ role: 'input', index }) as const), outputArgument],
  }
  return hlsAnswer(op, () => call, movesElements(op))
}

function concatenatedShape({ axis }: ConcatenateAttrs, inputs: readonly Shape[], name: string): Shape {
  const [first, ...others] = inputs as readonly [Shape, ...Shape[]]
  const fits = (shape: Shape) =>
    shape.length === first.length && shape.every((extent, k) => k === axis || extent === first[k])
  if (axis < first.length && others.every(fits)) {
    return first.with(
      axis,
      inputs.reduce((sum, shape) => sum + shape[axis]!, 0),
    )
  }
  return fail({
    code: 'graph/concatenate-shapes',
    place: `layer '${name}'`,
    problem: `[${inputs.map(shape => shape.join(', ')).join('] and [')}] do not fit together along axis ${axis}, counted from 0 without the batch`,
    expected: 'shapes that differ along that axis alone',
  })
}

/**
 * The inputs' type where they have one; else the type that holds all, with the first modes that are not the usual
 * ones (hls4ml infer_precision, `_infer_cat_precision`).
 */
function inferAuto(request: PrecisionRequest<ConcatenateAttrs>): RoleConversions {
  const types = request.inputs.map(unionType)
  const modes = request.inputConversions
  const first: Conversion = { ...modes[0]!, to: types[0]! }
  const isSame = modes.every(
    (own, k) =>
      sameType(types[k]!, types[0]!) &&
      own.rounding === first.rounding &&
      own.overflow === first.overflow &&
      own.saturationBits === first.saturationBits,
  )
  if (isSame) return { result: first }
  return {
    result: {
      to: clampType(unionByWidth(types), request.maximum?.to),
      rounding: modes.find(({ rounding }) => rounding !== 'TRN')?.rounding ?? 'TRN',
      overflow: modes.find(({ overflow }) => overflow !== 'WRAP')?.overflow ?? 'WRAP',
      saturationBits: modes.find(({ saturationBits }) => saturationBits !== 0)?.saturationBits ?? 0,
    },
  }
}
