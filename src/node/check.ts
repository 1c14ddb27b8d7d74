// `lutra check`: whether a model's numbers are safe and its hardware fits, before anything is built.

import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import type { KnownLayers } from '../backends/verilog/estimate-streams.ts'
import {
  type CheckedRows,
  checkNumbers,
  isGood,
  type LayerCheck,
  type ModelCheck,
} from '../check/check-model.ts'
import { checkCost } from '../check/cost.ts'
import { fitFindings } from '../check/fit.ts'
import { CompileError, type Diagnostic } from '../diagnostics/diagnostic.ts'
import { type Device, findDevice } from '../estimate/devices.ts'
import { speedGradeOf } from '../netlist/delay.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { calibrationFindings } from './calibration.ts'
import { lossKindOf, type ModelOptions, type PreparedModel, prepareModel } from './prepare.ts'
import { runFixed } from './run-fixed.ts'
import { type Target, targetPart } from './target.ts'

export { printCheck } from '../check/print-check.ts'

export interface CheckOptions extends ModelOptions, Target {
  /** Clock period in ns; the config's, else 5. */
  readonly clock?: number
  readonly onProgress?: (text: string) => void
}

/** Checks a model on the rows of `data`. Nothing is written. */
export async function check(options: CheckOptions): Promise<ModelCheck> {
  const say = options.onProgress ?? (() => {})
  say('reading and typing the model')
  const prepared = await prepareModel(options, { wraps: false })
  const { compiled, config } = prepared
  const part = await targetPart(options, config)
  const device = findDevice(part)
  say('looking at the values of every layer')
  const numbers = checkNumbers(compiled, config, await rowsOf(prepared, options))
  say('estimating the cost')
  const cost = costOf(compiled.typed, numbers.layers, {
    part,
    device,
    clockNs: options.clock ?? config.clockNs ?? 5,
  })
  const findings = [...sampleFindings(prepared, options), ...numbers.findings, ...cost.findings]
  return { ...numbers, ...cost, findings, good: isGood(findings) }
}

interface CostTarget {
  readonly part: string
  readonly device: Device
  readonly clockNs: number
}

/** Costs and fit, or why there is no hardware to cost. */
function costOf(
  graph: OpGraph,
  layers: readonly LayerCheck[],
  { part, device, clockNs }: CostTarget,
): Pick<ModelCheck, 'layers' | 'fit' | 'findings'> {
  const design = { project: 'check', clockNs, family: device.family, grade: speedGradeOf(part) }
  const known: KnownLayers = new WeakMap()
  try {
    const made = checkCost(graph, layers, { part, device }, own => estimateDesign(own, design, known))
    return { layers: made.layers, fit: made.fit, findings: fitFindings(made.fit, made.largest) }
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    return { layers, findings: problem.diagnostics.map(own => ({ ...own, severity: 'finding' as const })) }
  }
}

function sampleFindings({ vectors }: PreparedModel, options: CheckOptions): Diagnostic[] {
  const files = options.data ?? []
  return (vectors ?? []).flatMap((batch, k) => calibrationFindings(batch, files[k] ?? `input ${k}`))
}

/** All rows with their results, so that accuracy is that of them all. */
async function rowsOf(
  { compiled, vectors, labels }: PreparedModel,
  { maxLoss }: CheckOptions,
): Promise<CheckedRows | undefined> {
  if (vectors === undefined) return undefined
  const name = compiled.typed.outputs[0]!
  const results = (await runFixed(compiled.typed, vectors, [name])).get(name)!
  return { inputs: vectors, results, ...lossKindOf(compiled.source, labels, maxLoss) }
}
