// Puts a build's results together as its report.

import { coreStages, type Design, type DesignPort } from '../backends/verilog/design.ts'
import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { RawBatch } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { PipelineStage } from '../netlist/pipeline.ts'
import {
  type Report,
  type ReportAccuracy,
  type ReportRoad,
  type ReportStage,
  type ReportTensorPort,
  reportVersion,
  targetOf,
} from '../report/report.ts'
import { portWidth } from '../rtl/module.ts'
import { largest } from '../search/loss.ts'
import { version } from '../version.ts'
import { sha256 } from './build-hash.ts'
import type { PreparedDesign } from './hardware.ts'
import { modelSize, nonzeroParameters } from './model-size.ts'
import { floatTraces, layerOf } from './report-layers.ts'
import { resourcesOf } from './report-resources.ts'
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
  const { compiled, labels, classes: names } = made.prepared
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
    ...(names?.length === classes && { classes: [...names] }),
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
