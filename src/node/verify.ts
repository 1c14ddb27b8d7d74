// `lutra verify`: the same vectors on every road, compared raw.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { type HardwareOptions, prepareDesign } from './hardware.ts'
import { verificationFindings } from './verification-findings.ts'
import { type RoadName, type Verification, verifyDesign } from './verify-design.ts'

export interface VerifyModelOptions extends HardwareOptions {
  readonly roads?: readonly RoadName[]
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
}

export interface VerifyResult {
  readonly verification: Verification
  readonly findings: readonly Diagnostic[]
  /** Whether every road agrees and timing holds. */
  readonly good: boolean
}

export async function verify(options: VerifyModelOptions): Promise<VerifyResult> {
  options.onProgress?.('reading and typing the model')
  const made = await prepareDesign(options)
  const verification = await verifyDesign(made.prepared.compiled, made.design, made.vectors, options)
  const findings = [...made.findings, ...verificationFindings(made, verification)]
  return { verification, findings, good: verification.equal && verification.timingHolds }
}
