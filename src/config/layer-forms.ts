// What hls4ml lists in a written config, by its layer class: precisions and keys in its order, as data.

import { type Conversion, conversion } from '../fixed/types.ts'

export interface LayerForm {
  /** Roles under `Precision`, each with the type written, `auto` when it is to be inferred. */
  readonly precision: Readonly<Record<string, Conversion | 'auto'>>
  readonly keys: readonly string[]
}

const table = conversion({ signed: true, width: 18, frac: 10 })
const softmaxTable = conversion({ signed: true, width: 18, frac: 10 }, 'RND', 'SAT')
const auto = (...roles: string[]): Record<string, 'auto'> =>
  Object.fromEntries(roles.map(role => [role, 'auto']))

const plain: LayerForm = { precision: auto('result'), keys: [] }
const activation = (...roles: string[]): LayerForm => ({
  precision: { ...auto('result', ...roles), table },
  keys: ['ReuseFactor', 'TableSize'],
})
const convolution: LayerForm = {
  precision: auto('result', 'weight', 'bias', 'accum'),
  keys: ['ReuseFactor', 'ParallelizationFactor', 'ConvImplementation'],
}
const separable: LayerForm = {
  precision: auto(
    'result',
    'depthwise',
    'pointwise',
    'bias',
    'depthwise_accum',
    'pointwise_accum',
    'depthwise_result',
  ),
  keys: ['DepthwiseReuseFactor', 'PointwiseReuseFactor', 'ConvImplementation'],
}
const pooling: LayerForm = { precision: auto('result', 'accum'), keys: ['ReuseFactor', 'ConvImplementation'] }
const globalPooling: LayerForm = { precision: auto('result', 'accum'), keys: ['ReuseFactor'] }
const merge: LayerForm = { precision: auto('result'), keys: ['ReuseFactor'] }
const recurrent: LayerForm = {
  precision: { ...auto('result', 'weight', 'bias', 'recurrent_weight', 'recurrent_bias', 'accum'), table },
  keys: ['ReuseFactor', 'RecurrentReuseFactor', 'Static', 'TableSize'],
}

const directions = ['forward', 'backward']
const bidirectional: LayerForm = {
  precision: {
    ...auto(
      'result',
      ...directions.flatMap(direction =>
        ['weight', 'bias', 'recurrent_weight', 'recurrent_bias'].map(role => `${direction}_${role}`),
      ),
      'accum',
    ),
    table,
  },
  keys: [
    'ReuseFactor',
    'ForwardReuseFactor',
    'BackwardReuseFactor',
    'ForwardRecurrentReuseFactor',
    'BackwardRecurrentReuseFactor',
    'Static',
    'TableSize',
  ],
}
const simpleRecurrent: LayerForm = {
  precision: { ...auto('result', 'weight', 'bias', 'recurrent_weight', 'accum'), table },
  keys: ['ReuseFactor', 'RecurrentReuseFactor', 'TableSize'],
}

export const layerForms: Readonly<Record<string, LayerForm>> = {
  Input: plain,
  Reshape: plain,
  Transpose: plain,
  ZeroPadding1D: plain,
  ZeroPadding2D: plain,
  Cropping1D: plain,
  Cropping2D: plain,
  Dense: { precision: auto('result', 'weight', 'bias', 'accum'), keys: ['ReuseFactor'] },
  Conv1D: convolution,
  Conv2D: convolution,
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  DepthwiseConv1D: convolution,
  DepthwiseConv2D: convolution,
  Pooling1D: pooling,
  Pooling2D: pooling,
  GlobalPooling1D: globalPooling,
  GlobalPooling2D: globalPooling,
  Merge: merge,
  Concatenate: merge,
  Dot: globalPooling,
  Embedding: { precision: auto('result', 'embeddings'), keys: ['ReuseFactor'] },
  LayerNormalization: {
    precision: {
      ...auto('result', 'scale', 'bias'),
      accum: conversion({ signed: true, width: 14, frac: 10 }, 'RND_CONV', 'SAT'),
      table: conversion({ signed: false, width: 8, frac: 3 }, 'RND_CONV', 'SAT'),
    },
    keys: ['ReuseFactor', 'TableRangePower2', 'TableSize'],
  },
  LSTM: recurrent,
  GRU: recurrent,
  SimpleRNN: simpleRecurrent,
  Bidirectional: bidirectional,
  BatchNormalization: { precision: auto('result', 'scale', 'bias'), keys: ['ReuseFactor'] },
  Activation: activation(),
  TernaryTanh: activation(),
  ParametrizedActivation: activation('param'),
  PReLU: activation('param'),
  HardActivation: activation('slope', 'shift'),
  Softmax: {
    precision: {
      result: 'auto',
      table,
      exp_table: softmaxTable,
      inv_table: softmaxTable,
      inv_inp: softmaxTable,
      accum: softmaxTable,
    },
    keys: ['ReuseFactor', 'TableSize', 'Implementation', 'Skip'],
  },
}

/** What hls4ml writes for keys that the layer's operator does not declare. */
export const writtenDefaults: Readonly<Record<string, number | string | boolean>> = {
  TableSize: 1024,
  ParallelizationFactor: 1,
  DepthwiseReuseFactor: 1,
  PointwiseReuseFactor: 1,
  ConvImplementation: 'LineBuffer',
  RecurrentReuseFactor: 1,
  Static: true,
  ForwardReuseFactor: 1,
  BackwardReuseFactor: 1,
  ForwardRecurrentReuseFactor: 1,
  BackwardRecurrentReuseFactor: 1,
}
