// The golden data as the bus carries it: words of 32 bits, little endian, a frame behind another without fillers, so that
// a host in C++ needs to know nothing of shapes and types.

import { quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import type { GoldenRows } from '../pynq/index.ts'

/** The file of rows that the host in C++ reads: words, or float32 numbers where it scales them itself. */
export function rowsFile({ scaler }: Pick<PackageDescription, 'scaler'>): string {
  return scaler === undefined ? 'x_words.bin' : 'x_rows.bin'
}

/** `x_words.bin` and `y_words.bin`; before a scaler stands `x_rows.bin`, too: the rows in float32 as they are before it. */
export function goldenWords(
  { form, output }: PackageDescription,
  inputs: readonly Conversion[],
  { x, scaled = x, raw }: GoldenRows,
): Record<string, Uint8Array> {
  const isFloat = form === 'float'
  const sent = Array.from(scaled, (value, k) =>
    isFloat ? floatWord(value) : rawWord(quantiseNumber(value, inputs[k % inputs.length]!)),
  )
  const results = Array.from({ length: raw.length }, (_, k) => {
    const { frac } = output.types[k % output.types.length]!
    return isFloat ? floatWord(rawToNumber(raw[k]!, frac)) : rawWord(raw[k]!)
  })
  return {
    'x_words.bin': bytesOf(sent),
    'y_words.bin': bytesOf(results),
    ...(scaled === x ? {} : { 'x_rows.bin': bytesOf(Array.from(x, floatWord)) }),
  }
}

function floatWord(value: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return view.getUint32(0)
}

/** The lowest 32 bits. */
function rawWord(raw: number | bigint): number {
  return Number(BigInt.asUintN(32, BigInt(raw)))
}

function bytesOf(words: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length))
  words.forEach((word, k) => {
    view.setUint32(4 * k, word, true)
  })
  return new Uint8Array(view.buffer)
}
