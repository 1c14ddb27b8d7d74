// A layer that adds two small integers, for tests of what its types do.

import { parseGraph } from '../../../ir/parse.ts'
import { parseTensors } from '../../../ir/tensor-text.ts'
import { tensorDigest } from '../../../ir/text-words.ts'
import type { OpGraph } from '../../../ops/typed-node.ts'
import { opGraphOf, verifyGraph } from '../../../ops/verify-graph.ts'
import type { Batch } from '../../engine.ts'

const store = parseTensors(`tensors {
  w = int<3>[2, 1]: 1, 1
  b = int<3>[1]: 0
}`)
const digest = (id: string) => tensorDigest(store.get(id)!)

/** y = x0 + x1 of small integers, and what `behind` makes of it under the name z. */
export function sumGraph(types: { input?: string; accum: string; result: string; behind?: string }): OpGraph {
  const { input = 'int<8>', accum, result, behind = '' } = types
  const graph = opGraphOf(
    parseGraph(
      `graph "sum" {
        x = input() [2] from InputLayer { result: ${input} }
        y = dense<units=1, weightCoding="plain", inputCoding="plain">(x) [1] from Dense {
          weight = w int<3>[2, 1] #${digest('w')}
          bias = b int<3>[1] #${digest('b')}
          accum: ${accum}
          result: ${result}
          weight: int<3>
          bias: int<3>
          choose ReuseFactor=1, Strategy="Latency"
        }
        ${behind}
        output ${behind === '' ? 'y' : 'z'}
      }`,
      store,
    ),
  )
  verifyGraph(graph)
  return graph
}

/** Rows of two values. */
export const rows = (...data: number[]): Batch[] => [
  { rows: data.length / 2, shape: [2], data: Float64Array.from(data) },
]
