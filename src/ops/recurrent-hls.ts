// C++ of recurrent layers: one kernel call with the cell's products as dense layers inside, and its functions with their
// tables.

import { type Conversion, conversion } from '../fixed/types.ts'
import type { HlsArgument, HlsBody, HlsConfig, HlsValue } from '../hls/call.ts'
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
import {
  hlsAnswer,
  inputArgument,
  noBias,
  outputArgument,
  tableArgument,
  weightsArgument,
} from './hls-answer.ts'
import { type CellAttrs, type CellLines, cellLines, cellProduct } from './recurrent-cell.ts'
import { refuseStates } from './recurrent-refusal.ts'
import type { SequenceAttrs } from './recurrent-shape.ts'
import { refuseReuse, strategyOf } from './strategy.ts'
import { storedWeights, type WeightOrder, weightOrder } from './weight-store.ts'

/** An activation: its struct, the type of what it gives, its table. */
export interface CellFunction {
  readonly struct: HlsValue
  readonly type: Conversion
  readonly table: { readonly type: Conversion; readonly values: readonly bigint[] }
}

export function cellFunction(op: TypedOp<unknown>, attrs: CellAttrs, which: keyof CellLines): CellFunction {
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
export function oddTanhFunction(op: TypedOp<unknown>): CellFunction {
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

function stateOf(op: TypedOp<unknown>): Conversion {
  return conversionAt(op.result, op.output.shape, 0)
}

type ReuseKey = 'ReuseFactor' | 'RecurrentReuseFactor'

/** A product of a cell as the dense layer that it is in C++. */
export interface CellProduct {
  readonly product: ConstantProduct
  readonly reuse: ReuseKey
  /** Type of what is multiplied. */
  readonly x: Conversion
}

export function inputProductOf(op: TypedOp<unknown>, attrs: CellAttrs): CellProduct {
  const x = conversion(unionType(op.inputs[0]!))
  return { product: cellProduct(op, attrs, 'weight', 'bias'), reuse: 'ReuseFactor', x }
}

export function stateProductOf(op: TypedOp<unknown>, attrs: CellAttrs): CellProduct {
  const x = textConversion(attrs.within?.state) ?? stateOf(op)
  const product = cellProduct(op, attrs, 'recurrent_weight', 'recurrent_bias')
  return { product, reuse: 'RecurrentReuseFactor', x }
}

/** Why the products of a cell are not built. */
function refuseProducts(op: TypedOp<unknown>, products: readonly CellProduct[]): Refusal | undefined {
  for (const own of products) {
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

/** A cell as a kernel call. */
export interface CellKernel {
  readonly kernel: string
  readonly header: string
  readonly products: readonly CellProduct[]
  /** The function of the gates, where the cell has gates. */
  readonly gates?: CellFunction
  readonly cell: CellFunction
}

/** `kernelOf` is asked once nothing stands against the products. */
export function cellHls(
  op: TypedOp<SequenceAttrs>,
  attrs: CellAttrs & SequenceAttrs,
  products: readonly CellProduct[],
  kernelOf: () => Omit<CellKernel, 'products'>,
): HlsBody | Refusal {
  return (
    refuseStates(op, 'hls/recurrent') ??
    refuseProducts(op, products) ??
    hlsAnswer(op, () => cellCall(op, attrs, { ...kernelOf(), products }))
  )
}

const weightNames = [
  ['w', 'b'],
  ['u', 'br'],
  ['uh', 'brh'],
] as const

function cellCall(
  op: TypedOp<unknown>,
  attrs: CellAttrs & SequenceAttrs,
  { kernel, header, products, gates, cell }: CellKernel,
): HlsBody {
  const parts = products.map((own, k) => productParts(op, own, weightNames[k]!))
  const configs = parts.map(({ config }, k) => [`mult_config${k + 1}`, { config }])
  return {
    kernel,
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
      inputArgument,
      outputArgument,
      ...parts.map(own => own.kernel),
      ...parts.map(own => own.bias),
      ...(gates === undefined ? [] : [tableOf('gate_table', gates)]),
      tableOf('cell_table', cell),
    ],
  }
}

/** Extents of a sequence, and the types within a step. */
function sequenceConfig(op: TypedOp<unknown>, attrs: CellAttrs & SequenceAttrs): HlsConfig {
  const [steps, features] = op.inputs[0]!.shape
  return {
    n_in: features!,
    n_state: attrs.units,
    n_sequence: steps!,
    n_out: attrs.returnSequences ? steps! : 1,
    go_backwards: attrs.goBackwards,
    accum_t: { type: op.conversion('accum') },
    multiplied_t: { type: stateProductOf(op, attrs).x },
  }
}
