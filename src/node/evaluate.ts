// `lutra evaluate`: a model's metrics on rows with classes or values, by Lutra's own engines.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import {
  type ClassificationMetrics,
  classificationMetrics,
  type Metrics,
  regressionMetrics,
} from '../train/metrics.ts'
import { predictRows, type RowsPredicted } from './predict.ts'
import type { ModelOptions } from './prepare.ts'
import { readLabels, readTable } from './read-data.ts'

/** What a further output should give: classes or values, in a file of their own. */
export interface OutputTarget {
  readonly labels?: string
  readonly targets?: string
}

export interface EvaluateOptions extends ModelOptions {
  /** Vectors, one file per input. */
  readonly data: readonly string[]
  /** Values to compare with, where there are no classes. */
  readonly targets?: string
  /** What the outputs of a network with several should give, by their names, but for the first. */
  readonly outputs?: Readonly<Record<string, OutputTarget>>
  /** Bit-accurate, or what the network means in float64. */
  readonly engine?: 'fixed' | 'float'
  readonly threads?: number
  readonly signal?: AbortSignal
}

export interface EvaluateResult {
  /** Of the first output. */
  readonly metrics: Metrics
  /** Of the further outputs of a network with several. */
  readonly outputs?: readonly { readonly name: string; readonly metrics: Metrics }[]
  readonly engine: 'fixed' | 'float'
  readonly findings: readonly Diagnostic[]
}

/**
 * Predicts all rows and compares; nothing is written. Fails with `evaluate/…`: of a network with several outputs each
 * is judged, so that each needs something to compare with.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateResult> {
  const { labelColumn, labels, targets, engine = 'fixed', outputs: more = {} } = options
  if (labelColumn === undefined && labels === undefined && targets === undefined) failNothing()
  const predicted = await predictRows({ ...options, engine })
  const [first, ...others] = predicted.names as [string, ...string[]]
  checkTold(first, others, more)
  const metrics = await firstMetrics(predicted, options)
  const outputs: { name: string; metrics: Metrics }[] = []
  for (const [k, name] of others.entries())
    outputs.push({ name, metrics: await furtherMetrics(predicted.outputs[k + 1]!, more[name]!, name) })
  return { metrics, ...(outputs.length > 0 && { outputs }), engine, findings: predicted.findings }
}

async function firstMetrics(
  predicted: RowsPredicted,
  { targets, classes }: EvaluateOptions,
): Promise<Metrics> {
  const output = predicted.outputs[0]!
  if (targets !== undefined) return valueMetrics(output, targets)
  const size = output.data.length / output.rows
  const names = classes ?? predicted.classes ?? numbersTo(size)
  return metricsOf(output.data, size, Int32Array.from(predicted.labels!), names)
}

async function furtherMetrics(output: Batch, told: OutputTarget, name: string): Promise<Metrics> {
  const { labels, targets } = told
  if (targets !== undefined) return valueMetrics(output, targets)
  const size = output.data.length / output.rows
  const found = await readLabels(labels!)
  checkRows(labels!, found.length, output.rows)
  return metricsOf(output.data, size, found, numbersTo(size), `output '${name}'`)
}

async function valueMetrics(output: Batch, targets: string): Promise<Metrics> {
  const wanted = await readTable(targets)
  checkRows(targets, wanted.data.length, output.data.length)
  return regressionMetrics(output.data, wanted.data, [output.data.length / output.rows])
}

const numbersTo = (size: number) => Array.from({ length: Math.max(2, size) }, (_, k) => String(k))

/** Each further output must be told once, and nothing else. */
function checkTold(
  first: string,
  others: readonly string[],
  more: Readonly<Record<string, OutputTarget>>,
): void {
  const isTold = ({ labels, targets }: OutputTarget = {}) =>
    (labels === undefined) !== (targets === undefined)
  const untold = others.filter(name => !isTold(more[name]))
  const unknown = Object.keys(more).filter(name => !others.includes(name))
  if (untold.length === 0 && unknown.length === 0) return
  const quoted = (names: readonly string[]) => names.map(name => `'${name}'`).join(', ')
  fail({
    code: 'evaluate/outputs',
    place: 'outputs',
    problem:
      unknown.length > 0
        ? `${quoted(unknown)} is no further output of the model, which gives ${quoted([first, ...others])}`
        : `the model gives ${quoted([first, ...others])}, and nothing, or two things, say what ${quoted(untold)} should give`,
    expected: 'labels or targets for each output but the first',
    remedy: 'Give --output-labels NAME=FILE or --output-targets NAME=FILE.',
  })
}

function metricsOf(
  scores: Float64Array,
  classes: number,
  labels: Int32Array,
  names: readonly string[],
  place = 'classes',
): ClassificationMetrics {
  const wrong = labels.findIndex(label => label >= names.length)
  if (wrong >= 0 || (classes > 1 && names.length !== classes)) {
    fail({
      code: 'evaluate/classes',
      place,
      problem:
        wrong >= 0
          ? `row ${wrong} is of class ${labels[wrong]}, and the model gives ${Math.max(2, classes)} scores`
          : `there are ${names.length} names, and the model gives ${classes} scores`,
      expected: 'a score and a name for every class',
      remedy: 'Give the labels and names that belong to this model.',
    })
  }
  return classificationMetrics({ classes, scores, labels }, names)
}

function checkRows(file: string, found: number, wanted: number): void {
  if (found === wanted) return
  fail({
    code: 'evaluate/targets',
    place: file,
    problem: `there are ${found} values, and the model gives ${wanted}`,
    expected: 'a value for each of the model’s',
    remedy: 'Give the targets that belong to this data.',
  })
}

function failNothing(): never {
  fail({
    code: 'evaluate/nothing-to-compare',
    place: '',
    problem: 'nothing says what the rows should give',
    expected: '--label-column, --labels or --targets',
    remedy: 'Name the classes, or the values.',
  })
}
