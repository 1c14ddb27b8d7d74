// What compressing a network can mean, as plain data: quantisers for its layers, pruning, a teacher, trained widths.
// `compress` of a config says them beside the settings of any training.

import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { isObject, type Json, type JsonObject, shown } from '../frontends/json.ts'
import { collectProblems } from '../frontends/problems.ts'
import type { DistillationSettings } from './distillation.ts'
import type { ActivationSpec } from './fields.ts'
import { layerOf } from './layers/index.ts'
import { type BuiltLayer, buildModel, type Model, type ModelInput } from './model.ts'
import type { TrainProjectInput } from './project.ts'
import { type Structure, structures } from './pruning/groups.ts'
import type { PruningSettings } from './pruning/pruning.ts'
import type { QuantiserSpec } from './quantisers/definition.ts'
import { readQuantiser } from './quantisers/parse.ts'
import type { WidthSettings } from './widths/widths.ts'

/** Quantisers, as QKeras writes them; null leaves what is there. */
export interface QuantiseSettings {
  /** Of kernels: `quantized_bits(8,0,alpha=1)`. */
  readonly kernel?: string | null
  readonly bias?: string | null
  /** In the place of relu. */
  readonly relu?: string | null
  /** In the place of tanh, sigmoid, hard_sigmoid. */
  readonly tanh?: string | null
  readonly sigmoid?: string | null
  /** Others for single layers, by name. */
  readonly layers?: Readonly<Record<string, Omit<QuantiseSettings, 'layers'>>>
}

export interface PruneSettings {
  readonly sparsity: number
  readonly structure?: Structure
  /** How it is come by: at once, or along a polynomial from epoch `begin` to epoch `end`. */
  readonly schedule?: 'constant' | 'polynomial'
  readonly begin?: number
  readonly end?: number
  readonly power?: number
  readonly ranking?: 'l1' | 'l2'
  readonly scope?: 'layer' | 'model'
  readonly layers?: readonly string[]
  /** Reuse factor and bits of a weight, where multipliers or memory are to fall away. */
  readonly reuse?: number
  readonly bits?: number
}

/** What `compress` says besides files and training settings. */
export interface CompressionInput {
  /** An `.h5` or JSON of Keras whose weights the student begins with, and from which it learns where `distil` says so. */
  readonly teacher?: string
  /** Another architecture than the teacher's. */
  readonly student?: ModelInput | string
  /**
   * Whether such a student begins with the teacher's weights of layers that have its names and shapes, where its file
   * has none of its own; false without it.
   */
  readonly startFromTeacher?: boolean
  readonly quantise?: QuantiseSettings
  readonly prune?: PruneSettings
  readonly distil?: DistillationSettings
  readonly widths?: WidthSettings
  /** Sparsities to try one after another, each from the teacher anew. */
  readonly sweep?: readonly number[]
  /** Runs on the same rows, each from a seed of its own: `seed`, `seed` + 1, … */
  readonly seeds?: number
}

/** A `compress` of a config: its parts, files and settings; data it does not name are those of `train`. */
export type CompressionProjectInput = CompressionInput & Partial<Omit<TrainProjectInput, 'model' | 'start'>>

/** Gives a compression its types. Returns what it is given. */
export function defineCompression(project: CompressionProjectInput): CompressionProjectInput {
  return project
}

export const compressionKeys = [
  'teacher',
  'student',
  'startFromTeacher',
  'quantise',
  'prune',
  'distil',
  'widths',
  'sweep',
  'seeds',
] as const satisfies readonly (keyof CompressionInput)[]

const partKeys = {
  quantise: ['kernel', 'bias', 'relu', 'tanh', 'sigmoid', 'layers'],
  prune: [
    'sparsity',
    'structure',
    'schedule',
    'begin',
    'end',
    'power',
    'ranking',
    'scope',
    'layers',
    'reuse',
    'bits',
  ],
  distil: ['alpha', 'temperature'],
  widths: ['price', 'bitPrice', 'frac', 'per', 'overflow', 'margin'],
} as const

/** Checks the form of a `compress`; what its numbers must be, each part says itself. Fails with `train/compress`. */
export function readCompression(given: Readonly<Record<string, unknown>>, place: string): CompressionInput {
  for (const [part, keys] of Object.entries(partKeys)) {
    const value = given[part] as Json | undefined
    if (value === undefined) continue
    if (!isObject(value)) refuse(`${place}.${part}`, `it is ${shown(value)}`, `an object: ${keys.join(', ')}`)
    for (const key of Object.keys(value)) {
      if ((keys as readonly string[]).includes(key)) continue
      refuse(`${place}.${part}`, `there is no '${key}' here`, keys.join(', '), didYouMean(key, keys))
    }
  }
  const { prune, sweep, widths, quantise } = given as CompressionInput
  if (prune?.structure !== undefined && !structures.includes(prune.structure))
    refuse(`${place}.prune`, `the structure is '${prune.structure}'`, structures.join(', '))
  if (sweep !== undefined && !(Array.isArray(sweep) && sweep.length > 0 && sweep.every(isShare)))
    refuse(`${place}.sweep`, `it is ${shown(sweep as unknown as Json)}`, 'a list of shares below 1')
  checkSeeds(given as CompressionInput, place)
  checkStart(given as CompressionInput, place)
  if (widths !== undefined && quantise !== undefined)
    refuse(place, "both 'widths' and 'quantise' are given", 'one: widths that are trained, or quantisers')
  if (widths !== undefined && prune !== undefined)
    refuse(place, "both 'widths' and 'prune' are given", 'one: a weight of no bits is pruned')
  return given as CompressionInput
}

