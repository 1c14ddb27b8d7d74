// A plain recurrent layer over a sequence [steps, features]: h = activation(W x + U h + b).

import type { ChoiceDefinition, OpDefinition, OpExample } from '../definition.ts'
import type { GateFunction } from '../gates.ts'
import type { CellAttrs } from '../recurrent-cell.ts'
import { estimateCell } from '../recurrent-cost.ts'
import {
  coarseTypes,
  exampleQuantisers,
  exampleSequence,
  exampleState,
  exampleTypes,
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

export interface SimpleRnnAttrs extends SequenceAttrs {
  readonly units: number
  readonly activation: GateFunction
}

const { activation, state } = exampleQuantisers
const quantised = { activation, state }

const plain: SimpleRnnAttrs = { units: 2, returnSequences: false, goBackwards: false, activation: 'tanh' }

function example(
  title: string,
  attrs: Partial<SimpleRnnAttrs>,
  more: Partial<OpExample<SimpleRnnAttrs>> = {},
): OpExample<SimpleRnnAttrs> {
  return {
    title,
    attrs: { ...plain, ...attrs },
    inputs: [exampleSequence],
    weights: exampleWeights(2, 2),
    choices: { TableSize: 64 },
    conversions: exampleTypes,
    ...more,
  }
}

const direction: ChoiceDefinition = {
  key: 'Direction',
  summary: 'the direction that hls4ml writes',
  default: 'forward',
  check: { kind: 'word', words: ['forward', 'backward'] },
  noEffect: 'the model says whether its sequence is read from the end',
}

export const simpleRnn: OpDefinition<'simple-rnn', SimpleRnnAttrs> = {
  kind: 'simple-rnn',
  summary: 'a plain recurrent layer',
  roles: recurrentRoles(''),
  choices: [...recurrentChoices, direction],
  inferShape: (attrs, inputs, name) =>
    recurrentShape({ ...attrs, width: attrs.units, states: 1, cells: 1 }, inputs, name),
  inferAuto: request => inferRecurrentAuto(request, ''),
  inferLossless: request => inferRecurrentLossless(request, cellAttrs(request.attrs), ''),
  evaluate: (op, inputs) => evaluateCell(op, inputs, cellAttrs(op.attrs)),
  emulate: op => recurrentPlan(op, cellAttrs(op.attrs)),
  hls: op => cellHls(op, cellAttrs(op.attrs)),
  rtl: () => noVerilog('a plain recurrent layer'),
  estimate: (op, target) => estimateCell(op, cellAttrs(op.attrs), target),
  findings: op => [
    ...staticFindings(op.choices),
    ...unkeptFindings(op.attrs),
    ...roundedStateFindings(op, cellAttrs(op.attrs)),
  ],
  examples: [
    example('last output', {}),
    example(
      'all outputs, backwards, rounding and saturating',
      { returnSequences: true, goBackwards: true },
      {
        conversions: coarseTypes,
      },
    ),
    // Four steps of table bins of 2^-7, each step adding its own to what the recurrent weights make of the last.
    example('near to float', {}, { choices: { TableSize: 1024 }, conversions: fineTypes, floatBound: 0.1 }),
    example(
      'from a given state, all outputs and the state',
      { returnSequences: true, returnState: true, goBackwards: true, keepsOrder: true },
      { inputs: [exampleSequence, exampleState] },
    ),
    example(
      'a sequence for every step, backwards',
      { perStep: true, goBackwards: true },
      { inputs: [{ ...exampleSequence, shape: [2, ...exampleSequence.shape] }], conversions: coarseTypes },
    ),
    example('ReLU', { activation: 'relu' }),
    example('quantised within a step', {
      within: { ...quantised, activation: 'ufixed<6,1,RND_CONV,SAT>' },
      activation: 'relu',
    }),
    example('tanh quantised within a step', { within: quantised }),
    example('the curve of tanh quantised within a step', {
      within: { ...quantised, curves: ['activation'] },
    }),
  ],
}

function cellAttrs(attrs: SimpleRnnAttrs): CellAttrs & SequenceAttrs {
  return { ...attrs, cell: 'simple-rnn', recurrentActivation: 'linear', resetAfter: false }
}
