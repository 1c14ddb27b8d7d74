// An embedding whose only readers quantise it alike is a table of quantised values: rounded once, as training does, and
// not first to the fraction bits of float weights.

import { quantiseNumber, rawToNumber } from '../fixed/convert.ts'
import { type SourceQuantiser, updateNode, usersOf, withTensors } from '../ir/graph.ts'
import { exactQuantiserType } from '../ir/source-quantiser.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass } from './pass.ts'

export const quantiseEmbedding: Pass = {
  name: 'quantise-embedding',
  summary: 'rounds the table of an embedding as the quantiser behind it does',
  run: graph =>
    graph.nodes.reduce(
      (current, node) => (node.kind === 'embedding' ? rounded(current, node) : current),
      graph,
    ),
}

function rounded(graph: OpGraph, node: OpNode): OpGraph {
  const quantiser = quantiserBehind(graph, node)
  const id = node.weights.embeddings
  const tensor = id === undefined ? undefined : graph.store.get(id)
  const conversion = quantiser && exactQuantiserType(quantiser, 'result')
  if (quantiser === undefined || conversion === undefined || tensor?.form !== 'float') return graph
  const data = tensor.data.map(value => rawToNumber(quantiseNumber(value, conversion), conversion.to.frac))
  const key = `${node.name}.embeddings.rounded`
  return updateNode(withTensors(graph, [[key, { ...tensor, data }]]), node.name, own => ({
    ...own,
    weights: { ...own.weights, embeddings: key },
    quantisers: { ...own.quantisers, embeddings: quantiser },
  }))
}

/** Of the only reader, which does nothing else. */
function quantiserBehind(graph: OpGraph, { name, quantisers }: OpNode): SourceQuantiser | undefined {
  const [reader, ...others] = usersOf(graph, name)
  if (reader?.kind !== 'quantise' || others.length > 0 || graph.outputs.includes(name)) return undefined
  return quantisers.embeddings === undefined ? reader.quantisers.result : undefined
}
