// The roads of an assessment: every one computes the same rows, and is held against the bit-accurate emulator.

import { join } from 'node:path'
import type { AssessedRoad, AssessmentRoad, RoadDifference, RoadStep } from '../assess/assessment.ts'
import {
  agreementOf,
  compareWords,
  decisionsOf,
  distanceOf,
  scoreOf,
  valueOfWord,
  valuesOfWords,
  type WordMismatch,
  type WordRows,
  wordText,
} from '../assess/compare-rows.ts'
import { findDivergence } from '../backends/verilog/find-divergence.ts'
import { shellPath } from '../boards/package-files.ts'
import { CompileError, renderDiagnostic } from '../diagnostics/diagnostic.ts'
import { type Batch, type RawBatch, rawRow } from '../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { parseNpy } from '../formats/npy.ts'
import { nodeNamed } from '../ir/graph.ts'
import { printVerilogProject } from '../rtl/print-module.ts'
import type { AssessSubject } from './assess-subject.ts'
import { readFileBytes } from './files.ts'
import type { OpenPackage } from './open-package.ts'
import { goldenOf } from './package.ts'
import { runFixed } from './run-fixed.ts'
import { scaleBatches } from './scaler.ts'
import { floatWord, verifyWords, type WordVerification, wordsOfRaw } from './verify-words.ts'

/** What every road is held against. */
export interface Reference {
  readonly subject: AssessSubject
  /** The rows as the accelerator takes them. */
  readonly inputs: readonly Batch[]
  readonly sent: WordRows
  readonly expected: WordRows
  readonly values: Float64Array
  readonly decisions: readonly number[]
}

export interface TakenRoad {
  readonly road: AssessmentRoad
  /** Cycles, where the road tells them. */
  readonly timing?: Pick<WordVerification, 'latency' | 'interval'>
}

/** Runs the emulator. */
export async function referenceOf(subject: AssessSubject): Promise<Reference> {
  const { manifest, made, rows, given, labels } = subject
  const { prepared } = made
  const golden = await goldenOf(
    { ...made, vectors: [rows], given: [given], prepared: { ...prepared, labels } },
    manifest.form,
  )
  const { sent, expected } = golden.words
  const values = valuesOfWords(expected, rows.rows, manifest)
  const singles = { ...rows, data: Float64Array.from(rows.data, Math.fround) }
  return {
    subject,
    inputs: [singles],
    sent,
    expected,
    values,
    decisions: decisionsOf(values, rows.rows),
  }
}

/** The emulator's own row of the table. */
export function emulatorRoad(reference: Reference): AssessmentRoad {
  return { road: 'emulator', verdict: 'reference', rows: reference.expected.length, ...scored(reference) }
}

/** The model in real numbers, on the rows as they were given: it rounds nothing, so it is compared by distance. */
export function floatRoad(reference: Reference): AssessmentRoad {
  const { subject, values } = reference
  const { source } = subject.made.prepared.compiled
  const output = source.outputs[0]!
  const float = runFloat(source, [subject.rows], [output]).get(output)!.data
  const { max, mean } = distanceOf(float, values)
  const worst = float.findIndex((value, k) => Math.abs(value - values[k]!) >= max)
  return {
    road: 'float',
    verdict: 'compared',
    rows: reference.expected.length,
    maxDifference: max,
    meanDifference: mean,
    ...decided(reference, float),
    ...scored(reference, float),
    ...(max > 0 ? { first: floatPath(reference, float, worst) } : {}),
  }
}

/** Where the model in real numbers is farthest off: the distance layer by layer. */
function floatPath(reference: Reference, float: Float64Array, index: number): RoadDifference {
  const { subject, values } = reference
  const { source, typed } = subject.made.prepared.compiled
  const size = values.length / subject.rows.rows
  const row = Math.floor(index / size)
  const batch = rowOf(subject.rows, row)
  const known = new Set(source.nodes.map(({ name }) => name))
  const names = typed.nodes.map(({ name }) => name).filter(name => known.has(name))
  const real = runFloat(source, [batch], names)
  const fixed = fixedRow(reference, row)
  const path = names.map((layer): RoadStep => {
    const raw = fixed.get(layer)!
    const { max } = distanceOf(real.get(layer)!.data, toNumbers(nodeNamed(typed, layer), raw))
    return { layer, verdict: 'compared', difference: max }
  })
  return {
    row,
    output: index % size,
    expectedValue: `${values[index]}`,
    gotValue: `${float[index]}`,
    layer: typed.outputs[0]!,
    path,
  }
}

