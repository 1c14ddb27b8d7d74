// The sign as +1 and −1, or, with a result of one unsigned bit, XNOR-coded as 1 and 0.

import { conversion, type FixedType } from '../../fixed/types.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import type { OpDefinition } from '../definition.ts'
import { conversionEstimate, elementwiseRtl, onePlan, resultRole, sameShape } from '../elementwise.ts'
import { elementwiseHls, missingLevels } from '../hls-answer.ts'

export const binaryTanh: OpDefinition<'binary-tanh', Record<never, never>> = {
  kind: 'binary-tanh',
  summary: 'the sign: +1 where x ≥ 0, −1 elsewhere',
  roles: { result: resultRole },
  choices: [],
  inferShape: sameShape,
  inferAuto: request => ({ result: request.modelDefault }),
  inferLossless: () => ({ result: conversion({ signed: true, width: 2, frac: 0 }) }),
  evaluate: (_op, inputs) => inputs[0]!.map(x => (x >= 0 ? 1 : -1)),
  emulate: op =>
    onePlan(op, { kernel: 'threshold', from: 0, into: 1, thresholds: [[0n]], values: levels(op) }),
  hls: op => {
    const single = isSingleBit(typeAt(op.output, 0))
    return (
      missingLevels(op, single ? [0n, 1n] : [-1n, 1n]) ??
      elementwiseHls(op, 'binary_tanh', { single_bit: single })
    )
  },
  rtl: op => {
    const [low, high] = levels(op)
    const { frac } = typeAt(op.output, 0)
    return elementwiseRtl(op, (builder, x) =>
      builder.mux(builder.below(x, 0n, 0), builder.constant(low, frac), builder.constant(high, frac)),
    )
  },
  estimate: conversionEstimate,
  findings: () => [],
  examples: [
    {
      title: 'signs',
      attrs: {},
      inputs: [{ shape: [4], type: { signed: true, width: 5, frac: 2 } }],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 2, frac: 0 }) },
    },
    {
      title: 'signs as bits',
      attrs: {},
      inputs: [{ shape: [4], type: { signed: true, width: 5, frac: 2 } }],
      weights: {},
      conversions: { result: conversion({ signed: false, width: 1, frac: 0 }) },
    },
    {
      title: 'signs with fraction bits',
      attrs: {},
      inputs: [{ shape: [4], type: { signed: true, width: 5, frac: 2 } }],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 16, frac: 10 }) },
    },
  ],
}

/** XNOR coding: a bit for a sign. */
function isSingleBit(type: FixedType): boolean {
  return !type.signed && type.width === 1
}

/** Raw values below and from zero on: −1 and +1, or 0 and 1 where the result is one unsigned bit. */
function levels(op: Parameters<(typeof binaryTanh)['emulate']>[0]): [bigint, bigint] {
  const type = typeAt(op.output, 0)
  if (isSingleBit(type)) return [0n, 1n]
  const one = 1n << BigInt(Math.max(type.frac, 0))
  return [-one, one]
}
