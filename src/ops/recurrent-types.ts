// Precision of recurrent layers. hls4ml infers nothing but the types of their weights.

import { bug } from '../diagnostics/diagnostic.ts'
import { intervalOf } from '../fixed/interval.ts'
import { type Conversion, conversion, type FixedType, joinTypes } from '../fixed/types.ts'
import { type TensorType, unionType } from '../ir/tensor-type.ts'
import { exactSumType } from './constant-product.ts'
import type {
  ChoiceDefinition,
  OpFinding,
  PrecisionRequest,
  RawValues,
  RoleConversions,
  RoleDefinition,
  TypedOp,
} from './definition.ts'
import { resultRole } from './elementwise.ts'
import { isBounded, isTableGate, textConversion } from './gates.ts'
import { type CellAttrs, cellLines, gateCount } from './recurrent-cell.ts'
import { extentsOf, type SequenceAttrs } from './recurrent-shape.ts'
import { reuseFactorChoice, strategyChoice } from './strategy.ts'
import { tableSizeChoice } from './table-size.ts'

const weightSummaries = {
  weight: 'type of the kernel',
  recurrent_weight: 'type of the recurrent kernel',
  bias: 'type of the biases',
  recurrent_bias: 'type of the recurrent biases',
} as const

/** Roles of a layer with one cell for each prefix. */
export function recurrentRoles(...prefixes: readonly string[]): Readonly<Record<string, RoleDefinition>> {
  const weights = prefixes.flatMap(prefix =>
    Object.entries(weightSummaries).map(([role, summary]): [string, RoleDefinition] => [
      prefix + role,
      { summary: prefix === '' ? summary : `${summary}, ${prefix.slice(0, -1)}`, readFrom: 'precision' },
    ]),
  )
  return {
    result: { ...resultRole, summary: 'type of outputs and cell states' },
    accum: { summary: 'type of gate sums and activations', readFrom: 'precision' },
    ...Object.fromEntries(weights),
    table: {
      summary: 'type of the table entries',
      readFrom: 'key',
      default: conversion({ signed: true, width: 18, frac: 10 }),
    },
  }
}

const staticChoice: ChoiceDefinition = {
  key: 'Static',
  summary: 'one block of hardware for all time steps',
  default: true,
  check: { kind: 'boolean' },
}

const recurrentReuse: ChoiceDefinition = {
  ...reuseFactorChoice,
  key: 'RecurrentReuseFactor',
  summary: 'the same for the recurrent kernel',
}

export const recurrentChoices: readonly ChoiceDefinition[] = [
  reuseFactorChoice,
  recurrentReuse,
  strategyChoice,
  tableSizeChoice,
  staticChoice,
]

/** What is said of a layer asked for a block of hardware per time step. */
export function staticFindings(choices: Readonly<Record<string, unknown>>): readonly OpFinding[] {
  if (choices.Static !== false) return []
  return [
    {
      code: 'recurrent/choice-not-built',
      problem:
        'Static is false, which asks for a block of hardware per time step; one block serves them all (the bits are the same)',
      remedy: 'Set Static to true, or leave it out.',
    },
  ]
}

const sourceNames = {
  activation: 'activation',
  recurrentActivation: 'recurrent_activation',
  state: 'state_quantizer',
} as const

/** What is said of a layer whose source rounds where only the types here do. */
export function unkeptFindings({
  unkept: said = [],
  within = {},
}: Pick<SequenceAttrs, 'unkept' | 'within'>): readonly OpFinding[] {
  const kept = Object.entries(sourceNames).flatMap(([which, name]) =>
    Object.hasOwn(within, which) ? name : [],
  )
  const unkept = said.filter(text => !kept.some(name => text.startsWith(`${name} `)))
  if (unkept.length === 0) return []
  return [
    {
      code: 'recurrent/quantiser-not-kept',
      problem: `the model quantises within a time step, by ${unkept.join(' and ')}; here, as in hls4ml, gate sums and activations have the type accum, outputs and states the type result, and nothing else rounds`,
      remedy: 'Give accum and result of this layer the bits of these quantizers, or train without them.',
    },
  ]
}

/** Weights have what was asked for them; everything else the model's default. */
export function inferRecurrentAuto(
  request: PrecisionRequest<unknown>,
  ...prefixes: readonly string[]
): RoleConversions {
  const weights = prefixes.flatMap(prefix =>
    Object.keys(weightSummaries).map(role => {
      const asked = request.asked(prefix + role)
      return [prefix + role, asked.kind === 'fixed' ? asked.conversion : request.modelDefault] as const
    }),
  )
  return { ...Object.fromEntries(weights), accum: request.modelDefault, result: request.modelDefault }
}

/** Fraction bits of tables, and of states: products of states gain bits with every step, so that some must go. */
const stateFrac = 14
/** Integer bits of states that nothing bounds. */
const openInteger = 12

/** Fraction bits of states that are kept exactly: as many as a double holds beside a few integer bits. */
const mostExactFrac = 48

/**
 * Where gates and what enters the state are quantised, the type that holds every state exactly, since every step adds the
 * gates' fraction bits to theirs; undefined for those of curves.
 */
