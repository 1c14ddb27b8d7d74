// Runs typed graphs that differ in little on the same rows, as searches do. A node's results are those of an earlier
// graph where its plan is the same and so are the raw values that it reads: then nothing is run. Results that turn out
// equal to earlier ones are taken for these, so that what lies behind a change that changes nothing is not run either.

import { sizeOf } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { Batch, RawBatch } from '../engine.ts'
import { inputQuantiser } from './fixed.ts'
import { newValues } from './forms.ts'
import { type HeldResult, mostBytes, newHeldResults } from './held-results.ts'
import { createNodeRunner, type NodeRunner } from './node-runner.ts'
import { planOfNode } from './plans.ts'
import { samePlan } from './same-plan.ts'

export interface SharedEngine {
  /** Raw results by node name for the nodes asked, for every row; the same bits as those of every other engine. */
  run(graph: OpGraph, wanted: readonly string[]): Map<string, RawBatch>
  /** Compiles the nodes that this graph's run will take long for; `run` does without. */
  prepare(graph: OpGraph): Promise<void>
  /** Holds on to the results of this graph, and of no graph before it, however many are run. */
  keep(graph: OpGraph): void
  /** Nodes whose results were computed, and all that were asked for. */
  counts(): { readonly computed: number; readonly asked: number }
}

/** What gives a node's result: a plan, or the conversion of an input as text. */
type Way = NodeRunner | string

/** Whether one graph's results of so many rows leave room for those of others. */
export function isWorthSharing(graph: OpGraph, rows: number): boolean {
  return rows * 8 * graph.nodes.reduce((sum, { shape }) => sum + sizeOf(shape), 0) <= mostBytes / 2
}

/** For these rows; float inputs are in graph order. */
export function createSharedEngine(inputs: readonly Batch[]): SharedEngine {
  const kept = new Set<HeldResult<Way>>()
  const held = newHeldResults<Way>()
  const counts = { computed: 0, asked: 0 }
  const rows = inputs[0]?.rows ?? 0
  const waysOfGraph = new WeakMap<OpGraph, Map<string, Way>>()
  const newWay = (graph: OpGraph, node: OpNode): Way => {
    if (node.kind === 'input') return textOfConversion(node)
    const plan = planOfNode(graph, node)
    const same = held.waysOf(node.name).find(way => typeof way !== 'string' && samePlan(way.plan, plan))
    return same ?? createNodeRunner(plan)
  }
  const wayOf = (graph: OpGraph, node: OpNode): Way => {
    const ways = waysOfGraph.get(graph) ?? new Map<string, Way>()
    waysOfGraph.set(graph, ways)
    const way = ways.get(node.name) ?? newWay(graph, node)
    ways.set(node.name, way)
    return way
  }
  const all = (graph: OpGraph) => {
    const results = new Map<string, HeldResult<Way>>()
    const entering = [...inputs]
    for (const node of graph.nodes) {
      const batch = node.kind === 'input' ? entering.shift()! : undefined
      const way = wayOf(graph, node)
      const sources = node.inputs.map(name => results.get(name)!.batch)
      const found = held.find(node.name, way, sources)
      counts.asked++
      if (found === undefined) counts.computed++
      const run = () => (typeof way === 'string' ? rawInput(node, batch!) : way.run(sources, rows))
      results.set(node.name, found ?? held.add(node.name, way, sources, run()))
    }
    held.drop(kept)
    return results
  }
  return {
    run: (graph, wanted) => {
      const results = all(graph)
      return new Map(wanted.map(name => [name, results.get(name)!.batch]))
    },
    prepare: async graph => {
      const known = new Map<string, RawBatch | undefined>()
      for (const node of graph.nodes) {
        const way = wayOf(graph, node)
        const sources = node.inputs.map(name => known.get(name))
        const found = sources.every(own => own !== undefined) && held.find(node.name, way, sources)
        known.set(node.name, found ? found.batch : undefined)
        if (!found && typeof way !== 'string') await way.prepare(rows)
      }
    },
    keep: graph => {
      kept.clear()
      for (const result of all(graph).values()) kept.add(result)
    },
    counts: () => counts,
  }
}

function textOfConversion(node: OpNode): string {
  const { to, rounding, overflow, saturationBits } = node.resolved.result!
  return JSON.stringify([to, rounding, overflow, saturationBits])
}

function rawInput(node: OpNode, batch: Batch): RawBatch {
  const quantise = inputQuantiser(node)
  const size = sizeOf(node.shape)
  const raw = newValues({ size: batch.rows * size, types: typeOfNode(node).element.types })
  for (let row = 0; row < batch.rows; row++) {
    const values = quantise(batch, row)
    for (let k = 0; k < size; k++) (raw as unknown[])[row * size + k] = values[k]
  }
  return { rows: batch.rows, size, raw }
}
