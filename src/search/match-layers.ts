// Which value of the float graph a layer of the typed graph stands for. Passes fold layers into others, which keep
// their names and list what they took in: such a layer stands for the last of them that changes a value. A linear
// activation without a quantiser changes none: where it is folded away, nothing is.

import { type Graph, nodeNamed, usersOf } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'

/** A layer that one of the graphs has no value for. */
export interface UnmatchedLayer {
  readonly name: string
  /** The graph that has it. */
  readonly in: 'float' | 'fixed'
  readonly reason: string
}

export interface LayerMatch {
  /** Name of the float graph's node by name of the typed graph's. */
  readonly floatOf: ReadonlyMap<string, string>
  readonly unmatched: readonly UnmatchedLayer[]
}

export function matchLayers(source: OpGraph, typed: OpGraph): LayerMatch {
  const places = new Map(source.nodes.map(({ name }, place) => [name, place]))
  const floatOf = new Map<string, string>()
  for (const node of typed.nodes) {
    const names = [node.name, ...node.origin.mergedNames].filter(name => places.has(name))
    const last = names.sort((a, b) => places.get(b)! - places.get(a)!)[0]
    if (last !== undefined) floatOf.set(node.name, sameValue(source, last, names))
  }
  const fixedOf = new Map([...floatOf].map(([fixed, float]) => [float, fixed]))
  return {
    floatOf,
    unmatched: [
      ...source.nodes
        .filter(node => !fixedOf.has(node.name) && !isIdentity(node))
        .map(({ name }) => ({ name, in: 'float' as const, reason: whereGone(source, name, fixedOf) })),
      ...typed.nodes
        .filter(({ name }) => !floatOf.has(name))
        .map(({ name }) => ({
          name,
          in: 'fixed' as const,
          reason: 'put in when the model was typed: the float model has no such layer',
        })),
    ],
  }
}

/** Whether a layer's float result is its input. */
export function isIdentity(node: OpNode): boolean {
  return node.kind === 'quantise' && node.quantisers.result === undefined
}

/** The first of the layers folded together that has the last one's float value. */
function sameValue(source: OpGraph, last: string, names: readonly string[]): string {
  const node = nodeNamed(source, last)
  const before = node.inputs[0]
  return isIdentity(node) && before !== undefined && names.includes(before)
    ? sameValue(source, before, names)
    : last
}

/** The first layer behind it that the typed graph has. */
function whereGone(source: Graph<OpNode>, name: string, fixedOf: ReadonlyMap<string, string>): string {
  const waiting = [name]
  const seen = new Set(waiting)
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const found = fixedOf.get(next)
    if (found !== undefined) return `folded away: '${found}' in fixed point has the results of '${next}'`
    for (const user of usersOf(source, next)) {
      if (!seen.has(user.name)) waiting.push(user.name)
      seen.add(user.name)
    }
  }
  return 'left out of the fixed-point model at its end'
}
