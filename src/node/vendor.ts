// `lutra synth`: AMD's tools run on what a folder holds, a package of ours or an HLS project, and their results read.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { PackageManifest } from '../assess/manifest.ts'
import { type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import { type FoundVendor, requireVendor, runVendor, type VendorName } from '../tools/vendor.ts'
import {
  type CSynthesisReport,
  type ImplementationReport,
  readCSynthesis,
  readTiming,
  readUtilization,
  type TimingReport,
} from '../tools/vendor-reports.ts'
import { archivePackage } from './archive.ts'
import { diskFileSystem, type FileSystem, readFileBytes, writeFileAtomic } from './files.ts'
import { openPackage } from './open-package.ts'
import { type PackageOptions, type PackageResult, packageModel } from './package.ts'

export interface SynthOptions {
  /** A package of `packageModel`, or an HLS project as hls4ml writes it. */
  readonly folder: string
  /** Makes the bare-metal program too: Vitis builds platform and application from the `.xsa`. */
  readonly app?: boolean
  /** Takes the results of a run made elsewhere; no tool is run. */
  readonly collect?: boolean
  /** Longest run of a tool, in minutes; 24 hours by default. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
  /** Told every line that a tool writes. */
  readonly onLine?: (line: string) => void
  readonly disk?: FileSystem
}

export interface SynthResult {
  readonly kind: 'package' | 'hls'
  /** Tools that were run, e.g. `vivado 2023.2`; none where results were collected. */
  readonly tools: readonly string[]
  readonly ImplementationReport?: ImplementationReport
  readonly TimingReport?: TimingReport
  readonly CSynthesisReport?: CSynthesisReport
  /** What was made, relative to the folder. */
  readonly files: readonly string[]
  readonly findings: readonly Diagnostic[]
  /** Whether the design fits and meets its clock. */
  readonly good: boolean
}

export interface BitstreamOptions extends PackageOptions, Pick<SynthOptions, 'timeout' | 'onLine'> {}

/** Packages a model and builds its bitstream. Looks for the tool before anything else. */
export async function packageBitstream(
  options: BitstreamOptions,
): Promise<{ readonly packaged: PackageResult; readonly built: SynthResult }> {
  await requireVendor(['vivado'], elsewhere)
  const packaged = await packageModel(options)
  return { packaged, built: await synth({ ...options, folder: options.out }) }
}

const elsewhere =
  'The package is complete without it: copy the folder to a machine that has it, build there as its README.md says, and read the results with lutra synth FOLDER --collect.'

/** A tool to run, one after another. */
interface Job {
  readonly tools: readonly VendorName[]
  readonly args: (tool: VendorName) => readonly string[]
  /** Folder to work in, relative to the project's. */
  readonly folder: string
  /** Folder in it that must be there for the log. */
  readonly needs?: string
}

/** What lies in a folder, and how its results are had. */
interface Project {
  readonly kind: SynthResult['kind']
  readonly jobs: readonly Job[]
  /** What to do without the tool. */
  readonly otherwise: string
  results(): Promise<Omit<SynthResult, 'kind' | 'tools' | 'findings' | 'good'>>
}

const defaultMinutes = 24 * 60

/** Runs the vendor's tools on a folder and reads what they report. Fails with `vendor/*`, `synth/*` and `tool/*`. */
export async function synth(options: SynthOptions): Promise<SynthResult> {
  const disk = options.disk ?? diskFileSystem
  const project = await projectOf(options, disk)
  const ran = options.collect === true ? { tools: [], findings: [] } : await runJobs(project, options)
  if (ran.findings.some(({ code }) => !code.endsWith('/newer-version')))
    return {
      kind: project.kind,
      ...ran,
      ...(await reportsAlone(options.folder, disk)),
      files: [],
      good: false,
    }
  return { kind: project.kind, ...ran, ...(await project.results()), good: true }
}

async function projectOf({ folder, app = false }: SynthOptions, disk: FileSystem): Promise<Project> {
  const has = (path: string) => existsSync(join(folder, path))
  if (has('package.json'))
    return packageProject((await openPackage(folder, disk)).manifest, folder, app, disk)
  if (app) return noProgram(folder, 'only a package has the sources of one')
  if (has('build_prj.tcl')) return hlsProject(folder, disk)
  if (has('lutra.lock.json')) {
    return fail({
      code: 'synth/nothing-to-run',
      place: folder,
      problem: 'the folder is a build, which is synthesised already; its counts are in report.txt',
      expected: 'a package, or an HLS project',
      remedy: 'For a bitstream, package the model: lutra package MODEL --board BOARD --out FOLDER.',
    })
  }
  return fail({
    code: 'synth/no-project',
    place: folder,
    problem: 'the folder holds nothing that a tool could be run on',
    expected: 'a package (package.json), or an HLS project (build_prj.tcl)',
    remedy: 'Name the folder that lutra package or hls4ml wrote.',
  })
}

async function runJobs(
  { jobs, otherwise }: Project,
  options: SynthOptions,
): Promise<Pick<SynthResult, 'tools' | 'findings'>> {
  // All tools are looked for before hours go into the first.
  const found: FoundVendor[] = []
  for (const { tools } of jobs) found.push(await requireVendor(tools, otherwise))
  const findings = found.flatMap(own => own.findings)
  const tools = found.map(({ tool }) => `${tool.name} ${tool.version}`)
  for (const [k, { tool }] of found.entries()) {
    const { folder, args, needs } = jobs[k]!
    if (needs !== undefined) await mkdir(resolve(options.folder, folder, needs), { recursive: true })
    options.onProgress?.(`${tool.name} ${tool.version}: starting`)
    const end = await runVendor(tool, {
      args: args(tool.name),
      folder: resolve(options.folder, folder),
      timeoutMs: (options.timeout ?? defaultMinutes) * 60_000,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
      onStage: stage => options.onProgress?.(`${tool.name} ${tool.version}: ${stage}`),
    })
    findings.push(...end.findings)
    if (end.findings.length > 0) break
  }
  return { tools, findings }
}

const batch = (script: string, log: string) => [
  '-mode',
  'batch',
  '-nojournal',
  '-log',
  log,
  '-source',
  script,
]

/** Vitis on the `.xsa` that Vivado leaves; no folder `vitis` may be there. */
const appJob: Job = {
  tools: ['vitis'],
  args: () => ['-s', 'baremetal/create_app.py'],
  folder: '.',
}

/** A package: Vivado's project, or for a card the kernel and its link; for bare metal the program too. */
function packageProject(manifest: PackageManifest, folder: string, app: boolean, disk: FileSystem): Project {
  if (app && !existsSync(join(folder, 'baremetal/create_app.py')))
    return noProgram(folder, `${manifest.board.name} runs none`)
  const isCard = manifest.board.kind === 'alveo'
  const vivado: Job = {
    tools: ['vivado'],
    args: () => batch('vivado/project.tcl', 'vivado/vivado.log'),
    folder: '.',
  }
  return {
    kind: 'package',
    jobs: [...(isCard ? cardJobs(manifest) : [vivado]), ...(app ? [appJob] : [])],
    otherwise: elsewhere,
    results: () => packageResults(manifest, folder, app, disk),
  }
}

/** The same two steps as in `alveo/Makefile`. */
function cardJobs({ project, board, clockMhz }: PackageManifest): Job[] {
  const kernel = `${project}_kernel`
  const work = 'build'
  const link = ['--link', '--target', 'hw', '--platform', board.platform?.name ?? '', '--config', 'link.cfg']
  const output = ['-o', `${work}/${project}.hw.xclbin`, `${work}/${kernel}.xo`]
  return [
    {
      tools: ['vivado'],
      args: () => batch('package_kernel.tcl', 'build/package.log'),
      folder: 'alveo',
      needs: 'build',
    },
    {
      tools: ['v++'],
      args: () => [
        ...link,
        '--kernel_frequency',
        `${clockMhz}`,
        '--report_dir',
        `${work}/reports`,
        ...output,
      ],
      folder: 'alveo',
    },
  ]
}

function noProgram(place: string, problem: string): never {
  return fail({
    code: 'synth/no-program',
    place,
    problem: `a bare-metal program is asked for, and ${problem}`,
    expected: 'a package for a board with a processor and memory, with baremetal/create_app.py',
    remedy: 'Leave --app out, or package for another board.',
  })
}

/** The program that Vitis built, relative to the package. */
function builtProgram({ project }: PackageManifest, folder: string): string {
  const path = `vitis/${project}_app/build/${project}_app.elf`
  if (existsSync(join(folder, path))) return path
  return fail({
    code: 'vendor/no-elf',
    place: folder,
    problem: `there is no ${path}`,
    expected: 'a program that Vitis built',
    remedy:
      'Build it with lutra synth --app or vitis -s baremetal/create_app.py; the log of Vitis says more.',
  })
}

async function packageResults(manifest: PackageManifest, folder: string, app: boolean, disk: FileSystem) {
  const program = app ? [builtProgram(manifest, folder)] : []
  const made = await archivePackage(manifest, folder, disk)
  const reports = await reportsAlone(folder, disk)
  const record = {
    project: manifest.project,
    part: manifest.board.part,
    build: manifest.buildHash,
    ...reports,
  }
  await writeFileAtomic(
    join(folder, 'reports/vivado.json'),
    `${JSON.stringify(record, undefined, 2)}\n`,
    disk,
  )
  return { ...reports, files: [...made, ...program, 'reports/vivado.json'] }
}

async function reportsAlone(
  folder: string,
  disk: FileSystem,
): Promise<Pick<SynthResult, 'ImplementationReport' | 'TimingReport'>> {
  const area = await parsed(join(folder, 'reports/utilization.rpt'), readUtilization, disk)
  const timing = await parsed(join(folder, 'reports/timing.rpt'), readTiming, disk)
  return {
    ...(area === undefined ? {} : { ImplementationReport: area }),
    ...(timing === undefined ? {} : { TimingReport: timing }),
  }
}

/** What a report says; undefined where there is none. */
async function parsed<T>(
  path: string,
  read: (text: string) => T | undefined,
  disk: FileSystem,
): Promise<T | undefined> {
  if (!existsSync(path)) return undefined
  const report = read(new TextDecoder().decode(await readFileBytes(path, disk)))
  if (report !== undefined) return report
  return fail({
    code: 'vendor/report-unreadable',
    place: path,
    problem: 'the tables that reports have are not in it',
    remedy: 'Look at the file; if the tool wrote it whole, please report this with its version.',
  })
}

/** An HLS project as hls4ml writes it: the tool of its backend, `vitis-run` where there is one. */
async function hlsProject(folder: string, disk: FileSystem): Promise<Project> {
  const settings = existsSync(join(folder, 'project.tcl'))
    ? new TextDecoder().decode(await readFileBytes(join(folder, 'project.tcl'), disk))
    : ''
  const setting = (name: string) => new RegExp(`^set ${name} "?([\\w.-]+)"?`, 'm').exec(settings)?.[1]
  const name = setting('project_name') ?? setting('myproject') ?? 'myproject'
  const old = setting('backend') === 'vivado'
  const reports = join(folder, `${name}_prj/solution1/syn/report`)
  return {
    kind: 'hls',
    jobs: [
      {
        tools: old ? ['vivado_hls'] : ['vitis-run', 'vitis_hls'],
        args: tool =>
          tool === 'vitis-run' ? ['--mode', 'hls', '--tcl', 'build_prj.tcl'] : ['-f', 'build_prj.tcl'],
        folder: '.',
      },
    ],
    otherwise: 'Resources without it: lutra estimate --backend vitis MODEL.',
    results: async () => {
      const xml = [`${name}_csynth.xml`, 'csynth.xml'].find(file => existsSync(join(reports, file)))
      if (xml === undefined) return noReport(reports)
      return {
        CSynthesisReport: (await parsed(join(reports, xml), readCSynthesis, disk))!,
        files: [`${name}_prj/solution1/syn/report/${xml}`],
      }
    },
  }
}

function noReport(place: string): never {
  return fail({
    code: 'vendor/no-report',
    place,
    problem: 'the tool ended without an error and left no report of a synthesis',
    expected: 'csynth.xml',
    remedy: 'Look whether build_opt.tcl asks for a synthesis, and at the log of the tool.',
  })
}

/** Results as a text. */
export function printSynth(result: SynthResult, folder: string): string {
  const { ImplementationReport: area, TimingReport: timing, CSynthesisReport: hls } = result
  const of = (used: number, there: number) =>
    there === 0 ? `${used}` : `${used} of ${there} (${((100 * used) / there).toFixed(1)} %)`
  const bram = area === undefined ? 0 : area.RAMB36s + area.RAMB18s / 2
  return [
    ...(result.tools.length === 0 ? [] : [result.tools.join(', ')]),
    ...(area === undefined
      ? []
      : [
          `LUT ${of(area.TotLUTs, area.AvailableLUTs)}, FF ${of(area.FFs, area.AvailableFFs)}, DSP ${of(area.DSPs, area.AvailableDSPs)}, BRAM (36 kb) ${of(bram, area.AvailableBRAMs)}`,
        ]),
    ...(timing === undefined
      ? []
      : [
          `slack ${timing.WNS} ns setup, ${timing.WHS} ns hold: the clock is ${timing.WNS < 0 || timing.WHS < 0 ? 'NOT met' : 'met'}`,
        ]),
    ...(hls === undefined
      ? []
      : [
          `C synthesis: latency ${hls.BestLatency} to ${hls.WorstLatency} cycles, interval ${hls.IntervalMin} to ${hls.IntervalMax}, ${hls.EstimatedClockPeriod} ns; ${hls.LUT} LUT, ${hls.FF} FF, ${hls.DSP} DSP, ${hls.BRAM_18K} BRAM (18 kb)`,
        ]),
    ...result.files.map(file => join(folder, file)),
  ].join('\n')
}
