// `lutra estimate`: what a model will take on a device, before anything is built or synthesised.

import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import { CompileError, type Diagnostic } from '../diagnostics/diagnostic.ts'
import type { DesignEstimate } from '../estimate/design-estimate.ts'
import { findDevice } from '../estimate/devices.ts'
import { estimateHls, type HlsBackend } from '../estimate/hls-estimate.ts'
import { type EstimateTarget, printEstimate } from '../estimate/print-estimate.ts'
import { speedGradeOf } from '../netlist/delay.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { HardwareOptions } from './hardware.ts'
import { prepareModel } from './prepare.ts'
import { targetPart } from './target.ts'

export interface EstimateOptions extends Omit<HardwareOptions, 'project' | 'effort'> {
  /** Whose hardware: Lutra's Verilog, or what an HLS tool would report of the C++ project. */
  readonly backend?: 'verilog' | HlsBackend
}

export interface EstimateResult extends EstimateTarget {
  readonly estimate: DesignEstimate
  readonly findings: readonly Diagnostic[]
}

/** Estimates a model's hardware. Fails where a layer has no hardware form. */
export async function estimate(options: EstimateOptions): Promise<EstimateResult> {
  const prepared = await prepareModel(options)
  const part = await targetPart(options, prepared.config)
  const device = findDevice(part)
  const clockNs = options.clock ?? prepared.config.clockNs ?? 5
  const { lut, ff, bram36 } = device
  return {
    part,
    clockNs,
    available: { lut, ff, dsp: device.dsp, bram18: 2 * bram36 },
    estimate: estimateOf(prepared.compiled.typed, options, part, clockNs),
    findings: prepared.findings,
  }
}

function estimateOf(
  graph: OpGraph,
  { backend = 'verilog', handshake, elementsPerBeat, dsp }: EstimateOptions,
  part: string,
  clockNs: number,
): DesignEstimate {
  if (backend !== 'verilog') return estimateHls(graph, { backend, clockNs })
  return orElsewhere(() =>
    estimateDesign(graph, {
      project: 'estimate',
      clockNs,
      family: findDevice(part).family,
      grade: speedGradeOf(part),
      ...(handshake === undefined ? {} : { handshake }),
      ...(elementsPerBeat === undefined ? {} : { elementsPerBeat }),
      ...(dsp === undefined ? {} : { dsp }),
    }),
  )
}

/** Layers without Verilog have an estimate all the same, of what an HLS tool makes of them. */
function orElsewhere(work: () => DesignEstimate): DesignEstimate {
  try {
    return work()
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    const remedy = '--backend vitis estimates what an HLS tool would build.'
    throw new CompileError(
      problem.diagnostics.map(own =>
        own.code.startsWith('rtl/') && own.remedy === undefined ? { ...own, remedy } : own,
      ),
      { cause: problem },
    )
  }
}

/** The result as a table. */
export function estimateText(result: EstimateResult): string {
  return printEstimate(result.estimate, result)
}
