// Changes the type and nothing else: hls4ml's linear activation, QKeras quantized_bits as a layer.

import type { HlsBody } from '../../hls/call.ts'
import type { OpDefinition, Refusal, TypedOp } from '../definition.ts'
import {
  autoIsDefault,
  conversionEstimate,
  elementwiseRtl,
  keepsInputType,
  onePlan,
  resultConversions,
  resultRole,
  sameShape,
} from '../elementwise.ts'
import { elementStore, elementwiseHls, isMixed } from '../hls-answer.ts'

export const quantise: OpDefinition<'quantise', Record<never, never>> = {
  kind: 'quantise',
  summary: 'conversion to another type (linear activation, quantized_bits)',
  roles: { result: resultRole },
  choices: [],
  inferShape: sameShape,
  inferAuto: autoIsDefault,
  inferLossless: keepsInputType,
  evaluate: (_op, inputs) => inputs[0]!,
  emulate: op => onePlan(op, { kernel: 'convert', from: 0, into: 1, conversions: resultConversions(op) }),
  hls: quantiseHls,
  rtl: op => elementwiseRtl(op, (_builder, x) => x),
  estimate: conversionEstimate,
  findings: () => [],
  examples: [
    {
      title: 'half to even, saturating',
      attrs: {},
      inputs: [{ shape: [6], type: { signed: true, width: 12, frac: 7 } }],
      weights: {},
      conversions: {
        result: {
          to: { signed: true, width: 6, frac: 4 },
          rounding: 'RND_CONV',
          overflow: 'SAT',
          saturationBits: 0,
        },
      },
    },
    {
      title: 'symmetric saturation of a wide input',
      attrs: {},
      inputs: [{ shape: [4], type: { signed: true, width: 60, frac: 40 } }],
      weights: {},
      conversions: {
        result: {
          to: { signed: true, width: 5, frac: -2 },
          rounding: 'RND_INF',
          overflow: 'SAT_SYM',
          saturationBits: 0,
        },
      },
    },
  ],
}

function quantiseHls(op: TypedOp<Record<never, never>>): HlsBody | Refusal {
  return isMixed(op.output)
    ? elementStore(op)
    : elementwiseHls(op, 'linear', {}, [], { readsByElement: true })
}
