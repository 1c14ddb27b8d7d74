// Nodes that a frontend has read, before they are a graph.

import { bug } from '../diagnostics/diagnostic.ts'
import type { SourceQuantiser, StoredTensor, TensorId } from '../ir/graph.ts'
import type { Shape } from '../ir/tensor-type.ts'
import type { FloatValues } from '../ops/definition.ts'
import type { AttrsOf, OpKind, OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'

/** What a node does: its operator and attributes, and hls4ml's class for it. */
export type Meaning = {
  [K in OpKind]: { readonly kind: K; readonly attrs: AttrsOf<K>; readonly layerClass: string }
}[OpKind]

/** A node before it has a place in the graph; what could not be read is undefined, and was reported. */
export type NodeDraft = Meaning & {
  readonly name: string
  readonly shape: Shape | undefined
  readonly weights?: Readonly<Record<string, FloatValues | undefined>>
  readonly quantisers?: Readonly<Record<string, SourceQuantiser>>
  readonly choices?: OpNode['choices']
  /**
   * What it reads, where that is not the draft before it: names of earlier drafts of the same layer, or places among
   * what the layer reads.
   */
  readonly reads?: readonly (string | number)[]
}

/** A draft with what it reads, and the names under which users know it. */
export interface PlacedDraft {
  readonly draft: NodeDraft
  readonly inputs: readonly string[]
  /** Name of the source layer that it stands for. */
  readonly source: string
  readonly otherNames?: readonly string[]
  /** Name of an earlier draft that has the same weights. */
  readonly sharedWith?: string
}

/** The graph of drafts that were all read whole. */
export function assemble(name: string, placed: readonly PlacedDraft[], outputs: readonly string[]): OpGraph {
  const store = new Map<TensorId, StoredTensor>()
  const nodes = placed.map(({ draft, inputs, source, otherNames = [], sharedWith }): OpNode => {
    const weights: Record<string, TensorId> = {}
    for (const [role, values] of Object.entries(draft.weights ?? {})) {
      const id = `${sharedWith ?? draft.name}.${role}`
      if (sharedWith === undefined) store.set(id, { form: 'float', ...(values ?? bug(`${id} was not read`)) })
      weights[role] = id
    }
    const { layerClass, shape, quantisers = {}, choices = {}, reads: _, ...rest } = draft
    return {
      ...rest,
      inputs,
      weights,
      quantisers,
      requested: {},
      resolved: {},
      shape: shape ?? bug(`${draft.name} has no shape`),
      choices,
      origin: { layerClass, source, mergedNames: otherNames },
    }
  })
  return { name, nodes, outputs, store }
}
