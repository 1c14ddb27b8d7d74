// A model to train, as plain data: its inputs and its layers in order, each with all its settings. Configs give it in
// the form of `ModelInput`; Keras files are read to the same (keras-model.ts).

import { sizeOf } from '../data/dataset.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { isList, isObject, type Json, type JsonObject, shown } from '../frontends/json.ts'
import { collectProblems, type Problems } from '../frontends/problems.ts'
import type { Shape } from '../ir/tensor-type.ts'
import { type Fields, reportField, type ValuesOf } from './fields.ts'
import type { WeightSpec } from './layers/definition.ts'
import { type LayerKind, layerOf, layers, type SettingsOf } from './layers/index.ts'

/** A layer of a config: `{ kind: 'dense', units: 8, kernelQuantizer: 'quantized_bits(6,0,alpha=1)' }`. */
export type LayerInput = {
  [K in LayerKind]: {
    readonly kind: K
    /** Keras's default where it is not given: dense, dense_1, … */
    readonly name?: string
    /** Names of the layers or inputs it reads; the layer before, where nothing is said. */
    readonly inputs?: string | readonly string[]
  } & { readonly [S in keyof SettingsOf<K>]?: Json }
}[LayerKind]

export interface ModelInput {
  readonly name?: string
  /** Shape of the input without the batch axis, or shapes by name. */
  readonly input: readonly number[] | Readonly<Record<string, readonly number[]>>
  readonly layers: readonly LayerInput[]
  /** Names of the layers that the network gives; the last, where nothing is said. */
  readonly outputs?: readonly string[]
}

/** Gives a model's config its types. Returns what it is given. */
export function defineModel(model: ModelInput): ModelInput {
  return model
}

export interface LayerSpec {
  readonly kind: LayerKind
  readonly name: string
  /** Names of what it reads. */
  readonly inputs: readonly string[]
  readonly settings: Readonly<Record<string, unknown>>
}

export interface ModelSpec {
  readonly name: string
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[]
  /** Each after what it reads. */
  readonly layers: readonly LayerSpec[]
  /** Layers that the network gives; the last, where nothing is said. */
  readonly outputs?: readonly string[]
  /** Whether Keras is to have a Functional model even of a chain of layers. */
  readonly isFunctional?: boolean
}

/** A layer with its shapes and weights known. */
export interface BuiltLayer extends LayerSpec {
  readonly inputShapes: readonly Shape[]
  readonly shape: Shape
  readonly weights: readonly WeightSpec[]
}

export interface Model extends ModelSpec {
  readonly layers: readonly BuiltLayer[]
  readonly outputs: readonly string[]
  /** Of the first output. */
  readonly outputShape: Shape
  /** Trained numbers and moving averages. */
  readonly parameters: number
}

/** The weight's name among all of the model: `fc1/kernel`. */
export const weightKey = (layer: { readonly name: string }, weight: { readonly name: string }): string =>
  `${layer.name}/${weight.name}`

/** Reads a model's config; fails with `train/…` codes, all that is wrong at once. */
export function readModelConfig(value: unknown, place: string): Model {
  const problems = collectProblems()
  const spec = readSpec(value as Json, place, problems)
  problems.throwIfAny()
  return buildModel(spec, place)
}

function readSpec(value: Json, place: string, problems: Problems): ModelSpec {
  if (!isObject(value) || !isList(value.layers) || value.layers.length === 0) refuse(place, shown(value))
  const known = ['name', 'input', 'layers', 'outputs']
  for (const key of Object.keys(value)) if (!known.includes(key)) reportKey(key, known, place, problems)
  const inputs = readInputs(value.input, place, problems)
  const names = new Set(inputs.map(({ name }) => name))
  let before = inputs[0]?.name ?? 'input'
  const list = value.layers.flatMap((entry, index) => {
    const layer = readLayer(entry, `${place}: layer ${index + 1}`, { before, names, problems })
    if (layer === undefined) return []
    before = layer.name
    names.add(layer.name)
    return [layer]
  })
  const outputs = readOutputs(value.outputs, list, place, problems)
  return { name: typeof value.name === 'string' ? value.name : 'model', inputs, layers: list, ...outputs }
}

