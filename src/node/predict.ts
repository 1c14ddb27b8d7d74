// `lutra predict`: bit-accurate (or float) outputs of a model on vectors.

import { join } from 'node:path'
import { type Diagnostic, fail, finding } from '../diagnostics/diagnostic.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { writeNpy } from '../formats/npy.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { checkpoint } from './checkpoint.ts'
import { type FileSystem, writeFilesAtomic } from './files.ts'
import { type ModelOptions, type PreparedModel, prepareModel } from './prepare.ts'
import { crewOf, type LazyCrew, type RunOptions, runFixed } from './run-fixed.ts'
import { indexOf } from './trace-index.ts'

export interface PredictOptions extends ModelOptions {
  readonly input: readonly string[]
  /** One file per output, in graph order: `.csv` a table with a column for each element, any other name NumPy's. */
  readonly out?: readonly string[]
  readonly engine?: 'fixed' | 'float'
  /** Folder for the results of every layer, a file each, and `trace.json`, which says what they are. */
  readonly trace?: string
  /** Threads for large bit-accurate predictions, 1 by default; the bits are the same for any number. */
  readonly threads?: number
  readonly signal?: AbortSignal
  /** The disk that results are written to; the real one by default. */
  readonly disk?: FileSystem
}

export interface Prediction {
  /** Values by output, in graph order. */
  readonly outputs: readonly Batch[]
  /** Values by layer, when a trace was asked for. */
  readonly trace: ReadonlyMap<string, Batch>
  readonly findings: readonly Diagnostic[]
}

/** A prediction, and what is known of the rows. */
export interface RowsPredicted extends Prediction {
  /** Names of the outputs as the model's file has them, in graph order. */
  readonly names: readonly string[]
  /** Classes of the rows, and what they are called, from class 0. */
  readonly labels: readonly number[] | undefined
  readonly classes: readonly string[] | undefined
}

/** Predicts, writing the files asked for. */
export async function predict(options: PredictOptions): Promise<Prediction> {
  const { outputs, trace, findings } = await predictRows(options)
  return { outputs, trace, findings }
}

/** Predicts `input`, or `data` where there is none. */
export async function predictRows(options: RowOptions): Promise<RowsPredicted> {
  const crew = crewOf(options.threads ?? 1)
  try {
    return await predictWith(options, crew)
  } finally {
    await crew?.close()
  }
}

type RowOptions = Omit<PredictOptions, 'input'> & Partial<Pick<PredictOptions, 'input'>>

async function predictWith(options: RowOptions, crew: LazyCrew | undefined): Promise<RowsPredicted> {
  const prepared = await prepareModel(options, { crew })
  const engine = options.engine ?? 'fixed'
  const graph = engine === 'float' ? prepared.compiled.source : prepared.compiled.typed
  checkOutputs(options, graph.outputs)
  const layers = options.trace === undefined ? [] : graph.nodes.map(({ name }) => name)
  const wanted = [...new Set([...graph.outputs, ...layers])]
  const results = await runEngine(prepared, engine, wanted, { ...options, crew })
  const outputs = graph.outputs.map(name => results.get(name)!)
  const trace = new Map(layers.map(name => [name, results.get(name)!]))
  const findings = [...prepared.findings, ...(await writeResults(options, prepared, outputs, trace))]
  const { labels, classes } = prepared
  return { outputs, trace, findings, names: namesOf(graph), labels, classes }
}

/** What the model's file calls its outputs: a layer and its activation are two nodes. */
function namesOf(graph: OpGraph): readonly string[] {
  const sources = graph.outputs.map(name => nodeNamed(graph, name).origin.source)
  return new Set(sources).size === sources.length ? sources : graph.outputs
}

function checkOutputs(options: RowOptions, outputs: readonly string[]): void {
  const given = options.out?.length ?? outputs.length
  if (given === outputs.length) return
  fail({
    code: 'predict/output-count',
    place: '--out',
    problem: `${given} files for ${outputs.length} outputs`,
    expected: `one for each of ${outputs.map(name => `'${name}'`).join(', ')}, in this order`,
  })
}

/** Values as doubles. */
interface NumberBatch extends Batch {
  /** Whether some have more significant bits than a double and were rounded. */
  readonly rounded?: boolean
}

/** Doubles hold every raw number; of bigints, those of 53 significant bits. */
function isRounded({ raw }: RawBatch): boolean {
  return Array.isArray(raw) && raw.some(value => BigInt(Number(value)) !== value)
}

/** Results of the layers asked for, as numbers, on the vectors of the model. */
export async function runEngine(
  { compiled, vectors }: PreparedModel,
  engine: 'fixed' | 'float',
  wanted: readonly string[],
  options: RunOptions = {},
): Promise<Map<string, NumberBatch>> {
  if (engine === 'float') return runFloat(compiled.source, vectors!, wanted)
  const raw = await runFixed(compiled.typed, vectors!, wanted, options)
  return new Map(
    [...raw].map(([name, batch]) => {
      const node = nodeNamed(compiled.typed, name)
      return [
        name,
        { rows: batch.rows, shape: node.shape, data: toNumbers(node, batch), rounded: isRounded(batch) },
      ]
    }),
  )
}

async function writeResults(
  options: RowOptions,
  prepared: PreparedModel,
  outputs: readonly NumberBatch[],
  trace: ReadonlyMap<string, NumberBatch>,
): Promise<Diagnostic[]> {
  const index = indexOf(prepared.compiled, options.engine ?? 'fixed', outputs[0]?.rows ?? 0)
  const files = [
    ...(options.out ?? []).map((path, k) => [path, outputs[k]!] as const),
    ...index.layers.flatMap(({ name, file }) => {
      const batch = trace.get(name)
      return batch === undefined ? [] : [[join(options.trace!, file), batch] as const]
    }),
  ]
  const said =
    options.trace === undefined
      ? []
      : [[join(options.trace, 'trace.json'), `${JSON.stringify(index, undefined, 2)}\n`] as const]
  await checkpoint(options.signal)
  await writeFilesAtomic(
    [...files.map(([path, batch]) => [path, fileOf(path, batch)] as const), ...said],
    options.disk,
  )
  const rounded = files.filter(([, { rounded }]) => rounded === true)
  return rounded.map(([path]) =>
    finding({
      code: 'predict/rounded-output',
      place: path,
      problem: 'it holds values of more than 53 significant bits, written as the nearest float64',
      remedy: 'For every bit, take the raw integers by the package: createFixedEngine(…).run(…).',
    }),
  )
}

function fileOf(path: string, batch: Batch): Uint8Array | string {
  return path.toLowerCase().endsWith('.csv') ? csvOf(batch) : npyOf(batch)
}

/** A line of titles `y0,y1,…`, then a row a line; the shortest decimals that are read back as the same numbers. */
function csvOf({ rows, shape, data }: Batch): string {
  const size = shape.reduce((product, length) => product * length, 1)
  const titles = Array.from({ length: size }, (_, k) => `y${k}`)
  const lines = Array.from({ length: rows }, (_, row) => data.slice(row * size, (row + 1) * size).join(','))
  return `${[titles.join(','), ...lines].join('\n')}\n`
}

/** float32 where that holds every value, as hls4ml's users expect; float64 otherwise. */
function npyOf(batch: Batch): Uint8Array {
  const short = batch.data.every(value => Math.fround(value) === value)
  return writeNpy({ shape: [batch.rows, ...batch.shape], data: batch.data }, short ? 'float32' : 'float64')
}
