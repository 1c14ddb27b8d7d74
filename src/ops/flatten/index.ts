// Lays a tensor out as a vector, row-major: no arithmetic and no hardware.

import { conversion } from '../../fixed/types.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { OpDefinition } from '../definition.ts'
import { elementwiseRtl, keepsInputType, onePlan, resultConversions, resultRole } from '../elementwise.ts'
import { hlsAnswer, inputArgument, outputArgument } from '../hls-answer.ts'

export const flatten: OpDefinition<'flatten', Record<never, never>> = {
  kind: 'flatten',
  summary: 'a tensor as a vector, row-major',
  roles: { result: resultRole },
  choices: [],
  inferShape: (_attrs, inputs) => [sizeOf(inputs[0] ?? [])],
  inferAuto: keepsInputType,
  inferLossless: keepsInputType,
  evaluate: (_op, inputs) => inputs[0]!,
  emulate: op => onePlan(op, { kernel: 'convert', from: 0, into: 1, conversions: resultConversions(op) }),
  hls: op =>
    hlsAnswer(op, () => ({
      kernel: 'nnet::flatten',
      header: 'lutra_flatten.h',
      config: { n_in: sizeOf(op.output.shape) },
      arguments: [inputArgument, outputArgument],
    })),
  rtl: op => elementwiseRtl(op, (_builder, x) => x),
  estimate: () => ({ lut: 0, ff: 0, dsp: 0, bram18: 0, latency: 0, interval: 1 }),
  findings: () => [],
  examples: [
    {
      title: 'a matrix into a narrower type',
      attrs: {},
      inputs: [{ shape: [2, 3], type: { signed: true, width: 9, frac: 4 } }],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 6, frac: 3 }, 'RND', 'SAT') },
    },
  ],
}
