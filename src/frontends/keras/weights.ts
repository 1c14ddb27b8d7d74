// Finds trained arrays in a Keras weights file: `<layer>/…/<variable>:0`, under `model_weights` when the file holds
// the whole model. Values that are no numbers, wrong shapes and arrays that nothing reads are reported.

import type { Hdf5File } from '../../formats/hdf5/read.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { Problems } from '../problems.ts'
import type { Architecture, SourceLayer } from './architecture.ts'
import type { HeldLayer, SourceModel } from './source-model.ts'
import { layerFinder } from './weight-owners.ts'

/** One layer's arrays. */
export interface LayerWeights {
  has(variable: string): boolean
  /** The array of a variable; `shape` gives the extents known (undefined: any). Undefined when it is missing or wrong. */
  take(variable: string, shape: readonly (number | undefined)[]): FloatValues | undefined
  /** The arrays whose path has such a part, as if they were the layer's only ones. */
  within(part: RegExp): LayerWeights
  /** Reports arrays that were not taken. */
  finish(): void
}

/** Where trained arrays are. */
export interface WeightsSource {
  of(layer: SourceLayer): LayerWeights
  /** Reports what belongs to no layer. */
  finish(): void
}

/**
 * The arrays of a file that names them by layer. `grouped`: those of a layer, or of all layers in a model that is one,
 * stand in a group of its name, as Keras writes them; otherwise their paths alone tell.
 */
export function namedWeights(
  file: Hdf5File,
  { model }: Architecture,
  problems: Problems,
  { grouped }: { readonly grouped: boolean },
): WeightsSource {
  const { arrays, strays } = grouped
    ? arraysByGroup(file, model, problems)
    : arraysByPath(file, '', model, problems)
  return {
    of: layer => weightsOf(file, layer, arrays.get(keyOf(layer.path)) ?? [], problems),
    finish: () => {
      for (const path of strays) reportStray(file, path, problems)
      if (grouped) reportStrayLayers(file, model, problems)
    },
  }
}

interface Owned {
  /** By layer. */
  readonly arrays: ReadonlyMap<string, readonly NamedArray[]>
  /** Paths of arrays of no layer. */
  readonly strays: readonly string[]
}

function arraysByGroup(file: Hdf5File, model: SourceModel, problems: Problems): Owned {
  const root = weightsRoot(file)
  const owned = model.layers.map((layer): Owned => {
    const group = `${root}${layer.name}`
    if (!file.has(group)) return { arrays: new Map(), strays: [] }
    if (layer.model !== undefined) return arraysByPath(file, group, layer.model, problems)
    return { arrays: new Map([[keyOf(layer.path), datasetsUnder(file, group).map(named)]]), strays: [] }
  })
  return {
    arrays: new Map(owned.flatMap(({ arrays }) => [...arrays])),
    strays: owned.flatMap(({ strays }) => strays),
  }
}

const keyOf = (path: readonly string[]) => JSON.stringify(path)

/** Arrays under a group, by layers of a model that their paths name. */
function arraysByPath(file: Hdf5File, group: string, model: SourceModel, problems: Problems): Owned {
  const find = layerFinder(model)
  const arrays = new Map<string, NamedArray[]>()
  const strays: string[] = []
  for (const path of datasetsUnder(file, group)) {
    const owners = find(path.slice(group.length).split('/').slice(0, -1))
    const [owner] = owners
    if (owner === undefined) strays.push(path)
    else if (owners.length > 1) reportOwners(owners, path, problems)
    else {
      const key = keyOf(owner.path)
      arrays.set(key, [...(arrays.get(key) ?? []), named(path)])
    }
  }
  return { arrays, strays }
}

const named = (path: string): NamedArray => ({ path, variable: variableOf(path) })

/** An array of a layer, and the variable it holds. */
export interface NamedArray {
  readonly variable: string
  readonly path: string
}

/** The arrays that a file has for a layer. */
export function weightsOf(
  file: Hdf5File,
  layer: SourceLayer,
  arrays: readonly NamedArray[],
  problems: Problems,
  taken = new Set<string>(),
): LayerWeights {
  const find = (variable: string) => arrays.flatMap(own => (own.variable === variable ? [own.path] : []))
  const variables = arrays.map(({ variable }) => variable)
  return {
    has: variable => find(variable).length > 0,
    take: (variable, shape) => {
      const found = find(variable)
      for (const path of found) taken.add(path)
      const [path] = found
      if (path === undefined) return reportMissing(file, layer, variable, variables, problems)
      if (found.length > 1) return reportSeveral(layer, variable, found, problems)
      const { shape: has, data } = file.dataset(path)
      if (!fits(has, shape)) return reportShape(layer, variable, has, shape, problems)
      return finite(layer, variable, has, data, problems) ? { shape: has, data } : undefined
    },
    within: part => {
      const own = arrays.filter(({ path }) => part.test(path))
      return weightsOf(file, layer, own, problems, taken)
    },
    finish: () => {
      for (const { path } of arrays) if (!taken.has(path)) reportUnused(layer, path, problems)
    },
  }
}

