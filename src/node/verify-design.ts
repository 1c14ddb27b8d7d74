// Runs the same vectors on every road there is and compares them raw: emulator, built-in simulation of the netlist,
// Icarus and Verilator on the emitted Verilog, each with streams that stall and a reset in mid-stream.

import type { Design } from '../backends/verilog/design.ts'
import { findDivergence } from '../backends/verilog/find-divergence.ts'
import type { CompiledModel } from '../compile.ts'
import { type Batch, type RawBatch, rawRow } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { framesOf, type RtlPort, rowsOf } from '../engines/rtl.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { RtlModule } from '../rtl/module.ts'
import { printVerilogProject } from '../rtl/print-module.ts'
import { createStreamSimulation } from '../rtl/run-stream.ts'
import { type StreamFrames, stallPattern } from '../rtl/stream-ports.ts'
import type { StreamOptions, StreamRun } from '../rtl/stream-result.ts'
import { findTool, type ToolName, toolVariable, toolVersion } from '../tools/process.ts'
import { runIcarus, runVerilator } from '../tools/verilog-sim.ts'
import { checkpoint } from './checkpoint.ts'
import { runFixed } from './run-fixed.ts'

export type RoadName = 'netlist' | 'icarus' | 'verilator'

/** Where a road first differs from the emulator. */
export interface RoadDivergence {
  readonly layer: string
  readonly row: number
  readonly element: number
  readonly expected: bigint
  readonly got: bigint
}

export interface Road {
  readonly road: RoadName
  readonly version?: string
  readonly vectors: number
  /** Whether every raw value of every run equalled the emulator's. */
  readonly equal: boolean
  /** Ways the streams were disturbed, one per run. */
  readonly runs: readonly string[]
  readonly divergence?: RoadDivergence
  /** Why the road was not taken. */
  readonly skipped?: string
  /** As measured, streams undisturbed. */
  readonly latency?: number
  readonly ii?: number
}

export interface Verification {
  readonly vectors: number
  readonly float: { readonly maxDifference: number; readonly meanDifference: number }
  readonly roads: readonly Road[]
  /** Whether no road differs. */
  readonly equal: boolean
  /** Latency and II as simulated equal those stated. */
  readonly timingHolds: boolean
}

export interface VerifyOptions {
  readonly roads?: readonly RoadName[]
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
  readonly seed?: number
}

/** Icarus interprets: larger designs, and those that take longer for a frame, get fewer rows, but never fewer than this. */
const fewestRows = 100
const icarusCells = 1_000_000

function icarusRows(design: Design, rows: number): number {
  const work = cellsOf(design.core) * design.top.interval
  return Math.min(rows, Math.max(fewestRows, Math.floor(icarusCells / work)))
}

/** Rows spread evenly over all, the first and the last among them. */
function sampleRows(batch: Batch, rows: number): Batch {
  if (rows >= batch.rows) return batch
  const size = batch.data.length / batch.rows
  const picked = Array.from({ length: rows }, (_, k) => Math.round((k * (batch.rows - 1)) / (rows - 1)))
  const data = new Float64Array(rows * size)
  for (const [k, row] of picked.entries())
    data.set(batch.data.subarray(row * size, (row + 1) * size), k * size)
  return { rows, shape: batch.shape, data }
}

interface Expected {
  readonly rows: number
  readonly frames: StreamFrames
  readonly outputs: readonly { readonly port: RtlPort; readonly rows: readonly (readonly bigint[])[] }[]
  readonly raw: ReadonlyMap<string, RawBatch>
}

/** Verifies a design on float vectors. Differences are results, not errors. */
export async function verifyDesign(
  compiled: CompiledModel,
  design: Design,
  inputs: readonly Batch[],
  options: VerifyOptions = {},
): Promise<Verification> {
  const all = await expectedOf(compiled, design, inputs, options)
  const sample = await expectedOf(
    compiled,
    design,
    inputs.map(batch => sampleRows(batch, icarusRows(design, batch.rows))),
    options,
  )
  const roads: Road[] = []
  for (const road of options.roads ?? ['netlist', 'icarus', 'verilator']) {
    const expected = road === 'icarus' ? sample : all
    roads.push(await takeRoad(road, design, expected, options))
  }
  const taken = roads.filter(({ skipped }) => skipped === undefined)
  return {
    vectors: inputs[0]!.rows,
    float: floatDistance(compiled, inputs, all.raw),
    roads,
    equal: taken.every(({ equal }) => equal),
    timingHolds: taken.every(
      ({ latency, ii }) => latency === design.top.latency && (ii === undefined || ii === design.top.interval),
    ),
  }
}

async function expectedOf(
  { typed }: CompiledModel,
  design: Design,
  inputs: readonly Batch[],
  { signal }: VerifyOptions,
): Promise<Expected> {
  const names = typed.nodes.map(({ name }) => name)
  const raw = await runFixed(typed, inputs, names, { signal })
  const portOf = ({ dataPort, types }: Design['inputs'][number]): RtlPort => ({
    dataPort,
    size: types.length,
  })
  const frames = framesOf(
    design.top,
    design.inputs.map(portOf),
    design.inputs.map(({ name }) => raw.get(name)!),
  )
  const outputs = design.outputs.map(port => {
    const batch = raw.get(port.name)!
    return { port: portOf(port), rows: Array.from({ length: batch.rows }, (_, row) => rawRow(batch, row)) }
  })
  return { rows: inputs[0]!.rows, frames, outputs, raw }
}

