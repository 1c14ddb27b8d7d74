// What frontends share where a layer has no operator, or one of a user's own.

import { CompileError } from '../diagnostics/diagnostic.ts'
import { nearestOf } from '../diagnostics/nearest.ts'
import type { Shape } from '../ir/tensor-type.ts'
import { definitionOf, type OpKind } from '../ops/index.ts'
import { type OwnLayer, type OwnMeaning, type OwnOperator, orFault } from '../ops/own-operators.ts'
import type { NodeDraft } from './draft.ts'
import type { Problems } from './problems.ts'

/** How to go on where a layer is not known: what is near it by name, and what else there is. */
export function waysOn(name: string, known: Iterable<string>): string {
  const near = nearestOf(name, known)
  const listed = near.length === 0 ? '' : `Near it by name: ${near.join(', ')}. `
  return `${listed}Replace it, split the model before and behind it, or write an operator for it (docs/own-operators.md).`
}

/** The node that a mapping makes of a layer; errors of the model or of the mapping are thrown, each with its code. */
export function ownDraft(
  { kind }: OwnOperator,
  layerClass: string,
  layer: OwnLayer,
  read: (layer: OwnLayer) => OwnMeaning,
): NodeDraft {
  const place = `operator '${kind}': mapping of ${layerClass} '${layer.name}'`
  const { attrs, weights = {} } = orFault(place, () => read(layer))
  const shape: Shape = definitionOf(kind as OpKind).inferShape(attrs, layer.inputs, layer.name)
  // The one place where a kind that the table lacks is taken for one that it has.
  const own = { kind: kind as OpKind, attrs, layerClass, name: layer.name, shape, weights }
  return own as NodeDraft
}

/** Runs what reads a layer; what it refuses goes to the other problems, so that reading goes on. */
export function collected<T>(problems: Problems, work: () => T): T | undefined {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof CompileError)) throw thrown
    for (const { severity: _, ...parts } of thrown.diagnostics) problems.add(parts)
    return undefined
  }
}
