// Split: one node of the file with several results, each a part along an axis.

import type { FloatValues } from '../../ops/definition.ts'
import type { Computed, Draft, NodeContext, NodeMeaning, NodeReader, Operand } from './node.ts'
import { extentsOf, partOf, refuseRows } from './rows.ts'

/** Parts of the lengths given, or of one length. */
export const readSplit: NodeReader = context => {
  const { attributes, inputs, node } = context
  const [x, lengths] = inputs
  if (x === undefined) return undefined
  if (x.kind === 'constant') return refuseRows(context, 'it splits a constant')
  if (lengths?.kind === 'computed') return refuseRows(context, 'the lengths of its parts are computed')
  const extents = extentsOf(x)
  const given = attributes.number('axis', 0)
  const axis = given < 0 ? given + extents.length : given
  const asked = lengths === undefined ? attributes.numbers('split', []) : list(lengths.values)
  const count = attributes.number('num_outputs', asked.length || node.outputs.length)
  const extent = extents[axis] ?? 0
  const parts = asked.length > 0 ? asked : equalParts(extent, count)
  const isWhole = parts.every(own => Number.isInteger(own) && own > 0)
  if (!isWhole || parts.reduce((sum, own) => sum + own, 0) !== extent || parts.length < node.outputs.length)
    return refuseRows(context, `parts of [${parts.join(', ')}] are asked of the ${extent} along its axis`)
  return split(context, x, axis, parts)
}

const list = ({ data }: FloatValues) => [...data]

/** The last one is smaller where they do not come out even. */
function equalParts(extent: number, count: number): readonly number[] {
  const each = Math.ceil(extent / count)
  return Array.from({ length: count }, (_, k) => Math.min(each, extent - k * each))
}

function split(
  context: NodeContext,
  x: Computed,
  axis: number,
  lengths: readonly number[],
): NodeMeaning | undefined {
  const drafts: Draft[] = []
  const results: (Operand | undefined)[] = []
  let from = 0
  for (const [k, length] of lengths.entries()) {
    const to = from + length
    if (context.isRead(k)) {
      const name = k === 0 ? context.name : `${context.name}_${k}`
      const part = partOf({ ...context, name }, x, [{ axis, from, to }], [])
      if (part === undefined) return undefined
      drafts.push(...('drafts' in part ? part.drafts : []))
      results[k] = 'same' in part ? part.same : 'drafts' in part ? part.results?.[0] : undefined
    }
    from = to
  }
  return drafts.length === 0 ? { same: x } : { drafts, results }
}
