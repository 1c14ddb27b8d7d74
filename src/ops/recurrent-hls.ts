// C++ of recurrent layers: one kernel call with the cell's products as dense layers inside, and its functions with their
// tables.

import { type Conversion, conversion } from '../fixed/types.ts'
import type { HlsArgument, HlsBody, HlsCall, HlsConfig, HlsValue } from '../hls/call.ts'
import { conversionAt, unionType } from '../ir/tensor-type.ts'
import { type ConstantProduct, exactAccumulator } from './constant-product.ts'
import type { RawValues, Refusal, TypedOp } from './definition.ts'
import {
  gateRange,
  gateTable,
  halfTanhTable,
  hardShift,
  hardSlope,
  isTableGate,
  type TableGate,
  textConversion,
} from './gates.ts'
import { hlsAnswer, noBias, outputArgument, tableArgument, weightsArgument } from './hls-answer.ts'
import {
  type CellAttrs,
  type CellLines,
  type CellPlace,
  cellLines,
  cellProduct,
  onlyCell,
  pickGates,
} from './recurrent-cell.ts'
import { extentsOf, type SequenceAttrs } from './recurrent-shape.ts'
import { refuseReuse, strategyOf } from './strategy.ts'
import { storedWeights, type WeightOrder, weightOrder } from './weight-store.ts'

/** An activation: its struct, the type of what it gives, its table. */
interface CellFunction {
  readonly struct: HlsValue
  readonly type: Conversion
  readonly table: { readonly type: Conversion; readonly values: readonly bigint[] }
}

function cellFunction(op: TypedOp<unknown>, attrs: CellAttrs, which: keyof CellLines): CellFunction {
  const line = cellLines(attrs)[which]
  const gate = attrs[which]
  const accum = op.conversion('accum')
  if (line !== undefined && line.curve === undefined)
    return withoutTable(line.halved ? 'half_line' : 'linear', line.to)
  if (!isTableGate(gate)) return withoutTable(gate, accum, gate === 'hard_sigmoid' ? hardConstants : {})
  const [size, type] = [op.choices.TableSize as number, line?.to ?? op.conversion('table')]
  const table = { type, values: gateTable(gate, size, type) }
  return { struct: tableFunction(gate, size), type: line?.to ?? accum, table }
}

/** The tanh of a plain cell: its entry has the state's type, and then the sign. */
function oddTanhFunction(op: TypedOp<unknown>): CellFunction {
  const [size, type] = [op.choices.TableSize as number, op.conversion('table')]
  return {
    struct: { struct: 'nnet::scalar::odd_lookup', config: { table_size: size, log2_range: 2 } },
    type: stateOf(op),
    table: { type, values: halfTanhTable(size, type) },
  }
}

/** Kernels take a table for every function; that of such a one is not read. */
function withoutTable(name: string, type: Conversion, config: HlsConfig = {}): CellFunction {
  return { struct: { struct: `nnet::scalar::${name}`, config }, type, table: { type, values: [0n] } }
}

const constant = ({ raw, frac }: typeof hardSlope, width: number): HlsValue => ({
  constant: raw,
  of: conversion({ signed: false, width, frac }),
})
const hardConstants: HlsConfig = { slope: constant(hardSlope, 16), shift: constant(hardShift, 2) }

function tableFunction(gate: TableGate, size: number): HlsValue {
  const config = { table_size: size, log2_range: Math.log2(2 * gateRange(gate)) }
  return { struct: 'nnet::scalar::table_lookup', config }
}

function tableOf(name: string, { table }: CellFunction): HlsArgument {
  return tableArgument(name, table.type, table.values)
}

/** The type of a state, and of outputs. */
export function stateOf(op: TypedOp<unknown>): Conversion {
  return conversionAt(op.result, op.output.shape, 0)
}

