// `lutra assess`: a package's own model and rows on every road, from the model in real numbers to the board, and where
// they part.

import { type Assessment, type AssessmentResources, assessmentJson } from '../assess/assessment.ts'
import { compareRuns } from '../assess/compare-runs.ts'
import { printAssessmentCsv } from '../assess/print-csv.ts'
import { printAssessmentHtml } from '../assess/print-html.ts'
import { printAssessmentText } from '../assess/print-text.ts'
import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { version } from '../version.ts'
import { estimated, implemented, readBaseline, reportOf, timingOf } from './assess-figures.ts'
import {
  emulatorRoad,
  floatRoad,
  goldenRoad,
  referenceOf,
  simulatedRoad,
  type TakenRoad,
} from './assess-roads.ts'
import { type AssessSubject, assessSubject, type RowSource } from './assess-subject.ts'
import { type BoardOptions, boardRoad } from './board-road.ts'
import { sha256 } from './build-hash.ts'
import { checkpoint } from './checkpoint.ts'
import { checkOutputFolder, type FileSystem, writeFolderAtomic } from './files.ts'
import { type OpenPackage, openPackage } from './open-package.ts'

/** Roads that can be asked for; the emulator is what they are held against. */
export const assessRoads = ['float', 'golden', 'netlist', 'verilator', 'board'] as const
export type AssessRoad = (typeof assessRoads)[number]

export interface AssessOptions extends RowSource, BoardOptions {
  /** Folder of a package. */
  readonly dir: string
  /** All by default; the board only where a host is named. */
  readonly roads?: readonly AssessRoad[]
  /** An earlier assessment: its assess.json, or the folder with it. */
  readonly baseline?: string
  /** A build of the same model, whose counts of resources are told: its folder, or its report.json. */
  readonly report?: string
  /** Folder for assess.json, .csv, .html and .txt. */
  readonly out?: string
  readonly disk?: FileSystem
}

export interface AssessResult {
  readonly assessment: Assessment
  readonly text: string
  readonly findings: readonly Diagnostic[]
  /** Whether no road differs and the package is whole and up to date. */
  readonly good: boolean
}

/** Assesses a package. What differs is a result, not an error; fails where the package or the rows cannot be read. */
export async function assess(options: AssessOptions): Promise<AssessResult> {
  const say = options.onProgress ?? (() => {})
  const { dir, out, disk } = options
  const baseline = options.baseline === undefined ? undefined : await readBaseline(options.baseline)
  if (out !== undefined) await checkOutputFolder(out, disk)
  say('checking the package')
  const opened = await openPackage(dir)
  const { report } = options
  const counted = report === undefined ? await implemented(opened) : await reportOf(report, opened)
  say('reading and typing the model')
  const subject = await assessSubject(opened, options)
  const roads = await takeRoads(opened, subject, options)
  const findings = [
    ...opened.findings,
    ...versionFindings(opened, subject),
    ...subject.rowFindings,
    ...roadFindings(roads),
  ]
  const assessed = assembled(opened, subject, roads, findings, counted ?? estimated(subject))
  const assessment =
    baseline === undefined
      ? assessed
      : { ...assessed, comparison: compareRuns(baseline.of, assessed, baseline.name) }
  const text = printAssessmentText(assessment)
  if (out !== undefined) await writeFolderAtomic(out, filesOf(assessment, text), disk)
  return { assessment, text, findings, good: assessment.equal }
}

function filesOf(assessment: Assessment, text: string): Record<string, string> {
  return {
    'assess.csv': printAssessmentCsv(assessment),
    'assess.html': printAssessmentHtml(assessment),
    'assess.json': assessmentJson(assessment),
    'assess.txt': text,
  }
}

async function takeRoads(
  opened: OpenPackage,
  subject: AssessSubject,
  options: AssessOptions,
): Promise<TakenRoad[]> {
  const { roads = assessRoads, signal, onProgress } = options
  const reference = await referenceOf(subject)
  const taken: TakenRoad[] = [{ road: emulatorRoad(reference) }]
  for (const road of assessRoads.filter(known => roads.includes(known))) {
    await checkpoint(signal)
    onProgress?.(`${subject.rows.rows} rows: ${road}`)
    if (road === 'float') taken.push({ road: floatRoad(reference) })
    else if (road === 'golden') taken.push({ road: await goldenRoad(reference, opened) })
    else if (road === 'board') taken.push({ road: await boardRoad(reference, opened, options) })
    else taken.push(await simulatedRoad(reference, road, opened, signal))
  }
  return taken
}

