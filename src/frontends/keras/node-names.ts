// Names of the nodes that layers become: hls4ml's, unique in the graph.

import type { Problems } from '../problems.ts'
import type { SourceLayer } from './architecture.ts'
import type { NodeDraft } from './layer.ts'

/** A node of a call, with those that it reads. */
export interface Placed {
  readonly layer: SourceLayer
  readonly draft: NodeDraft
  readonly reads: readonly Placed[]
  /** That of an earlier call of the same layer. */
  readonly first: Placed | undefined
  readonly isAgain: boolean
}

/**
 * A name for every node. Those of the model's own layers keep theirs, and clashes among them are reported; a layer that
 * is called again, or stands in a model that is a layer, gets the first of `fc`, `fc_0`, `fc_1` … that is free, as
 * hls4ml numbers layers that are called again (UniqueName in converters/keras_v3_to_hls.py).
 */
export function nameNodes(placed: readonly Placed[], problems: Problems): ReadonlyMap<Placed, string> {
  const isOwn = ({ layer, isAgain }: Placed) => layer.path.length === 1 && !isAgain
  const own = placed.filter(isOwn)
  reportNameClashes(own, problems)
  const names = new Map(own.map(node => [node, node.draft.name]))
  const used = new Set(names.values())
  const next = new Map<string, number>()
  for (const node of placed) {
    if (isOwn(node)) continue
    const { name } = node.draft
    const free = freeName(name, used, next)
    used.add(free)
    names.set(node, free)
  }
  return names
}

function freeName(name: string, used: ReadonlySet<string>, next: Map<string, number>): string {
  if (!used.has(name)) return name
  let number = next.get(name) ?? 0
  while (used.has(`${name}_${number}`)) number++
  next.set(name, number + 1)
  return `${name}_${number}`
}

/** An activation's node is named `<layer>_<activation>`, which may be another layer's name. */
function reportNameClashes(placed: readonly Placed[], problems: Problems): void {
  const layerNames = new Set(placed.map(({ layer }) => layer.name))
  const seen = new Set<string>()
  for (const { layer, draft } of placed) {
    if (draft.name === layer.name) continue
    if (layerNames.has(draft.name) || seen.has(draft.name)) {
      problems.add({
        code: 'keras/duplicate-name',
        place: layer.place,
        problem: `its part '${draft.name}' has the name of another layer`,
        expected: 'a name of its own for every layer and its activation',
        remedy: `Rename the layer '${draft.name}'.`,
      })
    }
    seen.add(draft.name)
  }
}
