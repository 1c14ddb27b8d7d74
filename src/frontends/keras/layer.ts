// What a layer reader is given and what it gives: a chain of nodes, not yet connected to the rest of the graph.

import type { Shape } from '../../ir/tensor-type.ts'
import type { NodeDraft } from '../draft.ts'
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

export type { Meaning, NodeDraft } from '../draft.ts'

/** Reads a layer as nodes of which each reads the one before; an empty chain drops the layer. */
export type LayerReader = (context: LayerContext) => readonly NodeDraft[]
