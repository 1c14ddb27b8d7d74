// Two cells of one kind over a sequence, one from its start and one from its end, and their outputs merged. What the
// second gives stands in the order of the sequence.

import type { BufferId, Plan } from '../../fixed/kernels.ts'
import { conversion, type FixedType, joinTypes } from '../../fixed/types.ts'
import type {
  ChoiceDefinition,
  FloatOp,
  OpDefinition,
  OpEstimate,
  OpExample,
  TypedOp,
} from '../definition.ts'
import { bufferOf } from '../elementwise.ts'
import { createPlan, type PlanBuilder } from '../plan-builder.ts'
import { cellOf, gateCount, stateCount } from '../recurrent-cell.ts'
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
import { evaluateSequence, evaluateSequences } from '../recurrent-float.ts'
import { lowerSequence, lowerSequences } from '../recurrent-plan.ts'
import { noVerilog } from '../recurrent-refusal.ts'
import { extentsOf, recurrentShape } from '../recurrent-shape.ts'
import {
  inferRecurrentAuto,
  inferRecurrentLossless,
  recurrentChoices,
  recurrentRoles,
  roundedStateFindings,
  staticFindings,
  unkeptFindings,
} from '../recurrent-types.ts'
import { reuseFactorChoice } from '../strategy.ts'
import { type BidirectionalAttrs, initialOf, place, prefixes } from './attrs.ts'
import { bidirectionalHls } from './hls.ts'

export type { BidirectionalAttrs } from './attrs.ts'

/** `units` of both cells' outputs, merged. */
function outputUnits({ merge, units }: BidirectionalAttrs): number {
  return merge === 'concat' ? 2 * units : units
}

/** Rows behind the outputs, where states are asked for. */
function stateRows({ merge, cell }: BidirectionalAttrs): number {
  return merge === 'concat' ? stateCount(cell) : 2 * stateCount(cell)
}

const directed: readonly ChoiceDefinition[] = ['Forward', 'Backward'].flatMap(direction => [
  {
    ...reuseFactorChoice,
    key: `${direction}ReuseFactor`,
    summary: `how often a multiplier is used per result, ${direction.toLowerCase()}`,
  },
  {
    ...reuseFactorChoice,
    key: `${direction}RecurrentReuseFactor`,
    summary: `the same for the recurrent kernel, ${direction.toLowerCase()}`,
  },
])

export const bidirectional: OpDefinition<'bidirectional', BidirectionalAttrs> = {
  kind: 'bidirectional',
  summary: 'two recurrent cells, one from each end of a sequence',
  roles: recurrentRoles(...prefixes),
  choices: [...recurrentChoices.filter(({ key }) => key !== 'RecurrentReuseFactor'), ...directed],
  inferShape: (attrs, inputs, name) =>
    recurrentShape(
      {
        ...attrs,
        width: outputUnits(attrs),
        states: stateCount(attrs.cell),
        cells: 2,
        stateRows: stateRows(attrs),
      },
      inputs,
      name,
    ),
  inferAuto: request => inferRecurrentAuto(request, ...prefixes),
  inferLossless: request => {
    const types = inferRecurrentLossless(request, request.attrs, ...prefixes)
    const { to, ...modes } = types.result!
    const grows = request.attrs.merge === 'sum'
    return { ...types, result: { ...modes, to: { ...to, width: to.width + (grows ? 1 : 0) } } }
  },
  evaluate,
  emulate,
  hls: bidirectionalHls,
  rtl: () => noVerilog('a bidirectional layer'),
  estimate: (op, target) => {
    const [ahead, back] = ([0, 1] as const).map(direction =>
      estimateCell(op, op.attrs, target, place(op.attrs, direction)),
    ) as [OpEstimate, OpEstimate]
    return {
      lut: ahead.lut + back.lut,
      ff: ahead.ff + back.ff,
      dsp: ahead.dsp + back.dsp,
      bram18: ahead.bram18 + back.bram18,
      latency: Math.max(ahead.latency, back.latency),
      interval: Math.max(ahead.interval, back.interval),
    }
  },
  findings: op => [
    ...staticFindings(op.choices),
    ...unkeptFindings(op.attrs),
    ...roundedStateFindings(op, op.attrs),
  ],
  examples: [
    example('LSTMs, concatenated', {}),
    example(
      'LSTMs from given states, all outputs and states',
      { returnSequences: true, returnState: true },
      { inputs: [exampleSequence, ...Array.from({ length: 4 }, () => exampleState)] },
    ),
    example(
      'LSTMs, outputs multiplied, all states',
      { returnSequences: true, returnState: true, merge: 'mul' },
      { conversions: coarseTypes },
    ),
    example('GRUs, last outputs averaged, states', {
      cell: 'gru',
      resetAfter: true,
      returnState: true,
      merge: 'ave',
    }),
    example(
      'GRUs from given states, summed',
      { cell: 'gru', resetAfter: true, merge: 'sum' },
      { inputs: [exampleSequence, exampleState, exampleState] },
    ),
    example('GRUs, all outputs summed', {
      cell: 'gru',
      resetAfter: true,
      returnSequences: true,
      merge: 'sum',
    }),
    example(
      'GRUs over a sequence for every step, averaged',
      { cell: 'gru', resetAfter: true, returnSequences: true, merge: 'ave', perStep: true },
      { inputs: [{ ...exampleSequence, shape: [2, ...exampleSequence.shape] }] },
    ),
    example('LSTMs, quantised within a step', {
      within: exampleQuantisers,
      returnSequences: true,
    }),
    example(
      'plain cells, multiplied',
      { cell: 'simple-rnn', returnSequences: true, merge: 'mul' },
      {
        conversions: coarseTypes,
      },
    ),
    example(
      'LSTMs, all outputs averaged, near to float',
      { returnSequences: true, merge: 'ave' },
      {
        choices: { TableSize: 1024 },
        conversions: fineTypes,
        floatBound: 0.04,
      },
    ),
    example(
      'GRUs, all outputs concatenated, near to float',
      { cell: 'gru', resetAfter: true, returnSequences: true },
      {
        choices: { TableSize: 1024 },
        conversions: fineTypes,
        floatBound: 0.04,
      },
    ),
  ],
}

