// What every verb on a model does first: read model, config and vectors, and type the graph.

import type { DefinedNetwork } from '../builder/define-network.ts'
import { type CompiledModel, compileModel } from '../compile.ts'
import { emptyConfig, type ModelConfig, type RunOptions, usesHls4mlRules } from '../config/model-config.ts'
import { type Diagnostic, fail, finding } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import { type Precision, parsePrecision } from '../fixed/precision.ts'
import type { FixedType } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import { printGraph } from '../ir/print.ts'
import { sizeOf } from '../ir/tensor-type.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { LossKind } from '../search/loss.ts'
import { compileLossless } from '../search/weight-bits.ts'
import { fewRows } from './calibration.ts'
import { readClasses } from './class-names.ts'
import { loadConfig } from './load-config.ts'
import { type LoadedModel, loadModel } from './load-model.ts'
import { readTable } from './read-data.ts'
import { countWraps, type LazyCrew } from './run-fixed.ts'
import { type ChosenScaler, chooseScaler, scaleBatches } from './scaler.ts'

/** Flags that mean the same for every verb. */
export interface ModelOptions {
  /** A model's file, or a network that a program defines. */
  readonly model: string | DefinedNetwork
  /** Weights file, where the model file holds the architecture alone. */
  readonly weights?: string
  readonly config?: string
  /** A config that was read before, instead of one in a file. */
  readonly readConfig?: ModelConfig
  /** Vectors, one per input in graph order, that the verb runs on. */
  readonly input?: readonly string[]
  /** Vectors to calibrate, check and verify on. */
  readonly data?: readonly string[]
  readonly labelColumn?: string
  readonly labels?: string
  /** Names of the classes, from class 0; else the config's, else those of `training.json` beside the model. */
  readonly classes?: readonly string[]
  /**
   * The `scaler.json` that training wrote: vectors are physical values, and scaled by it before the network takes them.
   * Else the config's, else the one beside the model where the record of training names it; false: rows are taken as
   * they are.
   */
  readonly scaler?: string | false
  readonly inputType?: string
  /** Largest loss accepted, in percent. */
  readonly maxLoss?: number
  readonly strict?: boolean
}

export interface PreparedModel {
  readonly loaded: LoadedModel
  readonly config: ModelConfig
  readonly compiled: CompiledModel
  /** `input` where given, else `data`; undefined when neither is. */
  readonly vectors: readonly Batch[] | undefined
  /** The same before they were scaled; the same arrays where no scaler stands before the network. */
  readonly given: readonly Batch[] | undefined
  /** What scales rows before the network takes them; its findings are among those below where there are rows. */
  readonly scaling: ChosenScaler
  readonly labels: readonly number[] | undefined
  /** Names of the classes, from class 0, as far as anything says them. */
  readonly classes: readonly string[] | undefined
  readonly findings: readonly Diagnostic[]
}

export interface PrepareOptions {
  /** Whether values that wrap are counted on the vectors, which a verb that looks at more does itself. */
  readonly wraps?: boolean
  /** Threads to count on. */
  readonly crew?: LazyCrew | undefined
  /** Refuses what the files alone show to be impossible, before anything is typed. */
  readonly judge?: (config: ModelConfig) => Promise<unknown>
}

export async function prepareModel(
  flags: ModelOptions,
  { wraps = true, crew, judge }: PrepareOptions = {},
): Promise<PreparedModel> {
  const { config, options, loaded, data, scaling } = await readModel(flags)
  await judge?.(config)
  const { model } = options
  const input = scaled(
    await readBatches(loaded.graph, options.input, { ...named(options), ...inputLabels(options) }),
    scaling,
  )
  const calibration = data ?? input
  const compiled = typeof model === 'string' ? typeModel(loaded.graph, config, calibration, options) : model
  if (typeof model !== 'string') checkDefined(model, options)
  const calibrated = calibration !== undefined && typeof model === 'string' && !usesHls4mlRules(config)
  const few = calibrated ? fewRows(calibration.inputs[0]!, (options.data ?? options.input ?? [])[0]!) : []
  const vectors = input ?? data
  const overflows =
    vectors === undefined || !wraps ? [] : await overflowFindings(compiled.typed, vectors.inputs, crew)
  return {
    loaded,
    config,
    compiled,
    vectors: vectors?.inputs,
    given: vectors?.given ?? vectors?.inputs,
    scaling,
    labels: vectors?.labels,
    classes: vectors?.classes,
    findings: [...((data ?? input)?.findings ?? []), ...compiled.findings, ...few, ...overflows],
  }
}

