// A search for widths made ready: which rows it looks at, which ranges they reach, which types enter.

import type { CompileOptions } from '../compile.ts'
import { compileModel } from '../compile.ts'
import type { ModelConfig } from '../config/model-config.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import { runFloat } from '../engines/float.ts'
import type { FixedType } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import { randomBelow, seededRandom } from '../netlist/constant-matrix/random.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { LossKind } from './loss.ts'
import { matchLayers } from './match-layers.ts'
import type { Judged, Typing } from './try-widths.ts'
import { typeOfData } from './weight-bits.ts'
import { withoutPrecision } from './width-config.ts'
import { type Knobs, knobsOf, type Ranges, rangeOfBatch } from './width-knobs.ts'

export interface TuneData {
  readonly inputs: readonly Batch[]
  readonly loss: LossKind
}

export interface PreparedTuning {
  readonly typing: Typing
  readonly knobs: Knobs
  /** All rows. */
  readonly all: Judged
  /** The rows searched on: all, or a sample of them. */
  readonly sample: Judged
}

export interface TuningOptions {
  /** What is asked besides precision; its precisions are not read. */
  readonly config: ModelConfig
  /** Types of inputs, where they are not to be found from the rows. */
  readonly inputTypes?: ReadonlyMap<string, FixedType>
  /** Most rows searched on. */
  readonly rows: number
  /** Chooses them. */
  readonly seed: number
}

/** Fails with `tune/…` codes for networks whose types are not a config's to choose. */
export function prepareTuning(source: OpGraph, data: TuneData, options: TuningOptions): PreparedTuning {
  const base = withoutPrecision(options.config)
  const inputTypes = typesOfInputs(source, data.inputs, options.inputTypes ?? new Map())
  const compileOptions: CompileOptions = { config: base, inputTypes }
  const { typed } = compileModel(source, compileOptions)
  const { all, ranges } = floatOf(source, typed, data)
  const knobs = knobsOf(source, compileOptions, ranges)
  refuseTyped(source, knobs)
  const picked = pickRows(data.inputs[0]!.rows, options)
  return {
    typing: { source, base, inputTypes, ranges },
    knobs,
    all,
    sample: picked === undefined ? all : rowsOf(all, picked),
  }
}

function typesOfInputs(
  source: OpGraph,
  inputs: readonly Batch[],
  given: ReadonlyMap<string, FixedType>,
): ReadonlyMap<string, FixedType> {
  const names = source.nodes.filter(({ kind }) => kind === 'input').map(({ name }) => name)
  return new Map(
    names.flatMap((name, k) => {
      const stated = nodeNamed(source, name).quantisers.result !== undefined
      const type = given.get(name) ?? (stated ? undefined : typeOfData(inputs[k]!))
      return type === undefined ? [] : [[name, type] as const]
    }),
  )
}

/** Rows at a time, so that the results of all layers need not be held for all of them. */
const rowsAtOnce = 64

/** Float outputs of all rows, and what every layer reaches on them. */
function floatOf(
  source: OpGraph,
  typed: OpGraph,
  { inputs, loss }: TuneData,
): { all: Judged; ranges: Ranges } {
  const { floatOf: names } = matchLayers(source, typed)
  const wanted = [...new Set([...source.outputs, ...names.values()])]
  const ranges = new Map<string, { min: number; max: number }>()
  const rows = inputs[0]!.rows
  const parts: Map<string, Batch>[] = []
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const results = runFloat(source, slice(inputs, from, Math.min(rows, from + rowsAtOnce)), wanted)
    for (const [node, name] of names) widen(ranges, node, rangeOfBatch(results.get(name)!))
    parts.push(new Map(source.outputs.map(name => [name, results.get(name)!])))
  }
  const float = source.outputs.map(name => joined(parts.map(part => part.get(name)!)))
  return { all: { inputs, float, loss }, ranges }
}

function widen(
  ranges: Map<string, { min: number; max: number }>,
  name: string,
  own: { min: number; max: number },
): void {
  const { min, max } = ranges.get(name) ?? own
  ranges.set(name, { min: Math.min(min, own.min), max: Math.max(max, own.max) })
}

function slice(inputs: readonly Batch[], from: number, to: number): Batch[] {
  return inputs.map(batch => {
    const size = batch.data.length / batch.rows
    return { ...batch, rows: to - from, data: batch.data.subarray(from * size, to * size) }
  })
}

function joined(parts: readonly Batch[]): Batch {
  const data = new Float64Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  return { rows: parts.reduce((sum, { rows }) => sum + rows, 0), shape: parts[0]!.shape, data }
}

/** Different rows by chance, in order; undefined where all are taken. */
function pickRows(count: number, { rows, seed }: TuningOptions): readonly number[] | undefined {
  if (count <= rows) return undefined
  const random = seededRandom(seed)
  const order = Array.from({ length: count }, (_, k) => k)
  for (let k = 0; k < rows; k++) {
    const other = k + randomBelow(random, count - k)
    ;[order[k], order[other]] = [order[other]!, order[k]!]
  }
  return order.slice(0, rows).sort((a, b) => a - b)
}

function rowsOf({ inputs, float, loss }: Judged, picked: readonly number[]): Judged {
  const take = (batch: Batch): Batch => {
    const size = batch.data.length / batch.rows
    const data = new Float64Array(picked.length * size)
    picked.forEach((row, k) => {
      data.set(batch.data.subarray(row * size, (row + 1) * size), k * size)
    })
    return { rows: picked.length, shape: batch.shape, data }
  }
  return {
    inputs: inputs.map(take),
    float: float.map(take),
    loss: loss.kind === 'accuracy' ? { ...loss, labels: picked.map(row => loss.labels[row]!) } : loss,
  }
}

function refuseTyped(source: OpGraph, { fracs }: Knobs): void {
  const proxy = source.nodes.find(({ origin }) => origin.layerClass === 'FixedPointQuantizer')
  if (proxy === undefined && fracs.length > 0) return
  fail({
    code: 'tune/typed-by-source',
    place: proxy === undefined ? 'model' : `layer '${proxy.name}'`,
    problem: 'the model states its own types, and nothing is lost between them: there is no width to find',
    expected: 'a model with float weights, or results without a quantiser',
    remedy: 'Train with other quantisers; lutra check says what they cost.',
  })
}
