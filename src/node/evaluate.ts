// `lutra evaluate`: a model's metrics on rows with classes or values, by Lutra's own engines.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import {
  type ClassificationMetrics,
  classificationMetrics,
  type Metrics,
  regressionMetrics,
} from '../train/metrics.ts'
import { predict } from './predict.ts'
import type { ModelOptions } from './prepare.ts'
import { readTable, readVectors } from './read-data.ts'

export interface EvaluateOptions extends ModelOptions {
  /** Vectors, one file per input. */
  readonly data: readonly string[]
  /** Values to compare with, where there are no classes. */
  readonly targets?: string
  /** Bit-accurate, or what the network means in float64. */
  readonly engine?: 'fixed' | 'float'
  /** Names of the classes, from class 0. */
  readonly classes?: readonly string[]
  readonly threads?: number
  readonly signal?: AbortSignal
}

export interface EvaluateResult {
  readonly metrics: Metrics
  readonly engine: 'fixed' | 'float'
  readonly findings: readonly Diagnostic[]
}

/** Predicts all rows and compares. Nothing is written. */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateResult> {
  const { data, labelColumn, labels, targets, engine = 'fixed' } = options
  if (labelColumn === undefined && labels === undefined && targets === undefined) failNothing()
  const { outputs, findings } = await predict({ ...options, input: data, engine })
  const [output] = outputs
  const size = output!.data.length / output!.rows
  if (targets !== undefined) {
    const wanted = await readTable(targets)
    checkRows(targets, wanted.data.length, output!.data.length)
    return { metrics: regressionMetrics(output!.data, wanted.data, [size]), engine, findings }
  }
  const { labels: classes } = await readVectors(data[0]!, { labelColumn, labels })
  const names = options.classes ?? Array.from({ length: Math.max(2, size) }, (_, k) => String(k))
  return { metrics: metricsOf(output!.data, size, classes!, names), engine, findings }
}

function metricsOf(
  scores: Float64Array,
  classes: number,
  labels: Int32Array,
  names: readonly string[],
): ClassificationMetrics {
  const wrong = labels.findIndex(label => label >= names.length)
  if (wrong >= 0 || (classes > 1 && names.length !== classes)) {
    fail({
      code: 'evaluate/classes',
      place: 'classes',
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
