// `lutra export`: a model as ONNX, the float network or the typed one with its types as quantisers.

import { type ExportForm, exportOnnx } from '../backends/onnx/export.ts'
import { type CompiledModel, compileModel } from '../compile.ts'
import { type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { toNumbers } from '../engines/fixed/fixed.ts'
import { quantiseNumber, rawToNumber } from '../fixed/convert.ts'
import { writeOnnx } from '../formats/onnx/write.ts'
import { importModel } from '../frontends/index.ts'
import { nodeNamed } from '../ir/graph.ts'
import { conversionAt, uniformType } from '../ir/tensor-type.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import { checkpoint } from './checkpoint.ts'
import { type FileSystem, writeFileAtomic } from './files.ts'
import { randomVectors } from './hardware.ts'
import { loadConfig } from './load-config.ts'
import { loadModel } from './load-model.ts'
import { type ModelOptions, prepareModel } from './prepare.ts'
import { runFixed } from './run-fixed.ts'

export interface ExportOptions extends ModelOptions {
  readonly to: ExportForm
  /** File to write. */
  readonly out: string
  readonly signal?: AbortSignal
  /** The disk that it is written to; the real one by default. */
  readonly disk?: FileSystem
}

export interface ExportResult {
  readonly bytes: Uint8Array
  /** Rows on which the file, read back, gave the same bits; 0 where that is not asked of the form. */
  readonly comparedRows: number
  readonly findings: readonly Diagnostic[]
}

/** Rows made up where none are given. */
const madeUpRows = 64
const mostRows = 10_000

/**
 * Writes the model. `onnx` takes the float network and no types. A `qonnx` file is read back before it is written, and
 * must give the same bits on the rows given, or on made-up ones. Fails with `export/…` where something has no form.
 */
export async function exportModel(options: ExportOptions): Promise<ExportResult> {
  if (options.to === 'onnx') {
    // Nothing of it but operators that read the model.
    if (options.config !== undefined) await loadConfig(options.config)
    const graph =
      typeof options.model === 'string'
        ? (await loadModel(options.model, options.weights)).graph
        : options.model.source
    return written(options, writeOnnx(exportOnnx(graph, 'onnx')), 0, [])
  }
  const { compiled, vectors, findings } = await prepareModel(options)
  const bytes = writeOnnx(exportOnnx(compiled.typed, options.to))
  const rows = options.to === 'qonnx' ? await comparedRows(compiled, bytes, vectors, options) : 0
  return written(options, bytes, rows, findings)
}

async function written(
  { out, disk, signal }: ExportOptions,
  bytes: Uint8Array,
  rows: number,
  findings: readonly Diagnostic[],
): Promise<ExportResult> {
  await checkpoint(signal)
  await writeFileAtomic(out, bytes, disk)
  return { bytes, comparedRows: rows, findings }
}

/** Reads the file back and predicts with both; fails with `export/not-equal` at the first row that differs. */
async function comparedRows(
  { typed }: CompiledModel,
  bytes: Uint8Array,
  vectors: readonly Batch[] | undefined,
  options: ExportOptions,
): Promise<number> {
  const back = await importModel([{ name: options.out, bytes }])
  const again = compileModel(back, { inputTypes: inputTypes(typed) }).typed
  const rows = enteringRows(typed, vectors ?? randomVectors(typed, madeUpRows))
  const run = { signal: options.signal }
  const expected = await runFixed(typed, rows, typed.outputs, run)
  const got = await runFixed(again, rows, again.outputs, run)
  for (const [k, name] of typed.outputs.entries()) {
    const numbers = (graph: OpGraph, own: string, results: ReadonlyMap<string, RawBatch>) =>
      toNumbers(nodeNamed(graph, own), results.get(own)!)
    const [before, after] = [numbers(typed, name, expected), numbers(again, again.outputs[k]!, got)]
    const at = before.findIndex((value, index) => value !== after[index])
    if (at >= 0) failNotEqual(name, at, before, after, rows[0]!.rows)
  }
  return rows[0]!.rows
}

function failNotEqual(
  name: string,
  at: number,
  before: Float64Array,
  after: Float64Array,
  rows: number,
): never {
  fail({
    code: 'export/not-equal',
    place: `output '${name}'`,
    problem: `row ${Math.floor(at / (before.length / rows))} gives ${after[at]} when the file is read back, and ${before[at]} before`,
    expected: 'the same bits',
    remedy:
      'Tables of activations and the softmax have no types in QONNX: leave theirs to their defaults, or end the network before them.',
  })
}

function inputTypes(typed: OpGraph) {
  return new Map(
    typed.nodes.flatMap(node => {
      const type = node.kind === 'input' ? uniformType(typeOfNode(node)) : undefined
      return type === undefined ? [] : [[node.name, type] as const]
    }),
  )
}

/** Rows as the inputs' types hold them: how values outside come in is no part of the file. */
function enteringRows(typed: OpGraph, vectors: readonly Batch[]): readonly Batch[] {
  const inputs = typed.nodes.filter(({ kind }) => kind === 'input')
  return inputs.map((node, k) => {
    const { rows, shape, data } = vectors[k]!
    const kept = Math.min(rows, mostRows)
    const size = data.length / rows
    const held = data.subarray(0, kept * size).map((value, index) => {
      const own = conversionAt(node.resolved.result!, shape, index % size)
      return rawToNumber(quantiseNumber(value, own), own.to.frac)
    })
    return { rows: kept, shape, data: held }
  })
}