function example(
  title: string,
  attrs: Partial<BidirectionalAttrs>,
  more: Partial<OpExample<BidirectionalAttrs>> = {},
): OpExample<BidirectionalAttrs> {
  const own: BidirectionalAttrs = {
    cell: 'lstm',
    units: 2,
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    resetAfter: false,
    returnSequences: false,
    merge: 'concat',
    ...attrs,
  }
  const columns = 2 * gateCount[own.cell]
  return {
    title,
    attrs: own,
    inputs: [exampleSequence],
    weights: { ...exampleWeights(2, columns, 'forward_'), ...exampleWeights(2, columns, 'backward_', 5) },
    choices: { TableSize: 64 },
    conversions: exampleTypes,
    ...more,
  }
}

/** Index of an element of the second cell's outputs, which stand in the order of reading. */
function backIndex(step: number, steps: number, units: number, unit: number): number {
  return (steps - 1 - step) * units + unit
}

/** Per element of the result which of each cell's outputs make it; −1 where one does not. */
function merging(attrs: BidirectionalAttrs, steps: number): { ahead: number[]; back: number[] } {
  const { units, merge } = attrs
  const places = Array.from({ length: steps * outputUnits(attrs) }, (_, k) => ({
    step: Math.floor(k / outputUnits(attrs)),
    unit: k % outputUnits(attrs),
  }))
  const both = merge !== 'concat'
  const states = statesIn(attrs, steps)
  return {
    ahead: [
      ...places.map(({ step, unit }) => (unit < units ? step * units + unit : -1)),
      ...states.map(({ at, isAhead }) => (isAhead ? at : -1)),
    ],
    back: [
      ...places.map(({ step, unit }) =>
        both || unit >= units ? backIndex(step, steps, units, unit % units) : -1,
      ),
      ...states.map(({ at, isAhead }) => (isAhead ? -1 : at)),
    ],
  }
}

/** Per element of the rows of states, where it is in the outputs and states of its cell. */
function statesIn(attrs: BidirectionalAttrs, steps: number): { at: number; isAhead: boolean }[] {
  const { units, returnState } = attrs
  const count = stateCount(attrs.cell)
  const rows = returnState ? 2 * count : 0
  return Array.from({ length: rows * units }, (_, k) => {
    const part = Math.floor(k / units)
    const [state, direction] =
      attrs.merge === 'concat' ? [part >> 1, part % 2] : [part % count, Math.floor(part / count)]
    return { at: (steps + state) * units + (k % units), isAhead: direction === 0 }
  })
}

function evaluate(
  op: Parameters<OpDefinition<'bidirectional', BidirectionalAttrs>['evaluate']>[0],
  inputs: readonly Float64Array[],
): Float64Array {
  return evaluateSequences(op, inputs, op.attrs, (own, values) => evaluateBoth(own, values, op.attrs))
}

function evaluateBoth(
  op: FloatOp<unknown>,
  inputs: readonly Float64Array[],
  attrs: BidirectionalAttrs,
): Float64Array {
  const [ahead, back] = [false, true].map(goBackwards =>
    evaluateSequence(
      op,
      [inputs[0]!, ...initialOf(attrs, inputs, goBackwards ? 1 : 0)],
      { ...attrs, goBackwards },
      prefixes[goBackwards ? 1 : 0],
    ),
  ) as [Float64Array, Float64Array]
  const index = merging(attrs, attrs.returnSequences ? op.inputs[0]![0]! : 1)
  return Float64Array.from(index.ahead, (first, k) => {
    const second = index.back[k]!
    if (first < 0) return back[second]!
    if (second < 0) return ahead[first]!
    const [a, b] = [ahead[first]!, back[second]!]
    if (attrs.merge === 'mul') return a * b
    return attrs.merge === 'ave' ? (a + b) / 2 : a + b
  })
}