/** A product of a cell as the dense layer that it is in C++. */
interface CellProduct {
  readonly product: ConstantProduct
  /** The choice that is its reuse factor. */
  readonly reuse: string
  /** Type of what is multiplied. */
  readonly x: Conversion
}

function inputProductOf(op: TypedOp<unknown>, attrs: CellAttrs, { role, key }: CellPlace): CellProduct {
  const x = conversion(unionType(op.inputs[0]!))
  return { product: cellProduct(op, attrs, `${role}weight`, `${role}bias`), reuse: `${key}ReuseFactor`, x }
}

function stateProductOf(op: TypedOp<unknown>, attrs: CellAttrs, { role, key }: CellPlace): CellProduct {
  const product = cellProduct(op, attrs, `${role}recurrent_weight`, `${role}recurrent_bias`)
  return { product, reuse: `${key}RecurrentReuseFactor`, x: multipliedState(op, attrs) }
}

/** What recurrent kernels multiply. */
function multipliedState(op: TypedOp<unknown>, attrs: CellAttrs): Conversion {
  return textConversion(attrs.within?.state) ?? stateOf(op)
}

/** Of the input, and of the state: one for all gates, or, where a GRU resets before it, that of the candidate apart. */
function productsOf(op: TypedOp<unknown>, attrs: CellAttrs, place: CellPlace): readonly CellProduct[] {
  const [input, state] = [inputProductOf(op, attrs, place), stateProductOf(op, attrs, place)]
  if (attrs.cell !== 'gru' || attrs.resetAfter) return [input, state]
  const picked = (gates: readonly number[]) => pickGates(state.product, attrs.units, gates)
  const candidate = { ...state, product: picked([2]), x: op.conversion('accum') }
  return [input, { ...state, product: picked([0, 1]) }, candidate]
}

/** Why a cell is not built. */
export function refuseCell(
  op: TypedOp<unknown>,
  attrs: CellAttrs,
  place: CellPlace = onlyCell,
): Refusal | undefined {
  for (const own of productsOf(op, attrs, place)) {
    const { columns, weight } = own.product
    if (orderOf(op, own) !== 'resource') continue
    const refusal = refuseReuse(own.reuse, weight.raw.length / columns, columns, reuseOf(op, own))
    if (refusal !== undefined) return refusal
  }
  return undefined
}

const reuseOf = (op: TypedOp<unknown>, { reuse }: CellProduct) => Number(op.choices[reuse] ?? 1)

function orderOf(op: TypedOp<unknown>, own: CellProduct): WeightOrder {
  return weightOrder(strategyOf(op.choices.Strategy), reuseOf(op, own))
}

/** The dense layer of a product, but for its weights. */
function productConfig(op: TypedOp<unknown>, own: CellProduct): HlsConfig {
  const { product, x } = own
  const inputs = product.weight.raw.length / product.columns
  const exact = product.accumulator === undefined
  return {
    n_in: inputs,
    n_out: product.columns,
    reuse_factor: exact ? 1 : reuseOf(op, own),
    accum_t: { type: product.accumulator ?? exactAccumulator(x.to, product, inputs) },
    bias_t: { type: conversion(biasOf(product).type) },
    product: { struct: 'nnet::product::exact' },
  }
}

/** Kernel and bias, and the dense layer over them. */
function productParts(
  op: TypedOp<unknown>,
  own: CellProduct,
  names: readonly [kernel: string, bias: string],
): { readonly kernel: HlsArgument; readonly bias: HlsArgument; readonly config: HlsConfig } {
  const { weight, columns } = own.product
  const store = storedWeights(names[0], weight, columns, orderOf(op, own))
  return {
    kernel: store.argument,
    bias: weightsArgument(names[1], biasOf(own.product)),
    config: { ...productConfig(op, own), ...store.config },
  }
}

function biasOf({ bias, columns }: ConstantProduct): RawValues {
  return bias ?? noBias(columns)
}

