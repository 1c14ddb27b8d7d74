// A contraction of two tensors in C++.

import { type Conversion, conversion } from '../../fixed/types.ts'
import type { HlsBody, HlsCall } from '../../hls/call.ts'
import { sizeOf, unionType } from '../../ir/tensor-type.ts'
import { elementPairs } from '../contraction.ts'
import { indexArgument } from '../contraction-code.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, outputArgument } from '../hls-answer.ts'
import { accumulatorOf, contractionOfOp, type EinsumAttrs } from './attrs.ts'

export function einsumHls(op: TypedOp<EinsumAttrs>): HlsBody | Refusal {
  return hlsAnswer(op, () => kernelCall(op), { exact: () => sumsOf(op).to, readsByElement: true })
}

function kernelCall(op: TypedOp<EinsumAttrs>): HlsCall {
  const contraction = contractionOfOp(op)
  const { left, right } = elementPairs(contraction)
  return {
    kernel: 'nnet::einsum',
    header: 'lutra_einsum.h',
    config: {
      n_in: sizeOf(op.inputs[0]!.shape),
      n_in1: sizeOf(op.inputs[1]!.shape),
      n_out: sizeOf(op.output.shape),
      n_terms: contraction.terms,
      reuse_factor: Number(op.choices.ReuseFactor ?? 1),
      accum_t: { type: sumsOf(op) },
    },
    arguments: [
      inputArgument,
      { role: 'input', index: 1 },
      outputArgument,
      indexArgument('a_outer', left.outer),
      indexArgument('a_inner', left.inner),
      indexArgument('b_outer', right.outer),
      indexArgument('b_inner', right.inner),
    ],
  }
}

function sumsOf(op: TypedOp<EinsumAttrs>): Conversion {
  return accumulatorOf(op) ?? exactAccumulator(op, contractionOfOp(op).terms)
}

/** Holds every sum of so many products. */
function exactAccumulator(op: TypedOp<EinsumAttrs>, terms: number): Conversion {
  const [a, b] = op.inputs.map(unionType)
  const width = a!.width + b!.width + Math.ceil(Math.log2(terms)) + 1
  return conversion({ signed: true, width, frac: a!.frac + b!.frac })
}
