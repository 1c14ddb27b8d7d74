// A contraction of a tensor with a constant kernel, and a bias: dense layers along any axes (Keras's EinsumDense).

import type { OpDefinition } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { reuseFactorChoice, strategyChoice } from '../strategy.ts'
import { contractionWith, type EinsumDenseAttrs } from './attrs.ts'
import { estimateEinsumDense } from './cost.ts'
import { einsumDenseExamples } from './examples.ts'
import { emulateEinsumDense } from './fixed.ts'
import { evaluateEinsumDense } from './float.ts'
import { einsumDenseHls } from './hls.ts'
import { einsumDenseRtl } from './rtl.ts'
import { inferEinsumDenseAuto, inferEinsumDenseLossless } from './type.ts'

export type { EinsumDenseAttrs } from './attrs.ts'

/** Weights: `weight` of the shape `attrs.kernel`; `bias`, if any, with as many axes as the result, over which it broadcasts. */
export const einsumDense: OpDefinition<'einsum-dense', EinsumDenseAttrs> = {
  kind: 'einsum-dense',
  summary: 'contraction with a constant kernel, as numpy’s einsum, and a bias',
  roles: {
    result: resultRole,
    accum: { summary: 'type of the accumulator', readFrom: 'precision' },
    weight: { summary: 'type of the kernel', readFrom: 'precision' },
    bias: { summary: 'type of the biases', readFrom: 'precision' },
  },
  choices: [reuseFactorChoice, strategyChoice],
  inferShape: (attrs, inputs, name) => contractionWith(attrs, inputs[0]!, name).result.shape,
  inferAuto: inferEinsumDenseAuto,
  inferLossless: inferEinsumDenseLossless,
  evaluate: evaluateEinsumDense,
  emulate: emulateEinsumDense,
  hls: einsumDenseHls,
  rtl: einsumDenseRtl,
  estimate: estimateEinsumDense,
  findings: () => [],
  examples: einsumDenseExamples,
}
