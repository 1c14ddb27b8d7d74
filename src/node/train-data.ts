// The rows of a training project, from files or as a config's script made them, in three parts: to train on, to watch
// while training, and to look at when all is done.

import { type Dataset, type RowArray, type RowSource, rowSource, type Target } from '../data/dataset.ts'
import { splitRows } from '../data/split.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { NumericArray } from '../formats/numeric-array.ts'
import type { ProjectFiles } from '../train/project.ts'
import { openDataSet } from './data-set.ts'
import { diskFileSystem, type FileSystem } from './files.ts'
import { readTable, readVectors } from './read-data.ts'

export interface ProjectRows {
  readonly training: RowSource
  readonly validation: RowSource | undefined
  readonly test: RowSource | undefined
}

/** Reads and splits; the same seed splits alike. Fails with `data/…` and `train/no-data`. */
export async function openRows(
  project: ProjectFiles,
  seed: number,
  disk: FileSystem = diskFileSystem,
): Promise<ProjectRows> {
  if (project.data === undefined) {
    fail({
      code: 'train/no-data',
      place: 'data',
      problem: 'nothing says which rows to train on',
      expected: 'files, with --data or data in the config',
      remedy: 'Name the data.',
    })
  }
  const all = await openSource(project.data, project, disk)
  const given = async (part: ProjectFiles['test']) =>
    part === undefined || typeof part === 'number' ? undefined : openSource(part, project, disk)
  const [validation, test] = [await given(project.validation), await given(project.test)]
  const shareOf = (part: ProjectFiles['test'], fallback: number) =>
    typeof part === 'number' ? part : part === undefined ? fallback : 0
  const shares = [shareOf(project.validation, 0.2), shareOf(project.test, 0)]
  const [own, watched, judged] = splitRows(all.count, {
    shares: [1 - shares[0]! - shares[1]!, ...shares],
    seed,
    labels: await labelsOf(all),
  })
  const part = (rows: Uint32Array) => (rows.length === 0 ? undefined : selected(all, rows))
  return {
    training: selected(all, own!),
    validation: validation ?? part(watched!),
    test: test ?? part(judged!),
  }
}

/** Some rows of a source, as a source. */
export function selected(source: RowSource, rows: Uint32Array): RowSource {
  return { ...source, count: rows.length, rows: indices => source.rows(indices.map(row => rows[row]!)) }
}

/** Classes of all rows, so that every part gets its share of each. */
async function labelsOf(source: RowSource): Promise<Int32Array | undefined> {
  if (source.form.target.kind !== 'classes') return undefined
  const labels = new Int32Array(source.count)
  const chunk = 4096
  for (let at = 0; at < source.count; at += chunk) {
    const length = Math.min(chunk, source.count - at)
    const { target } = await source.rows(Uint32Array.from({ length }, (_, k) => at + k))
    if (target.kind === 'classes') labels.set(target.labels, at)
  }
  return labels
}

type Given = Exclude<ProjectFiles['data'], undefined>

/** One file, or one per input; or rows that a script made, in memory or as a source. */
export async function openSource(
  data: Given,
  { labelColumn, labels, targets, classes }: ProjectFiles,
  disk: FileSystem = diskFileSystem,
): Promise<RowSource> {
  if (typeof data !== 'string' && !isList(data)) {
    if ('generate' in data || 'file' in data) return openDataSet(data)
    return 'form' in data ? data : rowSource(data as Dataset)
  }
  const [first, ...others] = typeof data === 'string' ? [data] : data
  const vectors = await readVectors(first!, { labelColumn, labels }, disk)
  const inputs = [
    rowsOf(vectors.x),
    ...(await Promise.all(others.map(async own => rowsOf(await readTable(own, disk))))),
  ]
  const target =
    targets !== undefined
      ? ({ kind: 'values', ...rowsOf(await readTable(targets, disk)) } as const)
      : targetOf(vectors.labels, inputs[0]!, classes)
  return rowSource({ count: vectors.x.shape[0]!, inputs, target })
}

const isList = (data: Given): data is readonly string[] => Array.isArray(data)

function rowsOf({ shape, data }: NumericArray): RowArray {
  return { shape: shape.slice(1), data: Float32Array.from(data) }
}

/** Without labels an autoencoder's target: the input itself. */
function targetOf(
  labels: Int32Array | undefined,
  input: RowArray,
  classes: readonly string[] | undefined,
): Target {
  if (labels === undefined) return { kind: 'values', ...input }
  const count = Math.max(1, ...(labels.length > 0 ? [labels.reduce((a, b) => Math.max(a, b)) + 1] : []))
  const names = classes ?? Array.from({ length: Math.max(2, count) }, (_, k) => String(k))
  return { kind: 'classes', labels, names }
}
