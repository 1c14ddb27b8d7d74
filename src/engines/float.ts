// Runs the imported graph in double precision: what the network means before any bit is lost.

import { bug } from '../diagnostics/diagnostic.ts'
import { quantiseNumber, rawToNumber } from '../fixed/convert.ts'
import { nodeNamed } from '../ir/graph.ts'
import { exactQuantiserConversion } from '../ir/source-quantiser.ts'
import { conversionAt, type Shape, sizeOf, type TensorConversion } from '../ir/tensor-type.ts'
import type { FloatOp } from '../ops/definition.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Batch } from './engine.ts'

/** Results by node name for the nodes asked, for every row. Inputs are in graph order. */
export function runFloat(
  graph: OpGraph,
  inputs: readonly Batch[],
  wanted: readonly string[],
): Map<string, Batch> {
  const rows = inputs[0]?.rows ?? 0
  const results = new Map(
    wanted.map(name => [name, new Float64Array(rows * sizeOf(nodeNamed(graph, name).shape))]),
  )
  const operators = graph.nodes.map(node => ({
    node,
    op: floatOp(graph, node.name),
    definition: definitionOf(node.kind),
    declared: declaredType(node),
  }))
  for (let row = 0; row < rows; row++) {
    const values = new Map<string, Float64Array>()
    let next = 0
    for (const { node, op, definition, declared } of operators) {
      const sources =
        node.kind === 'input'
          ? [rowOf(inputs[next++] ?? bug('an input is missing'), row)]
          : node.inputs.map(name => values.get(name)!)
      const value = quantised(definition.evaluate(op, sources), declared, node.shape)
      values.set(node.name, value)
      results.get(node.name)?.set(value, row * value.length)
    }
  }
  return new Map(
    wanted.map(name => [name, { rows, shape: nodeNamed(graph, name).shape, data: results.get(name)! }]),
  )
}

/** The quantiser that the source declares for a layer's result: part of what the trained network means. */
function declaredType(node: OpNode): TensorConversion | undefined {
  const quantiser = node.quantisers.result
  return quantiser === undefined ? undefined : exactQuantiserConversion(quantiser, 'result')
}

function quantised(values: Float64Array, declared: TensorConversion | undefined, shape: Shape): Float64Array {
  if (declared === undefined) return values
  return values.map((value, k) => {
    const own = conversionAt(declared, shape, k)
    return rawToNumber(quantiseNumber(value, own), own.to.frac)
  })
}

function rowOf(batch: Batch, row: number): Float64Array {
  const size = sizeOf(batch.shape)
  return batch.data.subarray(row * size, (row + 1) * size)
}

function floatOp(graph: OpGraph, name: string): FloatOp<unknown> {
  const node = nodeNamed(graph, name)
  return {
    name,
    attrs: node.attrs,
    inputs: node.inputs.map(input => nodeNamed(graph, input).shape),
    shape: node.shape,
    quantisers: node.quantisers,
    weight: role => {
      const tensor = graph.store.get(node.weights[role] ?? '')
      return tensor?.form === 'float' ? tensor : undefined
    },
  }
}
