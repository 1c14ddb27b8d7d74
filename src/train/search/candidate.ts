// A candidate of a search, a value of every dimension, as the compression that trains it.

import { isList, isObject, type JsonObject } from '../../frontends/json.ts'
import { collectProblems } from '../../frontends/problems.ts'
import {
  type CompressionInput,
  type CompressionProjectInput,
  type PruneSettings,
  type QuantiseSettings,
  quantisedModel,
} from '../compression.ts'
import { layerOf } from '../layers/index.ts'
import { type Model, type ModelInput, readModelConfig } from '../model.ts'
import type { TrainProject } from '../project.ts'
import { quantiserText, readQuantiser } from '../quantisers/parse.ts'
import { type Dimension, type DimensionKind, refuseSetting } from './settings.ts'

/** A value for each dimension, in their order. */
export type Candidate = readonly number[]

/** What all candidates share. */
export interface SearchBase {
  readonly project: TrainProject
  readonly compression: CompressionInput
}

/** The compression that trains a candidate for so many epochs; plain data. Fails with `search/setting`. */
export function projectOf(
  { project, compression }: SearchBase,
  dimensions: readonly Dimension[],
  candidate: Candidate,
  epochs: number,
): CompressionProjectInput {
  const chosen = dimensions.map((dimension, k) => ({ ...dimension, value: candidate[k]! }))
  // What follows from other keys is found again where the project is read.
  const { settings, model: _, out: __, scaling: ___, ...files } = project
  const student = studentOf(compression.student, chosen)
  const quantise = quantiseOf(compression.quantise, chosen)
  const { prune, ...parts } = compression
  const pruned = pruneOf(prune, chosen, epochs / settings.epochs)
  return {
    ...files,
    // As they were read, they can be read again.
    ...(settings as unknown as JsonObject),
    ...parts,
    ...(student === undefined ? {} : { student }),
    ...(quantise === undefined ? {} : { quantise }),
    ...(pruned === undefined ? {} : { prune: pruned }),
    epochs,
  }
}

interface Chosen extends Dimension {
  readonly value: number
}

/** Fails where a dimension is of a layer that is not there, or changes nothing. */
export function checkSpace(base: SearchBase, dimensions: readonly Dimension[], place: string): void {
  const first = dimensions.map(({ values }) => values[0]!)
  dimensions.forEach(({ kind, layer, values }, k) => {
    if (kind === 'sparsity' || values.length === 1) return
    const other = first.map((value, at) => (at === k ? values.at(-1)! : value))
    const [a, b] = [first, other].map(candidate => modelText(base, dimensions, candidate))
    if (a !== b) return
    const where = layer === undefined ? place : `${place}.${kind}`
    refuseSetting(
      where,
      `${kind}${layer === undefined ? '' : ` of '${layer}'`} changes nothing in the student`,
      'something that the student has',
      kind.startsWith('activation')
        ? "It is for layers whose activation is 'relu', 'tanh' or 'sigmoid', which compress.quantise replaces."
        : '',
    )
  })
}

function modelText(base: SearchBase, dimensions: readonly Dimension[], candidate: Candidate): string {
  const { student, quantise } = projectOf(base, dimensions, candidate, base.project.settings.epochs)
  // Of a teacher's own architecture only the quantisers can differ.
  if (typeof student !== 'object') return JSON.stringify(quantise)
  const model = readModelConfig(student, 'compress.student')
  return JSON.stringify(quantise === undefined ? model.layers : quantisedModel(model, quantise).layers)
}

function studentOf(
  student: CompressionInput['student'],
  chosen: readonly Chosen[],
): CompressionInput['student'] {
  const units = chosen.filter(({ kind }) => kind === 'units')
  if (units.length === 0) return student
  if (typeof student !== 'object')
    return refuseSetting(
      'search.units',
      'compress describes no student whose units there are to choose',
      'compress: { student: { input, layers } }',
    )
  const model = readModelConfig(student, 'compress.student')
  return units.reduce((own, dimension) => withUnits(own, model, dimension), student)
}

function withUnits(student: ModelInput, model: Model, { layer, value }: Chosen): ModelInput {
  // Layers without a name got theirs when the model was read.
  const at = model.layers.findIndex(({ name }) => name === layer)
  const own = model.layers[at]
  const fields = own === undefined ? {} : layerOf(own.kind).fields
  const key = ['units', 'filters'].find(name => Object.hasOwn(fields, name))
  if (own === undefined || key === undefined) {
    const having = model.layers.filter(({ kind }) =>
      ['units', 'filters'].some(name => Object.hasOwn(layerOf(kind).fields, name)),
    )
    return refuseSetting(
      'search.units',
      `'${layer}' is no layer of the student with units or filters`,
      having.map(({ name }) => name).join(', '),
    )
  }
  const layers = student.layers.map((given, k) => (k === at ? { ...given, [key]: value } : given))
  return { ...student, layers }
}

type Widths = Partial<Record<Exclude<DimensionKind, 'units' | 'sparsity'>, number>>

