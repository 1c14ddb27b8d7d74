// The results of every layer, as hls4ml's `trace` gives them; writes nothing. `lutra predict --trace` writes them.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { runEngine } from './predict.ts'
import { type ModelOptions, prepareModel } from './prepare.ts'
import { indexOf, type TraceEntry } from './trace-index.ts'

export interface TraceOptions extends ModelOptions {
  /** Vectors to run on, one file per input in graph order. */
  readonly input: readonly string[]
  /** Bit-accurate by default. */
  readonly engine?: 'fixed' | 'float'
}

/** A layer with its results: rows · size numbers, row-major, in the layer's own units. */
export interface TracedLayer extends Omit<TraceEntry, 'file'> {
  readonly data: Float64Array
}

export interface TraceResult {
  readonly engine: 'fixed' | 'float'
  readonly rows: number
  /** In the order of the graph, inputs among them. */
  readonly layers: readonly TracedLayer[]
  readonly findings: readonly Diagnostic[]
}

/** Runs a model on vectors and gives every layer's results. Binary activations are bits in fixed point: 1 for +1, 0 for −1. */
export async function trace(options: TraceOptions): Promise<TraceResult> {
  const prepared = await prepareModel(options)
  const engine = options.engine ?? 'fixed'
  const rows = prepared.vectors![0]!.rows
  const index = indexOf(prepared.compiled, engine, rows)
  const results = await runEngine(
    prepared,
    engine,
    index.layers.map(({ name }) => name),
  )
  const layers = index.layers.map(({ file: _, ...layer }) => ({
    ...layer,
    data: results.get(layer.name)!.data,
  }))
  return { engine, rows, layers, findings: prepared.findings }
}
