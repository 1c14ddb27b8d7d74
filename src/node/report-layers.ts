// Layers of a report.

import { coreLayers } from '../backends/verilog/design.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import type { DesignEstimate } from '../estimate/design-estimate.ts'
import { rawToNumber } from '../fixed/convert.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { type TensorConversion, unionType } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import type { ActivationRange, ReportLayer, WeightRange } from '../report/report.ts'
import type { ReportParts } from './assemble-report.ts'
import type { PreparedDesign } from './hardware.ts'
import { asResources, costOf, whole } from './report-resources.ts'

/** A layer with its types, weights, range of values and resources, as far as they are known. */
export function layerOf(
  parts: ReportParts,
  node: OpNode,
  traces: ReadonlyMap<string, RawBatch>,
  float: ReadonlyMap<string, Batch>,
  estimate: DesignEstimate,
): ReportLayer {
  const { store } = parts.made.prepared.compiled.typed
  const { status, ...resources } = resourcesOf(parts, node, estimate)
  return {
    name: node.name,
    kind: node.kind,
    layerClass: node.origin.layerClass,
    source: node.origin.source,
    inputs: [...node.inputs],
    shape: [...node.shape],
    types: Object.fromEntries(
      Object.entries(node.resolved).map(([role, conversion]) => [role, spelling(conversion)]),
    ),
    status,
    weights: Object.fromEntries(
      Object.entries(node.weights).flatMap(([role, id]) => weightRange(role, store.get(id))),
    ),
    ...mixedTypes(node),
    ...productChoices(node),
    ...stagesOf(parts, node),
    ...resources,
    activation: activationRange(node, traces.get(node.name)!, float.get(node.name)),
  }
}

/** How many types a role has, where elements differ. */
function mixedTypes({ resolved }: OpNode): Pick<ReportLayer, 'mixed'> {
  const mixed = Object.entries(resolved).filter(([, { to }]) => to.types.length > 1)
  if (mixed.length === 0) return {}
  return { mixed: Object.fromEntries(mixed.map(([role, { to }]) => [role, to.types.length])) }
}

function productChoices({ kind, choices }: OpNode): Pick<ReportLayer, 'strategy' | 'reuseFactor'> {
  if (kind !== 'dense') return {}
  return {
    ...(choices.Strategy === undefined ? {} : { strategy: String(choices.Strategy) }),
    reuseFactor: Number(choices.ReuseFactor ?? 1),
  }
}

function stagesOf(
  { made }: ReportParts,
  { name }: OpNode,
): Pick<ReportLayer, 'firstStage' | 'lastStage' | 'latencyCycles'> {
  const own = coreLayers(made.design).find(({ layer }) => layer === name)
  if (own === undefined) return {}
  const { firstStage, lastStage } = own
  return { firstStage, lastStage, latencyCycles: lastStage - firstStage }
}

/** What synthesis counted where it finished, else what is estimated. */
function resourcesOf(
  { resources }: ReportParts,
  { name, kind }: OpNode,
  estimate: DesignEstimate,
): Pick<ReportLayer, 'status' | 'resources' | 'estimate' | 'adderBits'> {
  const measured = resources?.layers.find(({ layer }) => layer === name)
  const estimated = estimate.layers.find(own => own.name === name)
  const isMeasured = measured?.complete === true
  const counts = isMeasured ? whole(measured.counts) : estimated && asResources(estimated)
  return {
    status: isMeasured ? 'measured' : kind === 'input' || counts === undefined ? 'none' : 'estimated',
    ...(counts === undefined ? {} : { resources: counts }),
    ...(estimated === undefined ? {} : { estimate: costOf(estimated) }),
    ...(measured === undefined ? {} : { adderBits: measured.adderBits }),
  }
}

/** The canonical spelling of a conversion; the union of types where elements differ. */
function spelling(conversion: TensorConversion): string {
  const union = unionType({ shape: conversion.to.shape, element: conversion.to })
  return printPrecision(fixedPrecision({ ...conversion, to: union }), 'canonical')
}

type Stored = ReturnType<ReportParts['made']['prepared']['compiled']['typed']['store']['get']>

function weightRange(role: string, tensor: Stored): [string, WeightRange][] {
  if (tensor?.form !== 'raw' || tensor.raw.length === 0) return []
  const values = tensor.raw.map(raw => rawToNumber(raw, tensor.type.frac))
  const magnitudes = values.filter(value => value !== 0).map(Math.abs)
  return [
    [
      role,
      {
        min: Math.min(...values),
        max: Math.max(...values),
        zeros: values.length - magnitudes.length,
        count: values.length,
        ...(magnitudes.length === 0 ? {} : { smallest: Math.min(...magnitudes) }),
      },
    ],
  ]
}

/** Float results of the layers that the imported graph has under the same name. */
export function floatTraces({ prepared, vectors }: PreparedDesign): Map<string, Batch> {
  const { source, typed } = prepared.compiled
  const known = new Set(source.nodes.map(({ name }) => name))
  return runFloat(
    source,
    vectors,
    typed.nodes.map(({ name }) => name).filter(name => known.has(name)),
  )
}

/** Range of the float meaning, of the bits where the float graph has no such layer. */
function activationRange(node: OpNode, batch: RawBatch, float: Batch | undefined): ActivationRange {
  const values = float?.data ?? toNumbers(node, batch)
  let [min, max, smallest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
    if (value !== 0) smallest = Math.min(smallest, Math.abs(value))
  }
  let [rawMin, rawMax] = [BigInt(batch.raw[0] ?? 0), BigInt(batch.raw[0] ?? 0)]
  for (const raw of batch.raw) {
    if (BigInt(raw) < rawMin) rawMin = BigInt(raw)
    if (BigInt(raw) > rawMax) rawMax = BigInt(raw)
  }
  return {
    min,
    max,
    ...(Number.isFinite(smallest) ? { smallest } : {}),
    rawMin: rawMin.toString(),
    rawMax: rawMax.toString(),
  }
}
