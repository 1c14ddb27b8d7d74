// 2-D convolution, channels last: a dense layer over each window of an image.

import type { OpDefinition } from '../definition.ts'
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

export const conv2d: OpDefinition<'conv2d', Conv2dAttrs> = {
  kind: 'conv2d',
  summary: '2-D convolution, channels last',
  roles: {
    result: resultRole,
    accum: { summary: 'type of the accumulator', readFrom: 'precision' },
    weight: { summary: 'type of the kernel', readFrom: 'precision' },
    bias: { summary: 'type of the biases', readFrom: 'precision' },
  },
  choices: [reuseFactorChoice, strategyChoice],
  inferShape: conv2dShape,
  inferAuto: inferConv2dAuto,
  inferLossless: inferConv2dLossless,
  evaluate: evaluateConv2d,
  emulate: emulateConv2d,
  hls: conv2dHls,
  rtl: conv2dRtl,
  estimate: estimateConv2d,
  findings: () => [],
  examples: conv2dExamples,
}
