// A contraction of two tensors that are both computed: matrix products, attention's scores, any einsum of two.

import { contractionOf } from '../contraction.ts'
import type { OpDefinition } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { reuseFactorChoice, strategyChoice } from '../strategy.ts'
import type { EinsumAttrs } from './attrs.ts'
import { estimateEinsum } from './cost.ts'
import { einsumExamples } from './examples.ts'
import { emulateEinsum } from './fixed.ts'
import { evaluateEinsum } from './float.ts'
import { einsumHls } from './hls.ts'
import { einsumRtl } from './rtl.ts'
import { inferEinsumLossless } from './type.ts'

export type { EinsumAttrs } from './attrs.ts'

export const einsum: OpDefinition<'einsum', EinsumAttrs> = {
  kind: 'einsum',
  summary: 'contraction of two computed tensors, as numpy’s einsum',
  roles: {
    result: resultRole,
    accum: { summary: 'type of the accumulator', readFrom: 'precision' },
  },
  choices: [reuseFactorChoice, strategyChoice],
  inferShape: ({ equation }, [left, right], name) =>
    contractionOf(equation, left!, right!, name).result.shape,
  // hls4ml has no rule for contractions (infer_precision.py, `_infer_precision`).
  inferAuto: ({ modelDefault }) => ({ accum: modelDefault, result: modelDefault }),
  inferLossless: inferEinsumLossless,
  evaluate: evaluateEinsum,
  emulate: emulateEinsum,
  hls: einsumHls,
  rtl: einsumRtl,
  estimate: estimateEinsum,
  findings: () => [],
  examples: einsumExamples,
}
