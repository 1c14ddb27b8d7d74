// How large a network may be: far beyond what is built, and small enough that a hostile file is refused at once.

import { fail } from '../diagnostics/diagnostic.ts'
import type { OpGraph } from '../ops/typed-node.ts'

/** Calls of layers, or nodes of a graph. */
export const mostNodes = 10_000

/** Elements of one tensor between layers. */
export const mostElements = 2 ** 28

/** Fails with `graph/too-large`; `has` says how large it is. */
export function refuseSize(place: string, has: string): never {
  return fail({
    code: 'graph/too-large',
    place,
    problem: `the network has ${has}`,
    expected: `at most ${mostNodes} layers, and ${mostElements} elements between two`,
    remedy: 'Cut the network into parts, and check whether the file is the one that was meant.',
  })
}

/** Refuses a network that is larger than this. */
export function checkGraphSize(graph: OpGraph): OpGraph {
  if (graph.nodes.length > mostNodes) refuseSize(graph.name, `${graph.nodes.length} nodes`)
  for (const { name, shape } of graph.nodes) {
    const size = shape.reduce((product, extent) => product * extent, 1)
    if (size > mostElements) refuseSize(`layer '${name}'`, `${size} elements there`)
  }
  return graph
}
