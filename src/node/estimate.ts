// `lutra estimate`: what a model will take on a device, before anything is built or synthesised.

import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { DesignEstimate } from '../estimate/design-estimate.ts'
import { findDevice } from '../estimate/devices.ts'
import { type EstimateTarget, printEstimate } from '../estimate/print-estimate.ts'
import { speedGradeOf } from '../netlist/delay.ts'
import type { HardwareOptions } from './hardware.ts'
import { prepareModel } from './prepare.ts'
import { targetPart } from './target.ts'

export type EstimateOptions = Omit<HardwareOptions, 'project' | 'effort'>

export interface EstimateResult extends EstimateTarget {
  readonly estimate: DesignEstimate
  readonly findings: readonly Diagnostic[]
}

/** Estimates a model's hardware. Fails where a layer has no hardware form. */
export async function estimate(options: EstimateOptions): Promise<EstimateResult> {
  const prepared = await prepareModel(options)
  const part = targetPart(options, prepared.config)
  const device = findDevice(part)
  const clockNs = options.clock ?? prepared.config.clockNs ?? 5
  const { handshake, elementsPerBeat, dsp } = options
  const made = estimateDesign(prepared.compiled.typed, {
    project: 'estimate',
    clockNs,
    family: device.family,
    grade: speedGradeOf(part),
    ...(handshake === undefined ? {} : { handshake }),
    ...(elementsPerBeat === undefined ? {} : { elementsPerBeat }),
    ...(dsp === undefined ? {} : { dsp }),
  })
  const { lut, ff, bram36 } = device
  return {
    part,
    clockNs,
    available: { lut, ff, dsp: device.dsp, bram18: 2 * bram36 },
    estimate: made,
    findings: prepared.findings,
  }
}

/** The result as a table. */
export function estimateText(result: EstimateResult): string {
  return printEstimate(result.estimate, result)
}
