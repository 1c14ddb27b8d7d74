// An LSTM in C++: one kernel call with two dense layers and two tables inside.

import { type Conversion, conversion } from '../../fixed/types.ts'
import { type HlsBody, type HlsConfig, type HlsValue, transposed } from '../../hls/call.ts'
import { unionType } from '../../ir/tensor-type.ts'
import { type ConstantProduct, exactAccumulator } from '../constant-product.ts'
import { type RawValues, type Refusal, refuse, type TypedOp } from '../definition.ts'
import {
  gateRange,
  gateTable,
  hardShift,
  hardSlope,
  isTableGate,
  type TableGate,
  textConversion,
} from '../gates.ts'
import { hlsAnswer, inputArgument, outputArgument, tableArgument, weightsArgument } from '../hls-answer.ts'
import { type CellLines, cellLines } from '../recurrent-cell.ts'
import { refuseStates } from '../recurrent-refusal.ts'
import { isLegalReuse, strategyOf } from '../strategy.ts'
import type { LstmAttrs } from './attrs.ts'
import { cellAttrs, inputProduct, stateConversions, stateProduct } from './fixed.ts'

export function lstmHls(op: TypedOp<LstmAttrs>): HlsBody | Refusal {
  const call = () => kernelCall(op, functionOf(op, 'recurrentActivation'), functionOf(op, 'activation'))
  return refuseStates(op, 'hls/recurrent') ?? whyNot(op) ?? hlsAnswer(op, call)
}

/** An activation: its struct, the type of what it gives, its table. */
interface CellFunction {
  readonly struct: HlsValue
  readonly type: Conversion
  readonly table: { readonly type: Conversion; readonly values: readonly bigint[] }
}

function functionOf(op: TypedOp<LstmAttrs>, which: keyof CellLines): CellFunction {
  const line = cellLines(cellAttrs(op.attrs))[which]
  const gate = op.attrs[which]
  const accum = op.conversion('accum')
  if (line !== undefined) return withoutTable(line.halved ? 'half_line' : 'linear', line.to)
  if (!isTableGate(gate)) return withoutTable(gate, accum, gate === 'hard_sigmoid' ? hardConstants : {})
  const [size, type] = [op.choices.TableSize as number, op.conversion('table')]
  const table = { type, values: gateTable(gate, size, type) }
  return { struct: tableFunction(gate, size), type: accum, table }
}

/** The kernel takes tables for both functions; that of such a one is not read. */
function withoutTable(name: string, type: Conversion, config: HlsConfig = {}): CellFunction {
  return { struct: { struct: `nnet::scalar::${name}`, config }, type, table: { type, values: [0n] } }
}

const constant = ({ raw, frac }: typeof hardSlope, width: number): HlsValue => ({
  constant: raw,
  of: conversion({ signed: false, width, frac }),
})
const hardConstants: HlsConfig = { slope: constant(hardSlope, 16), shift: constant(hardShift, 2) }

function whyNot(op: TypedOp<LstmAttrs>): Refusal | undefined {
  const strategy = strategyOf(op.choices.Strategy)
  if (strategy === 'compressed')
    return refuse('hls/strategy', 'the Compressed strategy has no C++ kernel for recurrent layers')
  if (strategy !== 'resource') return undefined
  for (const [product, key] of [
    [inputProduct(op), 'ReuseFactor'],
    [stateProduct(op), 'RecurrentReuseFactor'],
  ] as const) {
    const inputs = product.weight.raw.length / product.columns
    const reuse = Number(op.choices[key] ?? 1)
    if (isLegalReuse(inputs, product.columns, reuse)) continue
    return refuse(
      'hls/reuse-factor',
      `a ${key} of ${reuse} does not divide ${inputs} × ${product.columns} products into equal turns`,
    )
  }
  return undefined
}

function kernelCall(op: TypedOp<LstmAttrs>, gates: CellFunction, cell: CellFunction): HlsBody {
  const { units, returnSequences, goBackwards } = op.attrs
  const [steps, features] = op.inputs[0]!.shape
  const multiplied = textConversion(op.attrs.within?.state) ?? stateConversions(op)[0]!
  const [fromInput, fromState] = [inputProduct(op), stateProduct(op)]
  const inputType = conversion(unionType(op.inputs[0]!))
  return {
    kernel: 'nnet::lstm',
    header: 'lutra_lstm.h',
    config: {
      n_in: features!,
      n_state: units,
      n_sequence: steps!,
      n_out: returnSequences ? steps! : 1,
      go_backwards: goBackwards,
      accum_t: { type: op.conversion('accum') },
      mult_config1: { config: productConfig(op, fromInput, inputType, 'ReuseFactor') },
      mult_config2: {
        config: productConfig(op, fromState, multiplied, 'RecurrentReuseFactor'),
      },
      multiplied_t: { type: multiplied },
      gate_t: { type: gates.type },
      cell_t: { type: cell.type },
      recurrent_activation: gates.struct,
      activation: cell.struct,
    },
    arguments: [
      inputArgument,
      outputArgument,
      weightsArgument('w', kernelOf(op, fromInput)),
      weightsArgument('u', kernelOf(op, fromState)),
      weightsArgument('b', biasOf(fromInput)),
      weightsArgument('br', biasOf(fromState)),
      tableArgument('gate_table', gates.table.type, gates.table.values),
      tableArgument('cell_table', cell.table.type, cell.table.values),
    ],
  }
}

function tableFunction(gate: TableGate, size: number): HlsValue {
  const config = { table_size: size, log2_range: Math.log2(2 * gateRange(gate)) }
  return { struct: 'nnet::scalar::table_lookup', config }
}

function isResource(op: TypedOp<LstmAttrs>): boolean {
  return strategyOf(op.choices.Strategy) === 'resource'
}

function productConfig(
  op: TypedOp<LstmAttrs>,
  product: ConstantProduct,
  x: ReturnType<typeof conversion>,
  reuseKey: string,
): HlsConfig {
  const inputs = product.weight.raw.length / product.columns
  const exact = product.accumulator === undefined
  return {
    n_in: inputs,
    n_out: product.columns,
    strategy: { choice: isResource(op) ? 'nnet::resource' : 'nnet::latency' },
    reuse_factor: exact ? 1 : Number(op.choices[reuseKey] ?? 1),
    accum_t: { type: product.accumulator ?? exactAccumulator(x.to, product, inputs) },
    weight_t: { type: conversion(product.weight.type) },
    bias_t: { type: conversion(biasOf(product).type) },
    product: { struct: 'nnet::product::exact' },
  }
}

function kernelOf(op: TypedOp<LstmAttrs>, { weight, columns }: ConstantProduct): RawValues {
  if (!isResource(op)) return weight
  return { ...weight, raw: transposed(weight.raw, weight.raw.length / columns, columns) }
}

function biasOf({ bias, columns }: ConstantProduct): RawValues {
  const none = Array.from({ length: columns }, () => 0n)
  return bias ?? { shape: [columns], type: { signed: false, width: 1, frac: 0 }, raw: none }
}
