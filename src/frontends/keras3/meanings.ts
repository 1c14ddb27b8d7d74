// What Keras 3 means otherwise than Keras 2 by the same words.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'

/** The graph of a Keras 3 model that was read as Keras 2's. Fails for what has another meaning and no operator. */
export function asKeras3Means(graph: OpGraph): OpGraph {
  return { ...graph, nodes: graph.nodes.map(meaningOf) }
}

function meaningOf(node: OpNode): OpNode {
  switch (node.kind) {
    case 'softmax': {
      // hls4ml's softmax over the whole tensor is that of its reading of Keras 2.
      const { hls4mlWhole: _, ...attrs } = node.attrs
      return { ...node, attrs }
    }
    case 'hard-activation':
      return { ...node, attrs: { ...node.attrs, ...steeper(node.attrs) } }
    case 'simple-rnn':
      return checkGates(node, [node.attrs.activation])
    case 'lstm':
    case 'gru':
    case 'bidirectional':
      return checkGates(node, [node.attrs.activation, node.attrs.recurrentActivation])
    default:
      return node
  }
}

/** relu6(x + 3) / 6, where Keras 2 has clip(0.2 x + 0.5, 0, 1). */
function steeper({ function: name, slope }: { readonly function: string; readonly slope: number }) {
  return name === 'hard_sigmoid' && slope === 0.2 ? { slope: 1 / 6 } : {}
}

function checkGates(node: OpNode, activations: readonly string[]): OpNode {
  if (!activations.includes('hard_sigmoid')) return node
  return fail({
    code: 'keras/unsupported-activation',
    place: `layer '${node.name}'`,
    problem: 'it computes with hard_sigmoid, which is relu6(x + 3) / 6 in Keras 3',
    expected: 'sigmoid, or a model of Keras 2, whose hard_sigmoid is clip(0.2 x + 0.5, 0, 1)',
    remedy: 'Train with sigmoid.',
  })
}