export interface ReadModel {
  readonly config: ModelConfig
  /** The flags, with what the config says where they are silent. */
  readonly options: ModelOptions
  readonly loaded: LoadedModel
  readonly data: Read | undefined
  readonly scaling: ChosenScaler
}

/** Config, model and `data`, before anything is typed. */
export async function readModel(flags: ModelOptions): Promise<ReadModel> {
  const config = await configOf(flags)
  const options = withRunOptions(flags, config.run)
  const { model } = options
  const loaded = typeof model === 'string' ? await loadModel(model, options.weights) : definedModel(model)
  const scaling = await chooseScaler(options, inputShapes(loaded.graph))
  const data = scaled(await readBatches(loaded.graph, options.data, options), scaling)
  const { classes } = data ?? {}
  // What keeps the config, as a package does, keeps the numbering with it.
  const kept = classes === undefined ? config : { ...config, run: { ...config.run, classes } }
  return { config: kept, options, loaded, data, scaling }
}

const named = ({ model, classes }: Pick<ModelOptions, 'model' | 'classes'>) => ({
  model,
  ...(classes !== undefined && { classes }),
})

/** Shapes of what the network takes, in graph order. */
function inputShapes(graph: OpGraph): (readonly number[])[] {
  return graph.nodes.flatMap(node => (node.kind === 'input' ? [node.shape] : []))
}

/** Rows as training scaled them, with what is to be said of that. */
function scaled(read: Read | undefined, { scaler, findings }: ChosenScaler): Read | undefined {
  if (read === undefined) return undefined
  const told = { ...read, findings: [...(read.findings ?? []), ...findings] }
  if (scaler === undefined) return told
  const batches = scaleBatches(scaler, read.inputs)
  return { ...told, inputs: batches.scaled, given: batches.given }
}

async function configOf({ config, readConfig }: ModelOptions): Promise<ModelConfig> {
  return readConfig ?? (config === undefined ? emptyConfig : await loadConfig(config))
}

/** The network's own text stands for the bytes of a file. */
function definedModel({ source, typed }: DefinedNetwork): LoadedModel {
  return {
    graph: source,
    file: source.name,
    bytes: [new TextEncoder().encode(printGraph(typed))],
    sources: [],
  }
}

function checkDefined({ source }: DefinedNetwork, options: ModelOptions): void {
  const given = (['config', 'weights', 'inputType'] as const).filter(key => options[key] !== undefined)
  if (given.length === 0) return
  fail({
    code: 'network/config',
    place: `network '${source.name}'`,
    problem: `${given.join(' and ')} given beside a network that has its types already`,
    expected: 'the network alone',
    remedy: 'Leave the config, weights and input type out.',
  })
}

/** The class column of a CSV file is taken out of inputs as it is out of data. */
function inputLabels({
  input,
  labelColumn,
  labels,
  data,
}: ModelOptions): Pick<ModelOptions, 'labelColumn' | 'labels'> {
  if (labelColumn !== undefined) return input?.[0]?.endsWith('.csv') === true ? { labelColumn } : {}
  return data === undefined && labels !== undefined ? { labels } : {}
}

