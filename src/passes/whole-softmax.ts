// hls4ml's reader of Keras 2 says nothing of the axes of a softmax over a matrix or more, so that its kernel takes all
// elements together. Under its rules the same bits come out, with a finding.

import { finding } from '../diagnostics/diagnostic.ts'
import { sizeOf } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import type { Pass, PassContext } from './pass.ts'

export const wholeSoftmax: Pass = {
  name: 'whole-softmax',
  summary: 'takes softmaxes of Keras 2 over whole tensors, as hls4ml does, saying so',
  run: (graph, context) => ({ ...graph, nodes: graph.nodes.map(node => taken(node, context)) }),
}

function taken(node: OpNode, context: PassContext): OpNode {
  if (node.kind !== 'softmax' || node.attrs.hls4mlWhole !== true) return node
  const size = sizeOf(node.shape)
  context.report(
    finding({
      code: 'softmax/whole-tensor',
      place: `layer '${node.name}'`,
      problem: `all ${size} values of [${node.shape.join(', ')}] sum to 1, not the ${node.shape.at(-1)} of each row: hls4ml's C simulation of Keras 2 models takes them so`,
      remedy: 'Leave the softmax out and normalise after the network, or compile without a precision config.',
    }),
  )
  return { ...node, attrs: { axis: node.attrs.axis, over: 'tensor' } }
}