function exactState(attrs: CellAttrs, steps: number, initial: readonly TensorType[]): FixedType | undefined {
  const { activation, recurrentActivation } = cellLines(attrs)
  if (activation === undefined || initial.length > 0) return undefined
  const { width, frac, signed } = activation.to.to
  const integer = width - frac - Number(signed)
  if (attrs.cell === 'simple-rnn') return activation.to.to
  const gate = recurrentActivation?.to.to
  if (gate === undefined || gate.signed || gate.width > gate.frac) return undefined
  const own = {
    frac: frac + steps * gate.frac,
    integer: integer + (attrs.cell === 'lstm' ? Math.ceil(Math.log2(steps)) : 0),
  }
  return { signed: true, width: 1 + own.integer + own.frac, frac: own.frac }
}

/** What is said of a cell that is quantised throughout, whose states take more bits than they have. */
export function roundedStateFindings(
  { inputs, output }: Pick<TypedOp<unknown>, 'inputs' | 'output'>,
  attrs: CellAttrs & Pick<SequenceAttrs, 'perStep'>,
): readonly OpFinding[] {
  const [x, ...initial] = inputs
  const { steps } = extentsOf(attrs, x!.shape)
  const exact = attrs.within === undefined ? undefined : exactState(attrs, steps, initial)
  const { frac } = unionType(output)
  if (exact === undefined || exact.frac <= frac) return []
  return [
    {
      code: 'recurrent/states-rounded',
      problem: `its gates are quantised, and each of ${steps} steps adds their fraction bits to the states, which would need ${exact.frac}; they are rounded to ${frac}`,
      remedy:
        'Train with gates of fewer bits or over fewer steps, so that at most 48 are needed, or compare the predictions with those of training.',
    },
  ]
}

/**
 * The accumulator holds every sum of gates and every table entry exactly. States are rounded to the tables' fraction
 * bits, where they are not exact. They reach no further than 1 or what they begin with, that of an LSTM no further than
 * that and the number of steps, each of which adds at most 1; where an activation is not bounded, they saturate.
 */
export function inferRecurrentLossless(
  request: PrecisionRequest<unknown>,
  attrs: CellAttrs & Pick<SequenceAttrs, 'perStep'>,
  ...prefixes: readonly string[]
): RoleConversions {
  const [x, ...initial] = request.inputs
  const { steps } = extentsOf(attrs, x!.shape)
  const width = 2 + stateInteger(attrs, steps, initial) + stateFrac
  const exact = exactState(attrs, steps, initial)
  const isKept = exact !== undefined && exact.frac <= mostExactFrac
  const result = isKept
    ? conversion(exact)
    : conversion({ signed: true, width, frac: stateFrac }, 'RND', 'SAT')
  const open = [attrs.activation, attrs.recurrentActivation].some(gate => gate === 'softplus')
  const table = conversion({ signed: true, width: stateFrac + (open ? 6 : 2), frac: stateFrac }, 'RND', 'SAT')
  const state = textConversion(attrs.within?.state) ?? result
  const sums = prefixes.map(prefix => gateSumType(request, attrs, state, prefix))
  const entries = readsTables(attrs) ? [table.to] : []
  return { result, table, accum: conversion([...sums, ...entries].reduce(joinTypes)) }
}

function readsTables(attrs: CellAttrs): boolean {
  const lines = cellLines(attrs)
  const which =
    attrs.cell === 'simple-rnn' ? (['activation'] as const) : (['activation', 'recurrentActivation'] as const)
  return which.some(name => lines[name] === undefined || lines[name].curve !== undefined)
}

/** Integer bits of states, where those to begin with reach no further than their types. */
function stateInteger(attrs: CellAttrs, steps: number, initial: readonly TensorType[]): number {
  const given = initial.map(unionType).map(({ width, frac, signed }) => width - frac - (signed ? 1 : 0))
  const first = Math.max(0, ...given)
  const gates = attrs.cell === 'simple-rnn' ? [] : [attrs.recurrentActivation]
  if (![attrs.activation, ...gates].every(isBounded)) return Math.max(openInteger, first)
  if (attrs.cell !== 'lstm') return first
  return Math.ceil(Math.log2(steps + (initial.length > 0 ? 2 ** first : 0)))
}

function gateSumType(
  request: PrecisionRequest<unknown>,
  attrs: CellAttrs,
  state: Conversion,
  prefix: string,
): FixedType {
  const weight = (role: string): RawValues =>
    request.rawWeight(prefix + role) ?? bug(`${request.name} lacks ${prefix}${role}`)
  const columns = gateCount[attrs.cell] * attrs.units
  const x = intervalOf(unionType(request.inputs[0]!))
  const fromInput = exactSumType([x], weight('weight'), request.rawWeight(`${prefix}bias`), columns)
  const fromState = exactSumType(
    [intervalOf(state.to)],
    weight('recurrent_weight'),
    request.rawWeight(`${prefix}recurrent_bias`),
    columns,
  )
  // A GRU multiplies the state, or its product, by the reset gate.
  const gate = attrs.cell === 'gru' ? (cellLines(attrs).recurrentActivation?.to.to.frac ?? 0) : 0
  const finer = { ...fromState, width: fromState.width + gate, frac: fromState.frac + gate }
  const both = joinTypes(fromInput, finer)
  return { ...both, width: both.width + 1 }
}

/** Whether all activations are read from tables. */
export function allTables(attrs: Pick<CellAttrs, 'activation' | 'recurrentActivation'>): boolean {
  return isTableGate(attrs.activation) && isTableGate(attrs.recurrentActivation)
}