/** Precedence: flag over config file. */
function withRunOptions(flags: ModelOptions, run: RunOptions): ModelOptions {
  const fromFile = {
    data: run.data === undefined ? undefined : [run.data],
    labelColumn: run.labelColumn,
    labels: run.labels,
    classes: run.classes,
    scaler: run.scaler,
    maxLoss: run.maxLoss,
    strict: run.strict,
  }
  const given = Object.entries(fromFile).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), ...flags }
}

export interface Read {
  readonly inputs: readonly Batch[]
  /** The same before they were scaled, where they were. */
  readonly given?: readonly Batch[]
  readonly labels: readonly number[] | undefined
  /** Names of the classes, from class 0, as far as anything says them. */
  readonly classes?: readonly string[] | undefined
  /** What is to be said of the rows. */
  readonly findings?: readonly Diagnostic[]
}

/** Rows for a graph's inputs from files, one for each; undefined for none. */
export async function readBatches(
  graph: OpGraph,
  specs: readonly string[] | undefined,
  source: Pick<ModelOptions, 'model' | 'labelColumn' | 'labels' | 'classes'>,
): Promise<Read | undefined> {
  if (specs === undefined || specs.length === 0) return undefined
  const inputs = graph.nodes.filter(node => node.kind === 'input')
  if (specs.length !== inputs.length) {
    fail({
      code: 'data/input-count',
      place: specs.join(', '),
      problem: `${counted(specs.length, 'file')} of vectors for ${counted(inputs.length, 'input')}`,
      expected: `one for each of ${inputs.map(({ name }) => `'${name}'`).join(', ')}, in this order`,
    })
  }
  const count = classCount(graph)
  const first = await readClasses(specs[0]!, columnOf(source), { ...named(source), count })
  checkLabels(graph, first.labels, source.labels ?? specs[0]!)
  const rest = await Promise.all(specs.slice(1).map(spec => readTable(spec)))
  const batches = [first.x, ...rest].map((table, k) =>
    batchOf(table, inputs[k]!.name, inputs[k]!.shape, specs[k]!),
  )
  const rows = batches[0]!.rows
  batches.forEach((batch, k) => {
    if (batch.rows === rows) return
    fail({
      code: 'data/row-count',
      place: specs[k]!,
      problem: `it has ${counted(batch.rows, 'row')}`,
      expected: `${rows}, as ${specs[0]}`,
    })
  })
  const { labels, names, findings } = first
  const classes = labels === undefined ? undefined : names
  return { inputs: batches, labels: labels && Array.from(labels), classes, findings }
}

/** `1 row`, `2 rows`. */
function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function columnOf({ labelColumn, labels }: Pick<ModelOptions, 'labelColumn' | 'labels'>) {
  const column = labelColumn !== undefined && /^-?\d+$/.test(labelColumn) ? Number(labelColumn) : labelColumn
  return { labelColumn: column, labels }
}

/** Rows of an input's shape; a flat row of the right length is taken too. */
function batchOf(
  table: { shape: readonly number[]; data: Float64Array },
  name: string,
  shape: readonly number[],
  spec: string,
): Batch {
  const rows = table.shape[0] ?? 0
  const size = sizeOf(shape)
  if (rows > 0 && table.data.length === rows * size) return { rows, shape, data: table.data }
  return fail({
    code: 'data/shape',
    place: spec,
    problem: `its shape is [${table.shape.join(', ')}]`,
    expected: `rows of [${shape.join(', ')}] for input '${name}'`,
    remedy:
      table.data.length === rows * (size + 1)
        ? 'If a column holds the class, name it with --label-column.'
        : 'Give the vectors that belong to this model.',
  })
}

/** Classes that the first output tells apart: one score is that of the second of two. */
function classCount(graph: OpGraph): number {
  return Math.max(2, sizeOf(nodeNamed(graph, graph.outputs[0]!).shape))
}

