// AMD's tools: Vivado, Vitis, Vitis HLS, v++. Their versions are read and judged; a run is streamed line by line, its stages
// told, and bounded by time and abort like every other program's.

import { type Diagnostic, fail, finding } from '../diagnostics/diagnostic.ts'
import {
  describeEnd,
  type FoundTool,
  findTool,
  type ProcessResult,
  runProcess,
  type ToolName,
  toolVariable,
  toolVersion,
} from './process.ts'
import { designFault, errorLines, type MachineFault, machineFault } from './vendor-causes.ts'

export type VendorName = Extract<
  ToolName,
  'vivado' | 'vitis' | 'vitis-run' | 'vitis_hls' | 'vivado_hls' | 'v++'
>

/** The first version that runs what Lutra or hls4ml writes for it, and the last whose documents it was written by. */
const knownVersions: Readonly<Record<VendorName, { readonly oldest: string; readonly newest: string }>> = {
  vivado: { oldest: '2020.2', newest: '2025.2' },
  'v++': { oldest: '2020.2', newest: '2025.2' },
  // The first with an interface in Python.
  vitis: { oldest: '2023.2', newest: '2025.2' },
  'vitis-run': { oldest: '2023.2', newest: '2025.2' },
  vitis_hls: { oldest: '2020.1', newest: '2024.1' },
  vivado_hls: { oldest: '2018.2', newest: '2020.1' },
}

export interface VendorTool extends FoundTool {
  readonly name: VendorName
  /** E.g. `2023.2`. */
  readonly version: string
}

export interface FoundVendor {
  readonly tool: VendorTool
  readonly findings: readonly Diagnostic[]
}

/** The first of some tools that there is, its version judged; undefined where there is none. */
async function findVendor(...names: readonly VendorName[]): Promise<FoundVendor | undefined> {
  for (const name of names) {
    const found = findTool(name)
    if (found !== undefined) return judged({ ...found, name, version: await versionOf(found) })
  }
  return undefined
}

/** As `findVendor`; fails with `vendor/no-tool` where there is none. `otherwise` is what to do without. */
export async function requireVendor(names: readonly VendorName[], otherwise: string): Promise<FoundVendor> {
  const found = await findVendor(...names)
  if (found !== undefined) return found
  return fail({
    code: 'vendor/no-tool',
    place: names[0]!,
    problem: `${names.join(' or ')} is not on PATH`,
    expected: `${names[0]} ${knownVersions[names[0]!].oldest} or later`,
    remedy: `Run settings64.sh of its installation first, or set ${toolVariable(names[0]!)} to its path. ${otherwise}`,
  })
}

async function versionOf(tool: FoundTool): Promise<string> {
  const line = await toolVersion(tool)
  const version = /v?\.?(20\d\d\.\d+)/.exec(line)?.[1]
  if (version !== undefined) return version
  return fail({
    code: 'tool/not-working',
    place: `${tool.name} (${tool.path})`,
    problem: `asked for its version it said '${line}'`,
    expected: 'a version such as v2023.2',
    remedy: `Set ${toolVariable(tool.name)} to another one.`,
  })
}

function judged(tool: VendorTool): FoundVendor {
  const { oldest, newest } = knownVersions[tool.name]
  const place = `${tool.name} (${tool.path})`
  if (older(tool.version, oldest)) {
    return fail({
      code: 'vendor/older-version',
      place,
      problem: `its version is ${tool.version}, which lacks what the project's script uses`,
      expected: `${oldest} or later`,
      remedy: `Install a later one, or set ${toolVariable(tool.name)} to it.`,
    })
  }
  if (!older(newest, tool.version)) return { tool, findings: [] }
  const told = finding({
    code: 'vendor/newer-version',
    place: tool.name,
    problem: `its version is ${tool.version}, and the script was written by the documents of ${newest} and before`,
    remedy: `If it fails, take ${newest}: set ${toolVariable(tool.name)} to it.`,
  })
  return { tool, findings: [told] }
}

/** Whether one version such as `2020.2` comes before another. */
function older(one: string, other: string): boolean {
  const [a, b] = [one, other].map(text => text.split('.').map(Number))
  return a![0] === b![0] ? a![1]! < b![1]! : a![0]! < b![0]!
}

