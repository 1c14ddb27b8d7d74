// A contraction with a constant kernel in C++.

import type { Conversion } from '../../fixed/types.ts'
import type { HlsBody, HlsCall } from '../../hls/call.ts'
import { sizeOf, unionType } from '../../ir/tensor-type.ts'
import { exactAccumulator } from '../constant-product.ts'
import { elementPairs, offsetsOf } from '../contraction.ts'
import { indexArgument } from '../contraction-code.ts'
import type { RawValues, Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, outputArgument, weightsArgument } from '../hls-answer.ts'
import { strategyOf } from '../strategy.ts'
import { accumulatorOf, contractionWith, type EinsumDenseAttrs, weightOf } from './attrs.ts'

export function einsumDenseHls(op: TypedOp<EinsumDenseAttrs>): HlsBody | Refusal {
  return hlsAnswer(op, () => kernelCall(op), { exact: () => sumsOf(op).to, readsByElement: true })
}

const noBias: RawValues = { shape: [1], type: { signed: false, width: 1, frac: 0 }, raw: [0n] }

function kernelCall(op: TypedOp<EinsumDenseAttrs>): HlsCall {
  const contraction = contractionWith(op.attrs, op.inputs[0]!.shape, op.name)
  const { left, right } = elementPairs(contraction)
  const bias = op.weight('bias') ?? noBias
  const own = op.weight('bias') === undefined ? '' : contraction.result.letters
  const biases = offsetsOf(
    { letters: own, shape: bias.shape },
    contraction.result.letters,
    contraction.extents,
  )
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  return {
    kernel: 'nnet::einsum_dense',
    header: 'lutra_einsum.h',
    config: {
      n_in: sizeOf(op.inputs[0]!.shape),
      n_out: sizeOf(op.output.shape),
      n_terms: contraction.terms,
      turns: inTurns(op) ? reuse : 1,
      reuse_factor: reuse,
      accum_t: { type: sumsOf(op) },
    },
    arguments: [
      inputArgument,
      outputArgument,
      weightsArgument('w', weightOf(op)),
      weightsArgument('b', bias),
      indexArgument('x_outer', left.outer),
      indexArgument('x_inner', left.inner),
      indexArgument('w_outer', right.outer),
      indexArgument('w_inner', right.inner),
      indexArgument('bias_outer', biases),
    ],
  }
}

function sumsOf(op: TypedOp<EinsumDenseAttrs>): Conversion {
  const { terms } = contractionWith(op.attrs, op.inputs[0]!.shape, op.name)
  const bias = op.weight('bias') ?? noBias
  const product = { weight: weightOf(op), bias, columns: 1, accumulator: undefined }
  return accumulatorOf(op) ?? exactAccumulator(unionType(op.inputs[0]!), product, terms)
}

function inTurns({ choices }: TypedOp<EinsumDenseAttrs>): boolean {
  return ['resource', 'unrolled'].includes(strategyOf(choices.Strategy))
}
