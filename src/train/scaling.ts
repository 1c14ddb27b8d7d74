// Inputs that are scaled: by a layer of fixed statistics in front of the network (batch normalisation that is not
// trained), folded into the products behind it when training is done, or outside, by a file beside it. Scalers are fitted
// on the training rows alone.

import type { RowSource } from '../data/dataset.ts'
import { fitScaler, type ScaleKind, type Scaler, scaledSource } from '../data/scale.ts'
import { writeScalerFile } from '../data/scaler-file.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { WeightValues } from './initialise.ts'
import { type BuiltLayer, buildModel, freeName, type LayerSpec, type Model, weightKey } from './model.ts'
import type { ScalerPlace, ScaleSettings } from './scale-settings.ts'

export interface ScaledRows {
  readonly training: RowSource
  readonly validation: RowSource | undefined
  readonly test: RowSource | undefined
}

export interface Scaling {
  /** The network to train, on these rows. */
  readonly model: Model
  readonly rows: ScaledRows
  /** Values of the layers that scale, to begin with. */
  readonly weights: WeightValues
  /** The network that is written. */
  finish(weights: WeightValues): { readonly model: Model; readonly weights: WeightValues }
  /** Files that belong beside it. */
  readonly files: Readonly<Record<string, string>>
}

/** Fits on the training rows. Fails with `train/scale` before a row is read where the network does not allow it. */
export async function scaleInputs(
  model: Model,
  rows: ScaledRows,
  settings: ScaleSettings,
  place: ScalerPlace,
): Promise<Scaling> {
  const scaled = scaledInputs(model, settings)
  checkScaling(model, scaled, settings, place)
  const all = Uint32Array.from({ length: rows.training.count }, (_, k) => k)
  const scalers: (Scaler | undefined)[] = []
  for (const [input, { name }] of model.inputs.entries())
    scalers.push(
      scaled.includes(name)
        ? await fitScaler(rows.training, all, { kind: kindOf(settings), per: settings.per, input })
        : undefined,
    )
  if (place === 'export') return outside(model, rows, scalers)
  const inside = withLayers(model, scalers)
  const finish = (weights: WeightValues) =>
    place === 'fold' ? folded(model, weights, scalers) : { model: inside.model, weights }
  return { model: inside.model, rows, weights: inside.weights, finish, files: {} }
}

const kindOf = ({ kind }: ScaleSettings): ScaleKind => (kind === 'standardise' ? 'standard' : kind)

function outside(model: Model, rows: ScaledRows, scalers: readonly (Scaler | undefined)[]): Scaling {
  const own = (source: RowSource | undefined) => source && scaledSource(source, scalers)
  return {
    model,
    rows: {
      training: scaledSource(rows.training, scalers),
      validation: own(rows.validation),
      test: own(rows.test),
    },
    weights: {},
    finish: weights => ({ model, weights }),
    files: {
      'scaler.json': writeScalerFile(
        model.inputs.map(({ name }) => name),
        scalers,
      ),
    },
  }
}

/** Indices of an embedding are no amounts: unless they are named, such inputs stay. */
function scaledInputs(model: Model, { inputs }: ScaleSettings): readonly string[] {
  const names = model.inputs.map(({ name }) => name)
  const unknown = inputs?.find(name => !names.includes(name))
  if (unknown !== undefined) failScale(`there is no input '${unknown}'`, `one of ${names.join(', ')}`)
  const isIndices = (name: string) => readersOf(model, name).some(({ kind }) => kind === 'embedding')
  const indices = inputs?.find(isIndices)
  if (indices !== undefined)
    failScale(`input '${indices}' holds indices of an embedding`, 'inputs of amounts')
  const found = inputs ?? names.filter(name => !isIndices(name))
  if (found.length === 0) failScale('every input holds indices of an embedding', 'inputs of amounts')
  return found
}

const readersOf = (model: Model, name: string): readonly BuiltLayer[] =>
  model.layers.filter(({ inputs }) => inputs.includes(name))

/** Whether a layer scales by statistics that are not trained. */
export const isScaler = ({ kind, settings }: LayerSpec): boolean =>
  kind === 'batch-norm' && settings.trainable === false

function checkScaling(
  model: Model,
  scaled: readonly string[],
  { kind, per }: ScaleSettings,
  place: ScalerPlace,
): void {
  for (const name of scaled) {
    const { shape } = model.inputs.find(own => own.name === name)!
    const readers = readersOf(model, name)
    const twice = readers.find(isScaler)
    if (twice !== undefined)
      failScale(`layer '${twice.name}' scales input '${name}' already`, 'one scaler for an input')
    if (per === 'element' && shape.length > 1 && place !== 'export')
      failScale(
        `input '${name}' is [${shape.join(', ')}], and a layer scales by its last axis`,
        "per: 'channel' or 'input', or scaler: 'export'",
      )
    if (place === 'fold') for (const layer of readers) checkFold(model, layer, kind)
  }
}

