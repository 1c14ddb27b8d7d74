// The layer table: Keras class names to readers. Adding a layer is one line here.

import { readHgqQuantiser } from '../hgq/quantiser-layer.ts'
import { readUnaryLut } from '../hgq/unary-lut.ts'
import { hgq2InputCounts, hgq2Layers } from '../hgq2/layers.ts'
import { waysOn } from '../own-layers.ts'
import type { Problems } from '../problems.ts'
import { readQBatchNorm } from '../qkeras/batch-norm.ts'
import { readQConvNorm, readQDepthwiseNorm } from '../qkeras/folded-conv.ts'
import { readQConv, readQDense, readQDepthwise, readQSeparable } from '../qkeras/products.ts'
import {
  readElu,
  readLeakyRelu,
  readPrelu,
  readRelu,
  readSoftmax,
  readThresholdedRelu,
} from './activation-layers.ts'
import { activationLayer } from './activations.ts'
import type { SourceLayer } from './architecture.ts'
import { readAdditiveAttention, readDotAttention, readMultiHeadAttention } from './attention-layers.ts'
import { readBatchShape } from './attributes.ts'
import { readBatchNorm } from './batch-norm.ts'
import { readEinsum, readEinsumDense, readMatmul } from './contraction-layers.ts'
import { readConv, readDepthwise, readSeparable } from './conv-layers.ts'
import { readBinaryDense, readDense, readTernaryDense } from './dense.ts'
import { readGarNet, readGarNetStack } from './garnet-layers.ts'
import { maskRemedy } from './inbound.ts'
import type { LayerReader } from './layer.ts'
import { readDot, readMerge } from './merge-layers.ts'
import { readEmbedding, readLayerNorm, readRescaling } from './norm-layers.ts'
import { ownLayerReader } from './own-layer.ts'
import { readGlobalPooling, readPooling } from './pool-layers.ts'
import { readBidirectional, readRecurrent } from './recurrent-layers.ts'
import { givenStates } from './recurrent-states.ts'
import {
  readConcatenate,
  readCropping,
  readFlatten,
  readPadding,
  readPermute,
  readRepeatVector,
  readReshape,
  readUpsampling,
} from './shape-layers.ts'
import { heldClass, readTimeDistributed } from './time-distributed.ts'
import { augmentations, readAugmentation, readNothing, trainingLayers } from './training-layers.ts'

const readInput: LayerReader = ({ attributes, layer }) => {
  const shape = readBatchShape(attributes, 'batch_input_shape')
  attributes.only('sparse', [false], 'Sparse inputs are not supported.')
  attributes.only('ragged', [false], 'Ragged inputs are not supported.')
  return [{ kind: 'input', name: layer.name, layerClass: 'Input', attrs: {}, shape }]
}

export const kerasLayers: Readonly<Record<string, LayerReader>> = {
  InputLayer: readInput,
  Dense: readDense,
  BinaryDense: readBinaryDense,
  TernaryDense: readTernaryDense,
  Conv1D: readConv(1),
  Conv2D: readConv(2),
  SeparableConv1D: readSeparable(1),
  SeparableConv2D: readSeparable(2),
  DepthwiseConv1D: readDepthwise(1),
  DepthwiseConv2D: readDepthwise(2),
  MaxPooling1D: readPooling('max', 1),
  MaxPooling2D: readPooling('max', 2),
  AveragePooling1D: readPooling('average', 1),
  AveragePooling2D: readPooling('average', 2),
  GlobalMaxPooling1D: readGlobalPooling('max', 1),
  GlobalMaxPooling2D: readGlobalPooling('max', 2),
  GlobalAveragePooling1D: readGlobalPooling('average', 1),
  GlobalAveragePooling2D: readGlobalPooling('average', 2),
  Activation: activationLayer,
  ReLU: readRelu,
  LeakyReLU: readLeakyRelu,
  PReLU: readPrelu,
  ThresholdedReLU: readThresholdedRelu,
  ELU: readElu,
  Softmax: readSoftmax,
  BatchNormalization: readBatchNorm,
  LayerNormalization: readLayerNorm,
  Rescaling: readRescaling,
  Embedding: readEmbedding,
  Flatten: readFlatten,
  Reshape: readReshape,
  Permute: readPermute,
  RepeatVector: readRepeatVector,
  ZeroPadding1D: readPadding(1),
  ZeroPadding2D: readPadding(2),
  Cropping1D: readCropping(1),
  Cropping2D: readCropping(2),
  UpSampling1D: readUpsampling(1),
  UpSampling2D: readUpsampling(2),
  Concatenate: readConcatenate,
  Add: readMerge('add'),
  Subtract: readMerge('subtract'),
  Multiply: readMerge('multiply'),
  Average: readMerge('average'),
  Maximum: readMerge('maximum'),
  Minimum: readMerge('minimum'),
  Dot: readDot,
  EinsumDense: readEinsumDense,
  Einsum: readEinsum,
  Matmul: readMatmul,
  MultiHeadAttention: readMultiHeadAttention,
  Attention: readDotAttention,
  AdditiveAttention: readAdditiveAttention,
  SimpleRNN: readRecurrent('simple-rnn'),
  LSTM: readRecurrent('lstm'),
  GRU: readRecurrent('gru'),
  Bidirectional: readBidirectional,
  GarNet: readGarNet,
  GarNetStack: readGarNetStack,
  TimeDistributed: readTimeDistributed(name =>
    Object.hasOwn(kerasLayers, name) ? kerasLayers[name] : undefined,
  ),
  ...Object.fromEntries(trainingLayers.map(name => [name, readNothing])),
  ...Object.fromEntries(augmentations.map(name => [name, readAugmentation])),
  FixedPointQuantizer: readHgqQuantiser,
  'HGQ>FixedPointQuantizer': readHgqQuantiser,
  UnaryLUT: readUnaryLut,
  'HGQ>UnaryLUT': readUnaryLut,
  ...hgq2Layers,
  QDense: readQDense,
  QConv1D: readQConv(1),
  QConv2D: readQConv(2),
  QDepthwiseConv2D: readQDepthwise(2),
  QSeparableConv1D: readQSeparable(1),
  QSeparableConv2D: readQSeparable(2),
  QBatchNormalization: readQBatchNorm,
  QConv2DBatchnorm: readQConvNorm,
  QDepthwiseConv2DBatchnorm: readQDepthwiseNorm,
  QActivation: activationLayer,
  QSimpleRNN: readRecurrent('simple-rnn'),
  QLSTM: readRecurrent('lstm'),
  QGRU: readRecurrent('gru'),
}

