// The layers of HGQ2 that are read, by the names that its classes have in an architecture.

import { activationLayer } from '../keras/activations.ts'
import type { LayerReader } from '../keras/layer.ts'
import { readDot, readMerge } from '../keras/merge-layers.ts'
import { readGlobalPooling, readPooling } from '../keras/pool-layers.ts'
import { readAttention, readLinformer } from './attention.ts'
import { readQBatchNormalization } from './norm.ts'
import {
  readQBatchNormDense,
  readQConv,
  readQDense,
  readQEinsumDense,
  readQEinsumDenseBatchnorm,
} from './products.ts'
import { quantised, quantisedMerge } from './quantised-layer.ts'
import { readQEinsum, readQuantizer } from './single.ts'
import { readQSoftmax } from './softmax.ts'
import { readUnaryFunction } from './unary.ts'

/** A sum times 2^round(log2(1/n)) (hgq/layers/ops/merge.py): a mean where the number of tensors is a power of two. */
const readAveragePow2: LayerReader = context => {
  const count = context.inputShapes.length
  if (Number.isInteger(Math.log2(count))) return readMerge('average')(context)
  context.problems.add({
    code: 'keras/unsupported-layer',
    place: context.layer.place,
    problem: `it has ${count} tensors, whose sum it scales by a power of two`,
    expected: 'two, four or another power of two of tensors',
    remedy: 'Use QAdd, and scale the layer behind it.',
  })
  return []
}

export const hgq2Layers: Readonly<Record<string, LayerReader>> = {
  'hgq>QDense': readQDense,
  'hgq>QBatchNormDense': readQBatchNormDense,
  'hgq>QEinsumDense': readQEinsumDense,
  'hgq>QEinsumDenseBatchnorm': readQEinsumDenseBatchnorm,
  'hgq>QConv1D': readQConv(1),
  'hgq>QConv2D': readQConv(2),
  'hgq>QBatchNormalization': readQBatchNormalization,
  'hgq>QActivation': quantised(activationLayer),
  'hgq>QUnaryFunctionLUT': readUnaryFunction,
  'hgq>QAffinedUnaryFunctionLUT': readUnaryFunction,
  'hgq>Quantizer': readQuantizer,
  'hgq>QSoftmax': readQSoftmax,
  'hgq>QMultiHeadAttention': readAttention,
  'hgq>QLinformerAttention': readLinformer,
  'hgq>QMaxPooling1D': quantised(readPooling('max', 1)),
  'hgq>QMaxPooling2D': quantised(readPooling('max', 2)),
  'hgq>QAveragePooling1D': quantised(readPooling('average', 1)),
  'hgq>QAveragePooling2D': quantised(readPooling('average', 2)),
  'hgq>QGlobalMaxPooling1D': quantised(readGlobalPooling('max', 1)),
  'hgq>QGlobalMaxPooling2D': quantised(readGlobalPooling('max', 2)),
  'hgq>QGlobalAveragePooling1D': quantised(readGlobalPooling('average', 1)),
  'hgq>QGlobalAveragePooling2D': quantised(readGlobalPooling('average', 2)),
  'hgq>QAdd': quantisedMerge(readMerge('add')),
  'hgq>QSubtract': quantisedMerge(readMerge('subtract')),
  'hgq>QMultiply': quantisedMerge(readMerge('multiply')),
  'hgq>QAverage': quantisedMerge(readMerge('average')),
  'hgq>QAveragePow2': quantisedMerge(readAveragePow2),
  'hgq>QMaximum': quantisedMerge(readMerge('maximum')),
  'hgq>QMinimum': quantisedMerge(readMerge('minimum')),
  'hgq>QDot': quantisedMerge(readDot),
  'hgq>QEinsum': readQEinsum,
}

const most = Number.POSITIVE_INFINITY

/** Layers of several inputs, and how many they may read. */
export const hgq2InputCounts: readonly (readonly [string, { least: number; most: number }])[] = [
  ...['QAdd', 'QMultiply', 'QAverage', 'QAveragePow2', 'QMaximum', 'QMinimum'].map(
    name => [`hgq>${name}`, { least: 2, most }] as const,
  ),
  ...['QSubtract', 'QDot', 'QEinsum'].map(name => [`hgq>${name}`, { least: 2, most: 2 }] as const),
  ...['QMultiHeadAttention', 'QLinformerAttention'].map(
    name => [`hgq>${name}`, { least: 1, most: 3 }] as const,
  ),
]