/** Layers by Keras's defaults, and so the settings that a layer of fixed statistics has beside. */
const fixedStatistics = {
  momentum: 0.99,
  // A variance of 1 − ε makes the divisor exactly 1 in float32, and the factor what gamma says.
  epsilon: 2 ** -10,
  center: true,
  scale: true,
  trainable: false,
  betaQuantizer: null,
  gammaQuantizer: null,
  meanQuantizer: null,
  varianceQuantizer: null,
}

/** The network behind layers of fixed statistics: mean is the offset, gamma the factor. */
function withLayers(
  model: Model,
  scalers: readonly (Scaler | undefined)[],
): { readonly model: Model; readonly weights: WeightValues } {
  const taken = new Set([...model.inputs, ...model.layers].map(({ name }) => name))
  const names = new Map<string, string>()
  const weights: Record<string, Float32Array> = {}
  const added = model.inputs.flatMap(({ name, shape }, k): LayerSpec[] => {
    const scaler = scalers[k]
    if (scaler === undefined) return []
    const own = freeName(model.inputs.length === 1 ? 'scaler' : `${name}_scaler`, taken)
    names.set(name, own)
    const of = (values: (channel: number) => number) =>
      Float32Array.from({ length: shape.at(-1)! }, (_, channel) => values(channel))
    const entry = (list: readonly number[]) => (channel: number) => list[channel % list.length]!
    weights[`${own}/gamma`] = of(entry(scaler.factor))
    weights[`${own}/beta`] = of(() => 0)
    weights[`${own}/moving_mean`] = of(entry(scaler.offset))
    weights[`${own}/moving_variance`] = of(() => 1 - fixedStatistics.epsilon)
    return [{ kind: 'batch-norm', name: own, inputs: [name], settings: fixedStatistics }]
  })
  const behind = model.layers.map(({ kind, name, settings, inputs }) => ({
    kind,
    name,
    settings,
    inputs: inputs.map(input => names.get(input) ?? input),
  }))
  const spec = { ...model, layers: [...added, ...behind] }
  return { model: buildModel(spec, model.name), weights }
}

/** The products that an input goes to, past layers that only reshape it. */
function productsBehind(model: Model, layer: BuiltLayer): readonly BuiltLayer[] {
  return layer.kind === 'flatten'
    ? readersOf(model, layer.name).flatMap(own => productsBehind(model, own))
    : [layer]
}

/** Fails with `train/scale` where a product cannot take a scaler over without changing what it means. */
function checkFold(model: Model, first: BuiltLayer, kind: ScaleSettings['kind']): void {
  for (const layer of productsBehind(model, first)) {
    const { settings } = layer
    const place = `layer '${layer.name}' (${layer.kind})`
    const moves = kind !== 'power-of-two'
    if (!['dense', 'conv1d', 'conv2d'].includes(layer.kind))
      failFold(place, 'it is no product that takes a scaler over')
    if (settings.kernelQuantizer !== null || settings.biasQuantizer !== null)
      failFold(place, 'its weights are quantised, and scaled ones would leave their grid')
    if (moves && settings.useBias !== true) failFold(place, 'it has no bias to take the offset over')
    if (moves && settings.padding !== undefined && settings.padding !== 'valid')
      failFold(place, 'its padding adds zeros, which are not scaled')
  }
}

/** Kernels times the factors, and biases less what the offsets give; in doubles, rounded once. */
function folded(
  model: Model,
  weights: WeightValues,
  scalers: readonly (Scaler | undefined)[],
): { readonly model: Model; readonly weights: WeightValues } {
  const next: Record<string, Float32Array> = Object.fromEntries(
    model.layers.flatMap(layer =>
      layer.weights.map(own => [weightKey(layer, own), weights[weightKey(layer, own)]!] as const),
    ),
  )
  for (const [k, { name }] of model.inputs.entries()) {
    const scaler = scalers[k]
    if (scaler === undefined) continue
    const products = readersOf(model, name).flatMap(layer => productsBehind(model, layer))
    for (const layer of new Set(products)) foldInto(layer, scaler, next)
  }
  return { model, weights: next }
}

function foldInto(
  layer: BuiltLayer,
  { offset, factor }: Scaler,
  weights: Record<string, Float32Array>,
): void {
  const [kernelKey, biasKey] = ['kernel', 'bias'].map(name => weightKey(layer, { name })) as [string, string]
  const kernel = weights[kernelKey]!
  const results = layer.shape.at(-1)!
  const bias = Float64Array.from(weights[biasKey] ?? new Float32Array(results))
  weights[kernelKey] = kernel.map((weight, k) => {
    const channel = Math.floor(k / results) % factor.length
    const scaled = weight * factor[channel]!
    bias[k % results]! -= scaled * offset[channel]!
    return scaled
  })
  if (weights[biasKey] !== undefined) weights[biasKey] = Float32Array.from(bias)
}

function failFold(place: string, problem: string): never {
  return fail({
    code: 'train/scale',
    place,
    problem,
    expected: 'dense, conv1d or conv2d in floating point behind an input whose scaler is folded',
    remedy: "Leave out scaler: 'fold': the scaler is then a layer of its own.",
  })
}

function failScale(problem: string, expected: string): never {
  return fail({ code: 'train/scale', place: 'scale', problem, expected, remedy: 'Correct scale.' })
}
