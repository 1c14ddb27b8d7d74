// The cells of recurrent layers: what one time step computes of its input and its states, as steps of a plan. All sums
// of gates and all activations have the accumulator's type; outputs and cell states the result's.

import { bug } from '../diagnostics/diagnostic.ts'
import type { BufferId } from '../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType, joinTypes } from '../fixed/types.ts'
import { conversionAt, typeAt } from '../ir/tensor-type.ts'
import { type ConstantProduct, visitOrder } from './constant-product.ts'
import type { RawValues, TypedOp } from './definition.ts'
import {
  type GateFunction,
  type GateLine,
  gateIndex,
  gateLine,
  gateTable,
  halfTanhIndex,
  halfTanhTable,
  hardShift,
  hardSlope,
  isTableGate,
  type TableGate,
  textConversion,
} from './gates.ts'
import type { PlanBuilder } from './plan-builder.ts'
import type { CellQuantisers } from './recurrent-shape.ts'
import { strategyOf } from './strategy.ts'

export type CellKind = 'lstm' | 'gru' | 'simple-rnn'

export interface CellAttrs {
  readonly cell: CellKind
  readonly units: number
  /** Of what enters the state. */
  readonly activation: GateFunction
  /** Of the gates; a simple cell has none. */
  readonly recurrentActivation: GateFunction
  /** Of a GRU: the reset gate is applied to the recurrent product, else to the state before it. */
  readonly resetAfter: boolean
  readonly within?: CellQuantisers
}

/** Quantised activations by the attribute that says which. */
export interface CellLines {
  readonly activation: GateLine | undefined
  readonly recurrentActivation: GateLine | undefined
}

export function cellLines({ activation, recurrentActivation, within = {} }: CellAttrs): CellLines {
  return {
    activation: gateLine(activation, within.activation, within.curves?.includes('activation')),
    recurrentActivation: gateLine(
      recurrentActivation,
      within.recurrentActivation,
      within.curves?.includes('recurrentActivation'),
    ),
  }
}

/** Products per unit of each kernel. */
export const gateCount: Readonly<Record<CellKind, number>> = { lstm: 4, gru: 3, 'simple-rnn': 1 }

/** Where a cell finds what is its own in a node: prefixes of roles and keys. */
export interface CellPlace {
  /** `forward_` before `weight`, or nothing. */
  readonly role: string
  /** `Forward` before `ReuseFactor`, or nothing. */
  readonly key: string
  /** The first element of the result that is its state's. */
  readonly firstUnit: number
}

export const onlyCell: CellPlace = { role: '', key: '', firstUnit: 0 }

/** A cell of a typed node. */
export interface Cell extends CellAttrs {
  /** Types of one step's input. */
  readonly x: readonly FixedType[]
  /** How values come into the states, by unit. */
  readonly states: readonly Conversion[]
  /** How a state comes to where kernels multiply it; as it is where absent. */
  readonly multiplied: Conversion | undefined
  readonly lines: CellLines
  readonly accum: Conversion
  readonly table: Conversion
  readonly tableSize: number
  readonly fromInput: ConstantProduct
  readonly fromState: ConstantProduct
  /** Orders in which the two products visit their inputs. */
  readonly inputOrder: ReturnType<typeof visitOrder>
  readonly stateOrder: ReturnType<typeof visitOrder>
}

export function cellOf(op: TypedOp<unknown>, attrs: CellAttrs, place: CellPlace = onlyCell): Cell {
  const x = op.inputs[0]!
  const features = x.shape.at(-1)!
  const { units } = attrs
  const strategy = strategyOf(op.choices.Strategy)
  const reuse = (key: string) => Number(op.choices[`${place.key}${key}`] ?? 1)
  return {
    ...attrs,
    x: Array.from({ length: features }, (_, k) => typeAt(x, k)),
    states: Array.from({ length: units }, (_, unit) =>
      conversionAt(op.result, op.output.shape, place.firstUnit + unit),
    ),
    multiplied: textConversion(attrs.within?.state),
    lines: cellLines(attrs),
    accum: op.conversion('accum'),
    table: op.conversion('table'),
    tableSize: op.choices.TableSize as number,
    fromInput: cellProduct(op, attrs, `${place.role}weight`, `${place.role}bias`),
    fromState: cellProduct(op, attrs, `${place.role}recurrent_weight`, `${place.role}recurrent_bias`),
    inputOrder: visitOrder(strategy, features, reuse('ReuseFactor')),
    stateOrder: visitOrder(strategy, units, reuse('RecurrentReuseFactor')),
  }
}