/** A cell as a kernel: its functions, that of the gates where it has gates. */
interface CellKernel {
  readonly kernel: string
  readonly header: string
  readonly gates?: CellFunction
  readonly cell: CellFunction
}

function kernelOf(op: TypedOp<unknown>, attrs: CellAttrs): CellKernel {
  const cell = cellFunction(op, attrs, 'activation')
  if (attrs.cell === 'simple-rnn') {
    const isOdd = attrs.activation === 'tanh' && cellLines(attrs).activation === undefined
    const own = isOdd ? oddTanhFunction(op) : cell
    return { kernel: 'nnet::simple_rnn', header: 'lutra_recurrent.h', cell: own }
  }
  const gates = cellFunction(op, attrs, 'recurrentActivation')
  if (attrs.cell === 'lstm') return { kernel: 'nnet::lstm', header: 'lutra_lstm.h', gates, cell }
  const kernel = attrs.resetAfter ? 'nnet::gru' : 'nnet::gru_before'
  return { kernel, header: 'lutra_recurrent.h', gates, cell }
}

/** A layer that is one cell. What begins at the end of its sequence, or with given states, reads whole frames. */
export function cellHls(op: TypedOp<SequenceAttrs>, attrs: CellAttrs & SequenceAttrs): HlsBody | Refusal {
  const refusal = refuseCell(op, attrs)
  if (refusal !== undefined) return refusal
  return hlsAnswer(op, () => {
    const call = cellCall(op, attrs, op.inputs.length - 1)
    if (!attrs.goBackwards && op.inputs.length === 1) return call
    const inputs = op.inputs.map((_, index) => ({ role: 'input', index }) as const)
    return {
      between: [],
      onArrays: true,
      parts: [{ name: 'cell', step: call, inputs, output: outputArgument }],
    }
  })
}

const weightNames = [
  ['w', 'b'],
  ['u', 'br'],
  ['uh', 'brh'],
] as const

/** A cell over its sequences, from `given` states. */
export function cellCall(
  op: TypedOp<unknown>,
  attrs: CellAttrs & SequenceAttrs,
  given: number,
  place: CellPlace = onlyCell,
): HlsCall {
  const { kernel, header, gates, cell } = kernelOf(op, attrs)
  const parts = productsOf(op, attrs, place).map((own, k) => productParts(op, own, weightNames[k]!))
  const configs = parts.map(({ config }, k) => [`mult_config${k + 1}`, { config }])
  return {
    kernel: given > 0 ? `${kernel}_from` : kernel,
    header,
    config: {
      ...sequenceConfig(op, attrs),
      ...Object.fromEntries(configs),
      ...(gates && { gate_t: { type: gates.type } }),
      cell_t: { type: cell.type },
      ...(gates && { recurrent_activation: gates.struct }),
      activation: cell.struct,
    },
    arguments: [
      ...Array.from({ length: 1 + given }, (_, index) => ({ role: 'input', index }) as const),
      outputArgument,
      ...parts.map(own => own.kernel),
      ...parts.map(own => own.bias),
      ...(gates === undefined ? [] : [tableOf('gate_table', gates)]),
      tableOf('cell_table', cell),
    ],
  }
}

/** Extents of sequences, and the types within a step. */
function sequenceConfig(op: TypedOp<unknown>, attrs: CellAttrs & SequenceAttrs): HlsConfig {
  const { shape } = op.inputs[0]!
  const { sequences, steps } = extentsOf(attrs, shape)
  return {
    n_in: shape.at(-1)!,
    n_state: attrs.units,
    n_sequences: sequences,
    n_sequence: steps,
    n_out: attrs.returnSequences ? steps : 1,
    go_backwards: attrs.goBackwards,
    turned: attrs.goBackwards && attrs.keepsOrder === true && attrs.returnSequences,
    return_state: attrs.returnState === true,
    accum_t: { type: op.conversion('accum') },
    multiplied_t: { type: multipliedState(op, attrs) },
  }
}
