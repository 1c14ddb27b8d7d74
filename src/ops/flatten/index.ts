// Lays a tensor out as a vector, row-major: no arithmetic and no hardware.

import { sizeOf } from '../../ir/tensor-type.ts'
import { type OpDefinition, refuse } from '../definition.ts'
import { elementwiseRtl, keepsInputType, onePlan, resultConversions, resultRole } from '../elementwise.ts'

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
  hls: () => refuse('hls/not-yet', 'HLS projects come with a later release'),
  rtl: op => elementwiseRtl(op, (_builder, x) => x),
  estimate: () => ({ lut: 0, dsp: 0, bram18: 0 }),
  findings: () => [],
  examples: [],
}
