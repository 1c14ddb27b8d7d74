// The figures of an assessment that no road gives: cycles as time, what the network takes of the device, and an earlier
// assessment to compare with.

import { basename, join } from 'node:path'
import {
  type Assessment,
  type AssessmentResources,
  type AssessmentTiming,
  parseAssessment,
} from '../assess/assessment.ts'
import type { PackageManifest } from '../assess/manifest.ts'
import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { parseReport } from '../report/read.ts'
import { type ReportResources, targetOf } from '../report/report.ts'
import type { ImplementationReport } from '../tools/vendor-reports.ts'
import type { TakenRoad } from './assess-roads.ts'
import type { AssessSubject } from './assess-subject.ts'
import { readFileBytes } from './files.ts'
import type { OpenPackage } from './open-package.ts'

/** Cycles as simulated, else as packaged; times at the package's clock. */
export function timingOf(
  { clockMhz, latencyCycles, intervalCycles }: PackageManifest,
  roads: readonly TakenRoad[],
): AssessmentTiming {
  const simulated = roads.find(({ timing }) => timing !== undefined)?.timing
  const latency = simulated?.latency ?? latencyCycles
  const interval = simulated?.interval ?? intervalCycles
  return {
    latencyCycles: latency,
    latencyUs: latency / clockMhz,
    intervalCycles: interval,
    framesPerSecond: (clockMhz * 1e6) / interval,
  }
}

/** What the network is expected to take, without synthesis. */
export function estimated({ made, manifest }: AssessSubject): AssessmentResources {
  const { total, band } = estimateDesign(made.prepared.compiled.typed, made.design.options)
  const [, most] = band.lut
  return {
    source: 'estimated',
    note: `estimated without synthesis, nine of ten of ${band.designs} designs within ${(100 * most).toFixed(1)} % of their LUTs`,
    used: countsOf({ ...total, uram: 0 }),
    available: availableOf(manifest),
  }
}

/** What a build of the same model counted. Fails with `assess/other-model` for another model's. */
export async function reportOf(
  given: string,
  { manifest }: OpenPackage,
): Promise<AssessmentResources | undefined> {
  const path = given.endsWith('.json') ? given : join(given, 'report.json')
  const report = parseReport(new TextDecoder().decode(await readFileBytes(path)), path)
  const { model, resources } = report
  if (model.hash !== manifest.origin.model) {
    fail({
      code: 'assess/other-model',
      place: path,
      problem: `the report is of '${model.file}' with SHA-256 ${model.hash.slice(0, 12)}…`,
      expected: `the package's model, ${manifest.origin.model.slice(0, 12)}…`,
      remedy: 'Build the model that was packaged, with the same config.',
    })
  }
  const { total, status, tool } = resources
  if (total === undefined || status === 'estimated' || status === 'none') return undefined
  const by = tool === undefined ? '' : ` by ${tool.name} ${tool.version}`
  const part = report.target.part === manifest.board.part ? '' : ` for ${report.target.part}`
  return {
    source: 'synthesised',
    note: `counted${by}${part}${status === 'partial' ? '; layers are missing' : ''}, build ${report.buildHash.slice(0, 16)}`,
    used: countsOf(total),
    available: availableOf(manifest),
  }
}

/** What the vendor's tool counted in the package's own bitstream, where `lutra synth` has collected its reports. */
export async function implemented({
  folder,
  manifest,
}: OpenPackage): Promise<AssessmentResources | undefined> {
  const path = join(folder, 'reports/vivado.json')
  const bytes = await readFileBytes(path).catch(() => undefined)
  const record = bytes === undefined ? undefined : parsedRecord(bytes)
  const area = record?.build === manifest.buildHash ? record.ImplementationReport : undefined
  if (area === undefined) return undefined
  return {
    source: 'implemented',
    note: 'the whole bitstream as Vivado placed it (reports/vivado.json)',
    used: {
      lut: area.TotLUTs,
      ff: area.FFs,
      dsp: area.DSPs,
      bram18: 2 * area.RAMB36s + area.RAMB18s,
      uram: area.URAMs,
    },
    available: availableOf(manifest),
  }
}

/** A record that `synth` did not write whole says nothing. */
function parsedRecord(
  bytes: Uint8Array,
): { readonly build?: string; readonly ImplementationReport?: ImplementationReport } | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as never
  } catch {
    return undefined
  }
}

function availableOf({ board, clockMhz }: PackageManifest): AssessmentResources['available'] {
  return targetOf(board.part, 1000 / clockMhz).available
}

function countsOf({ lut, ff, dsp, bram18, uram }: ReportResources): AssessmentResources['used'] {
  return { lut, ff, dsp, bram18, uram }
}

/** An earlier assessment: its file, or the folder with it. */
export async function readBaseline(given: string): Promise<{ name: string; of: Assessment }> {
  const path = given.endsWith('.json') ? given : join(given, 'assess.json')
  const text = new TextDecoder().decode(await readFileBytes(path))
  return { name: basename(path), of: parseAssessment(text, path) }
}