function disturbances(frames: number, seed: number): { name: string; options: StreamOptions }[] {
  return [
    { name: 'undisturbed', options: {} },
    { name: 'random stalls', options: { stall: stallPattern(seed) } },
    {
      name: 'random stalls, reset in mid-stream',
      options: { stall: stallPattern(seed + 1), resetAt: 10 + Math.min(frames, 400) },
    },
  ]
}

async function takeRoad(
  road: RoadName,
  design: Design,
  expected: Expected,
  options: VerifyOptions,
): Promise<Road> {
  const vectors = expected.rows
  const skipped = missingTool(road)
  if (skipped !== undefined) return { road, vectors: 0, equal: false, runs: [], skipped }
  options.onProgress?.(`verify: ${road}, ${vectors} vectors`)
  const run = simulatorOf(road, design, expected.frames, options)
  const every = disturbances(vectors, options.seed ?? 1)
  // Icarus interprets: its one disturbed run has stalls and reset together.
  const disturbed = road === 'icarus' ? every.filter((_, k) => k !== 1) : every
  let first: StreamRun | undefined
  let divergence: RoadDivergence | undefined
  for (const { options: stream } of disturbed) {
    await checkpoint(options.signal)
    const result = await run({ beatsPerFrame: design.top.beatsPerFrame, ...stream }).catch(problem => {
      options.signal?.throwIfAborted()
      throw problem
    })
    first ??= result
    divergence ??= compare(design, expected, result)
  }
  return {
    road,
    ...(await versionOf(road)),
    vectors,
    equal: divergence === undefined,
    runs: disturbed.map(({ name }) => name),
    ...(divergence === undefined ? {} : { divergence }),
    latency: first!.latency,
    ...(first!.ii === undefined ? {} : { ii: first!.ii }),
  }
}

/** Programs that a road needs, the one whose version is told first. */
const toolsOf = {
  netlist: [],
  icarus: ['iverilog', 'vvp'],
  verilator: ['verilator', 'g++'],
} as const satisfies Record<RoadName, readonly ToolName[]>

function missingTool(road: RoadName): string | undefined {
  const missing = toolsOf[road].find(name => findTool(name) === undefined)
  return missing === undefined ? undefined : `${missing} is not on PATH; ${toolVariable(missing)} may name it`
}

async function versionOf(road: RoadName): Promise<{ version?: string }> {
  const [name] = toolsOf[road]
  const tool = name === undefined ? undefined : findTool(name)
  return tool === undefined ? {} : { version: await toolVersion(tool) }
}

function simulatorOf(
  road: RoadName,
  design: Design,
  frames: StreamFrames,
  { signal }: VerifyOptions,
): (options: StreamOptions) => Promise<StreamRun> {
  if (road === 'netlist') {
    const simulation = createStreamSimulation(design.top.top)
    return async stream => simulation.run(frames, stream)
  }
  const { files } = printVerilogProject(design.top.top)
  const request = { top: design.top.top, files, frames, ...(signal === undefined ? {} : { signal }) }
  return stream =>
    road === 'icarus'
      ? runIcarus({ ...request, options: stream })
      : runVerilator({ ...request, options: stream })
}

/** The first row and element that differ, placed in a layer. */
function compare(design: Design, expected: Expected, run: StreamRun): RoadDivergence | undefined {
  for (const { port, rows } of expected.outputs) {
    const got = rowsOf(run.outputs, port)
    for (const [row, values] of rows.entries()) {
      const element = values.findIndex((value, k) => got[row]?.[k] !== value)
      if (element < 0) continue
      const outside = { element, expected: values[element]!, got: got[row]?.[element] ?? 0n }
      return { row, ...outside, ...placed(design, expected, row) }
    }
  }
  return undefined
}

/** Where roads part that agree on every layer. */
export const aroundLayers = 'pipeline or streams'

/** The layer whose cells first differ on this row, with its values; the streams around them when all agree. */
function placed(design: Design, { raw }: Expected, row: number): Partial<RoadDivergence> & { layer: string } {
  const values = new Map([...raw].map(([name, batch]) => [name, rawRow(batch, row)]))
  return findDivergence(design, values) ?? { layer: aroundLayers }
}

/** Cells of a module and all it contains. */
function cellsOf({ netlist, instances }: RtlModule): number {
  return instances.reduce((sum, { module }) => sum + cellsOf(module), netlist.kind.length)
}

function floatDistance(
  { source, typed }: CompiledModel,
  inputs: readonly Batch[],
  raw: ReadonlyMap<string, RawBatch>,
) {
  const output = typed.outputs[0]!
  const float = runFloat(source, inputs, [source.outputs[0]!]).get(source.outputs[0]!)!.data
  const fixed = toNumbers(nodeNamed(typed, output), raw.get(output)!)
  let max = 0
  let sum = 0
  float.forEach((value, k) => {
    const difference = Math.abs(value - fixed[k]!)
    max = Math.max(max, difference)
    sum += difference
  })
  return { maxDifference: max, meanDifference: sum / Math.max(1, float.length) }
}
