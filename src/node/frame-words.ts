// Rows of numbers as the words of a package's frames, and back, as its drivers make and read them: by `package.json` alone.

import { valueOfWord } from '../assess/compare-rows.ts'
import type { PackageDescription } from '../boards/package-description.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { quantiseNumber } from '../fixed/convert.ts'
import { scaleBatches } from './scaler.ts'

/** What `package.json` says of rows and words. */
export type NumberAccelerator = Pick<
  PackageDescription,
  'form' | 'input' | 'output' | 'scaler' | 'conversions'
>

/**
 * Words of whole rows, one row behind another: scaled where the package has a scaler, then the nearest float32, or the
 * integers of the input's types. Fails with `data/shape` and `data/not-finite`.
 */
export function encodeFrames(accelerator: NumberAccelerator, rows: ArrayLike<number>): Uint32Array {
  const { form, conversions } = accelerator
  const values = scaledRows(accelerator, rows)
  if (form === 'float') {
    const words = Float32Array.from(values)
    checkFinite(words, rows, accelerator)
    return new Uint32Array(words.buffer)
  }
  checkFinite(values, rows, accelerator)
  if (conversions === undefined) return failConversions()
  const word = (value: number, k: number) =>
    Number(BigInt.asUintN(32, BigInt(quantiseNumber(value, conversions[k % conversions.length]!))))
  return Uint32Array.from(values, word)
}

/** The numbers of words of results, one row behind another; exact. */
export function decodeFrames(
  accelerator: Pick<NumberAccelerator, 'form' | 'output'>,
  words: Uint32Array,
): Float64Array {
  const size = accelerator.output.types.length
  return Float64Array.from(words, (word, k) => valueOfWord(BigInt(word), accelerator, k % size))
}

function scaledRows({ input, scaler }: NumberAccelerator, rows: ArrayLike<number>): Float64Array {
  const size = input.types.length
  const data = Float64Array.from(rows)
  if (data.length % size !== 0)
    fail({
      code: 'data/shape',
      place: input.name,
      problem: `${data.length} numbers are no whole rows`,
      expected: `a multiple of ${size}`,
    })
  if (scaler === undefined || data.length === 0) return data
  const batch = { rows: data.length / size, shape: input.shape, data }
  const own = { scalers: [{ ...scaler, kind: 'standard' as const }], file: 'the package’s scaler' }
  return scaleBatches(own, [batch]).scaled[0]!.data
}

function checkFinite(values: ArrayLike<number>, rows: ArrayLike<number>, { input }: NumberAccelerator): void {
  const bad = Array.prototype.findIndex.call(values, value => !Number.isFinite(value))
  if (bad < 0) return
  const size = input.types.length
  fail({
    code: 'data/not-finite',
    place: `row ${Math.floor(bad / size)}, element ${bad % size}, counted from 0`,
    problem: `the value is ${rows[bad]}`,
    expected: 'finite numbers that float32 can hold',
  })
}

function failConversions(): never {
  return fail({
    code: 'package/not-a-package',
    place: 'package.json',
    problem: "it has no 'conversions', which say how numbers become raw words",
    expected: 'the package.json of a package of this version',
    remedy: 'Package the model again, or make the words yourself.',
  })
}
