// An adder graph under construction. Ranges are kept as floating-point estimates: they steer choices and never
// decide bits (the finished graph has exact intervals of its own).

import type { AdderOp } from './adder-graph.ts'
import type { NetInterval } from './builder.ts'

/** ±node·2^shift, one summand of an output. */
export interface Term {
  readonly node: number
  readonly shift: number
  readonly sign: 1 | -1
}

export interface AdderDraft {
  readonly inputCount: number
  readonly ops: AdderOp[]
  /** Per node: adders in series up to it. */
  readonly depth: number[]
  /** Per node: values at the ends of its range, and the exponent of its lowest bit. */
  readonly low: number[]
  readonly high: number[]
  readonly lsb: number[]
  /** Per node: exponent just above its highest bit, sign apart. */
  readonly top: number[]
  readonly known: Map<string, number>
}

export function startDraft(inputs: readonly NetInterval[]): AdderDraft {
  const draft: AdderDraft = {
    inputCount: inputs.length,
    ops: [],
    depth: [],
    low: [],
    high: [],
    lsb: [],
    top: [],
    known: new Map(),
  }
  for (const { min, max, frac } of inputs)
    appendNode(draft, 0, Number(min) * 2 ** -frac, Number(max) * 2 ** -frac, -frac)
  return draft
}

function appendNode(draft: AdderDraft, depth: number, low: number, high: number, lsb: number): number {
  draft.low.push(low)
  draft.high.push(high)
  draft.lsb.push(lsb)
  draft.top.push(exponentAbove(Math.max(-low, high + 2 ** lsb, 2 ** lsb)))
  return draft.depth.push(depth) - 1
}

function exponentAbove(magnitude: number): number {
  return Math.ceil(Math.log2(magnitude) - 1e-9)
}

/** The node a ± b·2^shift; one already there is used again. */
export function addNode(draft: AdderDraft, a: number, b: number, shift: number, sub: boolean): number {
  const key = `${a},${b},${shift},${sub}`
  const known = draft.known.get(key)
  if (known !== undefined) return known
  draft.ops.push({ a, b, shift, sub })
  const scale = 2 ** shift
  const [low, high] = sub
    ? [-draft.high[b]! * scale, -draft.low[b]! * scale]
    : [draft.low[b]! * scale, draft.high[b]! * scale]
  const depth = 1 + Math.max(draft.depth[a]!, draft.depth[b]!)
  const lsb = Math.min(draft.lsb[a]!, draft.lsb[b]! + shift)
  const node = appendNode(draft, depth, draft.low[a]! + low, draft.high[a]! + high, lsb)
  draft.known.set(key, node)
  return node
}

/** The sum of two terms as a term; a negative one is subtracted. */
export function joinTerms(draft: AdderDraft, p: Term, q: Term): Term {
  if (p.sign === q.sign) {
    const [first, second] = p.node <= q.node ? [p, q] : [q, p]
    const node = addNode(draft, first.node, second.node, second.shift - first.shift, false)
    return { node, shift: first.shift, sign: p.sign }
  }
  const [plus, minus] = p.sign === 1 ? [p, q] : [q, p]
  const node = addNode(draft, plus.node, minus.node, minus.shift - plus.shift, true)
  return { node, shift: plus.shift, sign: 1 }
}

/** Estimated full-adder bits of p ± q·2^shift. */
export function joinCost(draft: AdderDraft, p: number, q: number, shift: number): number {
  const sign = draft.low[p]! < 0 || draft.low[q]! < 0 ? 1 : 0
  const top = Math.max(draft.top[p]!, draft.top[q]! + shift)
  return Math.max(0, sign + top - Math.max(draft.lsb[p]!, draft.lsb[q]! + shift))
}

/** Bit positions where both operands have bits of their own. */
export function overlap(draft: AdderDraft, p: number, q: number, shift: number): number {
  const sign = draft.low[p]! < 0 || draft.low[q]! < 0 ? 1 : 0
  const top = Math.min(draft.top[p]!, draft.top[q]! + shift)
  return Math.max(0, sign + top - Math.max(draft.lsb[p]!, draft.lsb[q]! + shift))
}
