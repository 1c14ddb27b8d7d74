// `lutra tune`: widths by layer that keep a loss at least cost, as a config for every verb.

import { join } from 'node:path'
import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import { type CompiledModel, compileModel } from '../compile.ts'
import { parseConfig } from '../config/parse.ts'
import { printConfig } from '../config/write.ts'
import { bug, CompileError, type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import { findDevice } from '../estimate/devices.ts'
import { printGraph } from '../ir/print.ts'
import { speedGradeOf } from '../netlist/delay.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { LossKind } from '../search/loss.ts'
import { type PreparedTuning, prepareTuning } from '../search/prepare-tuning.ts'
import { accuracyOf, type Judged, type Score, scoreOf, typedBy } from '../search/try-widths.ts'
import { type Step, tune as search, type Trial, type TuneResult } from '../search/tune.ts'
import { type CostName, type TunedPoint, type TuneReport, tunedLayers } from '../search/tune-report.ts'
import { hls4mlConfigOf } from '../search/width-config.ts'
import { sameForAll } from '../search/width-knobs.ts'
import { version } from '../version.ts'
import { sha256 } from './build-hash.ts'
import { calibrationFindings } from './calibration.ts'
import { checkpoint } from './checkpoint.ts'
import type { FileSystem } from './files.ts'
import { lossKindOf, type ModelOptions, type ReadModel, readModel, statedInputTypes } from './prepare.ts'
import { specsOf, writeInto } from './profile.ts'
import { type Target, targetPart } from './target.ts'
import { openTrialLog, type TrialLog } from './trial-log.ts'

export { printTune as tuneText } from '../search/tune-tables.ts'

export interface TuneOptions extends ModelOptions, Target {
  /** Folder for the config (`tuned.yml`), the page, the plot, the data and the log that an interrupted search goes on with. */
  readonly out?: string
  /** `lut`: estimated LUTs; `bits`: bit operations; by default LUTs where the network has hardware, else bit operations. */
  readonly cost?: 'lut' | 'bits'
  /** Clock period in ns that LUTs are estimated at; the config's, else 5. */
  readonly clock?: number
  /** Rows searched on, 1,000 by default; the result is checked on all. */
  readonly rows?: number
  /** Chooses the rows, 1 by default. */
  readonly seed?: number
  /** Starts of the search, 1 by default: each begins with more bits than the one before. */
  readonly effort?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
  /** The disk that results are written to; the real one by default. The log is always on the real one. */
  readonly disk?: FileSystem
}

export interface TuneOutcome {
  /** Plain data: shares of 1, costs by their name. */
  readonly report: TuneReport
  /** The config in hls4ml's shape, as YAML: what `--config` reads. */
  readonly config: string
  readonly findings: readonly Diagnostic[]
  /** Files written. */
  readonly files: readonly string[]
}

/** Searches. Fails where there is no data, where nothing keeps the loss, or where the model states its own types. */
export async function tune(options: TuneOptions): Promise<TuneOutcome> {
  const say = options.onProgress ?? (() => {})
  say('reading the model and running it in float')
  const read = await readModel(options)
  if (typeof options.model !== 'string') failDefined()
  if (read.data === undefined) failWithoutData()
  const { graph } = read.loaded
  const { loss, maxLoss } = lossKindOf(graph, read.data.labels, read.options.maxLoss)
  const seed = options.seed ?? read.config.run.seed ?? 1
  const prepared = prepareTuning(
    graph,
    { inputs: read.data.inputs, loss },
    {
      config: read.config,
      inputTypes: statedInputTypes(graph, read.config, read.options),
      rows: options.rows ?? 1000,
      seed,
    },
  )
  const measure = await measureOf(options, read, prepared)
  const log = options.out === undefined ? undefined : await logOf(options, read, measure.name, loss, maxLoss)
  const result = await search(
    {
      typing: prepared.typing,
      knobs: prepared.knobs,
      judged: prepared.sample,
      maxLoss,
      ...(measure.costOf === undefined ? {} : { costOf: measure.costOf }),
      starts: Math.max(1, Math.ceil(options.effort ?? 1)),
    },
    {
      ...(log === undefined ? {} : { known: log.known, onTrial: log.add }),
      onProgress: progressOf(say),
      pause: () => checkpoint(options.signal),
    },
  )
  const chosen = await chosenOf(result, prepared, maxLoss)
  const { compiled, text } = writtenConfig(read, prepared, chosen.step)
  const report = reportOf({ read, prepared, result, chosen, measure, loss, maxLoss, seed, compiled })
  const files = options.out === undefined ? {} : await filesOf(report, text)
  return {
    report,
    config: text,
    findings: [...findingsOf(read, prepared.all), ...compiled.findings],
    files: await writeInto(options, files),
  }
}

interface Measure {
  readonly name: CostName
  readonly costOf?: (typed: OpGraph) => number
  readonly noLuts?: string
}

/** LUTs of the whole design, where it has hardware. */
async function measureOf(
  options: TuneOptions,
  { config }: ReadModel,
  { typing, knobs }: PreparedTuning,
): Promise<Measure> {
  if (options.cost === 'bits') return { name: 'bit operations' }
  const part = await targetPart(options, config)
  const design = {
    project: 'tune',
    clockNs: options.clock ?? config.clockNs ?? 5,
    family: findDevice(part).family,
    grade: speedGradeOf(part),
  }
  const costOf = (typed: OpGraph) => Math.round(estimateDesign(typed, design).total.lut)
  try {
    costOf(typedBy(typing, sameForAll(knobs, 6)).compiled.typed)
    return { name: 'LUT', costOf }
  } catch (problem) {
    if (!(problem instanceof CompileError) || options.cost === 'lut') throw problem
    const [first] = problem.diagnostics
    return { name: 'bit operations', noLuts: `${first!.place}: ${first!.problem}` }
  }
}

/** The log of this very search. */
async function logOf(
  options: TuneOptions,
  { config, loaded, data }: ReadModel,
  cost: CostName,
  loss: LossKind,
  maxLoss: number,
): Promise<TrialLog<Trial>> {
  const { out: _, run: __, ...asked } = { ...config, out: undefined, file: '' }
  const decided = { version, asked, cost, loss, maxLoss, part: options.part, board: options.board }
  const { clock, rows, seed, effort, inputType } = options
  const text = JSON.stringify({ ...decided, clock, rows, seed, effort, inputType }, asPlain)
  const values = data!.inputs.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const hash = sha256([text, ...loaded.bytes, ...values])
  return openTrialLog(join(options.out!, 'tune.log.jsonl'), hash, 'tune/other-log')
}

function asPlain(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : typeof value === 'bigint' ? `${value}` : value
}

/** A line for each second or so: how many networks, and about how long yet. */
function progressOf(say: (text: string) => void): (done: number, expected: number) => void {
  const begun = Date.now()
  let told = begun
  return (done, expected) => {
    const now = Date.now()
    if (now - told < 2000) return
    told = now
    const left = ((now - begun) / 1000 / done) * (expected - done)
    say(`${done} networks tried, about ${expected} in all; some ${spanText(left)} left`)
  }
}

function spanText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`
}

interface Chosen {
  readonly step: Step
  readonly onAll: Score
}

/** The cheapest step that keeps the loss on all rows, else the one that loses least of it. */
async function chosenOf(
  { steps }: TuneResult,
  { typing, all }: PreparedTuning,
  maxLoss: number,
): Promise<Chosen> {
  let best: Chosen | undefined
  for (const step of [...steps].reverse()) {
    const onAll = await scoreOf(typedBy(typing, step.widths).compiled, all)
    if (onAll.loss <= maxLoss) return { step, onAll }
    if (best === undefined || onAll.loss < best.onAll.loss) best = { step, onAll }
  }
  return best ?? bug('a search without steps')
}

/** The text of the config, read back: it must type the network as the search did. */
function writtenConfig(
  { loaded }: ReadModel,
  { typing }: PreparedTuning,
  { widths }: Step,
): { compiled: CompiledModel; text: string } {
  const { compiled, config } = typedBy(typing, widths)
  const text = printConfig(hls4mlConfigOf(config), 'yaml')
  const again = compileModel(loaded.graph, { config: parseConfig(text, 'tuned.yml') })
  if (printGraph(again.typed) !== printGraph(compiled.typed))
    bug('the config that was written types another network')
  return { compiled: again, text }
}

interface Found {
  readonly read: ReadModel
  readonly prepared: PreparedTuning
  readonly result: TuneResult
  readonly chosen: Chosen
  readonly measure: Measure
  readonly loss: LossKind
  readonly maxLoss: number
  readonly seed: number
  readonly compiled: CompiledModel
}

function reportOf({
  read,
  prepared,
  result,
  chosen,
  measure,
  loss,
  maxLoss,
  seed,
  compiled,
}: Found): TuneReport {
  const { sample, all } = prepared
  return {
    model: read.loaded.file,
    cost: measure.name,
    ...(measure.noLuts === undefined ? {} : { noLuts: measure.noLuts }),
    loss: loss.kind,
    maxLoss,
    ...(loss.kind === 'accuracy'
      ? { floatAccuracy: { searched: floatAccuracy(sample), all: floatAccuracy(all) } }
      : {}),
    rows: { searched: sample.inputs[0]!.rows, all: all.inputs[0]!.rows },
    seed,
    trials: result.trials,
    uniform: result.uniform.map(trial => pointOf(trial.type, trial)),
    leastUniform: pointOf(result.leastUniform.type, result.leastUniform),
    steps: result.steps.map(step => pointOf(step.change, step)),
    chosen: pointOf(chosen.step.change, chosen.step),
    onAllRows: chosen.onAll,
    layers: tunedLayers(compiled.typed),
  }
}

function pointOf(name: string, { loss, noise, accuracy, bits, cost }: Omit<TunedPoint, 'name'>): TunedPoint {
  return {
    name,
    loss,
    noise,
    bits,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(cost === undefined ? {} : { cost }),
  }
}

function floatAccuracy({ loss, float }: Judged): number {
  return loss.kind === 'accuracy' ? accuracyOf(loss.labels, float[0]!.data) : bug('there are no labels')
}

function findingsOf(read: ReadModel, { inputs }: Judged): Diagnostic[] {
  const files = specsOf(read.options, read.config)
  const own = inputs.flatMap((batch, k) => calibrationFindings(batch, files[k] ?? `input ${k}`))
  return [...(read.data?.findings ?? []), ...own]
}

/** The charts are loaded only by whoever draws them. */
async function filesOf(report: TuneReport, config: string): Promise<Record<string, string>> {
  const { tuneFiles } = await import('../search/tune-page.ts')
  return {
    'tuned.yml': config,
    ...tuneFiles(report, version),
    'tune.json': `${JSON.stringify(report, undefined, 2)}\n`,
  }
}

function failWithoutData(): never {
  return fail({
    code: 'tune/no-data',
    place: '--data',
    problem: 'there are no vectors to judge widths on',
    expected: 'a file of vectors for each input',
    remedy:
      'Give --data VECTORS (.npy .npz .csv f.h5:Dataset), with --labels or --label-column for accuracy.',
  })
}

function failDefined(): never {
  return fail({
    code: 'tune/typed-by-source',
    place: 'model',
    problem: 'a network that a program defines has its types already',
    expected: "a model's file",
  })
}
