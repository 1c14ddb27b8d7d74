// A softmax with `Skip: true` that is the last layer is left out: the logits are the output.

import { removeNode } from '../ir/graph.ts'
import type { Pass } from './pass.ts'

export const skipSoftmax: Pass = {
  name: 'skip-softmax',
  summary: 'leaves out a last softmax that the config skips',
  run: graph =>
    graph.nodes
      .filter(
        node => node.kind === 'softmax' && node.choices.Skip === true && graph.outputs.includes(node.name),
      )
      .reduce((current, node) => removeNode(current, node.name), graph),
}
