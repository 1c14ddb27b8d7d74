// A model whose names are meant to steer terminals, tables and pages.

import type { CompiledModel } from '../../compile.ts'
import type { OpGraph } from '../../ops/typed-node.ts'

const names = [
  '<script>alert(1)</script>',
  'a"b\'c&d]]>',
  '\u001b[31mred\u202eevil',
  'a_very_long_layer_name_that_goes_on_and_on_and_on_until_it_no_longer_fits_anywhere',
  '日本語の層の名前がとても長い場合',
  '../../etc/passwd',
  'x\ny|z',
  '__proto__',
  '</title><style>',
]

/** The model with other names throughout. */
export function hostile(compiled: CompiledModel): CompiledModel {
  const known = new Map<string, string>()
  const renamed = (name: string) => {
    const other =
      known.get(name) ?? `${names[known.size % names.length]}${known.size < names.length ? '' : known.size}`
    known.set(name, other)
    return other
  }
  const graph = (old: OpGraph): OpGraph => ({
    ...old,
    name: '<b>model</b>\u001b[2J',
    outputs: old.outputs.map(renamed),
    nodes: old.nodes.map(node => ({
      ...node,
      name: renamed(node.name),
      inputs: node.inputs.map(renamed),
      origin: { ...node.origin, mergedNames: node.origin.mergedNames.map(renamed) },
    })),
  })
  return { ...compiled, source: graph(compiled.source), typed: graph(compiled.typed) }
}