export function cellProduct(
  op: TypedOp<unknown>,
  { cell, units }: Pick<CellAttrs, 'cell' | 'units'>,
  weightRole: string,
  biasRole: string,
): ConstantProduct {
  const exact = strategyOf(op.choices.Strategy) === 'distributed-arithmetic'
  return {
    weight: op.weight(weightRole) ?? bug(`${op.name} lacks ${weightRole}`),
    bias: op.weight(biasRole),
    columns: gateCount[cell] * units,
    accumulator: exact ? undefined : op.conversion('accum'),
  }
}

/** States that a cell keeps besides its output. */
export function stateCount(cell: CellKind): number {
  return cell === 'lstm' ? 2 : 1
}

/** Adds one time step: from its input and its states to its next states, of which the first is its output. */
export function lowerCellStep(
  plan: PlanBuilder,
  cell: Cell,
  x: BufferId,
  states: readonly BufferId[],
): readonly BufferId[] {
  const step = { plan, cell }
  const [h, s] = states as [BufferId, BufferId]
  if (cell.cell === 'lstm') return lstmStep(step, x, h, s)
  if (cell.cell === 'simple-rnn') return [simpleStep(step, x, h)]
  return [cell.resetAfter ? gruStep(step, x, h) : gruBeforeStep(step, x, h)]
}

interface Lowering {
  readonly plan: PlanBuilder
  readonly cell: Cell
}

function lstmStep(own: Lowering, x: BufferId, h: BufferId, s: BufferId): readonly BufferId[] {
  const { cell } = own
  const { units } = cell
  const sums = add(own, inputSums(own, x), stateSums(own, multiplied(own, h), cell.fromState), [cell.accum])
  const gates = activate(own, 'recurrentActivation', part(own, sums, [0, 1, 3]))
  const entering = activate(own, 'activation', part(own, sums, [2]))
  const taken = multiplyExactly(own, entering, gates, 0)
  const kept = multiplyExactly(own, s, gates, units)
  const nextS = add(own, taken, kept, cell.states)
  const squashed = activate(own, 'activation', nextS)
  return [multiply(own, squashed, gates, 2 * units, cell.states), nextS]
}

/** z, r, then the candidate of which the reset gate lets a part of the recurrent product through. */
function gruStep(own: Lowering, x: BufferId, h: BufferId): BufferId {
  const { units, accum } = own.cell
  const [fromInput, fromState] = [inputSums(own, x), stateSums(own, multiplied(own, h), own.cell.fromState)]
  const updateReset = [0, 1]
  const sums = add(own, part(own, fromInput, updateReset), part(own, fromState, updateReset), [accum])
  const gates = activate(own, 'recurrentActivation', sums)
  const reset = multiply(own, part(own, fromState, [2]), gates, units, [accum])
  const candidate = activate(own, 'activation', add(own, part(own, fromInput, [2]), reset, [accum]))
  return mix(own, candidate, gates, h)
}

/** The same with the state itself behind the reset gate, rounded into the accumulator's type. */
function gruBeforeStep(own: Lowering, x: BufferId, h: BufferId): BufferId {
  const { units, accum, fromState } = own.cell
  const fromInput = inputSums(own, x)
  const state = multiplied(own, h)
  const gateSums = stateSums(own, state, pickGates(fromState, units, [0, 1]))
  const sums = add(own, part(own, fromInput, [0, 1]), gateSums, [accum])
  const gates = activate(own, 'recurrentActivation', sums)
  const reset = multiply(own, state, gates, units, [accum])
  const recurrent = stateSums(own, reset, pickGates(fromState, units, [2]))
  const candidate = activate(own, 'activation', add(own, part(own, fromInput, [2]), recurrent, [accum]))
  return mix(own, candidate, gates, h)
}

/** The state as kernels multiply it. */
function multiplied(own: Lowering, h: BufferId): BufferId {
  const { multiplied: to } = own.cell
  return to === undefined ? h : convert(own, h, [to])
}

/** h' = candidate · (1 − z) + h · z, rounded once. */
function mix(own: Lowering, candidate: BufferId, gates: BufferId, h: BufferId): BufferId {
  const { plan, cell } = own
  const z = part(own, gates, [0])
  const rest = complementType(plan.typesOf(z)[0]!)
  const complement = plan.buffer(cell.units, rest)
  plan.step({
    kernel: 'affine',
    from: z,
    into: complement,
    scale: [-1n],
    scaleFrac: 0,
    bias: [1n],
    biasFrac: 0,
    conversions: [conversion(rest)],
  })
  return add(
    own,
    multiplyExactly(own, candidate, complement, 0),
    multiplyExactly(own, h, gates, 0),
    cell.states,
  )
}

