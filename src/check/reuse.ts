// Reuse factors: what was asked, what takes effect, and how many multipliers that leaves.

import { type ModelConfig, settingsOf } from '../config/model-config.ts'
import { isFolded } from '../ops/fold-schedule.ts'
import type { OpNode } from '../ops/index.ts'
import { strategyOf } from '../ops/strategy.ts'
import type { OpGraph } from '../ops/typed-node.ts'

export interface LayerReuse {
  readonly strategy: string
  /** As the config asks; undefined where it says nothing. */
  readonly asked: number | undefined
  readonly effective: number
  /** Whether products take turns on multipliers; otherwise each has logic of its own, whatever the factor says. */
  readonly folded: boolean
}

/** The reuse of a layer that has weights and such a choice. */
export function layerReuse(graph: OpGraph, node: OpNode, config: ModelConfig): LayerReuse | undefined {
  const effective = node.choices.ReuseFactor
  if (effective === undefined || graph.store.get(node.weights.weight ?? '') === undefined) return undefined
  const settings = settingsOf(config, { name: node.name, layerClass: node.origin.layerClass })
  const asked = settings.map(({ choices }) => choices.ReuseFactor).find(value => value !== undefined)
  return {
    strategy: String(node.choices.Strategy ?? 'Latency'),
    asked: asked === undefined ? undefined : Number(asked),
    effective: Number(effective),
    folded: node.kind === 'dense' && isFolded(strategyOf(node.choices.Strategy), Number(effective)),
  }
}
