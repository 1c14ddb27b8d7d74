// The interpreter: what docs/semantics.md says, done slowly in exact arithmetic, one element at a time. It shares
// with the other engines the graph, the types and the functions behind table entries, and no arithmetic, so that a
// fault of theirs shows against it.

import { bug, fail } from '../../diagnostics/diagnostic.ts'
import { conversionAt, sizeOf } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import type { Batch, RawBatch } from '../engine.ts'
import { einsum, einsumDense } from './contractions.ts'
import { rawOfNumber } from './conversion.ts'
import { convolution } from './convolution.ts'
import {
  binaryTanh,
  hardActivation,
  leakyRelu,
  quantise,
  relu,
  ternaryTanh,
  threshold,
} from './elementwise.ts'
import { garnet, gravNetAggregate } from './graph-layers.ts'
import { dot, merge } from './merging.ts'
import { elu, embedding, layerNorm, prelu, selu, thresholdedRelu } from './more-activations.ts'
import { operatorOf } from './operator.ts'
import { globalPool, pool } from './pooling.ts'
import { batchNorm, dense } from './products.ts'
import { bidirectional, gru, lstm, simpleRnn } from './recurrent.ts'
import { concatenate, crop, pad, permute, upsample } from './shapes.ts'
import { softmax } from './softmax.ts'
import { integrateFire, spikeReadout } from './spiking.ts'
import { hardSwish, powerOfTwo } from './swish-and-powers.ts'
import { tableActivation, unaryTable } from './tables.ts'

/** Raw results of the nodes asked for, for every row; inputs are in graph order. */
export function interpret(
  graph: OpGraph,
  inputs: readonly Batch[],
  wanted: readonly string[],
): Map<string, RawBatch> {
  const rows = inputs[0]?.rows ?? 0
  const results = new Map(wanted.map(name => [name, [] as bigint[]]))
  for (let row = 0; row < rows; row++) {
    const values = interpretRow(graph, inputs, row)
    for (const [name, raw] of results) raw.push(...(values.get(name) ?? bug(`no node named ${name}`)))
  }
  return new Map([...results].map(([name, raw]) => [name, { rows, size: raw.length / rows, raw }]))
}

function interpretRow(graph: OpGraph, inputs: readonly Batch[], row: number): Map<string, readonly bigint[]> {
  const values = new Map<string, readonly bigint[]>()
  const feeds = graph.nodes.filter(node => node.kind === 'input')
  for (const node of graph.nodes) {
    const batch = node.kind === 'input' ? inputs[feeds.indexOf(node)] : undefined
    values.set(node.name, batch === undefined ? nodeRow(graph, node, values) : inputRow(node, batch, row))
  }
  return values
}

/** Float inputs as raw values of the input's type. */
function inputRow(node: OpNode, batch: Batch, row: number): readonly bigint[] {
  const size = sizeOf(node.shape)
  const result = node.resolved.result ?? bug(`${node.name} has no result type`)
  return Array.from(batch.data.subarray(row * size, (row + 1) * size), (value, index) => {
    if (Number.isFinite(value)) return rawOfNumber(value, conversionAt(result, node.shape, index))
    return fail({
      code: 'fixed/not-finite',
      place: `input '${node.name}', row ${row}, element ${index}`,
      problem: `${value} cannot be held by a fixed-point type`,
      expected: 'a finite number',
    })
  })
}

function nodeRow(
  graph: OpGraph,
  node: OpNode,
  values: ReadonlyMap<string, readonly bigint[]>,
): readonly bigint[] {
  const raws = node.inputs.map(name => values.get(name) ?? bug(`${node.name} has no input ${name}`))
  const op = operatorOf(graph, node, raws)
  switch (node.kind) {
    case 'input':
      return bug(`no values for input ${node.name}`)
    case 'separable-conv':
      return bug(`${node.name} was not split`)
    case 'dense':
      return dense(op, node.attrs)
    case 'conv':
      return convolution(op, node.attrs)
    case 'pool':
      return pool(op, node.attrs)
    case 'global-pool':
      return globalPool(op, node.attrs)
    case 'merge':
      return merge(op, node.attrs.operation)
    case 'dot':
      return dot(op)
    case 'einsum':
      return einsum(op, node.attrs.equation)
    case 'einsum-dense':
      return einsumDense(op, node.attrs)
    case 'lstm':
      return lstm(op, node.attrs)
    case 'gru':
      return gru(op, node.attrs)
    case 'simple-rnn':
      return simpleRnn(op, node.attrs)
    case 'bidirectional':
      return bidirectional(op, node.attrs)
    case 'garnet':
      return garnet(op, node.attrs)
    case 'gravnet-aggregate':
      return gravNetAggregate(op, node.attrs)
    case 'integrate-fire':
      return integrateFire(op, node.attrs)
    case 'spike-readout':
      return spikeReadout(op, node.attrs)
    case 'batch-norm':
      return batchNorm(op, node.attrs.scaleCoding)
    case 'quantise':
    case 'reshape':
      return quantise(op)
    case 'permute':
      return permute(op, node.attrs.axes)
    case 'pad':
      return pad(op, node.attrs.before)
    case 'crop':
      return crop(op, node.attrs.before)
    case 'upsample':
      return upsample(op, node.attrs.factors)
    case 'concatenate':
      return concatenate(op, node.attrs.axis)
    case 'relu':
      return relu(op, node.attrs.maxValue)
    case 'leaky-relu':
      return leakyRelu(op, node.attrs.alpha)
    case 'prelu':
      return prelu(op)
    case 'thresholded-relu':
      return thresholdedRelu(op, node.attrs.theta)
    case 'elu':
      return elu(op, node.attrs.alpha)
    case 'selu':
      return selu(op)
    case 'embedding':
      return embedding(op, node.attrs)
    case 'layer-norm':
      return layerNorm(op, node.attrs.epsilon)
    case 'hard-activation':
      return hardActivation(op, node.attrs)
    case 'hard-swish':
      return hardSwish(op, node.attrs)
    case 'power-of-two':
      return powerOfTwo(op, node.attrs)
    case 'table-activation':
      return tableActivation(op, node.attrs.function)
    case 'unary-table':
      return unaryTable(op, node.attrs)
    case 'softmax':
      return softmax(op, node.attrs)
    case 'binary-tanh':
      return binaryTanh(op)
    case 'ternary-tanh':
      return ternaryTanh(op)
    case 'threshold':
      return threshold(op, node.attrs)
    default:
      return bug(`no meaning for ${(node satisfies never as OpNode).kind}`)
  }
}