function emulate(op: TypedOp<BidirectionalAttrs>): Plan {
  const { attrs } = op
  const plan = createPlan()
  const [x, y] = [bufferOf(op.inputs[0]!), bufferOf(op.output)]
  const from = plan.buffer(x.size, ...x.types)
  const initial = op.inputs.slice(1).map(type => {
    const { size, types } = bufferOf(type)
    return plan.buffer(size, ...types)
  })
  const into = plan.buffer(y.size, ...y.types)
  const { sequences } = extentsOf(attrs, op.inputs[0]!.shape)
  lowerSequences(plan, { from, into, sequences }, (own, result) =>
    lowerBoth(op, plan, [own, ...initial], result),
  )
  return plan.finish([from, ...initial], into)
}

/** Both directions over one sequence, and the merge of what they give. */
function lowerBoth(
  op: TypedOp<BidirectionalAttrs>,
  plan: PlanBuilder,
  inputs: readonly BufferId[],
  into: BufferId,
): void {
  const { attrs } = op
  const { steps, sequences } = extentsOf(attrs, op.inputs[0]!.shape)
  const [ahead, back] = ([0, 1] as const).map(direction => {
    const cell = cellOf(op, attrs, place(attrs, direction))
    const count = (attrs.returnSequences ? steps : 1) + (attrs.returnState ? stateCount(attrs.cell) : 0)
    const types = Array.from({ length: count }, () => cell.states.map(({ to }) => to)).flat()
    const outputs = plan.buffer(count * attrs.units, ...oneIfSame(types))
    const how = { ...attrs, goBackwards: direction === 1 }
    const initial = initialOf(attrs, inputs, direction)
    lowerSequence(plan, { cell, from: inputs[0]!, initial, steps, sequences, how }, outputs)
    return outputs
  }) as [BufferId, BufferId]
  mergeInto(op, plan, ahead, back, into)
}

function oneIfSame(types: readonly FixedType[]): readonly FixedType[] {
  const [first] = types
  const same = types.every(
    ({ signed, width, frac }) => signed === first!.signed && width === first!.width && frac === first!.frac,
  )
  return same ? [first!] : types
}

function mergeInto(
  op: TypedOp<BidirectionalAttrs>,
  plan: PlanBuilder,
  ahead: BufferId,
  back: BufferId,
  into: BufferId,
): void {
  const { attrs } = op
  const { steps } = extentsOf(attrs, op.inputs[0]!.shape)
  const index = merging(attrs, attrs.returnSequences ? steps : 1)
  if (attrs.merge === 'concat') {
    const first = plan.sizeOf(ahead)
    const all = index.ahead.map((own, k) => (own < 0 ? first + index.back[k]! : own))
    plan.step({ kernel: 'gather', from: [ahead, back], into, index: all, fill: 0n })
    return
  }
  if (!attrs.returnState) {
    mergeOutputs(op, plan, { ahead, back, index }, into)
    return
  }
  const count = (attrs.returnSequences ? steps : 1) * attrs.units
  const types = plan.typesOf(into)
  const outputs = plan.buffer(count, ...(types.length === 1 ? types : types.slice(0, count)))
  const merged = { ahead: index.ahead.slice(0, count), back: index.back.slice(0, count) }
  mergeOutputs(op, plan, { ahead, back, index: merged }, outputs)
  const behind = index.ahead
    .slice(count)
    .map((own, k) => count + (own < 0 ? plan.sizeOf(ahead) + index.back[count + k]! : own))
  const all = [...merged.ahead.map((_, k) => k), ...behind]
  plan.step({ kernel: 'gather', from: [outputs, ahead, back], into, index: all, fill: 0n })
}

interface Pairs {
  readonly ahead: BufferId
  readonly back: BufferId
  readonly index: { readonly ahead: readonly number[]; readonly back: readonly number[] }
}

/** Element by element: sum, product or mean. */
function mergeOutputs(
  op: TypedOp<BidirectionalAttrs>,
  plan: PlanBuilder,
  { ahead, back, index }: Pairs,
  into: BufferId,
): void {
  const { attrs } = op
  const pair = { kernel: 'arithmetic', a: ahead, b: back, aIndex: index.ahead, bIndex: index.back } as const
  const conversions = plan.typesOf(into).map(to => ({ ...op.result, to }))
  if (attrs.merge !== 'ave') {
    plan.step({ ...pair, op: attrs.merge === 'sum' ? 'add' : 'multiply', into, conversions })
    return
  }
  const joined = [...plan.typesOf(ahead), ...plan.typesOf(back)].reduce(joinTypes)
  const wide = { ...joined, width: joined.width + 1 }
  const sums = plan.buffer(plan.sizeOf(into), wide)
  plan.step({ ...pair, op: 'add', into: sums, conversions: [conversion(wide)] })
  const half = { scale: [1n], scaleFrac: 1, bias: [0n], biasFrac: 0 }
  plan.step({ kernel: 'affine', from: sums, into, ...half, conversions })
}
