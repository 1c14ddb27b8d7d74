// A road's output words held against the emulator's, and what both decide.

import type { PackageDescription } from '../boards/package-description.ts'
import { largest } from '../search/loss.ts'
import type { AssessmentScore } from './assessment.ts'

/** Words of the output by row. */
export type WordRows = readonly (readonly bigint[])[]

export interface WordMismatch {
  /** Words that differ, and rows that have such words. */
  readonly mismatches: number
  readonly rowsDiffering: number
  /** The first of them. */
  readonly first?: {
    readonly row: number
    readonly output: number
    readonly expected: bigint
    readonly got: bigint
  }
}

/** Compares words bit for bit; a word that never came counts as one that differs. */
export function compareWords(expected: WordRows, got: WordRows): WordMismatch {
  let mismatches = 0
  let rowsDiffering = 0
  let first: WordMismatch['first']
  for (const [row, words] of expected.entries()) {
    const own = got[row] ?? []
    const wrong = words.flatMap((word, output) => (own[output] === word ? [] : [output]))
    if (wrong.length === 0) continue
    mismatches += wrong.length
    rowsDiffering++
    const output = wrong[0]!
    first ??= { row, output, expected: words[output]!, got: own[output] ?? 0n }
  }
  return { mismatches, rowsDiffering, ...(first === undefined ? {} : { first }) }
}

const scratch = new DataView(new ArrayBuffer(4))

/** The number that a word of an output element stands for. */
export function valueOfWord(
  word: bigint,
  { form, output }: Pick<PackageDescription, 'form' | 'output'>,
  element: number,
): number {
  if (form === 'float') {
    scratch.setUint32(0, Number(BigInt.asUintN(32, word)))
    return scratch.getFloat32(0)
  }
  const { signed, frac } = output.types[element]!
  return Number(signed ? BigInt.asIntN(32, word) : BigInt.asUintN(32, word)) * 2 ** -frac
}

/** The numbers of all rows, row-major; 0 where a word never came. */
export function valuesOfWords(
  rows: WordRows,
  count: number,
  description: Pick<PackageDescription, 'form' | 'output'>,
): Float64Array {
  const size = description.output.types.length
  return Float64Array.from({ length: count * size }, (_, k) =>
    valueOfWord(rows[Math.floor(k / size)]?.[k % size] ?? 0n, description, k % size),
  )
}

/** The class that each row's values decide for. */
export function decisionsOf(values: Float64Array, rows: number): number[] {
  const size = values.length / rows
  return Array.from({ length: rows }, (_, row) => largest(values.subarray(row * size, (row + 1) * size)))
}

/** Accuracy and confusion matrix of decisions. */
export function scoreOf(
  labels: readonly number[],
  decisions: readonly number[],
  outputs: number,
): AssessmentScore {
  const classes = Math.max(outputs, 2, ...labels.map(label => label + 1))
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  labels.forEach((label, row) => {
    confusion[label]![decisions[row]!]!++
  })
  return {
    accuracy: labels.filter((label, row) => label === decisions[row]).length / labels.length,
    confusion,
  }
}

/** Share of rows that are decided alike. */
export function agreementOf(a: readonly number[], b: readonly number[]): number {
  return a.filter((decision, row) => decision === b[row]).length / a.length
}

/** Largest and mean distance of values; numbers that are none count as infinitely far, told as the largest double. */
export function distanceOf(a: Float64Array, b: Float64Array): { max: number; mean: number } {
  let max = 0
  let sum = 0
  a.forEach((value, k) => {
    const difference = Math.abs(value - b[k]!)
    const told = Number.isFinite(difference) ? difference : Number.MAX_VALUE
    max = Math.max(max, told)
    sum += told
  })
  return { max, mean: Math.min(Number.MAX_VALUE, sum / Math.max(1, a.length)) }
}

/** A word as eight hexadecimal digits. */
export function wordText(word: bigint): string {
  return `0x${BigInt.asUintN(32, word).toString(16).padStart(8, '0')}`
}