/** A class that the network has no output for would count as a wrong answer for ever. */
function checkLabels(graph: OpGraph, labels: Int32Array | undefined, spec: string): void {
  const output = nodeNamed(graph, graph.outputs[0]!)
  const classes = classCount(graph)
  const row = labels?.findIndex(label => label >= classes) ?? -1
  if (row < 0) return
  fail({
    code: 'data/label-range',
    place: `${spec}: row ${row}, counted from 0`,
    problem: `the label is ${labels![row]}`,
    expected: `a class from 0 to ${classes - 1}, as output '${output.name}' has ${counted(sizeOf(output.shape), 'value')}`,
    remedy: 'Give the labels that belong to this model.',
  })
}

/** Types a graph as config and calibration data have it. */
export function typeModel(
  graph: OpGraph,
  config: ModelConfig,
  data: Read | undefined,
  options: ModelOptions,
): CompiledModel {
  const inputTypes = statedInputTypes(graph, config, options)
  const common = { config, inputTypes, strict: options.strict === true }
  if (usesHls4mlRules(config) || data === undefined) return compileModel(graph, common)
  return compileLossless(
    graph,
    { inputs: data.inputs, ...lossKindOf(graph, data.labels, options.maxLoss) },
    common,
  )
}

/** Types of inputs that flags or config give. */
export function statedInputTypes(
  graph: OpGraph,
  config: ModelConfig,
  { inputType }: ModelOptions,
): Map<string, FixedType> {
  return inputType === undefined
    ? typesFromConfig(graph, config.run.inputType)
    : inputTypesOf(graph, inputType)
}

/** `inputType` of Lutra's own config: one for all inputs, or by name. */
export function typesFromConfig(graph: OpGraph, asked: RunOptions['inputType']): Map<string, FixedType> {
  if (asked === undefined) return new Map()
  const inputs = graph.nodes.filter(({ kind }) => kind === 'input')
  return new Map(
    inputs.flatMap(({ name }) => {
      const precision = asked instanceof Map ? asked.get(name) : (asked as Precision)
      return precision?.kind === 'fixed' ? [[name, precision.conversion.to] as const] : []
    }),
  )
}

/** The type that `--input-type` gives to every input. */
export function inputTypesOf(graph: OpGraph, text: string): Map<string, FixedType> {
  const precision = parsePrecision(text, '--input-type')
  if (precision.kind !== 'fixed') {
    fail({
      code: 'precision/input-type',
      place: '--input-type',
      problem: `'${text}' is no fixed-point type`,
      expected: 'e.g. fixed<12,4>',
    })
  }
  return new Map(
    graph.nodes.filter(({ kind }) => kind === 'input').map(({ name }) => [name, precision.conversion.to]),
  )
}

/** Labels: accuracy lost. A softmax at the end: decisions that change, 0.5 %. Else the share of the output range, 1 %. */
export function lossKindOf(
  graph: OpGraph,
  labels: readonly number[] | undefined,
  maxLossPercent: number | undefined,
): { loss: LossKind; maxLoss: number } {
  const classifies = nodeNamed(graph, graph.outputs[0]!).kind === 'softmax'
  const loss: LossKind =
    labels !== undefined ? { kind: 'accuracy', labels } : { kind: classifies ? 'decisions' : 'range' }
  const byDefault = loss.kind === 'range' ? 1 : 0.5
  return { loss, maxLoss: (maxLossPercent ?? byDefault) / 100 }
}

async function overflowFindings(
  typed: OpGraph,
  inputs: readonly Batch[],
  crew: LazyCrew | undefined,
): Promise<Diagnostic[]> {
  const { overflows, rows } = await countWraps(typed, inputs, { crew })
  return overflows.map(({ layer, wrapped, of }) =>
    finding({
      code: 'precision/wraps',
      place: `layer '${layer}'`,
      problem: `${wrapped} of ${of} values wrapped in the first ${counted(rows, 'row')}: they came out wrong by a multiple of the type's range`,
      remedy: 'Give its type more integer bits, or let it saturate (…,RND,SAT).',
    }),
  )
}