/** The golden data that the package carries, against the emulator on its rows. */
export async function goldenRoad(
  reference: Reference,
  { folder, manifest, artefacts }: OpenPackage,
): Promise<AssessmentRoad> {
  const x = Object.keys(manifest.files).find(path => path.endsWith('/X_test.npy'))
  const y = x?.replace(/X_test\.npy$/, 'y_test.npy')
  if (x === undefined || y === undefined) return skipped('golden', 'the package carries no golden data')
  const lost = artefacts.find(({ path, state }) => [x, y].includes(path) && state === 'missing')
  if (lost !== undefined) return skipped('golden', `${lost.path} is missing`)
  return attempted('golden', async () => {
    const given = parseNpy(await readFileBytes(join(folder, x)), x)
    const wanted = parseNpy(await readFileBytes(join(folder, y)), y)
    const rows = given.shape[0]!
    const [input, output] = [manifest.input, manifest.output]
    const { typed } = reference.subject.made.prepared.compiled
    const single = { rows, shape: input.shape, data: Float64Array.from(given.data, Math.fround) }
    const { scaler } = reference.subject.made.prepared.scaling
    const batch = scaler === undefined ? single : scaleBatches(scaler, [single]).scaled[0]!
    const raw = (await runFixed(typed, [batch], [output.name])).get(output.name)!
    const fracs = output.types.map(({ frac }) => frac)
    const expected = wordsOfRaw(raw, fracs, manifest.form)
    const found = compareWords(expected, wordsOfValues(wanted.data, reference))
    return { ...told('golden', rows, found), ...firstOf(reference, found, 'golden data', []) }
  })
}

/** Numbers as words of the output; what no word of its type is becomes one that none is. */
export function wordsOfValues(values: ArrayLike<number>, { subject }: Reference): bigint[][] {
  const { form, output } = subject.manifest
  const size = output.types.length
  const word = (value: number, element: number) => {
    if (form === 'float') return floatWord(value)
    const raw = value * 2 ** output.types[element]!.frac
    return Number.isSafeInteger(raw) ? BigInt.asUintN(32, BigInt(raw)) : -1n
  }
  return Array.from({ length: values.length / size }, (_, row) =>
    Array.from({ length: size }, (_, k) => word(values[row * size + k]!, k)),
  )
}

/** The whole accelerator in a simulator: wrapper, framing and stalls included. */
export async function simulatedRoad(
  reference: Reference,
  road: 'netlist' | 'verilator',
  opened: OpenPackage,
  signal: AbortSignal | undefined,
): Promise<TakenRoad> {
  const { subject, sent, expected } = reference
  let timing: TakenRoad['timing']
  const taken = await attempted(road, async () => {
    const files = road === 'verilator' ? await packagedVerilog(opened, subject) : undefined
    const run = await verifyWords(subject.accelerator, { sent, expected }, subject.manifest.wordsPerBeat, {
      roads: [road],
      files,
      signal,
    })
    const own = run.roads[0]!
    if (own.skipped !== undefined) return skipped(road, own.skipped)
    timing = { latency: run.latency, interval: run.interval }
    if (own.fault !== undefined && own.got === undefined)
      return { road, verdict: 'failed', rows: expected.length, reason: own.fault }
    return held(reference, road, own.got ?? expected, designPath(reference, road, opened))
  })
  return { road: taken, ...(timing === undefined ? {} : { timing }) }
}

/** A road's words: mismatches, decisions, and the first one's path, whose layers `place` finds. */
export function held(
  reference: Reference,
  road: AssessedRoad,
  got: WordRows,
  place: (row: number) => Placed,
): AssessmentRoad {
  const { subject, expected, values } = reference
  const found = compareWords(expected, got)
  const own = found.first === undefined ? values : valuesOfWords(got, expected.length, subject.manifest)
  const { layer, path } = found.first === undefined ? nowhere : place(found.first.row)
  return {
    ...told(road, expected.length, found),
    ...decided(reference, own),
    ...scored(reference, own),
    ...firstOf(reference, found, layer, path),
  }
}

export interface Placed {
  readonly layer: string
  readonly path: readonly RoadStep[]
}

const nowhere: Placed = { layer: '', path: [] }