function readOutputs(
  value: Json | undefined,
  list: readonly LayerSpec[],
  place: string,
  problems: Problems,
): Pick<ModelSpec, 'outputs'> {
  if (value === undefined) return {}
  const names = list.map(({ name }) => name)
  const isRight =
    isList(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every(own => names.includes(own as string))
  if (isRight) return { outputs: value as readonly string[] }
  reportField('outputs', value, { expected: `a list of layers: ${names.join(', ')}` }, place, problems)
  return {}
}

function refuse(place: string, found: string): never {
  return fail({
    code: 'train/no-model',
    place,
    problem: `this is no model to train: ${found}`,
    expected: 'input and a list of layers',
    remedy: 'See defineModel.',
  })
}

function readInputs(value: Json | undefined, place: string, problems: Problems): ModelSpec['inputs'] {
  const named: readonly (readonly [string, Json])[] = isObject(value)
    ? Object.entries(value)
    : [['input', value ?? null]]
  return named.map(([name, shape]) => {
    if (isShape(shape)) return { name, shape }
    reportField(
      'input',
      shape,
      { expected: 'the extents of an input, such as [16], or extents by name' },
      place,
      problems,
    )
    return { name, shape: [1] }
  })
}

function isShape(value: Json): value is readonly number[] {
  return isList(value) && value.length > 0 && value.every(own => Number.isInteger(own) && Number(own) > 0)
}

interface Before {
  readonly before: string
  readonly names: ReadonlySet<string>
  readonly problems: Problems
}

function readLayer(entry: Json, place: string, { before, names, problems }: Before): LayerSpec | undefined {
  const kind = isObject(entry) ? entry.kind : undefined
  if (!isObject(entry) || typeof kind !== 'string' || !Object.hasOwn(layers, kind)) {
    reportKind(kind, place, problems)
    return undefined
  }
  const name = typeof entry.name === 'string' ? entry.name : freeName(kind.replaceAll('-', '_'), names)
  const own = `${place} ('${name}')`
  if (names.has(name) || !/^[A-Za-z0-9_.-]+$/.test(name)) reportName(name, own, problems)
  const { kind: _kind, name: _name, inputs, ...given } = entry
  const reads = inputs === undefined ? [before] : isList(inputs) ? inputs.map(String) : [String(inputs)]
  for (const other of reads) if (!names.has(other)) reportInput(other, names, own, problems)
  const settings = readSettings(layerOf(kind as LayerKind).fields, given, own, problems)
  return { kind: kind as LayerKind, name, inputs: reads, settings }
}

/** `wanted`, or the first of `wanted_1`, `wanted_2`, … that is not taken. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let k = 0; ; k++) {
    const name = k === 0 ? wanted : `${wanted}_${k}`
    if (!taken.has(name)) return name
  }
}

/**
 * The settings by their own names; those that are missing are the defaults, wrong and unknown ones are reported. What
 * was reported is undefined in the result, which is therefore to be used only when `problems` stayed empty.
 */
export function readSettings<F extends Fields>(
  fields: F,
  given: JsonObject,
  place: string,
  problems: Problems,
): ValuesOf<F> {
  for (const key of Object.keys(given))
    if (!Object.hasOwn(fields, key)) reportKey(key, Object.keys(fields), place, problems)
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = given[name]
      if (value === undefined) {
        if (field.default === undefined) reportField(name, value, field, place, problems)
        return [name, field.default]
      }
      const before = problems.list.length
      const read = field.read(value, `${place}: ${name}`, problems)
      if (read === undefined && problems.list.length === before)
        reportField(name, value, field, place, problems)
      return [name, read]
    }),
  ) as ValuesOf<F>
}

/** Works out shapes and weights; fails with `train/shape` where layers do not fit. */
export function buildModel(spec: ModelSpec, place: string): Model {
  const shapes = new Map(spec.inputs.map(({ name, shape }) => [name, shape]))
  const built = spec.layers.map((layer): BuiltLayer => {
    const definition = layerOf(layer.kind)
    const own = `${place}: layer '${layer.name}' (${layer.kind})`
    const inputShapes = layer.inputs.map(name => shapes.get(name) ?? failShape(own, `it reads '${name}'`))
    if (inputShapes.length > 1 && definition.inputs !== 'several')
      failShape(own, `it reads ${inputShapes.length} layers, and takes one`)
    const settings = layer.settings as never
    const shape = definition.shape(settings, inputShapes[0]!, inputShapes)
    if (typeof shape === 'string') failShape(own, shape)
    shapes.set(layer.name, shape)
    return { ...layer, inputShapes, shape, weights: definition.weights?.(settings, inputShapes[0]!) ?? [] }
  })
  const parameters = built.flatMap(layer => layer.weights).reduce((sum, own) => sum + sizeOf(own.shape), 0)
  const outputs = spec.outputs ?? [built.at(-1)!.name]
  const outputShape = shapes.get(outputs[0]!)!
  return { ...spec, layers: built, outputs, outputShape, parameters }
}

function failShape(place: string, problem: string): never {
  return fail({ code: 'train/shape', place, problem, remedy: 'Correct this layer or the one before.' })
}

function reportKind(kind: Json | undefined, place: string, problems: Problems): void {
  const known = Object.keys(layers)
  problems.add({
    code: 'train/unknown-layer',
    place,
    problem: `its kind is ${shown(kind)}`,
    expected: `one of ${known.join(', ')}`,
    remedy: (typeof kind === 'string' && didYouMean(kind, known)) || 'Name its kind.',
  })
}

function reportKey(key: string, known: readonly string[], place: string, problems: Problems): void {
  problems.add({
    code: 'train/unknown-setting',
    place,
    problem: `'${key}' is not known there`,
    expected: known.length === 0 ? 'no settings' : `one of ${known.join(', ')}`,
    remedy: didYouMean(key, known) || 'Remove it.',
  })
}

function reportName(name: string, place: string, problems: Problems): void {
  problems.add({
    code: 'train/layer-name',
    place,
    problem: `the name '${name}' is taken, or holds other characters than letters, digits, '_', '-' and '.'`,
    expected: 'a name of its own for every layer',
    remedy: 'Rename it.',
  })
}

function reportInput(name: string, names: ReadonlySet<string>, place: string, problems: Problems): void {
  problems.add({
    code: 'train/unknown-input',
    place,
    problem: `it reads '${name}', which is no input and no layer before it`,
    expected: `one of ${[...names].join(', ')}`,
    remedy: didYouMean(name, names) || 'Correct the name.',
  })
}