function quantiseOf(
  given: QuantiseSettings | undefined,
  chosen: readonly Chosen[],
): QuantiseSettings | undefined {
  const widths = chosen.filter(({ kind }) => kind !== 'units' && kind !== 'sparsity')
  if (widths.length === 0) return given
  const { layers = {}, ...all } = given ?? {}
  const of = (layer: string | undefined): Widths =>
    Object.fromEntries(widths.filter(own => own.layer === layer).map(({ kind, value }) => [kind, value]))
  const common = withWidths(all, of(undefined), true, 'compress.quantise')
  const names = new Set([
    ...Object.keys(layers),
    ...widths.flatMap(({ layer }) => (layer === undefined ? [] : [layer])),
  ])
  const own = [...names].map(name => {
    const place = `compress.quantise.layers.${name}`
    const settings = { ...common, ...withWidths(layers[name] ?? {}, of(undefined), false, place) }
    return [name, withWidths(settings, of(name), true, place)] as const
  })
  return { ...common, ...(own.length === 0 ? {} : { layers: Object.fromEntries(own) }) }
}

const functionKeys = ['relu', 'tanh', 'sigmoid'] as const

/** `complete`: what is to be sized and has no quantiser gets one. */
function withWidths(
  settings: Omit<QuantiseSettings, 'layers'>,
  { weightBits, weightInteger, activationBits, activationInteger }: Widths,
  complete: boolean,
  place: string,
): Omit<QuantiseSettings, 'layers'> {
  const weights = { bits: weightBits, integer: weightInteger }
  const results = { bits: activationBits, integer: activationInteger }
  const kernel = settings.kernel ?? (complete && isAsked(weights) ? 'quantized_bits(8,0,alpha=1)' : undefined)
  const named = functionKeys.filter(key => typeof settings[key] === 'string')
  const functions = named.length === 0 && complete && isAsked(results) ? (['relu'] as const) : named
  return {
    ...settings,
    ...(typeof kernel === 'string' ? { kernel: resized(kernel, weights, `${place}.kernel`) } : {}),
    ...Object.fromEntries(
      functions.map(key => [
        key,
        resized(settings[key] ?? 'quantized_relu(8,2)', results, `${place}.${key}`),
      ]),
    ),
  }
}

interface Size {
  readonly bits: number | undefined
  readonly integer: number | undefined
}

const isAsked = ({ bits, integer }: Size) => bits !== undefined || integer !== undefined

/** The quantiser at another width. */
function resized(text: string, { bits, integer }: Size, place: string): string {
  if (bits === undefined && integer === undefined) return text
  const problems = collectProblems()
  const spec = readQuantiser(text, place, problems)
  problems.throwIfAny()
  const wanted = Object.entries({ bits, integer }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  )
  // A quantiser of tanh has no integer bits to choose.
  const changed = wanted.filter(([key]) => Object.hasOwn(spec!.options, key))
  if (changed.length === 0)
    refuseSetting(
      place,
      `${spec!.name} has no ${wanted.map(([key]) => key).join(' or ')}`,
      'quantized_bits(8,0,alpha=1)',
    )
  return quantiserText({ ...spec!, options: { ...spec!.options, ...Object.fromEntries(changed) } })
}

/** Epochs at which a schedule begins and ends keep their place in a shorter run. */
function pruneOf(
  prune: PruneSettings | undefined,
  chosen: readonly Chosen[],
  share: number,
): PruneSettings | undefined {
  const sparsity = chosen.find(({ kind }) => kind === 'sparsity')?.value ?? prune?.sparsity
  if (sparsity === undefined || sparsity === 0) return undefined
  const scaled = (epoch: number | undefined) => (epoch === undefined ? undefined : Math.floor(epoch * share))
  const [begin, end] = [scaled(prune?.begin), scaled(prune?.end)]
  return {
    ...prune,
    sparsity,
    ...(begin === undefined ? {} : { begin }),
    ...(end === undefined ? {} : { end: Math.max(end, (begin ?? 0) + 1) }),
  }
}

/** Whether data can be written as JSON and read again: no functions, no arrays of bytes. */
export function isPlain(value: unknown): boolean {
  if (isList(value)) return value.every(isPlain)
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
    return Object.values(value).every(isPlain)
  return value === undefined || value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

const kindWords: Readonly<Record<DimensionKind, readonly [head: string, words: string]>> = {
  units: ['', ''],
  weightBits: ['w bits', 'weight bits'],
  weightInteger: ['w int', 'integer bits of weights'],
  activationBits: ['a bits', 'activation bits'],
  activationInteger: ['a int', 'integer bits of activations'],
  sparsity: ['pruned', 'pruned'],
}

/** The head of a dimension's column. */
export function dimensionHead({ kind, layer }: Dimension): string {
  return [kindWords[kind][0], layer ?? ''].filter(Boolean).join(' ')
}

export function valueText({ kind }: Dimension, value: number): string {
  return kind === 'sparsity' ? `${Math.round(1000 * value) / 10} %` : `${value}`
}

/** In words: `fc1 6, fc2 4, weight bits 6, pruned 40 %`. */
export function candidateText(dimensions: readonly Dimension[], candidate: Candidate): string {
  return dimensions
    .map((dimension, k) => {
      const name = [kindWords[dimension.kind][1], dimension.layer ?? ''].filter(Boolean).join(' of ')
      return `${name} ${valueText(dimension, candidate[k]!)}`
    })
    .join(', ')
}