export interface VendorRun {
  readonly args: readonly string[]
  /** Folder to work in. */
  readonly folder: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Told what the project's script says that it does. */
  readonly onStage?: (stage: string) => void
  /** Told every line of the log. */
  readonly onLine?: (line: string) => void
}

export interface VendorEnd {
  /** What is wrong with the design, where the tool found it at fault. */
  readonly findings: readonly Diagnostic[]
  readonly stages: readonly string[]
}

/**
 * Runs a tool to its end. A fault of the design (timing, size) is a finding; any other failure fails with its cause,
 * `vendor/failed` where that is not known, `tool/timeout` or `tool/cancelled`.
 */
export async function runVendor(tool: VendorTool, run: VendorRun): Promise<VendorEnd> {
  const stages: string[] = []
  const lines = byLine(line => {
    run.onLine?.(line)
    const stage = stageOf(line)
    if (stage === undefined) return
    stages.push(stage)
    run.onStage?.(stage)
  })
  const end = await runProcess({
    command: tool.path,
    args: run.args,
    cwd: run.folder,
    label: tool.name,
    variable: toolVariable(tool.name),
    onOutput: lines.take,
    ...(run.timeoutMs === undefined ? {} : { timeoutMs: run.timeoutMs }),
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  })
  lines.end()
  if (end.outcome === 'exited' && end.exitCode === 0) return { findings: [], stages }
  return { findings: [faultOf(tool, end, stages.at(-1))], stages }
}

/** Our scripts say `lutra: synthesise`, hls4ml's `***** C SYNTHESIS *****`, v++ `Run run_link: Step synth: Started`. */
function stageOf(line: string): string | undefined {
  const own = /^lutra: (?!failed|done|board files|no board)(.+)$/.exec(line)?.[1]
  const hls4ml = /^\*{5} (?!.*COMPLETED)([A-Z][A-Z ]+) \*{5}$/.exec(line)?.[1]?.toLowerCase()
  const link = /\bRun run_link: Step (\w+): Started/.exec(line)?.[1]
  return own ?? hls4ml ?? (link === undefined ? undefined : `link: ${link}`)
}

/** Pieces of output as whole lines. */
function byLine(tell: (line: string) => void) {
  let rest = ''
  return {
    take(text: string): void {
      const lines = (rest + text).split(/\r?\n/)
      rest = lines.pop()!
      for (const line of lines) tell(line)
    },
    end(): void {
      if (rest !== '') tell(rest)
    },
  }
}

/** What ended a run: a finding where the design is at fault, else an error. */
function faultOf(tool: VendorTool, end: ProcessResult, stage: string | undefined): Diagnostic {
  const place = `${tool.name} ${tool.version}${stage === undefined ? '' : `, ${stage}`}`
  if (end.outcome !== 'exited') {
    return fail({
      code: end.outcome === 'timeout' ? 'tool/timeout' : 'tool/cancelled',
      place,
      problem: `${tool.name} ${describeEnd(end)}`,
      remedy: 'Allow more time with --timeout, or make the design smaller.',
    })
  }
  const machine = machineFault(end.output)
  const design = designFault(end.output)
  // A full disk or memory makes everything else go wrong; a design at fault is told before what follows from it.
  if (machine === undefined && design !== undefined) return { ...design, place }
  const { says: problem, ...cause } = machine ?? killed(end) ?? unknownFault(tool, end)
  return fail({ place, problem, ...cause })
}

/** Nobody but the system ends a tool by force, and it does so when memory runs out. */
function killed(end: ProcessResult): MachineFault | undefined {
  if (end.killedBy !== 'SIGKILL' && end.exitCode !== 137) return undefined
  return {
    code: 'vendor/out-of-memory',
    says: 'it was ended by the system, most often because memory ran out',
    expected: 'memory for the device: from 4 GB for small parts to 32 GB and more for cards',
    remedy:
      'Close other programs, add swap space, or build with fewer jobs (set jobs 1 in the project script).',
  }
}

function unknownFault(tool: VendorTool, end: ProcessResult): MachineFault {
  const errors = errorLines(end.output)
  const said = errors.length > 0 ? errors : end.output.trim().split('\n').slice(-5)
  const text = said.filter(line => line !== '').map(line => `\n  ${line}`)
  return {
    code: 'vendor/failed',
    says: `${tool.name} ${describeEnd(end)}`,
    remedy: text.length === 0 ? 'It said nothing.' : `It said:${text.join('')}`,
  }
}
