// Puts a build's results together as its report.

import { coreLayers, coreStages, type Design, type DesignPort } from '../backends/verilog/design.ts'
import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import type { ResourceCount } from '../estimate/cell-counts.ts'
import type { Cost, DesignEstimate } from '../estimate/design-estimate.ts'
import { rawToNumber } from '../fixed/convert.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { nodeNamed } from '../ir/graph.ts'
import { type TensorConversion, unionType } from '../ir/tensor-type.ts'
import type { PipelineStage } from '../netlist/pipeline.ts'
import type { OpNode } from '../ops/index.ts'
import {
  type ActivationRange,
  type Report,
  type ReportAccuracy,
  type ReportLayer,
  type ReportResources,
  type ReportRoad,
  type ReportStage,
  type ReportTensorPort,
  reportVersion,
  targetOf,
  type WeightRange,
} from '../report/report.ts'
import { portWidth } from '../rtl/module.ts'
import { largest } from '../search/loss.ts'
import { version } from '../version.ts'
import { sha256 } from './build-hash.ts'
import type { PreparedDesign } from './hardware.ts'
import { modelSize, nonzeroParameters } from './model-size.ts'
import { runFixed } from './run-fixed.ts'
import type { DesignResources } from './synthesise-design.ts'
import type { Road, Verification } from './verify-design.ts'

