// An LSTM in C++: one kernel call with two dense layers and two tables inside.

import { conversion } from '../../fixed/types.ts'
import { type HlsBody, type HlsConfig, type HlsValue, transposed } from '../../hls/call.ts'
import { unionType } from '../../ir/tensor-type.ts'
import { type ConstantProduct, exactAccumulator } from '../constant-product.ts'
import { type RawValues, type Refusal, refuse, type TypedOp } from '../definition.ts'
import { gateRange, gateTable, isTableGate, type TableGate } from '../gates.ts'
import { hlsAnswer, inputArgument, outputArgument, tableArgument, weightsArgument } from '../hls-answer.ts'
import { refuseStates } from '../recurrent-refusal.ts'
import { isLegalReuse, strategyOf } from '../strategy.ts'
import type { LstmAttrs } from './attrs.ts'
import { inputProduct, stateConversions, stateProduct } from './fixed.ts'

export function lstmHls(op: TypedOp<LstmAttrs>): HlsBody | Refusal {
  const { activation, recurrentActivation } = op.attrs
  if (!isTableGate(activation) || !isTableGate(recurrentActivation))
    return refuse('hls/activation', 'the C++ kernel of recurrent layers reads activations from tables alone')
  const gates = { activation, recurrentActivation }
  return refuseStates(op, 'hls/recurrent') ?? whyNot(op) ?? hlsAnswer(op, () => kernelCall(op, gates))
}

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

interface Gates {
  readonly activation: TableGate
  readonly recurrentActivation: TableGate
}

function kernelCall(op: TypedOp<LstmAttrs>, { activation, recurrentActivation }: Gates): HlsBody {
  const { units, returnSequences, goBackwards } = op.attrs
  const [steps, features] = op.inputs[0]!.shape
  const table = op.conversion('table')
  const size = op.choices.TableSize as number
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
        config: productConfig(op, fromState, stateConversions(op)[0]!, 'RecurrentReuseFactor'),
      },
      recurrent_activation: tableFunction(recurrentActivation, size),
      activation: tableFunction(activation, size),
    },
    arguments: [
      inputArgument,
      outputArgument,
      weightsArgument('w', kernelOf(op, fromInput)),
      weightsArgument('u', kernelOf(op, fromState)),
      weightsArgument('b', biasOf(fromInput)),
      weightsArgument('br', biasOf(fromState)),
      tableArgument('gate_table', table, gateTable(recurrentActivation, size, table)),
      tableArgument('cell_table', table, gateTable(activation, size, table)),
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
