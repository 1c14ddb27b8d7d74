// An adder graph being written: operations, each once, and what trees need to know of every node.

import type { Interval } from '../../fixed/interval.ts'
import type { AdderOp } from '../adder-graph.ts'
import { noSummands, type Summands, setSum, setSummand } from './summands.ts'

/** ±node·2^shift. */
export interface Term {
  readonly node: number
  readonly shift: number
  readonly sign: 1 | -1
}

export interface Draft {
  readonly nodes: Summands
  readonly ops: AdderOp[]
  readonly known: Map<string, number>
}

/** `arrival` gives the adders in series before each input. */
export function startDraft(inputs: readonly Interval[], arrival: readonly number[] = []): Draft {
  const nodes = noSummands()
  inputs.forEach(({ min, max, frac }, k) => {
    setSummand(nodes, k, arrival[k] ?? 0, Number(min) * 2 ** -frac, Number(max) * 2 ** -frac, -frac)
  })
  return { nodes, ops: [], known: new Map() }
}

/** The node a ± b·2^shift; one already there is used again. */
function addNode({ nodes, ops, known }: Draft, a: number, b: number, shift: number, sub: boolean): number {
  const key = `${a},${b},${shift},${sub}`
  const existing = known.get(key)
  if (existing !== undefined) return existing
  const node = nodes.depth.length
  ops.push({ a, b, shift, sub })
  setSum(nodes, node, nodes, a, b, shift, sub)
  known.set(key, node)
  return node
}

/**
 * The sum of two terms as a term; a negative one is subtracted. Where the signs differ, `flipped` subtracts the other
 * way round and gives a negative term, at the same cost.
 */
export function joinTerms(draft: Draft, p: Term, q: Term, flipped = false): Term {
  if (p.sign === q.sign) {
    const [first, second] = p.node <= q.node ? [p, q] : [q, p]
    const node = addNode(draft, first.node, second.node, second.shift - first.shift, false)
    return { node, shift: first.shift, sign: p.sign }
  }
  const [from, off] = (p.sign === 1) !== flipped ? [p, q] : [q, p]
  const node = addNode(draft, from.node, off.node, off.shift - from.shift, true)
  return { node, shift: from.shift, sign: flipped ? -1 : 1 }
}