/** Reports layers that have arrays in the file and no place in the architecture. */
function reportStrayLayers(file: Hdf5File, { layers }: SourceModel, problems: Problems): void {
  const root = weightsRoot(file)
  const listed = file.attribute(root, 'layer_names')
  const names = Array.isArray(listed) ? listed.map(String) : []
  const known = new Set(layers.map(layer => layer.name))
  for (const name of names) {
    if (known.has(name) || !file.has(`${root}${name}`) || datasetsUnder(file, `${root}${name}`).length === 0)
      continue
    problems.add({
      code: 'keras/unused-weight',
      place: file.name,
      problem: `it has weights for a layer '${name}', which the architecture does not have`,
      expected: `the layers ${[...known].join(', ')}`,
      remedy: 'Give the architecture and the weights of the same model.',
    })
  }
}

function reportStray(file: Hdf5File, path: string, problems: Problems): void {
  problems.add({
    code: 'keras/unused-weight',
    place: file.name,
    problem: `it has an array '${path}', which belongs to no layer of the architecture`,
    expected: 'arrays of the layers and no others',
    remedy: 'Give the architecture and the weights of the same model.',
  })
}

function reportOwners(owners: readonly HeldLayer[], path: string, problems: Problems): void {
  problems.add({
    code: 'keras/ambiguous-weight',
    place: owners[0]!.place,
    problem: `the array '${path}' may be that of any of ${owners.map(own => own.path.join('/')).join(', ')}`,
    expected: 'names by which layers are told apart',
    remedy: 'Give layers of different models different names, and save the model again.',
  })
}

function weightsRoot(file: Hdf5File): string {
  return file.has('model_weights') ? 'model_weights/' : ''
}

function datasetsUnder(file: Hdf5File, group: string): readonly string[] {
  if (group !== '' && file.isDataset(group)) return [group]
  return file
    .children(group)
    .flatMap(child => datasetsUnder(file, group === '' ? child : `${group}/${child}`))
}

/** `kernel` for `fc1/fc1/kernel:0`. */
function variableOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/:\d+$/, '')
}

function fits(has: readonly number[], wanted: readonly (number | undefined)[]): boolean {
  return (
    has.length === wanted.length &&
    wanted.every((extent, axis) => extent === undefined || extent === has[axis])
  )
}

function finite(
  layer: SourceLayer,
  variable: string,
  shape: readonly number[],
  data: Float64Array,
  problems: Problems,
): boolean {
  const at = data.findIndex(value => !Number.isFinite(value))
  if (at < 0) return true
  const count = data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0)
  const others = count === 1 ? '' : `, and so are ${count - 1} others`
  problems.add({
    code: 'keras/not-finite-weight',
    place: layer.place,
    problem: `element [${position(at, shape).join(', ')}] of '${variable}' is ${data[at]}${others}`,
    expected: 'finite numbers',
    remedy: 'Training diverged; train again, e.g. with a smaller learning rate.',
  })
  return false
}

function position(index: number, shape: readonly number[]): number[] {
  const result: number[] = []
  let rest = index
  for (const extent of [...shape].reverse()) {
    result.unshift(rest % extent)
    rest = Math.floor(rest / extent)
  }
  return result
}

function reportMissing(
  file: Hdf5File,
  layer: SourceLayer,
  variable: string,
  variables: readonly string[],
  problems: Problems,
): undefined {
  const has = variables.length === 0 ? 'no weights of this layer' : variables.join(', ')
  problems.add({
    code: 'keras/missing-weight',
    place: layer.place,
    problem: `${file.name} has no '${variable}' for it; it has ${has}`,
    expected: `an array '${layer.path.join('/')}/${variable}:0'`,
    remedy: 'Give the weights that belong to this architecture.',
  })
  return undefined
}

function reportSeveral(
  layer: SourceLayer,
  variable: string,
  paths: readonly string[],
  problems: Problems,
): undefined {
  problems.add({
    code: 'keras/ambiguous-weight',
    place: layer.place,
    problem: `its '${variable}' may be any of ${paths.join(', ')}`,
    expected: 'one array of that name',
    remedy: 'Save the model again.',
  })
  return undefined
}

function reportShape(
  layer: SourceLayer,
  variable: string,
  has: readonly number[],
  wanted: readonly (number | undefined)[],
  problems: Problems,
): undefined {
  problems.add({
    code: 'keras/weight-shape',
    place: layer.place,
    problem: `its '${variable}' has the shape [${has.join(', ')}]`,
    expected: `[${wanted.map(extent => extent ?? 'any').join(', ')}]`,
    remedy: 'Give the weights that belong to this architecture.',
  })
  return undefined
}

function reportUnused(layer: SourceLayer, path: string, problems: Problems): void {
  problems.add({
    code: 'keras/unused-weight',
    place: layer.place,
    problem: `the file has an array '${path}' that this layer does not use`,
    expected: 'the arrays of the layer and no others',
    remedy: 'Strip pruning or training wrappers from the model and save it again.',
  })
}
