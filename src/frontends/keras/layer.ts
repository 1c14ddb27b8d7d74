// What a layer reader is given and what it gives: a chain of nodes, not yet connected to the rest of the graph.

import type { SourceQuantiser } from '../../ir/graph.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { AttrsOf, OpKind } from '../../ops/index.ts'
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
  /** By layer read, of those that read several. */
  readonly inputShapes: readonly (Shape | undefined)[]
  readonly problems: Problems
}

/** What a node does: its operator and attributes, and hls4ml's class for it. */
export type Meaning = {
  [K in OpKind]: { readonly kind: K; readonly attrs: AttrsOf<K>; readonly layerClass: string }
}[OpKind]

/** A node before it has a place in the graph; `weights` that could not be read are undefined, and were reported. */
export type NodeDraft = Meaning & {
  readonly name: string
  readonly shape: Shape | undefined
  readonly weights?: Readonly<Record<string, FloatValues | undefined>>
  readonly quantisers?: Readonly<Record<string, SourceQuantiser>>
}

/** Reads a layer as nodes of which each reads the one before; an empty chain drops the layer. */
export type LayerReader = (context: LayerContext) => readonly NodeDraft[]
