// What widths are worth on rows: a network typed by them as its config will type it, emulated, held against float.

import { type CompiledModel, type CompileOptions, compileModel } from '../compile.ts'
import type { ModelConfig } from '../config/model-config.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { createBatchEngine } from '../engines/fixed/batch.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import type { SharedEngine } from '../engines/fixed/shared-results.ts'
import { isWorthCompiling } from '../engines/fixed/work.ts'
import type { FixedType } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { totalBitOperations } from './bit-operations.ts'
import { type LossKind, largest, lossOf } from './loss.ts'
import { lossKindOfNode } from './weight-bits.ts'
import { configOfTypes } from './width-config.ts'
import { type Ranges, typesOf, type Widths } from './width-knobs.ts'

/** What a network is judged on: rows, and its float outputs for them. */
export interface Judged {
  readonly inputs: readonly Batch[]
  /** By output, in graph order. */
  readonly float: readonly Batch[]
  readonly loss: LossKind
}

export interface Typing {
  readonly source: OpGraph
  /** What is asked besides precision. */
  readonly base: ModelConfig
  readonly inputTypes: ReadonlyMap<string, FixedType>
  readonly ranges: Ranges
}

export interface Score {
  /** As `lossOf` tells it, of the worst output. */
  readonly loss: number
  /** Mean square of the difference to float over that of float around its mean, of all outputs. */
  readonly noise: number
  /** Rows whose largest output is the label's and the only one; absent without labels. */
  readonly accuracy?: number
}

/** The network as the config of these widths types it, and that config. */
export function typedBy(typing: Typing, widths: Widths): { compiled: CompiledModel; config: ModelConfig } {
  const { source, base, inputTypes, ranges } = typing
  const options: CompileOptions = { config: base, ...typesOf(widths, inputTypes, ranges) }
  const config = configOfTypes(compileModel(source, options), base)
  return { compiled: compileModel(source, { config }), config }
}

/** Bit operations of a row. */
export function bitsOf({ typed }: CompiledModel): number {
  return Math.round(totalBitOperations(typed))
}

/** Runs the rows, compiled where that pays; with an engine for these rows, only what it has not run before. */
export async function scoreOf(
  { typed }: CompiledModel,
  judged: Judged,
  engine?: SharedEngine,
): Promise<Score> {
  const { inputs, float, loss } = judged
  await engine?.prepare(typed)
  const results = engine?.run(typed, typed.outputs) ?? (await run(typed, inputs))
  const numbers = typed.outputs.map(output => toNumbers(nodeNamed(typed, output), results.get(output)!))
  const losses = typed.outputs.map((output, k) =>
    strictLoss(k === 0 ? loss : lossKindOfNode(nodeNamed(typed, output)), float[k]!, numbers[k]!),
  )
  const noises = numbers.map((own, k) => noiseOf(float[k]!.data, own))
  return {
    loss: Math.max(...losses),
    noise: noises.reduce((sum, own) => sum + own, 0) / noises.length,
    ...(loss.kind === 'accuracy' ? { accuracy: strictAccuracy(loss.labels, numbers[0]!) } : {}),
  }
}

async function run(typed: OpGraph, inputs: readonly Batch[]): Promise<Map<string, RawBatch>> {
  const rows = inputs[0]?.rows ?? 0
  if (!isWorthCompiling(typed, rows)) return createFixedEngine(typed).run(inputs, typed.outputs)
  return (await createBatchEngine(typed)).run(inputs, typed.outputs)
}

function noiseOf(float: Float64Array, fixed: Float64Array): number {
  const mean = float.reduce((sum, value) => sum + value, 0) / (float.length || 1)
  let [error, power] = [0, 0]
  float.forEach((value, k) => {
    error += (value - fixed[k]!) ** 2
    power += (value - mean) ** 2
  })
  return error === 0 ? 0 : error / (power || 1)
}

/**
 * As `lossOf`, but a row in which several fixed-point values are the largest is decided wrongly: a search would else find
 * that an output which says nothing is cheapest.
 */
function strictLoss(kind: LossKind, float: Batch, fixed: Float64Array): number {
  if (kind.kind === 'range') return lossOf(kind, float, fixed)
  const meant = kind.kind === 'accuracy' ? kind.labels : decisionsOf(float)
  const asked = accuracyOf(meant, float.data)
  return Math.max(0, asked - strictAccuracy(meant, fixed))
}

function decisionsOf({ data, rows }: Batch): number[] {
  const size = data.length / rows
  return Array.from({ length: rows }, (_, row) => largest(data.subarray(row * size, (row + 1) * size)))
}

/** Rows whose largest value is the label's, as a share of 1. */
export function accuracyOf(labels: readonly number[], data: Float64Array): number {
  return shareOf(labels, data, (row, label) => largest(row) === label)
}

/** The same where the largest value is the only one. */
export function strictAccuracy(labels: readonly number[], data: Float64Array): number {
  return shareOf(labels, data, (row, label) => {
    if (largest(row) !== label) return false
    return row.length === 1 || row.filter(value => value === row[label]).length === 1
  })
}

function shareOf(
  labels: readonly number[],
  data: Float64Array,
  isRight: (row: Float64Array, label: number) => boolean,
): number {
  const size = data.length / (labels.length || 1)
  const right = labels.filter((label, row) => isRight(data.subarray(row * size, (row + 1) * size), label))
  return right.length / (labels.length || 1)
}
