// hls4ml reads the functions of a recurrent cell by their names and gives states the result's type: of what the source
// quantises within a step it knows nothing, and says nothing. Under its rules neither do we, but for the finding.

import { updateNode } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { Pass } from './pass.ts'

export const cellsByName: Pass = {
  name: 'cells-by-name',
  summary: 'reads functions of recurrent cells by their names, without their quantisers',
  run: graph =>
    graph.nodes.reduce(
      (current, node) => ('within' in node.attrs ? updateNode(current, node.name, withoutInner) : current),
      graph,
    ),
}

function withoutInner(node: OpNode): OpNode {
  const { within: _, ...attrs } = node.attrs as { readonly within?: unknown }
  return { ...node, attrs } as OpNode
}
