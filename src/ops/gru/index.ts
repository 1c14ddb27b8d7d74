// Gated recurrent units over a sequence [steps, features]: gates z and r, a candidate, an output h.

import type { OpDefinition, OpExample } from '../definition.ts'
import type { GateFunction } from '../gates.ts'
import type { CellAttrs } from '../recurrent-cell.ts'
import { estimateCell } from '../recurrent-cost.ts'
import {
  coarseTypes,
  exampleCurves,
  exampleQuantisers,
  exampleSequence,
  exampleState,
  exampleTypes,
  exampleValues,
  exampleWeights,
  fineTypes,
} from '../recurrent-examples.ts'
import { evaluateCell } from '../recurrent-float.ts'
import { cellHls } from '../recurrent-hls.ts'
import { recurrentPlan } from '../recurrent-plan.ts'
import { noVerilog } from '../recurrent-refusal.ts'
import { recurrentShape, type SequenceAttrs } from '../recurrent-shape.ts'
import {
  inferRecurrentAuto,
  inferRecurrentLossless,
  recurrentChoices,
  recurrentRoles,
  roundedStateFindings,
  staticFindings,
  unkeptFindings,
} from '../recurrent-types.ts'

export interface GruAttrs extends SequenceAttrs {
  readonly units: number
  /** Of the candidate. */
  readonly activation: GateFunction
  /** Of the gates z and r. */
  readonly recurrentActivation: GateFunction
  /** The reset gate is applied to the recurrent product; else to the state before it. */
  readonly resetAfter: boolean
}

const plain: GruAttrs = {
  units: 2,
  returnSequences: false,
  goBackwards: false,
  activation: 'tanh',
  recurrentActivation: 'sigmoid',
  resetAfter: true,
}

function example(
  title: string,
  attrs: Partial<GruAttrs>,
  more: Partial<OpExample<GruAttrs>> = {},
): OpExample<GruAttrs> {
  return {
    title,
    attrs: { ...plain, ...attrs },
    inputs: [exampleSequence],
    weights: { ...exampleWeights(2, 6), recurrent_bias: exampleValues([6], 4) },
    choices: { TableSize: 64 },
    conversions: exampleTypes,
    ...more,
  }
}

export const gru: OpDefinition<'gru', GruAttrs> = {
  kind: 'gru',
  summary: 'gated recurrent units',
  roles: recurrentRoles(''),
  choices: recurrentChoices,
  inferShape: (attrs, inputs, name) =>
    recurrentShape({ ...attrs, width: attrs.units, states: 1, cells: 1 }, inputs, name),
  inferAuto: request => inferRecurrentAuto(request, ''),
  inferLossless: request => inferRecurrentLossless(request, cellAttrs(request.attrs), ''),
  evaluate: (op, inputs) => evaluateCell(op, inputs, cellAttrs(op.attrs)),
  emulate: op => recurrentPlan(op, cellAttrs(op.attrs)),
  hls: op => cellHls(op, cellAttrs(op.attrs)),
  rtl: () => noVerilog('a GRU'),
  estimate: (op, target) => estimateCell(op, cellAttrs(op.attrs), target),
  findings: op => [
    ...staticFindings(op.choices),
    ...unkeptFindings(op.attrs),
    ...roundedStateFindings(op, cellAttrs(op.attrs)),
  ],
  examples: [
    example('last output', {}),
    example('all outputs, rounding and saturating', { returnSequences: true }, { conversions: coarseTypes }),
    example(
      'reset before the product, backwards',
      { resetAfter: false, goBackwards: true },
      {
        weights: exampleWeights(2, 6),
      },
    ),
    // Four steps of table bins of 2^-7 (tanh) and 2^-6 at a quarter of the slope (sigmoid).
    example('near to float', {}, { choices: { TableSize: 1024 }, conversions: fineTypes, floatBound: 0.04 }),
    example(
      'reset before the product, near to float',
      { resetAfter: false, returnSequences: true },
      {
        choices: { TableSize: 1024 },
        conversions: fineTypes,
        floatBound: 0.04,
      },
    ),
    example(
      'from a given state, the last one returned',
      { returnState: true },
      { inputs: [exampleSequence, exampleState] },
    ),
    example(
      'backwards, outputs in the order of the sequence',
      { returnSequences: true, goBackwards: true, keepsOrder: true },
      { conversions: coarseTypes },
    ),
    example(
      'a sequence for every step',
      { perStep: true, returnSequences: true },
      { inputs: [{ ...exampleSequence, shape: [2, ...exampleSequence.shape] }], conversions: coarseTypes },
    ),
    example('ReLU cells, hard sigmoid gates', { activation: 'relu', recurrentActivation: 'hard_sigmoid' }),
    example(
      'quantised curves within a step',
      { within: exampleCurves, returnSequences: true },
      { conversions: coarseTypes },
    ),
    example('quantised within a step', { within: exampleQuantisers, returnSequences: true }),
    example(
      'quantised within a step, reset before the product',
      { within: exampleQuantisers, resetAfter: false },
      { conversions: fineTypes, floatBound: 0.04 },
    ),
    example(
      'unrolled, in turns',
      { resetAfter: false },
      {
        choices: { TableSize: 64, Strategy: 'Unrolled', ReuseFactor: 3, RecurrentReuseFactor: 2 },
        conversions: coarseTypes,
      },
    ),
    example(
      'in resource order',
      {},
      {
        choices: { TableSize: 64, Strategy: 'Resource', ReuseFactor: 3, RecurrentReuseFactor: 2 },
        conversions: coarseTypes,
      },
    ),
  ],
}

function cellAttrs(attrs: GruAttrs): CellAttrs & SequenceAttrs {
  return { ...attrs, cell: 'gru' }
}
