// Convolution over sequences and images, channels last: a dense layer over each window. Depthwise convolutions are those
// of as many groups as channels.

import type { OpDefinition } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { reuseFactorChoice, strategyChoice } from '../strategy.ts'
import { type ConvAttrs, convShape } from './attrs.ts'
import { estimateConv } from './cost.ts'
import { convExamples } from './examples.ts'
import { emulateConv } from './fixed.ts'
import { evaluateConv } from './float.ts'
import { convHls } from './hls.ts'
import { convRtl } from './rtl.ts'
import { inferConvAuto, inferConvLossless } from './type.ts'

export type { ConvAttrs } from './attrs.ts'

export const conv: OpDefinition<'conv', ConvAttrs> = {
  kind: 'conv',
  summary: 'convolution of sequences and images, channels last, in groups',
  roles: {
    result: resultRole,
    accum: { summary: 'type of the accumulator', readFrom: 'precision' },
    weight: { summary: 'type of the kernel', readFrom: 'precision' },
    bias: { summary: 'type of the biases', readFrom: 'precision' },
  },
  choices: [reuseFactorChoice, strategyChoice],
  inferShape: convShape,
  inferAuto: inferConvAuto,
  inferLossless: inferConvLossless,
  evaluate: evaluateConv,
  emulate: emulateConv,
  hls: convHls,
  rtl: convRtl,
  estimate: estimateConv,
  findings: () => [],
  examples: convExamples,
}
