// A dense layer in C++: a kernel call whose order of products is the emulator's, or, for distributed arithmetic on
// one vector, the shared shift-adds themselves.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import type { HlsBody, HlsCall, HlsValue } from '../../hls/call.ts'
import { sizeOf, typeAt, unionType } from '../../ir/tensor-type.ts'
import type { RawValues, Refusal, TypedOp } from '../definition.ts'
import { sumType } from '../exact-type.ts'
import { hlsAnswer, inputArgument, noBias, outputArgument, weightsArgument } from '../hls-answer.ts'
import { productStruct, shiftProduct } from '../shift-product.ts'
import { refuseReuse, strategyOf } from '../strategy.ts'
import { storedWeights, type WeightOrder, weightOrder } from '../weight-store.ts'
import type { DenseAttrs } from './attrs.ts'
import { shiftAddCode } from './shift-add-code.ts'

export function denseHls(op: TypedOp<DenseAttrs>): HlsBody | Refusal {
  return (
    whyNot(op) ??
    hlsAnswer(
      op,
      () => {
        const plain = op.attrs.inputCoding === 'plain' && productConversion(op) === undefined
        return isExact(op) && rowsOf(op) === 1 && plain ? shiftAddCode(op) : kernelCall(op)
      },
      { exact: () => sumsOf(op), readsByElement: isPlain(op) },
    )
  )
}

function whyNot(op: TypedOp<DenseAttrs>): Refusal | undefined {
  if (orderOf(op) !== 'resource') return undefined
  return refuseReuse('reuse factor', lengthOf(op), op.attrs.units, reuseOf(op))
}

function kernelCall(op: TypedOp<DenseAttrs>): HlsCall {
  const rows = rowsOf(op)
  const bias = op.weight('bias') ?? noBias(op.attrs.units)
  const store = storedWeights('w', kernelWeights(op), op.attrs.units, orderOf(op))
  return {
    kernel: countsMatches(op) ? 'nnet::dense_xnor' : rows > 1 ? 'nnet::dense_rows' : 'nnet::dense',
    header: 'lutra_dense.h',
    config: {
      ...(rows > 1 || countsMatches(op) ? { n_rows: rows } : {}),
      n_in: lengthOf(op),
      n_out: op.attrs.units,
      ...store.config,
      reuse_factor: reuseOf(op),
      accum_t: { type: accumulatorOf(op) },
      bias_t: { type: conversion(bias.type) },
      product: productOf(op),
    },
    arguments: [inputArgument, outputArgument, store.argument, weightsArgument('b', bias)],
  }
}

/** No agreement of bits can be left out. */
function orderOf(op: TypedOp<DenseAttrs>): WeightOrder {
  const order = weightOrder(strategyOf(op.choices.Strategy), reuseOf(op))
  return order === 'compressed' && countsMatches(op) ? 'latency' : order
}

function lengthOf(op: TypedOp<DenseAttrs>): number {
  return op.inputs[0]!.shape.at(-1)!
}

function rowsOf(op: TypedOp<DenseAttrs>): number {
  return sizeOf(op.output.shape) / op.attrs.units
}

/** Distributed arithmetic takes no reuse: its products are not there. */
function reuseOf(op: TypedOp<DenseAttrs>): number {
  return isExact(op) ? 1 : Number(op.choices.ReuseFactor ?? 1)
}

function isExact(op: TypedOp<DenseAttrs>): boolean {
  return strategyOf(op.choices.Strategy) === 'distributed-arithmetic'
}

/** Two XNOR codings: agreements are counted. */
function countsMatches({ attrs }: TypedOp<DenseAttrs>): boolean {
  return attrs.inputCoding === 'xnor' && attrs.weightCoding === 'xnor'
}

/** Bits, 1 for +1, where agreements are counted; under the inputs' point, so that equal bits are equal values. */
function kernelWeights(op: TypedOp<DenseAttrs>): RawValues {
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  if (!countsMatches(op)) return weight
  const type = { signed: false, width: 1, frac: typeAt(op.inputs[0]!, 0).frac }
  return { ...weight, type, raw: weight.raw.map(raw => (raw + 1n) / 2n) }
}

function productConversion(op: TypedOp<DenseAttrs>): Conversion | undefined {
  if (op.attrs.weightCoding !== 'exponent') return undefined
  return shiftProduct(typeAt(op.inputs[0]!, 0), op.conversion('weight').to, op.weight('weight')!)
}

function productOf(op: TypedOp<DenseAttrs>): HlsValue {
  if (countsMatches(op)) return productStruct('equal', undefined)
  return productStruct(op.attrs.inputCoding === 'xnor' ? 'binary_input' : 'exact', productConversion(op))
}

function isPlain({ attrs }: TypedOp<DenseAttrs>): boolean {
  return attrs.inputCoding === 'plain' && attrs.weightCoding === 'plain'
}

function accumulatorOf(op: TypedOp<DenseAttrs>): Conversion {
  return isExact(op)
    ? exactAccumulator(op, op.weight('bias')?.type ?? noBias(0).type)
    : op.conversion('accum')
}

/** What the kernel stores: the accumulator, or twice it less the number of inputs. */
function sumsOf(op: TypedOp<DenseAttrs>): FixedType {
  const { to } = accumulatorOf(op)
  if (!countsMatches(op)) return to
  const inputs = { signed: false, width: Math.ceil(Math.log2(lengthOf(op) + 1)), frac: 0 }
  return sumType({ ...to, width: to.width + 1 }, inputs)
}

/** Holds the bias and every partial sum of products, whatever their order. */
function exactAccumulator(op: TypedOp<DenseAttrs>, bias: FixedType): Conversion {
  const product = productType(op)
  const integers = Math.max(product.width - product.frac, bias.width - bias.frac)
  const frac = Math.max(product.frac, bias.frac)
  const carries = Math.ceil(Math.log2(lengthOf(op) + 1))
  return conversion({ signed: true, width: Math.max(1, integers + carries + 1 + frac), frac })
}

function productType(op: TypedOp<DenseAttrs>): FixedType {
  if (countsMatches(op)) return { signed: false, width: 1, frac: 0 }
  const sign = { signed: true, width: 2, frac: 0 }
  const x = op.attrs.inputCoding === 'xnor' ? sign : unionType(op.inputs[0]!)
  const w = op.weight('weight')!.type
  return productConversion(op)?.to ?? { signed: true, width: x.width + w.width, frac: x.frac + w.frac }
}
