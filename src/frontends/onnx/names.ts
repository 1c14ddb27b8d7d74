// What nodes are called in the graph: as the file calls them. PyTorch writes the path of the module, `/block/c1/Conv`,
// which becomes `block_c1`, the name that its users and hls4ml's configs know.

import type { OnnxNode } from '../../formats/onnx/model.ts'

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
