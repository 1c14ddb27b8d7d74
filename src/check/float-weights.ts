// hls4ml's distributed arithmetic multiplies float models by their float32 weights, and Lutra by the values of the
// weight type, as it does everywhere: the one place where its bits differ on purpose.

import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { rawToNumber } from '../fixed/convert.ts'
import type { StoredTensor } from '../ir/graph.ts'
import { strategyOf } from '../ops/strategy.ts'
import type { OpGraph } from '../ops/typed-node.ts'

/** A finding for each layer whose weights the type does not hold exactly. */
export function floatWeightFindings(graph: OpGraph): Diagnostic[] {
  return graph.nodes.flatMap(node => {
    if (strategyOf(node.choices.Strategy) !== 'distributed-arithmetic') return []
    if (node.quantisers.weight !== undefined) return []
    const raw = graph.store.get(node.weights.weight ?? '')
    const float = floatWeights(graph, node.name)
    const apart = raw === undefined || float === undefined ? 0 : largestGap(float, raw)
    if (apart === 0) return []
    return [
      finding({
        code: 'check/float-weights',
        place: `layer '${node.name}'`,
        problem: `hls4ml's DistributedArithmetic multiplies by the float weights, Lutra by the values of their type, up to ${Number(apart.toPrecision(3))} apart: the bits differ from hls4ml's`,
        remedy:
          'Train with quantised weights, or give Precision.weight more fraction bits; another Strategy has the same bits in both.',
      }),
    ]
  })
}

/** The weights before they were cut, with what passes folded into them: the last that came into the store. */
function floatWeights(graph: OpGraph, layer: string): StoredTensor | undefined {
  const own = [...graph.store].filter(
    ([id, { form }]) => form === 'float' && `${id}+`.startsWith(`${layer}.weight+`),
  )
  return own.at(-1)?.[1]
}

function largestGap(float: StoredTensor, raw: StoredTensor): number {
  if (float.form !== 'float' || raw.form !== 'raw') return 0
  return float.data.reduce(
    (most, value, k) => Math.max(most, Math.abs(value - rawToNumber(raw.raw[k]!, raw.type.frac))),
    0,
  )
}
