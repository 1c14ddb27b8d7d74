// The layers that training knows. Adding one is its definition and one line here.

import type { ValuesOf } from '../fields.ts'
import { activationLayer } from './activations.ts'
import type { LayerDefinition } from './definition.ts'
import { dense } from './dense.ts'
import { add, concatenate, dropout, flatten, multiply, reshape } from './shapes.ts'
import { fixedPoint, trainedWidth } from './trained-width.ts'

export const layers = {
  dense,
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