/** The layers of the design's own cells up to the first that differs; what stands around them when all agree. */
function designPath(reference: Reference, road: AssessedRoad, opened: OpenPackage): (row: number) => Placed {
  return row => {
    const { design, prepared } = reference.subject.made
    const names = prepared.compiled.typed.nodes.map(({ name }) => name)
    const values = new Map([...fixedRow(reference, row)].map(([name, batch]) => [name, rawRow(batch, 0)]))
    const found = findDivergence(design, values)
    const upTo = found === undefined ? names : names.slice(0, names.indexOf(found.layer))
    const path = upTo.map((layer): RoadStep => ({ layer, verdict: 'equal' }))
    if (found === undefined) return { layer: around(road, opened), path }
    const { layer, element, expected, got } = found
    const last: RoadStep = { layer, verdict: 'differs', element, expected: `${expected}`, got: `${got}` }
    return { layer, path: [...path, last] }
  }
}

/** What may differ when every layer's cells agree. */
function around(road: AssessedRoad, { artefacts, manifest }: OpenPackage): string {
  const changed = artefacts.filter(
    ({ path, state }) => state === 'changed' && manifest.sources.includes(path),
  )
  if (road === 'verilator' && changed.length > 0) return changed.map(({ path }) => path).join(', ')
  return road === 'verilator' ? 'Verilog files, wrapper or streams' : 'wrapper, pipeline or streams'
}

function told(road: AssessedRoad, rows: number, found: WordMismatch) {
  const { mismatches, rowsDiffering } = found
  const verdict = mismatches === 0 ? ('equal' as const) : ('differs' as const)
  return { road, verdict, rows, mismatches, rowsDiffering }
}

function firstOf(
  { subject }: Reference,
  { first }: WordMismatch,
  layer: string,
  path: readonly RoadStep[],
): { first?: RoadDifference } {
  if (first === undefined) return {}
  const { row, output, expected, got } = first
  return {
    first: {
      row,
      output,
      expected: wordText(expected),
      got: got < 0n ? 'none' : wordText(got),
      expectedValue: `${valueOfWord(expected, subject.manifest, output)}`,
      gotValue: got < 0n ? 'none' : `${valueOfWord(got, subject.manifest, output)}`,
      layer,
      path,
    },
  }
}

/** Rows decided as the emulator decides; nothing where values are no decisions. */
function decided({ subject, decisions }: Reference, own: Float64Array): Pick<AssessmentRoad, 'agreement'> {
  const { typed } = subject.made.prepared.compiled
  const classifies = subject.labels !== undefined || nodeNamed(typed, typed.outputs[0]!).kind === 'softmax'
  return classifies ? { agreement: agreementOf(decisions, decisionsOf(own, subject.rows.rows)) } : {}
}

function scored({ subject, values }: Reference, own = values): Pick<AssessmentRoad, 'score'> {
  const { labels, rows, manifest } = subject
  if (labels === undefined) return {}
  return { score: scoreOf(labels, decisionsOf(own, rows.rows), manifest.output.types.length) }
}

export function skipped(road: AssessedRoad, reason: string): AssessmentRoad {
  return { road, verdict: 'skipped', rows: 0, reason }
}

/** A road that cannot be run to its end is told as such, and the others are run. */
export async function attempted(
  road: AssessedRoad,
  run: () => Promise<AssessmentRoad>,
): Promise<AssessmentRoad> {
  try {
    return await run()
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    return { road, verdict: 'failed', rows: 0, reason: problem.diagnostics.map(renderDiagnostic).join(' ') }
  }
}

/** The Verilog of the accelerator as it lies in the package, its shell included, by name. */
async function packagedVerilog(
  { folder, manifest }: OpenPackage,
  { accelerator }: AssessSubject,
): Promise<Record<string, string>> {
  const names = Object.keys(printVerilogProject(accelerator.module).files)
  const paths = [...names.map(name => `rtl/${name}`), shellPath(manifest)]
  const texts = await Promise.all(
    paths.map(async path => new TextDecoder().decode(await readFileBytes(join(folder, path)))),
  )
  return Object.fromEntries(paths.map((path, k) => [path.replace(/^rtl\//, ''), texts[k]!]))
}

/** The emulator's results of every layer on one row. */
function fixedRow({ subject, inputs }: Reference, row: number): Map<string, RawBatch> {
  const { typed } = subject.made.prepared.compiled
  const names = typed.nodes.map(({ name }) => name)
  return createFixedEngine(typed).run([rowOf(inputs[0]!, row)], names)
}

function rowOf({ shape, data, rows }: Batch, row: number): Batch {
  const size = data.length / rows
  return { rows: 1, shape, data: data.slice(row * size, (row + 1) * size) }
}
