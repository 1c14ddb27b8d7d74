// Which layer an array belongs to, in files that name arrays by layer: `enc/fc/kernel`. Keras 2 leaves the names of
// models that are layers out as often as not, and puts names of cells behind those of their layers.

import type { HeldLayer, SourceModel } from './source-model.ts'

interface Leaf {
  readonly layer: HeldLayer
  /** The parts of its name. */
  readonly name: readonly string[]
  /** Names of the models that hold it. */
  readonly models: readonly string[]
}

interface Found {
  readonly layer: HeldLayer
  /** Models of its own that the path names before it, and those that it leaves out. */
  readonly named: number
  readonly unnamed: number
  readonly at: number
}

/** Finds the layers in a model that an array of this path, without its last part, may belong to; one, if all is well. */
export function layerFinder(model: SourceModel): (folders: readonly string[]) => readonly HeldLayer[] {
  const byFirst = new Map<string, Leaf[]>()
  for (const leaf of leavesOf(model, [])) {
    const [first = ''] = leaf.name
    byFirst.set(first, [...(byFirst.get(first) ?? []), leaf])
  }
  return folders => {
    const found = folders.flatMap((part, at) =>
      (byFirst.get(part) ?? []).flatMap(leaf => foundAt(leaf, folders, at)),
    )
    const [best] = [...found].sort(byFit)
    return best === undefined
      ? []
      : [...new Set(found.filter(own => byFit(own, best) === 0).map(({ layer }) => layer))]
  }
}

/** Those first whose models a path names most of, or leaves out least of, or whose name comes first in it. */
function byFit(a: Found, b: Found): number {
  return b.named - a.named || a.unnamed - b.unnamed || a.at - b.at
}

function leavesOf({ layers }: SourceModel, models: readonly string[]): readonly Leaf[] {
  return layers.flatMap(layer =>
    layer.model === undefined
      ? [{ layer, name: layer.name.split('/'), models }]
      : leavesOf(layer.model, [...models, layer.name]),
  )
}

function foundAt({ layer, name, models }: Leaf, folders: readonly string[], at: number): readonly Found[] {
  if (!name.every((part, k) => folders[at + k] === part)) return []
  const before = folders.slice(0, at)
  const named = models.filter(model => before.includes(model)).length
  return [{ layer, named, unnamed: models.length - named, at }]
}