/** Layers that read several others. */
const merging: ReadonlyMap<string, { least: number; most: number }> = new Map([
  ['InputLayer', { least: 0, most: 0 }],
  ...['Add', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate'].map(
    name => [name, { least: 2, most: Number.POSITIVE_INFINITY }] as const,
  ),
  ...['Subtract', 'Dot', 'Einsum', 'Matmul'].map(name => [name, { least: 2, most: 2 }] as const),
  ...['MultiHeadAttention', 'Attention', 'AdditiveAttention'].map(
    name => [name, { least: 2, most: 3 }] as const,
  ),
  ...['GarNet', 'GarNetStack'].map(name => [name, { least: 2, most: 2 }] as const),
  ...hgq2InputCounts,
])

/** How many layers one of this class may read. */
export function inputCount({ className, config }: Pick<SourceLayer, 'className' | 'config'>): {
  least: number
  most: number
} {
  // Each of a model that is done for every step.
  const held = className === 'TimeDistributed' ? heldClass(config.layer) : undefined
  if (held !== undefined && held !== className) return merging.get(held) ?? { least: 1, most: 1 }
  const isOwn = !Object.hasOwn(kerasLayers, className) && ownLayerReader(className) !== undefined
  // How many it takes, its operator says by its shape.
  if (isOwn) return { least: 1, most: Number.POSITIVE_INFINITY }
  return merging.get(className) ?? { least: 1, most: 1 + (givenStates(className) ?? 0) }
}

/** Why some classes are not read, and what to do instead. */
const refusedLayers: ReadonlyMap<string, string> = new Map([
  ...['Conv1DTranspose', 'Conv2DTranspose'].map(
    name =>
      [
        name,
        'A transposed convolution is an UpSampling layer, or zeros put between pixels, with a convolution behind it: use these.',
      ] as const,
  ),
  ['Masking', maskRemedy],
  [
    'GravNet',
    'Its arrays have no names of their own in a file: define the network by a program, with gravNet (docs/networks.md).',
  ],
  ...['EdgeConv', 'GCNConv', 'GATConv', 'GraphConv'].map(
    name => [name, 'Of graph layers GarNet and GravNet are there: use one of these.'] as const,
  ),
])

/** The reader of a layer's class; undefined, and reported, when there is none. */
export function layerReader(layer: SourceLayer, problems: Problems): LayerReader | undefined {
  if (Object.hasOwn(kerasLayers, layer.className)) return kerasLayers[layer.className]
  const own = ownLayerReader(layer.className)
  if (own !== undefined) return own
  const known = Object.keys(kerasLayers)
  problems.add({
    code: 'keras/unsupported-layer',
    place: layer.place,
    problem: `layers of class ${layer.className} are not supported`,
    expected: `one of the ${known.length} classes that docs/support.md lists`,
    remedy: refusedLayers.get(layer.className) ?? waysOn(layer.className, known),
  })
  return undefined
}
