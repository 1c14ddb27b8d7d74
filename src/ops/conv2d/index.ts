// 2-D convolution, channels last: a dense layer over each window of an image.

import type { ChoiceDefinition, OpDefinition, OpFinding, TypedOp } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { reuseFactorChoice, strategyChoice } from '../strategy.ts'
import { type Conv2dAttrs, conv2dShape } from './attrs.ts'
import { estimateConv2d } from './cost.ts'
import { conv2dExamples } from './examples.ts'
import { emulateConv2d } from './fixed.ts'
import { evaluateConv2d } from './float.ts'
import { conv2dHls } from './hls.ts'
import { conv2dRtl } from './rtl.ts'
import { inferConv2dAuto, inferConv2dLossless } from './type.ts'

export type { Conv2dAttrs } from './attrs.ts'

const parallelizationChoice: ChoiceDefinition = {
  key: 'ParallelizationFactor',
  summary: 'how many pixels are computed at once',
  default: 1,
  check: { kind: 'integer', min: 1, max: 1 << 24 },
}

const implementationChoice: ChoiceDefinition = {
  key: 'ConvImplementation',
  summary: 'how windows are gathered from a stream',
  default: 'LineBuffer',
  check: { kind: 'word', words: ['LineBuffer', 'Encoded', 'im2col', 'Winograd'] },
}

/** Choices that change no bits and that this version builds in one way only. */
function unreadChoices(op: TypedOp<Conv2dAttrs>): OpFinding[] {
  const unread = [parallelizationChoice, implementationChoice].filter(
    ({ key, default: only }) => (op.choices[key] ?? only) !== only,
  )
  return unread.map(({ key, default: only }) => ({
    code: 'conv2d/choice-not-built',
    problem: `${key} is ${String(op.choices[key])}; convolutions are built with ${String(only)} (the bits are the same)`,
    remedy: `Set ${key} to ${String(only)}, or leave it out.`,
  }))
}

export const conv2d: OpDefinition<'conv2d', Conv2dAttrs> = {
  kind: 'conv2d',
  summary: '2-D convolution, channels last',
  roles: {
    result: resultRole,
    accum: { summary: 'type of the accumulator', readFrom: 'precision' },
    weight: { summary: 'type of the kernel', readFrom: 'precision' },
    bias: { summary: 'type of the biases', readFrom: 'precision' },
  },
  choices: [reuseFactorChoice, strategyChoice, parallelizationChoice, implementationChoice],
  inferShape: conv2dShape,
  inferAuto: inferConv2dAuto,
  inferLossless: inferConv2dLossless,
  evaluate: evaluateConv2d,
  emulate: emulateConv2d,
  hls: conv2dHls,
  rtl: conv2dRtl,
  estimate: estimateConv2d,
  findings: op => unreadChoices(op),
  examples: conv2dExamples,
}
