// A trained network, predicted from its saved file and set against training's own forward pass in float64, layer by
// layer: a chain without hardware ends with it.

import { join } from 'node:path'
import type { CompiledModel } from '../compile.ts'
import { sizeOf } from '../data/dataset.ts'
import type { Batch } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { writeNpy } from '../formats/npy.ts'
import { nodeNamed } from '../ir/graph.ts'
import { unionType } from '../ir/tensor-type.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import { grouped, percent } from '../report/plain-text.ts'
import { searchedTensors } from '../search/weight-bits.ts'
import { loadAutodiff, type Tensors } from '../train/autodiff.ts'
import { forward, type LastFunction, withoutLastFunction } from '../train/forward.ts'
import { initialWeights, type WeightValues } from '../train/initialise.ts'
import { readKerasModel } from '../train/keras-model.ts'
import { uploadWeights } from '../train/loop.ts'
import { classificationMetrics, type Metrics, manyClasses, regressionMetrics } from '../train/metrics.ts'
import type { Model } from '../train/model.ts'
import { diskFileSystem, type FileSystem, readFileBytes, writeFilesAtomic } from './files.ts'
import { type PreparedModel, prepareModel } from './prepare.ts'
import { readTable } from './read-data.ts'
import { runFixed } from './run-fixed.ts'

export interface PredictTrainedOptions {
  /** The `.h5` of a training or compression. */
  readonly model: string
  /** Rows, one file per input. */
  readonly data: readonly string[]
  /** Their classes; or the values that they should give. */
  readonly labels?: string
  readonly targets?: string
  readonly config?: string
  /** The scaler of the rows, where it stands outside of the network. */
  readonly scaler?: string
  /** The folder that `predicted.npy` and `prediction.json` go to. */
  readonly out: string
  readonly onProgress?: (text: string) => void
  readonly signal?: AbortSignal
  readonly disk?: FileSystem
}

/** Results of one layer, by both roads. */
export interface ComparedLayer {
  /** Its name in the model's file. */
  readonly name: string
  readonly values: number
  /** How many are not the same number. */
  readonly different: number
  /** The largest difference. */
  readonly furthest: number
}

export interface TrainedPrediction {
  readonly rows: number
  /** Of the emulated network. */
  readonly metrics: Metrics
  /** All layers that both have, in their order; a softmax or sigmoid at the end is left out: hardware reads it from a table. */
  readonly layers: readonly ComparedLayer[]
  /** Whether every value of these layers is the same number. */
  readonly equal: boolean
  /** Whether every weight is quantised, so that equal is what they should be. */
  readonly quantised: boolean
  readonly files: readonly string[]
}

/** Predicts the rows bit by bit from the file and compares. Fails as `predict` and as reading a model to train. */
export async function predictTrained(options: PredictTrainedOptions): Promise<TrainedPrediction> {
  const { model: path, data, labels, config, scaler, out, signal, disk = diskFileSystem } = options
  options.onProgress?.('predicting from the saved file')
  const prepared = await prepareModel({
    model: path,
    data,
    ...(labels === undefined ? {} : { labels }),
    ...(config === undefined ? {} : { config }),
    ...(scaler === undefined ? {} : { scaler }),
  })
  const { typed } = prepared.compiled
  const read = await readKerasModel(await readFileBytes(path, disk), path)
  const trained = { model: read.model, weights: read.weights ?? initialWeights(read.model, 1) }
  const pairs = pairsOf(trained.model, typed)
  const [output] = typed.outputs as [string]
  const wanted = [...new Set([output, ...pairs.map(({ node }) => node)])]
  const raw = await runFixed(typed, prepared.vectors!, wanted, { signal })
  const emulated = (name: string) => toNumbers(nodeNamed(typed, name), raw.get(name)!)
  options.onProgress?.("repeating training's own forward pass")
  const own = await forwardResults(trained, prepared.vectors!)
  const layers = pairs.map(({ layer, node }) => compared(layer, emulated(node), own.get(layer)!))
  const result = {
    rows: prepared.vectors![0]!.rows,
    metrics: await metricsOf(prepared, emulated(output), options),
    layers,
    equal: layers.every(({ different }) => different === 0),
    quantised: isQuantised(prepared.compiled),
  }
  const { shape } = nodeNamed(typed, output)
  const predicted = writeNpy({ shape: [result.rows, ...shape], data: emulated(output) }, 'float64')
  const placed = [
    [join(out, 'predicted.npy'), predicted],
    [join(out, 'prediction.json'), `${JSON.stringify(result, undefined, 2)}\n`],
  ] as const
  await writeFilesAtomic(placed, disk)
  return { ...result, files: placed.map(([file]) => file) }
}

/** Whether Lutra's own rules found no float weight to round. */
function isQuantised({ source, typed, rules }: CompiledModel): boolean {
  const inputs = typed.nodes.filter(({ kind }) => kind === 'input')
  const inputTypes = new Map(inputs.map(node => [node.name, unionType(typeOfNode(node))]))
  return rules === 'lossless' && searchedTensors(source, { inputTypes }).length === 0
}