/** What makes a student something else than the teacher trained again. */
const smaller = ['student', 'quantise', 'prune', 'distil', 'widths', 'sweep'] as const

/** Fails with `train/compress` where nothing would be compressed. */
export function checkPurpose(compression: CompressionInput, place: string): void {
  if (smaller.some(part => compression[part] !== undefined)) return
  refuse(
    place,
    'nothing says how the network should become smaller',
    `one of ${smaller.join(', ')}`,
    "Add it to 'compress' of a config, named by --config. To train on without: lutra train MODEL.",
  )
}

function checkSeeds({ seeds, sweep, widths }: CompressionInput, place: string): void {
  if (seeds === undefined) return
  if (!Number.isInteger(seeds) || seeds < 1)
    refuse(`${place}.seeds`, `it is ${shown(seeds as Json)}`, 'how many runs, a whole number from 1')
  if (sweep !== undefined || widths !== undefined)
    refuse(place, `both 'seeds' and '${sweep === undefined ? 'widths' : 'sweep'}' are given`, 'one of them')
}

function checkStart({ startFromTeacher, teacher, student }: CompressionInput, place: string): void {
  if (startFromTeacher === undefined) return
  const own = `${place}.startFromTeacher`
  if (typeof startFromTeacher !== 'boolean')
    refuse(own, `it is ${shown(startFromTeacher as Json)}`, 'true or false')
  if (!startFromTeacher) return
  if (teacher === undefined) refuse(own, 'there is no teacher', 'teacher: an .h5 with weights')
  if (typeof student === 'string')
    refuse(own, `the student is the file '${student}'`, 'a student that the config describes')
}

const isShare = (value: unknown) => typeof value === 'number' && value >= 0 && value < 1

function refuse(place: string, problem: string, expected: string, hint = ''): never {
  return fail({
    code: 'train/compress',
    place,
    problem,
    expected,
    remedy: hint === '' ? 'Correct it.' : hint,
  })
}

/** Pruning as it is done, for a run of so many epochs: a polynomial over the first half by default. */
export function pruningOf(settings: PruneSettings, epochs: number): PruningSettings {
  const { sparsity, schedule = 'polynomial', begin = 0, power } = settings
  const end = settings.end ?? Math.max(begin + 1, Math.floor(epochs / 2))
  const folding =
    settings.reuse === undefined ? {} : { folding: { reuse: settings.reuse, bits: settings.bits ?? 8 } }
  return {
    schedule:
      schedule === 'constant' || end >= epochs
        ? { kind: 'constant', sparsity, begin }
        : { kind: 'polynomial', sparsity, begin, end, ...(power === undefined ? {} : { power }) },
    ...(settings.structure === undefined ? {} : { structure: settings.structure }),
    ...(settings.ranking === undefined ? {} : { ranking: settings.ranking }),
    ...(settings.scope === undefined ? {} : { scope: settings.scope }),
    ...(settings.layers === undefined ? {} : { layers: settings.layers }),
    ...folding,
  }
}

/** The model with quantisers in its layers. Fails with `train/compress` and the codes of quantisers. */
export function quantisedModel(model: Model, settings: QuantiseSettings): Model {
  const names = model.layers.map(({ name }) => name)
  for (const name of Object.keys(settings.layers ?? {}))
    if (!names.includes(name))
      refuse('quantise.layers', `there is no layer '${name}'`, names.join(', '), didYouMean(name, names))
  const layers = model.layers.map(layer =>
    quantisedLayer(layer, { ...settings, ...settings.layers?.[layer.name] }),
  )
  return buildModel({ ...model, layers }, 'quantise')
}

function quantisedLayer(layer: BuiltLayer, settings: QuantiseSettings): BuiltLayer {
  const place = `quantise: layer '${layer.name}'`
  const fields = layerOf(layer.kind).fields
  const changed = Object.keys(fields).flatMap((name): [string, unknown][] => {
    const text = quantiserFor(name, layer.settings[name], settings)
    return text === undefined || text === null ? [] : [[name, valueFor(name, text, place)]]
  })
  return { ...layer, settings: { ...layer.settings, ...Object.fromEntries(changed) } }
}

function quantiserFor(
  name: string,
  current: unknown,
  { kernel, bias, ...functions }: QuantiseSettings,
): string | null | undefined {
  if (/^(kernel|depthwise|pointwise|recurrent|embeddings)Quantizer$/.test(name)) return kernel
  if (name === 'biasQuantizer') return bias
  const activation = current as ActivationSpec | undefined
  if (!/[aA]ctivation$/.test(name) || activation?.kind !== 'function') return undefined
  const called = activation.name === 'hard_sigmoid' ? 'sigmoid' : activation.name
  return called === 'relu' || called === 'tanh' || called === 'sigmoid' ? functions[called] : undefined
}

function valueFor(name: string, text: string, place: string): QuantiserSpec | ActivationSpec {
  const problems = collectProblems()
  const spec = readQuantiser(text as unknown as JsonObject, place, problems)
  problems.throwIfAny()
  return /[aA]ctivation$/.test(name) ? { kind: 'quantiser', ...spec! } : spec!
}
