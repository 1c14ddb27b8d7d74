// The layers that training knows. Adding one is its definition and one line here.

import type { ValuesOf } from '../fields.ts'
import { activationLayer } from './activations.ts'
import { batchNorm } from './batch-norm.ts'
import { bidirectional } from './bidirectional.ts'
import { conv1d, conv2d, depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d } from './conv.ts'
import type { LayerDefinition } from './definition.ts'
import { dense } from './dense.ts'
import { embedding } from './embedding.ts'
import { conv2dBatchNorm, depthwiseConv2dBatchNorm } from './folded-conv.ts'
import {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  maxPool1d,
  maxPool2d,
} from './pool.ts'
import { gru, lstm, simpleRnn } from './recurrent.ts'
import { add, concatenate, dropout, flatten, multiply, reshape } from './shapes.ts'
import { fixedPoint, trainedWidth } from './trained-width.ts'

export const layers = {
  dense,
  conv1d,
  conv2d,
  'depthwise-conv1d': depthwiseConv1d,
  'depthwise-conv2d': depthwiseConv2d,
  'separable-conv1d': separableConv1d,
  'separable-conv2d': separableConv2d,
  'max-pool1d': maxPool1d,
  'max-pool2d': maxPool2d,
  'average-pool1d': averagePool1d,
  'average-pool2d': averagePool2d,
  'global-max-pool1d': globalMaxPool1d,
  'global-max-pool2d': globalMaxPool2d,
  'global-average-pool1d': globalAveragePool1d,
  'global-average-pool2d': globalAveragePool2d,
  'batch-norm': batchNorm,
  'conv2d-batch-norm': conv2dBatchNorm,
  'depthwise-conv2d-batch-norm': depthwiseConv2dBatchNorm,
  embedding,
  'simple-rnn': simpleRnn,
  gru,
  lstm,
  bidirectional,
  activation: activationLayer,
  flatten,
  reshape,
  dropout,
  add,
  multiply,
  concatenate,
  'trained-width': trainedWidth,
  'fixed-point': fixedPoint,
}

export type LayerKind = keyof typeof layers
export type SettingsOf<K extends LayerKind> = ValuesOf<(typeof layers)[K]['fields']>

/** A layer's definition, whose settings are then those of any layer. */
export function layerOf(kind: LayerKind): LayerDefinition {
  return layers[kind] as unknown as LayerDefinition
}
