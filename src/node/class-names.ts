// What the classes of a model are called, so that words in a table become the numbers that training gave them.

import { dirname, join } from 'node:path'
import { type Diagnostic, fail, finding } from '../diagnostics/diagnostic.ts'
import { isObject, type Json } from '../frontends/json.ts'
import { diskFileSystem } from './files.ts'
import type { ModelOptions } from './prepare.ts'
import { type LabelSource, readVectors, type Vectors } from './read-data.ts'

/**
 * Names from class 0: those that flags or config give, else those in the record of training (`training.json`) beside
 * the model; undefined where nothing says them.
 */
export async function knownClasses({
  model,
  classes,
}: Pick<ModelOptions, 'model' | 'classes'>): Promise<readonly string[] | undefined> {
  return classes ?? recordedClasses(model)
}

async function recordedClasses(model: ModelOptions['model']): Promise<readonly string[] | undefined> {
  if (typeof model !== 'string') return undefined
  try {
    const path = join(dirname(model), 'training.json')
    const record = JSON.parse(new TextDecoder().decode(await diskFileSystem.readFile(path))) as Json
    const metrics = isObject(record) ? record.metrics : undefined
    const classes = metrics !== undefined && isObject(metrics) ? metrics.classes : undefined
    if (!Array.isArray(classes)) return undefined
    const names = classes.map(own => (isObject(own) ? own.name : undefined))
    return names.every(name => typeof name === 'string') ? names : undefined
  } catch {
    // No record, or a file of something else that has its name.
    return undefined
  }
}

export interface ClassVectors extends Vectors {
  /** Names of the model's classes, as far as anything says them. */
  readonly names?: readonly string[]
  readonly findings: readonly Diagnostic[]
}

/**
 * Rows with classes of a model that tells `count` apart, words numbered as `knownClasses` says. Fails with
 * `data/class-count` where there are more or fewer names than that; says `data/class-order` where the order is guessed,
 * or given against the record of training.
 */
export async function readClasses(
  spec: string,
  source: Omit<LabelSource, 'names'>,
  { count, ...of }: Pick<ModelOptions, 'model' | 'classes'> & { readonly count: number },
): Promise<ClassVectors> {
  const known = await knownClasses(of)
  const fitting = known?.length === count ? known : undefined
  const read = await readVectors(spec, { ...source, names: fitting })
  const { words, labels } = read
  const turned = labels === undefined ? [] : await otherOrder(spec, of)
  if (words === undefined)
    return { ...read, ...(fitting !== undefined && { names: fitting }), findings: turned }
  const names = fitting ?? known ?? words
  if (names.length !== count) failCount(spec, names, count)
  return { ...read, names, findings: fitting === undefined ? [guessed(spec, words)] : turned }
}

const listed = (names: readonly string[]) =>
  names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ')

function failCount(place: string, names: readonly string[], count: number): never {
  return fail({
    code: 'data/class-count',
    place,
    problem: `the classes are words, of which there are ${names.length} (${listed(names)}), and the model tells ${count} apart`,
    expected: 'a name for each of the model’s classes, from class 0',
    remedy: `Name them in the model's order: 'classes' in the config, or evaluate's --class-name.`,
  })
}

const numbered = (names: readonly string[]) => listed(names.map((name, k) => `${k} ${name}`))

/** Other names than the record's are taken for a renaming; the same in another order, for a mistake. */
async function otherOrder(
  place: string,
  { model, classes }: Pick<ModelOptions, 'model' | 'classes'>,
): Promise<Diagnostic[]> {
  const recorded = classes === undefined ? undefined : await recordedClasses(model)
  if (classes === undefined || recorded === undefined || recorded.join('\n') === classes.join('\n')) return []
  if ([...recorded].sort().join('\n') !== [...classes].sort().join('\n')) return []
  return [
    finding({
      code: 'data/class-order',
      place,
      problem: `the classes are given as ${numbered(classes)}, and the model was trained with ${numbered(recorded)}, as training.json beside it says; taken as given`,
      expected: 'one order',
      remedy: "Leave out --class-name, or 'classes' in the config, or give the order of training.json.",
    }),
  ]
}

function guessed(place: string, words: readonly string[]): Diagnostic {
  return finding({
    code: 'data/class-order',
    place,
    problem: `nothing says which class has which number; taken in the order of the alphabet: ${numbered(words)}`,
    expected: "the names in the model's order, as training.json beside the model has them",
    remedy:
      "Where training had another order, give it as 'classes' in the config, or by evaluate's --class-name.",
  })
}