function assembled(
  { manifest, artefacts, findings: { length: damaged } }: OpenPackage,
  subject: AssessSubject,
  roads: readonly TakenRoad[],
  findings: readonly Diagnostic[],
  resources: AssessmentResources,
): Assessment {
  const { project, buildHash, lutra, board, form, wordsPerBeat, input, output, clockMhz } = manifest
  const { rows, labels, source } = subject
  return {
    schema: 1,
    lutra: version,
    package: {
      project,
      buildHash,
      lutra,
      board: board.name,
      part: board.part,
      form,
      interface: manifest.interface,
      link: manifest.link,
      wordsPerBeat,
      wordsIn: input.types.length,
      wordsOut: output.types.length,
      clockMhz,
    },
    vectors: {
      source,
      rows: rows.rows,
      hash: sha256([bytesOf(rows.data), ...(labels === undefined ? [] : [bytesOf(labels)])]),
      labelled: labels !== undefined,
      ...(subject.made.prepared.scaling.scaler === undefined ? {} : { scaled: true }),
      ...(labels === undefined || subject.classes === undefined ? {} : { classes: subject.classes }),
    },
    equal:
      damaged === 0 &&
      subject.otherVerilog.length === 0 &&
      roads.every(({ road: { verdict } }) => verdict !== 'differs' && verdict !== 'failed'),
    timing: timingOf(manifest, roads),
    resources,
    roads: roads.map(({ road }) => road),
    artefacts,
    findings,
  }
}

/** Whether another version of Lutra wrote the package, and whether this one makes the same Verilog of its model. */
function versionFindings({ manifest, folder }: OpenPackage, { otherVerilog }: AssessSubject): Diagnostic[] {
  const { lutra } = manifest
  const more = otherVerilog.length > 3 ? `, … (${otherVerilog.length} files)` : ''
  const files = `${otherVerilog.slice(0, 3).join(', ')}${more}`
  if (lutra !== version) {
    const makes = otherVerilog.length === 0 ? 'the same Verilog' : `other Verilog (${files})`
    return [
      finding({
        code: 'package/other-version',
        place: folder,
        problem: `Lutra ${lutra} wrote the package; this is ${version}, which makes ${makes} of its model`,
        ...(otherVerilog.length === 0 ? {} : { expected: 'the version that wrote it' }),
        remedy: `Take Lutra ${lutra} to assess it, or package the model again.`,
      }),
    ]
  }
  if (otherVerilog.length === 0) return []
  return [
    finding({
      code: 'package/damaged',
      place: folder,
      problem: `package.json has hashes of other Verilog than its model gives: ${files}`,
      expected: 'package.json as it was packaged',
      remedy: 'Copy the whole folder again, or package the model again.',
    }),
  ]
}

function roadFindings(roads: readonly TakenRoad[]): Diagnostic[] {
  return roads.flatMap(({ road: { road, verdict, first, mismatches, rowsDiffering, reason } }) => {
    if (verdict === 'failed') {
      const parts = {
        place: road,
        problem: `the road ends before its results: ${reason?.replace(/\.$/, '')}`,
      }
      return [finding({ code: 'assess/mismatch', ...parts })]
    }
    if (verdict !== 'differs' || first === undefined) return []
    const { row, output, expected, got, expectedValue, gotValue, layer } = first
    return [
      finding({
        code: 'assess/mismatch',
        place: `${road}: ${layer}`,
        problem: `${mismatches} words in ${rowsDiffering} rows differ from the emulator's, first in row ${row}, output ${output}: ${got} (${gotValue}) instead of ${expected} (${expectedValue})`,
        remedy: remedies[road] ?? 'This is a fault in Lutra; please report it with the package.',
      }),
    ]
  })
}

const remedies: Readonly<Record<string, string>> = {
  golden: 'Copy X_test.npy and y_test.npy again, or package the model again.',
  verilator:
    'If the netlist agrees and no file of the package was changed, look at Verilator and its version.',
  board: 'Look whether bitstream and package are of the same build, and whether timing was met.',
}

function bytesOf(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer)
}