function simpleStep(own: Lowering, x: BufferId, h: BufferId): BufferId {
  const { cell } = own
  const sums = add(own, inputSums(own, x), stateSums(own, multiplied(own, h), cell.fromState), [cell.accum])
  if (cell.activation === 'tanh' && cell.lines.activation === undefined) return oddTanh(own, sums)
  return convert(own, activate(own, 'activation', sums), cell.states)
}

/** hls4ml has plain cells for Quartus alone, whose tanh looks |x| up and gives the entry, as a state, x's sign. */
function oddTanh(own: Lowering, from: BufferId): BufferId {
  const { plan, cell } = own
  const { accum, units, states } = cell
  const wide = { signed: true, width: accum.to.width + 2, frac: accum.to.frac }
  const negative = negated(own, from, [conversion(wide)])
  const size = plan.buffer(units, wide)
  const exact = [conversion(wide)]
  plan.step({ kernel: 'arithmetic', op: 'maximum', a: from, b: negative, into: size, conversions: exact })
  const entries = plan.buffer(units, cell.table.to)
  const values = halfTanhTable(cell.tableSize, cell.table)
  plan.step({
    kernel: 'table',
    from: size,
    into: entries,
    index: halfTanhIndex(cell.tableSize, wide),
    values,
  })
  const upper = convert(own, entries, states)
  const into = plan.buffer(units, ...states.map(({ to }) => to))
  plan.step({
    kernel: 'select',
    test: negative,
    whenPositive: negated(own, upper, states),
    otherwise: upper,
    into,
    conversions: states,
  })
  return into
}

function negated({ plan }: Lowering, from: BufferId, conversions: readonly Conversion[]): BufferId {
  const into = plan.buffer(plan.sizeOf(from), ...conversions.map(({ to }) => to))
  const minus = { scale: [-1n], scaleFrac: 0, bias: [0n], biasFrac: 0 }
  plan.step({ kernel: 'affine', from, into, ...minus, conversions })
  return into
}

/** Holds 1 − x for every x of a type. */
export function complementType(type: FixedType): FixedType {
  const frac = Math.max(type.frac, 0)
  return { signed: true, width: Math.max(type.width - type.frac, 1) + 2 + frac, frac }
}

/** The matrix with the columns of some gates alone. */
export function pickGates(
  product: ConstantProduct,
  units: number,
  gates: readonly number[],
): ConstantProduct {
  const { weight, bias, columns } = product
  const picked = gates.flatMap(gate => Array.from({ length: units }, (_, unit) => gate * units + unit))
  const rows = weight.raw.length / columns
  const raw = Array.from({ length: rows }, (_, row) =>
    picked.map(column => weight.raw[row * columns + column]!),
  ).flat()
  const of = (values: RawValues, shape: readonly number[], own: readonly bigint[]): RawValues => ({
    ...values,
    shape,
    raw: own,
  })
  return {
    ...product,
    weight: of(weight, [rows, picked.length], raw),
    bias:
      bias &&
      of(
        bias,
        [picked.length],
        picked.map(column => bias.raw[column]!),
      ),
    columns: picked.length,
  }
}

function inputSums(own: Lowering, x: BufferId): BufferId {
  return productSums(own, own.cell.fromInput, x, own.cell.inputOrder)
}

function stateSums(own: Lowering, h: BufferId, product: ConstantProduct): BufferId {
  return productSums(own, product, h, own.cell.stateOrder)
}

function productSums(
  { plan, cell }: Lowering,
  { weight, bias, columns, accumulator }: ConstantProduct,
  from: BufferId,
  order: Cell['inputOrder'],
): BufferId {
  const into = plan.buffer(columns, cell.accum.to)
  plan.step({
    kernel: 'multiply-accumulate',
    from,
    into,
    rows: 1,
    inputs: weight.raw.length / columns,
    outputs: columns,
    weights: weight.raw,
    weightFrac: weight.type.frac,
    bias: bias?.raw,
    biasFrac: bias?.type.frac ?? 0,
    product: { kind: 'multiply' },
    accumulator,
    order,
    conversions: [cell.accum],
  })
  return into
}

/** The elements of some gates, one gate behind the other. */
function part({ plan, cell: { units } }: Lowering, from: BufferId, gates: readonly number[]): BufferId {
  const index = gates.flatMap(gate => Array.from({ length: units }, (_, unit) => gate * units + unit))
  const into = plan.buffer(index.length, plan.typesOf(from)[0]!)
  plan.step({ kernel: 'gather', from: [from], into, index, fill: 0n })
  return into
}

