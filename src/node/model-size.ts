// How large a trained network is: parameters as its author counts them, and layers that do something.

import type { StoredTensor } from '../ir/graph.ts'
import { usersOf } from '../ir/graph.ts'
import { sizeOf } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'

export interface ModelSize {
  readonly parameters: number
  /** Layers of the source that carry out something: inputs do not count. */
  readonly layers: number
}

/** Size of a network as imported. */
export function modelSize(graph: OpGraph): ModelSize {
  const sources = graph.nodes.filter(({ kind }) => kind !== 'input').map(({ origin }) => origin.source)
  return {
    parameters: trainedTensors(graph).reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0),
    layers: new Set(sources).size,
  }
}

/** Trained values that are not zero. */
export function nonzeroParameters(graph: OpGraph): number {
  return trainedTensors(graph).reduce((sum, tensor) => sum + nonzeroValues(tensor), 0)
}

function nonzeroValues(tensor: StoredTensor): number {
  return tensor.form === 'float'
    ? tensor.data.filter(value => value !== 0).length
    : tensor.raw.filter(raw => raw !== 0n).length
}

/**
 * The tensors that were trained. Behind a QKeras layer with a scale stands a node for it: its bias is the layer's own,
 * its scale follows from the weights.
 */
function trainedTensors(graph: OpGraph): StoredTensor[] {
  const isScale = ({ origin }: OpNode) => origin.layerClass === 'ApplyAlpha'
  // Layers that are called several times have their tensors once.
  const ids = graph.nodes.flatMap(node => {
    const hasScale = node.kind === 'dense' && usersOf(graph, node.name).some(isScale)
    return Object.entries(node.weights)
      .filter(([role]) => (isScale(node) ? role === 'bias' : !(hasScale && role === 'bias')))
      .map(([, id]) => id)
  })
  return [...new Set(ids)].map(id => graph.store.get(id)!)
}
