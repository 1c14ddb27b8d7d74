// `lutra check`: whether a model's numbers are safe and its hardware fits, before anything is built.

import { type CheckedRows, checkNumbers, isGood, type ModelCheck } from '../check/check-model.ts'
import { checkCost, type GraphCost } from '../check/cost.ts'
import { type Cost, fitFindings } from '../check/fit.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { findDevice } from '../estimate/devices.ts'
import { isRefusal } from '../ops/definition.ts'
import { definitionOf } from '../ops/index.ts'
import { type OpGraph, typedOpOfNode } from '../ops/typed-node.ts'
import { calibrationFindings } from './calibration.ts'
import { lossKindOf, type ModelOptions, type PreparedModel, prepareModel } from './prepare.ts'
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
  const prepared = await prepareModel(options)
  const { compiled, config } = prepared
  const part = targetPart(options, config)
  const device = findDevice(part)
  say('looking at the values of every layer')
  const numbers = checkNumbers(compiled, config, rowsOf(prepared, options))
  say('estimating the cost')
  const { layers, fit, largest } = checkCost(compiled.typed, numbers.layers, { part, device }, estimator)
  const findings = [...sampleFindings(prepared, options), ...numbers.findings, ...fitFindings(fit, largest)]
  return { ...numbers, layers, fit, findings, good: isGood(findings) }
}

function sampleFindings({ vectors }: PreparedModel, options: CheckOptions): Diagnostic[] {
  const files = options.data ?? []
  return (vectors ?? []).flatMap((batch, k) => calibrationFindings(batch, files[k] ?? `input ${k}`))
}

function rowsOf(
  { compiled, vectors, labels }: PreparedModel,
  { maxLoss }: CheckOptions,
): CheckedRows | undefined {
  if (vectors === undefined) return undefined
  return { inputs: vectors, ...lossKindOf(compiled.source, labels, maxLoss) }
}

function estimator(graph: OpGraph): GraphCost {
  const layers = new Map<string, Cost>()
  for (const node of graph.nodes) {
    if (node.kind === 'input') continue
    const own = definitionOf(node.kind).estimate(typedOpOfNode(graph, node))
    if (!isRefusal(own)) layers.set(node.name, { ...own, ff: 0 })
  }
  const sum = (key: keyof Cost) => [...layers.values()].reduce((total, cost) => total + cost[key], 0)
  return {
    layers,
    total: { lut: sum('lut'), ff: sum('ff'), dsp: sum('dsp'), bram18: sum('bram18') },
    interval: 1,
  }
}