/** One line of it. */
export function predictionText({ rows, layers, equal, metrics }: TrainedPrediction): string {
  const values = layers.reduce((sum, own) => sum + own.values, 0)
  const first = layers.find(({ different }) => different > 0)
  const bits = equal
    ? `all ${grouped(values)} values of ${layers.length} layers are training's own, bit for bit`
    : `from layer '${first!.name}' on values differ from training's own (there ${first!.different} of ${first!.values}, by up to ${first!.furthest.toPrecision(3)})`
  return `${grouped(rows)} rows: ${bits}; ${metricsText(metrics)}`
}

function metricsText(metrics: Metrics): string {
  if (metrics.kind === 'values') return `error (rms) ${metrics.rootMeanSquareError.toPrecision(4)}`
  const { accuracy, ranks, classes } = metrics
  const more =
    ranks === undefined || classes.length < manyClasses
      ? ''
      : `, top 5 ${percent(ranks.top5)}, top 10 ${percent(ranks.top10)}, MRR ${ranks.mrr.toFixed(4)}`
  return `accuracy ${percent(accuracy)}${more}`
}

interface Pair {
  /** In training. */
  readonly layer: string
  /** In the typed graph: the last node that came of the layer. */
  readonly node: string
}

/** A node that several layers became is the result of the last of them. */
function pairsOf(model: Model, graph: OpGraph): Pair[] {
  const { last } = withoutLastFunction(model)
  const byNode = new Map<string, string>()
  model.layers.forEach(({ name, shape }, k) => {
    const isLast = k === model.layers.length - 1
    const node = graph.nodes.findLast(
      ({ origin, kind }) =>
        (origin.source === name || origin.mergedNames.includes(name)) && !(isLast && isFunction(kind, last)),
    )
    if (node === undefined || sizeOf(node.shape) !== sizeOf(shape)) return
    // A table that is rounded as the quantiser behind it says is compared behind it.
    const isRounded = node.kind === 'embedding' && node.quantisers.embeddings !== undefined
    if (!isRounded) byNode.set(node.name, name)
  })
  return [...byNode].map(([node, layer]) => ({ node, layer }))
}

function isFunction(kind: string, last: LastFunction): boolean {
  return (last === 'softmax' && kind === 'softmax') || (last === 'sigmoid' && kind === 'table-activation')
}

const rowsAtOnce = 256

/** Results of all layers of training in inference, in float64, on all rows. */
async function forwardResults(
  { model, weights }: { readonly model: Model; readonly weights: WeightValues },
  inputs: readonly Batch[],
): Promise<Map<string, Float64Array>> {
  const autodiff = await loadAutodiff()
  const { maths } = autodiff
  const { model: before } = withoutLastFunction(model)
  const compiled = autodiff.compile((own: Tensors, given: Tensors) => {
    const seed = maths.full([], 0, 'int32')
    const x = model.inputs.map((_, k) => maths.cast(given[`x${k}`]!, 'float64'))
    const { results } = forward(before, own, x, { maths, training: false, seed })
    return Object.fromEntries(before.layers.map(({ name }) => [name, results[name]!]))
  })
  const held = uploadWeights(autodiff, model, weights)
  const rows = inputs[0]!.rows
  const found = new Map(
    before.layers.map(({ name, shape }) => [name, new Float64Array(rows * sizeOf(shape))] as const),
  )
  for (let at = 0; at < rows; at += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - at)
    const given = Object.fromEntries(
      inputs.map(({ data }, k) => {
        const size = data.length / rows
        const part = Float32Array.from(data.subarray(at * size, (at + count) * size))
        return [`x${k}`, autodiff.upload({ shape: [count, ...model.inputs[k]!.shape], data: part })]
      }),
    )
    const results = compiled(held, given)
    for (const [name, values] of found)
      values.set(autodiff.download(results[name]!), (at * values.length) / rows)
    autodiff.release({ given, results })
  }
  autodiff.release({ ...held })
  return found
}

function compared(name: string, emulated: ArrayLike<number>, own: Float64Array): ComparedLayer {
  let [different, furthest] = [0, 0]
  for (let k = 0; k < own.length; k++) {
    if (emulated[k] === own[k]) continue
    different++
    furthest = Math.max(furthest, Math.abs(emulated[k]! - own[k]!))
  }
  return { name, values: own.length, different, furthest }
}

async function metricsOf(
  { labels }: PreparedModel,
  outputs: Float64Array,
  { targets }: PredictTrainedOptions,
): Promise<Metrics> {
  if (labels === undefined) {
    const { data, shape } = await readTable(targets!)
    return regressionMetrics(outputs, data, shape.slice(1))
  }
  const classes = outputs.length / labels.length
  const names = Array.from({ length: Math.max(2, classes) }, (_, k) => String(k))
  return classificationMetrics({ classes, scores: outputs, labels: Int32Array.from(labels) }, names)
}
