// What a layer reader is given and what it gives: a chain of nodes, not yet connected to the rest of the graph.

import type { SourceQuantiser } from '../../ir/graph.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { Problems } from '../problems.ts'
import type { SourceLayer } from './architecture.ts'
import type { Attributes } from './attributes.ts'
import type { LayerWeights } from './weights.ts'

export interface LayerContext {
  readonly layer: SourceLayer
  readonly attributes: Attributes
  readonly weights: LayerWeights
  /** Undefined when a layer before could not be read. */
  readonly inputShape: Shape | undefined
  readonly problems: Problems
}

/** A node before it has a place in the graph; `weights` that could not be read are left out, and were reported. */
export interface NodeDraft {
  readonly kind: string
  readonly name: string
  readonly layerClass: string
  readonly attrs: Readonly<Record<string, string | number | boolean | null>>
  readonly shape: Shape | undefined
  readonly weights?: Readonly<Record<string, FloatValues | undefined>>
  readonly quantisers?: Readonly<Record<string, SourceQuantiser>>
}

/** Reads a layer as nodes of which each reads the one before; an empty chain drops the layer. */
export type LayerReader = (context: LayerContext) => readonly NodeDraft[]
