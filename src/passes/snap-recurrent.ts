// Reuse factors of recurrent layers as hls4ml's backend for Vivado sets them (init_lstm, init_gru, init_bidirectional):
// every product of a layer has its ReuseFactor, whatever the config says of the recurrent ones, each snapped to a legal
// value of its own under the Resource strategies.

import type { OpNode } from '../ops/index.ts'
import { gateCount } from '../ops/recurrent-cell.ts'
import { isLegalReuse, nearestLegalReuse, strategyOf } from '../ops/strategy.ts'

/** A reuse factor that takes effect as something else than the config says. */
export interface Snapped {
  readonly key: string
  readonly to: number
  readonly why: string
}

export type RecurrentNode = Extract<OpNode, { kind: 'lstm' | 'gru' | 'bidirectional' }>

export function isRecurrent(node: OpNode): node is RecurrentNode {
  return node.kind === 'lstm' || node.kind === 'gru' || node.kind === 'bidirectional'
}

/** What each of the node's reuse factors becomes, where that differs; `features` are those of a time step. */
export function snapRecurrent(node: RecurrentNode, features: number): readonly Snapped[] {
  const base = Number(node.choices.ReuseFactor ?? 1)
  const strategy = strategyOf(node.choices.Strategy)
  const isFree = strategy === 'latency' || strategy === 'distributed-arithmetic'
  return productsOf(node, features).flatMap(({ key, inputs, outputs }): Snapped[] => {
    const to = isFree || isLegalReuse(inputs, outputs, base) ? base : nearestLegalReuse(inputs, outputs, base)
    if (to === Number(node.choices[key] ?? 1)) return []
    const why =
      to === base
        ? `hls4ml takes the layer's ReuseFactor of ${base} for all of its products`
        : `${inputs} × ${outputs} products cannot be shared ${base} times`
    return [{ key, to, why }]
  })
}

interface Product {
  readonly key: string
  readonly inputs: number
  readonly outputs: number
}

/** hls4ml counts three gates for either cell of a bidirectional layer (fpga_backend, get_layer_mult_size). */
function productsOf({ kind, attrs }: RecurrentNode, features: number): readonly Product[] {
  const { units } = attrs
  const pair = (prefix: string, outputs: number): Product[] => [
    { key: `${prefix}ReuseFactor`, inputs: features, outputs },
    { key: `${prefix}RecurrentReuseFactor`, inputs: units, outputs },
  ]
  if (kind === 'bidirectional') return [...pair('Forward', 3 * units), ...pair('Backward', 3 * units)]
  return pair('', gateCount[kind] * units)
}