export interface ReportParts {
  readonly made: PreparedDesign
  readonly buildHash: string
  readonly verification: Verification
  /** Absent when nothing was synthesised. */
  readonly resources?: DesignResources
  readonly findings: readonly Diagnostic[]
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

export async function assembleReport(parts: ReportParts): Promise<Report> {
  const { made, verification } = parts
  const { design, prepared } = made
  const { typed } = prepared.compiled
  const names = typed.nodes.map(({ name }) => name)
  const traces = await runFixed(typed, made.vectors, names)
  const accuracy = accuracyOf(parts, traces)
  const float = floatTraces(made)
  const estimate = estimateDesign(typed, design.options)
  return {
    schema: reportVersion,
    lutra: version,
    project: design.options.project,
    buildHash: parts.buildHash,
    model: modelOf(made),
    config: {
      rules: prepared.compiled.rules,
      ...(prepared.config.file === '' ? {} : { file: prepared.config.file }),
    },
    target: targetOf(made.part, design.options.clockNs),
    interface: interfaceOf(design),
    timing: timingOf(design),
    layers: typed.nodes.map(node => layerOf(parts, node, traces, float, estimate)),
    resources: resourcesOf(parts, estimate),
    verification: { roads: [floatRoad(verification), ...verification.roads.map(roadOf)] },
    ...(accuracy === undefined ? {} : { accuracy }),
    findings: [...parts.findings],
    files: [...parts.files],
  }
}

function modelOf({ prepared }: PreparedDesign): Report['model'] {
  const { source, typed } = prepared.compiled
  const { parameters, layers } = modelSize(source)
  const nonzero = Math.min(nonzeroParameters(typed), parameters)
  return {
    file: prepared.loaded.file,
    hash: sha256(prepared.loaded.bytes),
    parameters,
    nonzeroParameters: nonzero,
    sparsity: parameters === 0 ? 0 : 1 - nonzero / parameters,
    layers,
  }
}

function interfaceOf(design: Design): Report['interface'] {
  const tensor = (port: DesignPort): ReportTensorPort => {
    const data = design.top.top.ports.find(({ name }) => name === port.dataPort)!
    const stem = port.dataPort.slice(0, -'data'.length)
    const has = (part: string) => design.top.top.ports.some(({ name }) => name === stem + part)
    let offset = 0
    const elements = data.elements.map(({ type }) => {
      const element = { offset, width: type.width, frac: type.frac, signed: type.signed }
      offset += type.width
      return element
    })
    return {
      name: port.name,
      ports: {
        data: port.dataPort,
        ...(has('valid') ? { valid: `${stem}valid` } : {}),
        ...(has('ready') ? { ready: `${stem}ready` } : {}),
        ...(has('last') ? { last: `${stem}last` } : {}),
      },
      shape: [...port.shape],
      width: portWidth(data),
      beats: design.top.beatsPerFrame[port.dataPort] ?? 1,
      elements,
    }
  }
  return {
    top: design.top.top.name,
    core: design.core.name,
    handshake: design.options.handshake ?? 'stream',
    clock: 'clk',
    reset: 'rst',
    inputs: design.inputs.map(tensor),
    outputs: design.outputs.map(tensor),
  }
}

function timingOf(design: Design): Report['timing'] {
  const { clockNs, family, grade } = design.options
  const stages = coreStages(design).map((stage, index) => stageOf(stage, index, clockNs))
  const critical = stages.reduce<ReportStage | undefined>(
    (slowest, stage) => (slowest === undefined || stage.delayNs > slowest.delayNs ? stage : slowest),
    undefined,
  )
  return {
    latencyCycles: design.top.latency,
    ii: design.top.interval,
    clockNs,
    stages,
    ...(critical === undefined ? {} : { criticalStage: critical.index, slackNs: critical.slackNs! }),
    model: `Lutra's delay model for ${family}, speed grade ${grade ?? '-1'}; no vendor timing was run`,
    firstOutputCycles: design.top.firstLatency,
  }
}

function stageOf(
  { delayNs, criticalLayer, path }: PipelineStage,
  index: number,
  clockNs: number,
): ReportStage {
  return {
    index,
    delayNs: picoseconds(delayNs),
    slackNs: picoseconds(clockNs - delayNs),
    ...(criticalLayer === '' ? {} : { layer: criticalLayer }),
    ...(path === undefined || path.length === 0 ? {} : { path: path.map(part => ({ ...part })) }),
  }
}

/** Nanoseconds to the third place. */
function picoseconds(ns: number): number {
  return Math.round(ns * 1000) / 1000
}

function layerOf(
  parts: ReportParts,
  node: OpNode,
  traces: ReadonlyMap<string, RawBatch>,
  float: ReadonlyMap<string, Batch>,
  estimate: DesignEstimate,
): ReportLayer {
  const { made, resources } = parts
  const { typed } = made.prepared.compiled
  const measured = resources?.layers.find(({ layer }) => layer === node.name)
  const estimated = estimate.layers.find(({ name }) => name === node.name)
  const stages = coreLayers(made.design).find(({ layer }) => layer === node.name)
  const counts = measured?.complete === true ? whole(measured.counts) : estimated && asResources(estimated)
  const types = Object.entries(node.resolved).map(
    ([role, conversion]) => [role, spelling(conversion)] as const,
  )
  const mixed = Object.entries(node.resolved).filter(([, { to }]) => to.types.length > 1)
  return {
    name: node.name,
    kind: node.kind,
    layerClass: node.origin.layerClass,
    source: node.origin.source,
    inputs: [...node.inputs],
    shape: [...node.shape],
    types: Object.fromEntries(types),
    status:
      measured?.complete === true
        ? 'measured'
        : node.kind === 'input' || counts === undefined
          ? 'none'
          : 'estimated',
    weights: Object.fromEntries(
      Object.entries(node.weights).flatMap(([role, id]) => weightRange(role, typed.store.get(id))),
    ),
    ...(mixed.length === 0
      ? {}
      : { mixed: Object.fromEntries(mixed.map(([role, { to }]) => [role, to.types.length])) }),
    ...(node.choices.Strategy === undefined || node.kind !== 'dense'
      ? {}
      : { strategy: String(node.choices.Strategy) }),
    ...(node.kind !== 'dense' ? {} : { reuseFactor: Number(node.choices.ReuseFactor ?? 1) }),
    ...(stages === undefined
      ? {}
      : {
          firstStage: stages.firstStage,
          lastStage: stages.lastStage,
          latencyCycles: stages.lastStage - stages.firstStage,
        }),
    ...(counts === undefined ? {} : { resources: counts }),
    ...(estimated === undefined ? {} : { estimate: costOf(estimated) }),
    ...(measured === undefined ? {} : { adderBits: measured.adderBits }),
    activation: activationRange(node, traces.get(node.name)!, float.get(node.name)),
  }
}

function whole(counts: ResourceCount): ReportResources {
  return { ...counts }
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
function floatTraces({ prepared, vectors }: PreparedDesign): Map<string, Batch> {
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

function costOf({ lut, ff, dsp, bram18 }: Cost): Cost {
  return { lut, ff, dsp, bram18 }
}

function asResources(cost: Cost): ReportResources {
  return { ...costOf(cost), uram: 0 }
}

function resourcesOf({ resources }: ReportParts, estimate: DesignEstimate): Report['resources'] {
  const { total, glue, latency, interval, band } = estimate
  const estimated = {
    total: costOf(total),
    glue: costOf(glue),
    latencyCycles: latency,
    ii: interval,
    band: { designs: band.designs, lut: [...band.lut], ff: [...band.ff], exactTiming: band.exactTiming },
  }
  if (resources === undefined)
    return {
      status: 'estimated',
      total: asResources(total),
      glue: asResources(glue),
      estimate: estimated,
    }
  return {
    estimate: estimated,
    status: resources.complete ? 'measured' : 'partial',
    total: whole(resources.total),
    glue: whole(resources.glue),
    tool: { ...resources.tool },
  }
}

function floatRoad({ vectors, float }: Verification): ReportRoad {
  return {
    road: 'float',
    vectors,
    equal: float.maxDifference === 0 ? vectors : 0,
    maxDifference: float.maxDifference,
  }
}

function roadOf(road: Road): ReportRoad {
  return {
    road: road.road,
    vectors: road.vectors,
    equal: road.equal ? road.vectors : (road.divergence?.row ?? 0),
    ...(road.version === undefined ? {} : { version: road.version }),
    ...(road.skipped === undefined ? {} : { skipped: road.skipped }),
    ...(road.divergence === undefined
      ? {}
      : {
          firstDivergence: {
            ...road.divergence,
            expected: road.divergence.expected.toString(),
            got: road.divergence.got.toString(),
          },
        }),
  }
}

function accuracyOf(
  { made }: ReportParts,
  traces: ReadonlyMap<string, RawBatch>,
): ReportAccuracy | undefined {
  const { compiled, labels } = made.prepared
  if (labels === undefined || made.randomVectors) return undefined
  const output = compiled.typed.outputs[0]!
  const hardware = toNumbers(nodeNamed(compiled.typed, output), traces.get(output)!)
  const name = compiled.source.outputs[0]!
  const float = runFloat(compiled.source, made.vectors, [name]).get(name)!
  const rows = float.rows
  const size = float.data.length / rows
  const decisions = (data: Float64Array) =>
    Array.from({ length: rows }, (_, row) => largest(data.subarray(row * size, (row + 1) * size)))
  const [byFloat, byHardware] = [decisions(float.data), decisions(hardware)]
  const classes = Math.max(size, 2, ...labels.map(label => label + 1))
  return {
    labels: rows,
    float: score(labels, byFloat, classes),
    hardware: score(labels, byHardware, classes),
    agreement: byFloat.filter((decision, row) => decision === byHardware[row]).length / rows,
  }
}

function score(
  labels: readonly number[],
  decisions: readonly number[],
  classes: number,
): ReportAccuracy['float'] {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  labels.forEach((label, row) => {
    confusion[label]![decisions[row]!]!++
  })
  return {
    accuracy: labels.filter((label, row) => label === decisions[row]).length / labels.length,
    confusion,
  }
}
