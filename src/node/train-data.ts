// The rows of a training project, from files or as a config's script made them, in three parts: to train on, to watch
// while training, and to look at when all is done.

import { type FileSpec, formatOf } from '../data/data-spec.ts'
import { labelsOf, type MoreTarget, type RowSource, rowSource, type TargetForm } from '../data/dataset.ts'
import { splitRows } from '../data/split.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { ProjectFiles } from '../train/project.ts'
import { openDataSet } from './data-set.ts'
import { diskFileSystem, type FileSystem } from './files.ts'

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
  const all = await openSource(project.data, learned(project), disk)
  const given = async (name: 'validation' | 'test') => {
    const part = project[name]
    return part === undefined || typeof part === 'number'
      ? undefined
      : openPart(name, part, project, all, disk)
  }
  const [validation, test] = [await given('validation'), await given('test')]
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
  const { labels } = source
  return {
    ...source,
    ...(labels === undefined ? {} : { labels: Int32Array.from(rows, row => labels[row]!) }),
    count: rows.length,
    rows: indices => source.rows(indices.map(row => rows[row]!)),
  }
}

/** What rows should give, as a data set of files says it. */
type Learned = Pick<FileSpec, 'labelColumn' | 'labels' | 'targets' | 'names' | 'more'>

/** Without a word of it an autoencoder's: the rows themselves. */
function learned({ labelColumn, labels, targets, classes, outputs }: ProjectFiles): Learned {
  const more = Object.entries(outputs ?? {}).filter(([, own]) => Object.keys(own).length > 0)
  const isSaid = labelColumn !== undefined || labels !== undefined || targets !== undefined
  return {
    ...(labelColumn !== undefined && { labelColumn }),
    ...(labels !== undefined && { labels }),
    ...(isSaid ? targets !== undefined && { targets } : { targets: 'input' }),
    ...(classes !== undefined && { names: classes }),
    ...(more.length > 0 && { more: Object.fromEntries(more) }),
  }
}

/** Rows of their own beside the training's, with its classes; files of labels or targets are those of the training rows alone. */
async function openPart(
  name: string,
  data: Given,
  project: ProjectFiles,
  all: RowSource,
  disk: FileSystem,
): Promise<RowSource> {
  const { labels, targets, more: _, ...said } = learned(project)
  const more = columnsOf(project.outputs, all)
  const { target } = all.form
  const part = await openSource(
    data,
    {
      ...said,
      ...(labels === undefined && targets === 'input' && { targets }),
      ...(target.kind === 'classes' && { names: target.names }),
      ...(Object.keys(more).length > 0 && { more }),
    },
    disk,
  )
  checkClasses(name, part.form.target, target)
  for (const [output, form] of Object.entries(all.form.more ?? {}))
    checkClasses(`${name}, output ${output}`, part.form.more?.[output], form)
  return part
}

/** What further outputs should give where the table itself says it, with the classes of the training rows. */
function columnsOf(outputs: ProjectFiles['outputs'], { form }: RowSource): Record<string, MoreTarget> {
  const inTable = Object.entries(outputs ?? {}).filter(
    ([, own]) => own.labelColumn !== undefined || own.targetColumns !== undefined,
  )
  return Object.fromEntries(
    inTable.map(([name, own]) => {
      const known = form.more?.[name]
      return [name, known?.kind === 'classes' ? { ...own, names: known.names } : own]
    }),
  )
}

function checkClasses(place: string, own: TargetForm | undefined, wanted: TargetForm): void {
  if (own === undefined)
    fail({
      code: 'data/no-target',
      place,
      problem: 'nothing says what these rows should give',
      expected: 'targets of their own, as files of labels and targets belong to the training rows alone',
      remedy: 'Give { file, labels or targets, more } there.',
    })
  if (wanted.kind !== 'classes' || own.kind !== 'classes' || own.names.join() === wanted.names.join()) return
  fail({
    code: 'data/other-classes',
    place,
    problem: `its classes are ${own.names.join(', ')}`,
    expected: `those of the training rows: ${wanted.names.join(', ')}`,
    remedy: 'Give the same classes in the same order.',
  })
}

type Given = Exclude<ProjectFiles['data'], undefined>

const learnedKeys = ['labelColumn', 'targetColumns', 'labels', 'targets'] as const

/** Files, or rows that a script made, in memory or as a source; `said` is what files do not say themselves. */
async function openSource(data: Given, said: Learned, disk: FileSystem): Promise<RowSource> {
  if (typeof data !== 'string' && !isList(data)) {
    if ('generate' in data) return openDataSet(data, disk)
    if (!('file' in data)) return 'form' in data ? data : rowSource(data)
  }
  const spec: FileSpec = typeof data === 'string' || isList(data) ? { file: data } : data
  const { names, more, ...what } = said
  const isSaid = formatOf(spec) === 'cifar' || learnedKeys.some(key => spec[key] !== undefined)
  const kept = { ...(names !== undefined && { names }), ...(more !== undefined && { more }) }
  return openDataSet({ ...kept, ...(isSaid ? {} : what), ...spec }, disk)
}

const isList = (data: Given): data is readonly string[] => Array.isArray(data)
