// Classes of rows from what stands in a file: whole numbers, names, or rows with a single one.

import { fail } from '../diagnostics/diagnostic.ts'

export interface Labels {
  /** Index of the class of every row, from 0. */
  readonly labels: Int32Array
  readonly names: readonly string[]
}

/** More classes than that are taken for values by mistake. */
export const mostClasses = 65536

/**
 * Classes as numbers: 0, 1, …, and none of them skipped when `names` are not given. `place` names the row for errors.
 * Fails with `data/label-not-class`, `data/label-skipped` or `data/one-class`.
 */
export function numberedLabels(
  values: ArrayLike<number>,
  place: (row: number) => string,
  names?: readonly string[],
): Labels {
  const most = names?.length ?? mostClasses
  const labels = Int32Array.from({ length: values.length }, (_, row) =>
    classIndex(values[row]!, most, place, row),
  )
  const count = labels.reduce((most, label) => Math.max(most, label + 1), 0)
  const known = names ?? Array.from({ length: count }, (_, k) => `${k}`)
  if (names === undefined) checkNoneSkipped(labels, count, place(0))
  return checkSeveral({ labels, names: known }, place(0))
}

function checkNoneSkipped(labels: Int32Array, count: number, place: string): void {
  const seen = new Set(labels)
  for (let label = 0; label < count; label++)
    if (!seen.has(label))
      fail({
        code: 'data/label-skipped',
        place,
        problem: `labels go up to ${count - 1}, and no row has label ${label}`,
        expected: 'rows of every class',
        remedy: 'Number the classes 0, 1, … without gaps, or give their names.',
      })
}

function checkSeveral(labels: Labels, place: string): Labels {
  if (labels.names.length > 1) return labels
  return fail({
    code: 'data/one-class',
    place,
    problem: `all ${labels.labels.length} rows are of one class`,
    expected: 'at least two classes',
    remedy: 'Name the column that holds the class.',
  })
}

/** Classes as words; without `names` they are numbered in the order of the alphabet. Fails as `numberedLabels`. */
function namedLabels(
  words: readonly string[],
  place: (row: number) => string,
  names?: readonly string[],
): Labels {
  const known = names ?? [...new Set(words)].sort()
  const index = new Map(known.map((name, k) => [name, k]))
  const labels = Int32Array.from(words, (word, row) => {
    const label = index.get(word)
    if (label !== undefined && word !== '') return label
    return fail({
      code: 'data/label-not-class',
      place: place(row),
      problem: word === '' ? 'the label is empty' : `the label is '${word}'`,
      expected: names === undefined ? 'a class' : `one of ${names.slice(0, 20).join(', ')}`,
      remedy: 'Correct the label, or name its class.',
    })
  })
  return checkSeveral({ labels, names: known }, place(0))
}

/** Rows of `classes` numbers each, a single 1 among zeros. Fails with `data/label-not-class`. */
export function hotLabels(
  values: ArrayLike<number>,
  classes: number,
  place: (row: number) => string,
  names: readonly string[] = Array.from({ length: classes }, (_, k) => `${k}`),
): Labels {
  if (names.length !== classes) failNames(names, classes, place(0))
  const rows = values.length / classes
  const labels = Int32Array.from({ length: rows }, (_, row) => hotIndex(values, row, classes, place))
  return { labels, names }
}

function failNames(names: readonly string[], classes: number, place: string): never {
  return fail({
    code: 'data/label-not-class',
    place,
    problem: `a row has ${classes} labels, and there are ${names.length} names`,
    expected: 'a name for every class',
    remedy: 'Correct the names.',
  })
}

/** The class that a number says: whole, from 0, below `most`. Fails with `data/label-not-class`. */
export function classIndex(value: number, most: number, place: (row: number) => string, row: number): number {
  if (Number.isInteger(value) && value >= 0 && value < most) return value
  return fail({
    code: 'data/label-not-class',
    place: place(row),
    problem: `the label is ${value}`,
    expected: most === mostClasses ? 'a class index 0, 1, …' : `a class index from 0 to ${most - 1}`,
    remedy: 'Name the column that holds the class, or give the labels with --labels.',
  })
}

/** The place of the single 1 in a row of zeros. Fails with `data/label-not-class`. */
export function hotIndex(
  values: ArrayLike<number>,
  row: number,
  classes: number,
  place: (row: number) => string,
): number {
  let hot = -1
  let others = 0
  for (let k = 0; k < classes; k++) {
    const value = values[row * classes + k]!
    if (value === 1 && hot < 0) hot = k
    else if (value !== 0) others++
  }
  if (hot >= 0 && others === 0) return hot
  return fail({
    code: 'data/label-not-class',
    place: place(row),
    problem: `the row of ${classes} labels is not one-hot`,
    expected: 'a single 1 and zeros, or one class index per row',
    remedy: 'Give class indices 0, 1, …, e.g. with y.argmax(axis=1).',
  })
}

/** Whether a cell stands for no value: empty, `nan`, `na`, `null`, `?`. */
export const isMissing = (cell: string) => /^(?:nan|n\/?a|null|\?)?$/i.test(cell.trim())

/** Whether a label is a number, as opposed to a word. */
const isNumberLabel = (label: string) => label !== '' && Number.isFinite(Number(label))

/**
 * Classes of the cells of a column, numbers or words, as training and every verb on a model number them: names where
 * they are given and the cells are among them, else numbers as they are, else words in the order of the alphabet.
 */
export function textLabels(
  labels: readonly string[],
  place: (row: number) => string,
  names?: readonly string[],
): Labels {
  return areWords(labels, names)
    ? namedLabels(labels, place, names)
    : numberedLabels(labels.map(Number), place, names)
}

/** Whether cells are words, or names that look like numbers. */
export function areWords(labels: readonly string[], names: readonly string[] | undefined): boolean {
  const areCounted = names?.every((name, k) => name === `${k}`) ?? true
  return !labels.every(isNumberLabel) || (!areCounted && labels.some(label => names!.includes(label)))
}

/** One row of `classes` numbers per label: 1 at its class, 0 elsewhere. */
export function oneHot(labels: Int32Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes)
  labels.forEach((label, row) => {
    rows[row * classes + label] = 1
  })
  return rows
}

/**
 * A weight per class, so that all classes count alike: rows / (classes · rows of the class), as scikit-learn's
 * 'balanced'; 0 for a class without rows.
 */
export function balancedWeights(labels: Int32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes)
  for (const label of labels) counts[label]!++
  return counts.map(count => (count === 0 ? 0 : labels.length / (classes * count)))
}
