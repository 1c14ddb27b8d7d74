// What nodes are called in the graph: as the file calls them. PyTorch writes the path of the module, `/block/c1/Conv`,
// which becomes `block_c1`, the name that its users and hls4ml's configs know.

import type { OnnxNode } from '../../formats/onnx/model.ts'
import type { NodeMeaning, Operand } from './node.ts'

/** A name for every node, no two alike: nodes without one are `<operator>_<count>`, as QONNX counts them. */
export function nodeNames(nodes: readonly OnnxNode[], taken: readonly string[]): string[] {
  const used = new Set(taken)
  const counts = new Map<string, number>()
  return nodes.map(node => {
    const count = counts.get(node.type) ?? 0
    counts.set(node.type, count + 1)
    const own = ownName(node)
    const name = unused([...own, `${node.type}_${count}`], used)
    used.add(name)
    return name
  })
}

/**
 * What a node of the file became, with names that are nobody else's for those of its nodes that stand beside the one of
 * its own name; all of them are then taken.
 */
export function withFreeNames(meaning: NodeMeaning, own: string, taken: Set<string>): NodeMeaning {
  if (!('drafts' in meaning)) return meaning
  const renamed = new Map<string, string>()
  for (const { name } of meaning.drafts) {
    if (name === own) continue
    const free = unused([name], taken)
    taken.add(free)
    if (free !== name) renamed.set(name, free)
  }
  if (renamed.size === 0) return meaning
  const of = (name: string) => renamed.get(name) ?? name
  const shown = (operand: Operand | undefined) =>
    operand?.kind === 'computed' ? { ...operand, node: of(operand.node) } : operand
  return {
    ...meaning,
    drafts: meaning.drafts.map(draft => ({ ...draft, name: of(draft.name), inputs: draft.inputs.map(of) })),
    ...(meaning.results && { results: meaning.results.map(shown) }),
  }
}

/** Names in the order in which they are wanted. */
function ownName({ name }: OnnxNode): string[] {
  if (name === '') return []
  if (!name.startsWith('/')) return [name]
  const path = name.split('/').filter(part => part !== '')
  const module = path.slice(0, -1).join('_')
  const whole = path.join('_')
  return module === '' ? [whole] : [module, whole]
}

function unused(wanted: readonly string[], used: ReadonlySet<string>): string {
  const free = wanted.find(name => !used.has(name))
  if (free !== undefined) return free
  const last = wanted.at(-1)!
  for (let count = 1; ; count++) if (!used.has(`${last}_${count}`)) return `${last}_${count}`
}
