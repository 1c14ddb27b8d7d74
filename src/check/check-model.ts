// What a user should know before building: whether the numbers are safe on the rows given, and whether it fits.

import type { CompiledModel } from '../compile.ts'
import type { ModelConfig } from '../config/model-config.ts'
import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { type Batch, firstRows, type RawBatch } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import type { Cost } from '../estimate/design-estimate.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { compareModel, type Divergence } from '../profile/compare.ts'
import { causes } from '../profile/compare-tables.ts'
import { numberText, shareText } from '../profile/labels.ts'
import { meaning } from '../profile/rows.ts'
import type { LossKind } from '../search/loss.ts'
import { type AccuracyCheck, accuracyFindings, checkAccuracy } from './accuracy.ts'
import { checkRanges, type LayerRanges, rowsLookedAt } from './check-ranges.ts'
import type { FitCheck } from './fit.ts'
import { floatWeightFindings } from './float-weights.ts'
import { type LosslessRole, losslessRoles } from './lossless-types.ts'
import { rangeFindings } from './range-findings.ts'
import { type LayerReuse, layerReuse } from './reuse.ts'

export interface LayerCheck {
  readonly name: string
  readonly kind: string
  /** What reaches its types and tables; absent without rows. */
  readonly ranges?: LayerRanges
  /** Lossless types of sum and result beside the configured ones. */
  readonly lossless: readonly LosslessRole[]
  readonly reuse?: LayerReuse
  /** Estimated cost, and with an exact sum instead of the configured one where they differ. */
  readonly cost?: Cost
  readonly exactSumCost?: Cost
}

export interface ModelCheck {
  readonly rules: CompiledModel['rules']
  readonly layers: readonly LayerCheck[]
  /** Rows whose values were looked at layer by layer; 0 without data. */
  readonly rows: number
  readonly accuracy?: AccuracyCheck
  /** The first layer that by itself differs from float by more than rounding explains. */
  readonly divergence?: Divergence
  readonly fit?: FitCheck
  readonly findings: readonly Diagnostic[]
  /** Whether nothing was found that accuracy or fit depends on. */
  readonly good: boolean
}

export interface CheckedRows {
  /** Float rows of each input, in graph order. */
  readonly inputs: readonly Batch[]
  /** Raw results of the first output for these rows, where they are there already. */
  readonly results?: RawBatch
  readonly loss: LossKind
  /** Largest loss accepted, as a share of 1. */
  readonly maxLoss: number
}

/** Ranges, tables, lossless types, reuse and accuracy of a typed model. */
export function checkNumbers(
  compiled: CompiledModel,
  config: ModelConfig,
  data: CheckedRows | undefined,
): Omit<ModelCheck, 'good' | 'fit'> {
  const { source, typed, rules, findings } = compiled
  const rows = data === undefined ? 0 : rowsLookedAt(typed, data.inputs[0]!.rows)
  const ranges =
    data === undefined
      ? undefined
      : checkRanges(
          typed,
          data.inputs.map(batch => firstRows(batch, rows)),
        )
  const accuracy = data === undefined ? undefined : accuracyOf(source, typed, data)
  const divergence = data === undefined ? undefined : divergenceOf(compiled, data, rows)
  const layers = typed.nodes.map(node => layerCheck(typed, node, config, ranges?.get(node.name)))
  return {
    rules,
    layers,
    rows,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(divergence === undefined ? {} : { divergence }),
    findings: [
      ...findings,
      ...(rules === 'hls4ml' ? floatWeightFindings(typed) : []),
      ...typed.nodes.flatMap(node =>
        ranges === undefined ? [] : rangeFindings(node, ranges.get(node.name)!, rules),
      ),
      ...(divergence === undefined ? [] : [divergenceFinding(divergence)]),
      ...(accuracy === undefined ? [noData] : accuracyFindings(accuracy, divergence?.layer)),
    ],
  }
}

function layerCheck(
  graph: OpGraph,
  node: OpNode,
  config: ModelConfig,
  ranges: LayerRanges | undefined,
): LayerCheck {
  const reuse = layerReuse(graph, node, config)
  return {
    name: node.name,
    kind: node.kind,
    ...(ranges === undefined ? {} : { ranges }),
    lossless: losslessRoles(graph, node),
    ...(reuse === undefined ? {} : { reuse }),
  }
}

function accuracyOf(
  source: OpGraph,
  typed: OpGraph,
  { inputs, results, loss, maxLoss }: CheckedRows,
): AccuracyCheck {
  const name = typed.outputs[0]!
  const float = runFloat(source, inputs, [source.outputs[0]!]).get(source.outputs[0]!)!
  const raw = results ?? createFixedEngine(typed).run(inputs, [name]).get(name)!
  const node = nodeNamed(typed, name)
  const fixed = { rows: raw.rows, shape: node.shape, data: meaning(node, raw) }
  return checkAccuracy(loss, maxLoss, float, fixed)
}

function divergenceOf(
  compiled: CompiledModel,
  { inputs }: CheckedRows,
  rows: number,
): Divergence | undefined {
  return compareModel(
    compiled,
    inputs.map(batch => firstRows(batch, rows)),
  ).firstDivergence
}

function divergenceFinding({ layer, beyond, of, largestSteps, cause }: Divergence): Diagnostic {
  return finding({
    code: 'check/diverges',
    place: `layer '${layer}'`,
    problem: `the first layer to part from float: given the same inputs, ${shareText(beyond / of)} of its values differ by more than its rounding explains, by up to ${numberText(largestSteps)} steps: ${causes[cause!]}`,
    remedy: 'Mend this layer first: what follows computes with its values.',
  })
}

const noData: Diagnostic = finding({
  code: 'check/no-data',
  place: '--data',
  problem: 'no rows were given, so overflows, tables and accuracy were not looked at',
  remedy: 'Give --data VECTORS, with --labels or --label-column for accuracy.',
})

/** Codes of findings that accuracy or fit depends on. */
const atStake: ReadonlySet<string> = new Set([
  'check/accuracy',
  'fit/exceeds-device',
  'precision/bias-dropped',
  'precision/wraps',
  'softmax/coarse-table',
  'softmax/one-hot',
  'table/range',
  'table/step',
  'threshold/negative-scale',
])

/** Whether none of the findings is one that accuracy or fit depends on. */
export function isGood(findings: readonly Diagnostic[]): boolean {
  return !findings.some(({ code }) => atStake.has(code))
}
