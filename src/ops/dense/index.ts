// Fully connected: y_j = Σ_i x_i · w_ij + b_j over the last axis.

import { fail } from '../../diagnostics/diagnostic.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { OpDefinition, OpFinding, TypedOp } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { reuseFactorChoice, strategyChoice, strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'
import { estimateDense } from './cost.ts'
import { denseExamples } from './examples.ts'
import { emulateDense } from './fixed.ts'
import { evaluateDense } from './float.ts'
import { denseHls } from './hls.ts'
import { denseRtl } from './rtl.ts'
import { inferDenseAuto, inferDenseLossless } from './type.ts'

export type { DenseAttrs } from './attrs.ts'

export const dense: OpDefinition<'dense', DenseAttrs> = {
  kind: 'dense',
  summary: 'fully connected layer over the last axis',
  roles: {
    result: resultRole,
    accum: { summary: 'type of the accumulator', readFrom: 'precision' },
    weight: { summary: 'type of the weights', readFrom: 'precision' },
    bias: { summary: 'type of the biases', readFrom: 'precision' },
  },
  choices: [reuseFactorChoice, strategyChoice],
  inferShape: (attrs, inputs, name) => {
    const shape = inputs[0] ?? []
    if (shape.length === 0 || sizeOf(shape) === 0) {
      return fail({
        code: 'graph/empty-input',
        place: `layer '${name}'`,
        problem: 'its input has no elements',
        expected: 'at least one',
      })
    }
    return [...shape.slice(0, -1), attrs.units]
  },
  inferAuto: inferDenseAuto,
  inferLossless: inferDenseLossless,
  evaluate: evaluateDense,
  emulate: emulateDense,
  hls: denseHls,
  rtl: denseRtl,
  estimate: estimateDense,
  findings: manyProducts,
  examples: denseExamples,
}

/** hls4ml's and every other tool's limit for unrolled arrays (its `MaximumSize`). */
const manyElements = 4096

function manyProducts(op: TypedOp<DenseAttrs>): readonly OpFinding[] {
  const count = op.weight('weight')?.raw.length ?? 0
  const unrolled = strategyOf(op.choices.Strategy) === 'latency' && Number(op.choices.ReuseFactor ?? 1) === 1
  if (count <= manyElements || !unrolled) return []
  return [
    {
      code: 'rtl/many-products',
      problem: `its ${count} products are all built at once (strategy Latency), more than ${manyElements}`,
      remedy:
        'Give it a ReuseFactor above 1 (Strategy: Resource), prune it, or split the layer; building and synthesis will take long.',
    },
  ]
}
