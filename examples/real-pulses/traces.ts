// The measured pulses as rows: README.md says where they come from. A row of the table is 161 counts of the converter
// and the class.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Samples of a pulse. */
export const samples = 161

const path = process.env.TRACES ?? fileURLToPath(new URL('traces.csv', import.meta.url))

/**
 * Counts of nine bits, 0 to 511, as the converter's two's complement gives them, in steps of 1/64: (count − 256) / 64
 * is −4 to 4. A network learns from values about 0 far better than from counts, and in hardware it is nothing but the
 * highest bit inverted.
 */
const voltage = (count: number) => (count - 256) / 64

/** All rows of the table. */
export function traces() {
  const rows = readRows().map(line => line.split(',').map(Number))
  const wrong = rows.findIndex(
    row => row.length !== samples + 1 || row.some(value => !Number.isInteger(value)),
  )
  if (wrong >= 0) throw new Error(`${path}: line ${wrong + 2} is not ${samples} counts and a class`)
  return {
    count: rows.length,
    inputs: [
      { shape: [samples], data: Float32Array.from(rows.flatMap(row => row.slice(0, samples).map(voltage))) },
    ],
    target: {
      kind: 'classes',
      labels: Int32Array.from(rows, row => row[samples]!),
      names: ['class 0', 'class 1'],
    },
  }
}

function readRows(): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(1)
  } catch (cause) {
    throw new Error(
      `${path}: no pulses there. Say where they are with TRACES (README.md has their address).`,
      { cause },
    )
  }
}