function add({ plan }: Lowering, a: BufferId, b: BufferId, conversions: readonly Conversion[]): BufferId {
  const into = plan.buffer(plan.sizeOf(a), ...conversions.map(({ to }) => to))
  plan.step({ kernel: 'arithmetic', op: 'add', a, b, into, conversions })
  return into
}

/** All elements of a, each by the element of b that stands `first` behind it. */
function multiply(
  { plan, cell: { units } }: Lowering,
  a: BufferId,
  b: BufferId,
  first: number,
  conversions: readonly Conversion[],
): BufferId {
  const into = plan.buffer(units, ...conversions.map(({ to }) => to))
  const bIndex = Array.from({ length: units }, (_, unit) => first + unit)
  plan.step({ kernel: 'arithmetic', op: 'multiply', a, b, into, bIndex, conversions })
  return into
}

function multiplyExactly(own: Lowering, a: BufferId, b: BufferId, first: number): BufferId {
  const [factor] = own.plan.typesOf(b)
  const exact = own.plan.typesOf(a).map(type => conversion(productType(type, factor!)))
  return multiply(own, a, b, first, exact)
}

/** A type that holds every product of two. */
function productType(a: FixedType, b: FixedType): FixedType {
  return { signed: a.signed || b.signed, width: a.width + b.width, frac: a.frac + b.frac }
}

function convert({ plan }: Lowering, from: BufferId, conversions: readonly Conversion[]): BufferId {
  const into = plan.buffer(plan.sizeOf(from), ...conversions.map(({ to }) => to))
  plan.step({ kernel: 'convert', from, into, conversions })
  return into
}

/** The activation of every element, in the accumulator's type, or in its own where it is quantised. */
function activate(own: Lowering, which: keyof CellLines, from: BufferId): BufferId {
  const { plan, cell } = own
  const line = cell.lines[which]
  if (line?.curve !== undefined) return lookUp(own, line.curve, from, line.to)
  if (line !== undefined) return onLine(own, line, from)
  const gate: GateFunction = cell[which]
  const accum = [cell.accum]
  if (gate === 'linear') return convert(own, from, accum)
  if (gate === 'hard_sigmoid') return hardSigmoid(own, from)
  const size = plan.sizeOf(from)
  if (!isTableGate(gate)) {
    const into = plan.buffer(size, cell.accum.to)
    plan.step({ kernel: 'clamp', from, into, min: 0n, conversions: accum })
    return into
  }
  return convert(own, lookUp(own, gate, from), accum)
}

/** The table's entries; elements of several types are brought under one first, which loses nothing. */
function lookUp(own: Lowering, gate: TableGate, from: BufferId, table = own.cell.table): BufferId {
  const { plan, cell } = own
  const types = plan.typesOf(from)
  const type = types.reduce(joinTypes)
  const isUniform = types.every(({ frac }) => frac === type.frac)
  const entries = plan.buffer(plan.sizeOf(from), table.to)
  plan.step({
    kernel: 'table',
    from: isUniform ? from : convert(own, from, [conversion(type)]),
    into: entries,
    index: gateIndex(gate, cell.tableSize, type),
    values: gateTable(gate, cell.tableSize, table),
  })
  return entries
}

function onLine(own: Lowering, { halved, to }: GateLine, from: BufferId): BufferId {
  if (!halved) return convert(own, from, [to])
  const { plan } = own
  const into = plan.buffer(plan.sizeOf(from), to.to)
  const half = { scale: [1n], scaleFrac: 1, bias: [1n], biasFrac: 1 }
  plan.step({ kernel: 'affine', from, into, ...half, conversions: [to] })
  return into
}

/** clip(slope · x + shift, 0, 1), the line exact. */
function hardSigmoid({ plan, cell }: Lowering, from: BufferId): BufferId {
  const x = plan.typesOf(from).reduce(joinTypes)
  const size = plan.sizeOf(from)
  const line = lineType(x)
  const [onLine, into] = [plan.buffer(size, line), plan.buffer(size, cell.accum.to)]
  plan.step({
    kernel: 'affine',
    from,
    into: onLine,
    scale: [hardSlope.raw],
    scaleFrac: hardSlope.frac,
    bias: [hardShift.raw],
    biasFrac: hardShift.frac,
    conversions: [conversion(line)],
  })
  const max = 1n << BigInt(line.frac)
  plan.step({ kernel: 'clamp', from: onLine, into, min: 0n, max, conversions: [cell.accum] })
  return into
}

/** Wide enough for slope · x + shift, both below 1, and for 1. */
function lineType(x: FixedType): FixedType {
  const frac = Math.max(x.frac + hardSlope.frac, hardShift.frac, 0)
  return { signed: true, width: Math.max(x.width - x.frac, 1) + frac + 3, frac }
}
