// The types of sums and results that could lose nothing, whatever comes, beside those that are configured.

import { autoPrecision } from '../fixed/precision.ts'
import { type Conversion, conversion, type FixedType, includesType } from '../fixed/types.ts'
import { updateNode } from '../ir/graph.ts'
import { tensorConversion, unionType } from '../ir/tensor-type.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { fallbackDefault, requestFor } from '../passes/precision-request.ts'

export interface LosslessRole {
  readonly role: string
  /** The union of the types of all elements. */
  readonly configured: FixedType
  readonly lossless: FixedType
  /** Whether the configured type holds every value of the lossless one. */
  readonly holdsAll: boolean
}

const roles = ['accum', 'result'] as const

/** Lossless types of a layer's sum and result, its inputs and weights being what they are. */
export function losslessRoles(graph: OpGraph, node: OpNode): LosslessRole[] {
  if (node.kind === 'input') return []
  const inferred = inferredFor(graph, node)
  return roles.flatMap(role => {
    const own = node.resolved[role]
    const ideal = role === 'accum' && node.kind === 'softmax' ? sumOfEntries(node) : inferred[role]?.to
    if (own === undefined || ideal === undefined) return []
    const configured = unionType({ shape: own.to.shape, element: own.to })
    return [{ role, configured, lossless: ideal, holdsAll: includesType(configured, ideal) }]
  })
}

/** What the entries of a softmax's table, as they are, can sum to. */
function sumOfEntries(node: OpNode): FixedType | undefined {
  const entry = node.resolved[node.choices.Implementation === 'legacy' ? 'table' : 'exp_table']?.to.types[0]
  if (entry === undefined) return undefined
  const count = node.shape.at(-1)!
  return { ...entry, width: entry.width + Math.ceil(Math.log2(count)) }
}

function inferredFor(graph: OpGraph, node: OpNode): Readonly<Record<string, Conversion>> {
  const request = requestFor(graph, node, {
    modelDefault: fallbackDefault,
    maximum: undefined,
    asked: () => autoPrecision,
    rawWeight: role => {
      const tensor = graph.store.get(node.weights[role] ?? '')
      return tensor?.form === 'raw' ? tensor : undefined
    },
  })
  return definitionOf(node.kind).inferLossless(request)
}

/** The graph with one layer's sum exact: what it costs is told by an estimate of both. */
export function withLosslessSum(graph: OpGraph, name: string, lossless: FixedType): OpGraph {
  return updateNode(graph, name, own => ({
    ...own,
    resolved: { ...own.resolved, accum: tensorConversion(conversion(lossless)) },
  }))
}
