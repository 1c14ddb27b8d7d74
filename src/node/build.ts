// `lutra build`: the main job. Model → Verilog → verified on every road → synthesised → report.

import { basename } from 'node:path'
import { emitVerilog } from '../backends/verilog/emit.ts'
import { fitRows } from '../check/fit.ts'
import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { firstRows } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { framesOf } from '../engines/rtl.ts'
import { printReportText } from '../report/print-text.ts'
import { type Report, reportJson } from '../report/report.ts'
import { testBenchFiles } from '../rtl/test-bench.ts'
import { chooseYosys } from '../tools/yosys/synthesise.ts'
import type { YosysTool } from '../tools/yosys/tool.ts'
import { version } from '../version.ts'
import { assembleReport } from './assemble-report.ts'
import { buildHashOf, decidedBy, sha256, typesOf } from './build-hash.ts'
import { checkpoint } from './checkpoint.ts'
import { fileHash } from './file-hash.ts'
import { checkOutputFolder, type FileSystem, writeFolderAtomic } from './files.ts'
import { type HardwareOptions, type PreparedDesign, prepareDesign } from './hardware.ts'
import { type DesignResources, synthesiseDesign } from './synthesise-design.ts'
import { verificationFindings } from './verification-findings.ts'
import { type RoadName, type Verification, verifyDesign } from './verify-design.ts'

export interface BuildOptions extends HardwareOptions {
  /** Folder of the build; an earlier build there is replaced when this one is complete. */
  readonly out: string
  /** False: no synthesis, resources are estimates. */
  readonly synth?: boolean
  /** Synthesises the whole design in one run, without counts by layer. */
  readonly flat?: boolean
  /** Seconds that the synthesis of one module may take. */
  readonly synthTimeout?: number
  readonly threads?: number
  readonly roads?: readonly RoadName[]
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
  /** The disk that the build is written to; the real one by default. */
  readonly disk?: FileSystem
}

export interface BuildResult {
  readonly report: Report
  readonly verification: Verification
  readonly resources: DesignResources | undefined
  readonly findings: readonly Diagnostic[]
  /** Whether every road agrees, timing holds and the design fits. */
  readonly good: boolean
}

export async function build(options: BuildOptions): Promise<BuildResult> {
  const say = options.onProgress ?? (() => {})
  await checkOutputFolder(options.out, options.disk)
  // A tool that does not work is told before the work.
  const yosys = options.synth === false ? undefined : await chooseYosys()
  say('reading and typing the model')
  const made = await prepareDesign(options)
  const verification = await verifyDesign(made.prepared.compiled, made.design, made.vectors, options)
  const resources = yosys === undefined ? undefined : await synthesised(made, yosys, options)
  const findings = [
    ...made.findings,
    ...problemsOf(made, verification, resources),
    ...(resources?.findings ?? []),
  ]
  const buildHash = hashOf(made)
  const files = {
    ...emitVerilog(made.design),
    ...benchFiles(made),
    ...resources?.files,
    'lutra.lock.json': lockFile(made, buildHash),
  }
  const listed = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.byteLength(text) }))
  const report = await assembleReport({
    made,
    buildHash,
    verification,
    findings,
    ...(resources === undefined ? {} : { resources }),
    files: listed.sort((a, b) => (a.path < b.path ? -1 : 1)),
  })
  say('writing the report')
  // The charts are loaded only by whoever draws them.
  const { printReportHtml } = await import('../report/print-html.ts')
  const reports = {
    'report.json': reportJson(report),
    'report.txt': printReportText(report),
    'report.html': printReportHtml(report),
  }
  await checkpoint(options.signal)
  await writeFolderAtomic(options.out, { ...files, ...reports }, options.disk)
  const good = !findings.some(
    ({ code }) => code === 'verify/mismatch' || code === 'verify/timing' || code === 'fit/exceeds-device',
  )
  return { report, verification, resources, findings, good }
}

function synthesised(made: PreparedDesign, tool: YosysTool, options: BuildOptions): Promise<DesignResources> {
  return synthesiseDesign(made.design, {
    family: made.device.family,
    tool,
    flat: options.flat === true,
    ...(options.synthTimeout === undefined ? {} : { timeoutMs: options.synthTimeout * 1000 }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
}

/** What `build` must not pass over. */
function problemsOf(
  made: PreparedDesign,
  verification: Verification,
  resources: DesignResources | undefined,
): Diagnostic[] {
  return [...verificationFindings(made, verification), ...fitFindings(made, resources)]
}

function fitFindings(made: PreparedDesign, resources: DesignResources | undefined): Diagnostic[] {
  if (resources === undefined) return []
  const { total } = resources
  const lut = total.lut + total.lutram + total.srl
  return fitRows({ ...total, lut }, made.device)
    .filter(({ used, available }) => used > available)
    .map(({ resource, used, available }) =>
      finding({
        code: 'fit/exceeds-device',
        place: made.part,
        problem: `the design takes ${used} ${resource} and the device has ${available}`,
        remedy: 'Use narrower types, prune, or choose a larger device.',
      }),
    )
}

function hashOf(made: PreparedDesign): string {
  return buildHashOf(made.prepared.loaded.bytes, decidedBy(made))
}

/** Hashes, versions and the resolved config: what a rebuild is held against. */
function lockFile(made: PreparedDesign, buildHash: string): string {
  const { prepared, design, part } = made
  const { scaler } = prepared.scaling
  const lock = {
    lutra: version,
    buildHash,
    model: { file: prepared.loaded.file, hash: sha256(prepared.loaded.bytes) },
    config: { file: prepared.config.file, rules: prepared.compiled.rules },
    // Rows that types are found on and the design is verified on went through it.
    ...(scaler === undefined
      ? {}
      : { scaler: { file: basename(scaler.file), hash: fileHash(scaler.bytes) } }),
    project: design.options.project,
    part,
    clockNs: design.options.clockNs,
    layers: typesOf(prepared),
  }
  return `${JSON.stringify(lock, undefined, 2)}\n`
}

/** Rows that a project carries as vectors: enough to try it, few enough to ship. */
const benchRows = 100

function benchFiles(made: PreparedDesign): Record<string, string> {
  const { design, vectors, prepared } = made
  const first = vectors.map(batch => firstRows(batch, benchRows))
  const names = [...design.inputs, ...design.outputs].map(({ name }) => name)
  const raw = createFixedEngine(prepared.compiled.typed).run(first, names)
  const frames = (ports: typeof design.inputs) =>
    framesOf(
      design.top,
      ports.map(({ dataPort, types }) => ({ dataPort, size: types.length })),
      ports.map(({ name }) => raw.get(name)!),
    )
  const files = testBenchFiles(design.top.top, frames(design.inputs), {
    beatsPerFrame: design.top.beatsPerFrame,
    expected: frames(design.outputs),
  })
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`tb/${name}`, text]))
}
