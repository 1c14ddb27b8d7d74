// The operator table: every kind of node there is. The node union is derived from it.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Node } from '../ir/graph.ts'
import { batchNorm } from './batch-norm/index.ts'
import { bidirectional } from './bidirectional/index.ts'
import { binaryTanh } from './binary-tanh/index.ts'
import { concatenate } from './concatenate/index.ts'
import { conv } from './conv/index.ts'
import { crop } from './crop/index.ts'
import type { OpDefinition } from './definition.ts'
import { dense } from './dense/index.ts'
import { dot } from './dot/index.ts'
import { einsum } from './einsum/index.ts'
import { einsumDense } from './einsum-dense/index.ts'
import { elu } from './elu/index.ts'
import { embedding } from './embedding/index.ts'
import { garnet } from './garnet/index.ts'
import { globalPool } from './global-pool/index.ts'
import { gravNetAggregate } from './gravnet-aggregate/index.ts'
import { gru } from './gru/index.ts'
import { hardActivation } from './hard-activation/index.ts'
import { hardSwish } from './hard-swish/index.ts'
import { input } from './input/index.ts'
import { integrateFire } from './integrate-fire/index.ts'
import { layerNorm } from './layer-norm/index.ts'
import { leakyRelu } from './leaky-relu/index.ts'
import { lstm } from './lstm/index.ts'
import { merge } from './merge/index.ts'
import { ownDefinition, registered } from './own-operators.ts'
import { pad } from './pad/index.ts'
import { permute } from './permute/index.ts'
import { pool } from './pool/index.ts'
import { powerOfTwo } from './power-of-two/index.ts'
import { prelu } from './prelu/index.ts'
import { quantise } from './quantise/index.ts'
import { relu } from './relu/index.ts'
import { reshape } from './reshape/index.ts'
import { selu } from './selu/index.ts'
import { separableConv } from './separable-conv/index.ts'
import { simpleRnn } from './simple-rnn/index.ts'
import { softmax } from './softmax/index.ts'
import { spikeReadout } from './spike-readout/index.ts'
import { tableActivation } from './table-activation/index.ts'
import { ternaryTanh } from './ternary-tanh/index.ts'
import { threshold } from './threshold/index.ts'
import { thresholdedRelu } from './thresholded-relu/index.ts'
import { unaryTable } from './unary-table/index.ts'
import { upsample } from './upsample/index.ts'

export const ops = {
  input,
  dense,
  conv,
  'separable-conv': separableConv,
  pool,
  'global-pool': globalPool,
  lstm,
  gru,
  'simple-rnn': simpleRnn,
  bidirectional,
  'integrate-fire': integrateFire,
  'spike-readout': spikeReadout,
  quantise,
  relu,
  'leaky-relu': leakyRelu,
  prelu,
  'thresholded-relu': thresholdedRelu,
  elu,
  selu,
  'hard-activation': hardActivation,
  'hard-swish': hardSwish,
  'power-of-two': powerOfTwo,
  'table-activation': tableActivation,
  'unary-table': unaryTable,
  softmax,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
  embedding,
  'binary-tanh': binaryTanh,
  'ternary-tanh': ternaryTanh,
  threshold,
  reshape,
  permute,
  pad,
  crop,
  upsample,
  concatenate,
  merge,
  dot,
  einsum,
  'einsum-dense': einsumDense,
  garnet,
  'gravnet-aggregate': gravNetAggregate,
} as const

// A key that differs from its operator's kind does not compile.
ops satisfies { [K in keyof typeof ops]: { readonly kind: K } }

export type OpKind = keyof typeof ops
export type AttrsOf<K extends OpKind> = (typeof ops)[K] extends OpDefinition<K, infer A> ? A : never

/** A node of some operator: `node.kind` narrows `node.attrs`. */
export type OpNode = { [K in OpKind]: Node<K, AttrsOf<K>> }[OpKind]

/**
 * The operator of a node, its attributes seen as unknown: the one cast, since key and attributes belong together. Nodes
 * of a user's own operators are taken for one of these kinds too.
 */
export function definitionOf(kind: OpKind): OpDefinition<OpKind, unknown> {
  const own = Object.hasOwn(ops, kind) ? undefined : (ownDefinition(kind) ?? bug(`no operator ${kind}`))
  return (own ?? ops[kind]) as unknown as OpDefinition<OpKind, unknown>
}

/** Whether there is such an operator, in the table or registered. */
export function isOpKind(kind: string): kind is OpKind {
  return Object.hasOwn(ops, kind) || registered.has(kind)
}

/** All kinds, those registered last. */
export function operatorKinds(): readonly OpKind[] {
  return [...Object.keys(ops), ...registered.keys()] as OpKind[]
}
