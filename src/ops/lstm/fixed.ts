// The bits of an LSTM: the two products and their sum in the accumulator's type, as are all activations; cell state
// and output in the result's type, each stored once per step: s' = c·i + s·f, h' = o·act(s').

import { bug } from '../../diagnostics/diagnostic.ts'
import type { BufferId, Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import { conversionAt, typeAt } from '../../ir/tensor-type.ts'
import { type ConstantProduct, visitOrder } from '../constant-product.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf } from '../elementwise.ts'
import { strategyOf } from '../strategy.ts'
import type { LstmAttrs } from './attrs.ts'
import { type GateFunction, gateIndex, gateTable } from './gates.ts'

export function emulateLstm(op: TypedOp<LstmAttrs>): Plan {
  const { units, returnSequences, goBackwards } = op.attrs
  const zeros = Array.from({ length: units }, () => 0n)
  const body = stepPlan(op)
  return {
    buffers: [bufferOf(op.inputs[0]!), bufferOf(op.output)],
    inputs: [0],
    output: 1,
    steps: [
      {
        kernel: 'scan',
        from: 0,
        into: 1,
        steps: op.inputs[0]!.shape[0]!,
        reverse: goBackwards,
        body,
        states: [
          { initial: zeros, read: buffer.h, write: buffer.nextH },
          { initial: zeros, read: buffer.s, write: buffer.nextS },
        ],
        emit: returnSequences ? 'all' : 'last',
      },
    ],
  }
}

/** Buffers of a step's plan. */
const buffer = {
  x: 0,
  h: 1,
  s: 2,
  fromInput: 3,
  fromState: 4,
  /** Gate sums i, f, c, o. */
  sums: 5,
  gateSums: 6,
  cellSums: 7,
  gateEntries: 8,
  cellEntries: 9,
  /** i, f, o. */
  gates: 10,
  cell: 11,
  taken: 12,
  kept: 13,
  nextS: 14,
  squashedEntries: 15,
  squashed: 16,
  nextH: 17,
} as const

function stepPlan(op: TypedOp<LstmAttrs>): Plan {
  return { buffers: stepBuffers(op), inputs: [buffer.x], output: buffer.nextH, steps: stepSteps(op) }
}

/** The type of each unit's state; the same in all steps. */
export function stateConversions(op: TypedOp<LstmAttrs>): readonly Conversion[] {
  return Array.from({ length: op.attrs.units }, (_, unit) => conversionAt(op.result, op.output.shape, unit))
}

function stepBuffers(op: TypedOp<LstmAttrs>): PlanBuffer[] {
  const { units } = op.attrs
  const accum = op.conversion('accum').to
  const table = op.conversion('table').to
  const states = stateConversions(op).map(({ to }) => to)
  const of = (size: number, ...types: FixedType[]): PlanBuffer => ({ size, types })
  const x = op.inputs[0]!
  const features = x.shape[1]!
  return [
    of(features, ...Array.from({ length: features }, (_, k) => typeAt(x, k))),
    of(units, ...states),
    of(units, ...states),
    of(4 * units, accum),
    of(4 * units, accum),
    of(4 * units, accum),
    of(3 * units, accum),
    of(units, accum),
    of(3 * units, table),
    of(units, table),
    of(3 * units, accum),
    of(units, accum),
    of(units, productType(accum, accum)),
    of(units, ...states.map(state => productType(state, accum))),
    of(units, ...states),
    of(units, table),
    of(units, accum),
    of(units, ...states),
  ]
}

/** A type that holds every product of two. */
function productType(a: FixedType, b: FixedType): FixedType {
  return { signed: a.signed || b.signed, width: a.width + b.width, frac: a.frac + b.frac }
}

function stepSteps(op: TypedOp<LstmAttrs>): Step[] {
  const { units, activation, recurrentActivation } = op.attrs
  const accumulator = op.conversion('accum')
  const accum = [accumulator]
  const states = stateConversions(op)
  const gateOf = (gate: number) => Array.from({ length: units }, (_, unit) => gate * units + unit)
  const exact = (a: FixedType) => conversion(productType(a, accumulator.to))
  return [
    productStep(op, inputProduct(op), buffer.x, buffer.fromInput, 'ReuseFactor'),
    productStep(op, stateProduct(op), buffer.h, buffer.fromState, 'RecurrentReuseFactor'),
    {
      kernel: 'arithmetic',
      op: 'add',
      a: buffer.fromInput,
      b: buffer.fromState,
      into: buffer.sums,
      conversions: accum,
    },
    gatherStep(buffer.gateSums, [...gateOf(0), ...gateOf(1), ...gateOf(3)]),
    gatherStep(buffer.cellSums, gateOf(2)),
    tableStep(op, recurrentActivation, accumulator.to, buffer.gateSums, buffer.gateEntries),
    tableStep(op, activation, accumulator.to, buffer.cellSums, buffer.cellEntries),
    { kernel: 'convert', from: buffer.gateEntries, into: buffer.gates, conversions: accum },
    { kernel: 'convert', from: buffer.cellEntries, into: buffer.cell, conversions: accum },
    {
      ...multiply(buffer.cell, buffer.gates, buffer.taken),
      bIndex: gateOf(0),
      conversions: [exact(accumulator.to)],
    },
    {
      ...multiply(buffer.s, buffer.gates, buffer.kept),
      bIndex: gateOf(1),
      conversions: states.map(({ to }) => exact(to)),
    },
    {
      kernel: 'arithmetic',
      op: 'add',
      a: buffer.taken,
      b: buffer.kept,
      into: buffer.nextS,
      conversions: states,
    },
    tableStep(op, activation, states[0]!.to, buffer.nextS, buffer.squashedEntries),
    { kernel: 'convert', from: buffer.squashedEntries, into: buffer.squashed, conversions: accum },
    { ...multiply(buffer.squashed, buffer.gates, buffer.nextH), bIndex: gateOf(2), conversions: states },
  ]
}

function multiply(a: BufferId, b: BufferId, into: BufferId) {
  return { kernel: 'arithmetic', op: 'multiply', a, b, into } as const
}

function gatherStep(into: BufferId, index: readonly number[]): Step {
  return { kernel: 'gather', from: [buffer.sums], into, index, fill: 0n }
}

function tableStep(
  op: TypedOp<LstmAttrs>,
  gate: GateFunction,
  x: FixedType,
  from: BufferId,
  into: BufferId,
): Step {
  const size = op.choices.TableSize as number
  return {
    kernel: 'table',
    from,
    into,
    index: gateIndex(gate, size, x),
    values: gateTable(gate, size, op.conversion('table')),
  }
}

function productStep(
  op: TypedOp<LstmAttrs>,
  { weight, bias, columns, accumulator }: ConstantProduct,
  from: BufferId,
  into: BufferId,
  reuseKey: string,
): Step {
  const inputs = weight.raw.length / columns
  return {
    kernel: 'multiply-accumulate',
    from,
    into,
    rows: 1,
    inputs,
    outputs: columns,
    weights: weight.raw,
    weightFrac: weight.type.frac,
    bias: bias?.raw,
    biasFrac: bias?.type.frac ?? 0,
    product: { kind: 'multiply' },
    accumulator,
    order: visitOrder(strategyOf(op.choices.Strategy), inputs, Number(op.choices[reuseKey] ?? 1)),
    conversions: [op.conversion('accum')],
  }
}

/** W x + b for all gates. */
export function inputProduct(op: TypedOp<LstmAttrs>): ConstantProduct {
  return gateProduct(op, 'weight', 'bias')
}

/** U h + br for all gates. */
export function stateProduct(op: TypedOp<LstmAttrs>): ConstantProduct {
  return gateProduct(op, 'recurrent_weight', 'recurrent_bias')
}

function gateProduct(op: TypedOp<LstmAttrs>, weightRole: string, biasRole: string): ConstantProduct {
  const exact = strategyOf(op.choices.Strategy) === 'distributed-arithmetic'
  return {
    weight: op.weight(weightRole) ?? bug(`${op.name} lacks ${weightRole}`),
    bias: op.weight(biasRole),
    columns: 4 * op.attrs.units,
    accumulator: exact ? undefined : op.conversion('accum'),
  }
}
