// `lutra compare`: the float model beside the fixed-point one, layer by layer on the same rows.

import { type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import { type Comparison, createComparer } from '../profile/compare.ts'
import { version } from '../version.ts'
import type { FileSystem } from './files.ts'
import { eachPiece, type PieceOptions } from './pieces.ts'
import { type ModelOptions, prepareModel } from './prepare.ts'
import { dataFindings, specsOf, writeInto } from './profile.ts'

export interface CompareOptions extends ModelOptions, PieceOptions {
  /** Folder for `compare.html`, `compare.json`, `norm-diff.svg` and `dist-diff.svg`. */
  readonly out?: string
  /** The disk that files are written to; the real one by default. */
  readonly disk?: FileSystem
}

export interface CompareResult {
  /** Plain data: values in the network's own units, shares of 1. */
  readonly comparison: Comparison
  readonly findings: readonly Diagnostic[]
  /** Files written. */
  readonly files: readonly string[]
}

/** Compares every layer that both meanings have on the rows of `data`; fails where there are none. */
export async function compare(options: CompareOptions): Promise<CompareResult> {
  options.onProgress?.('reading and typing the model')
  const { compiled, vectors, labels, findings, config, loaded } = await prepareModel(options)
  if (vectors === undefined) failWithoutData()
  const comparer = createComparer(compiled)
  await eachPiece([compiled.source, compiled.typed], vectors, options, (rows, from) =>
    comparer.add(rows, labels?.slice(from, from + rows[0]!.rows)),
  )
  const comparison = { ...comparer.result(), model: loaded.file }
  const files = options.out === undefined ? {} : await filesOf(comparison)
  return {
    comparison,
    findings: [...findings, ...dataFindings(vectors, specsOf(options, config))],
    files: await writeInto(options, files),
  }
}

function failWithoutData(): never {
  return fail({
    code: 'compare/no-data',
    place: '--data',
    problem: 'there are no vectors to compare on',
    expected: 'a file of vectors for each input',
    remedy: 'Give --data VECTORS (.npy .npz .csv f.h5:Dataset).',
  })
}

/** The charts are loaded only by whoever draws them. */
async function filesOf(comparison: Comparison): Promise<Record<string, string>> {
  const { compareFiles } = await import('../profile/compare-page.ts')
  return {
    ...compareFiles(comparison, version),
    'compare.json': `${JSON.stringify(comparison, undefined, 2)}\n`,
  }
}
