// What the optimiser's sharing leaves of plain trees, fitted on random matrices that it solves here; half of them are
// fitted on, by turns, and the others judge. No network is among them.

import { countLogic } from '../src/estimate/cell-features.ts'
import { different, sharing, sharingOfRows } from '../src/estimate/fitted.ts'
import { type ProductSketch, sketchSolver } from '../src/estimate/sketch-product.ts'
import { createBuilder } from '../src/netlist/builder.ts'
import type { ConstantMatrix } from '../src/netlist/constant-matrix.ts'

interface Sample {
  readonly sketch: ProductSketch
  /** Bits of additions once solved, over those of plain trees. */
  readonly left: number
}

function random(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Weights of some bits, uniform or about normal, some of them 0. */
function randomMatrix(next: () => number, single: boolean): ConstantMatrix {
  const size = (most: number) => Math.round(most ** next())
  const rows = single ? 1 : Math.max(2, size(64))
  const columns = size(single ? 64 : Math.min(64, 1200 / rows))
  const most = 2 ** (1 + Math.floor(next() * 11))
  const [zeros, normal] = [next() < 0.5 ? 0 : 0.9 * next(), next() < 0.5]
  const uniform = () => 2 * next() - 1
  const values = Array.from({ length: rows * columns }, () =>
    next() < zeros ? 0 : Math.round(most * (normal ? (uniform() + uniform() + uniform()) / 3 : uniform())),
  )
  return { rows, columns, values, frac: 0 }
}

/** The same product sketched and solved. */
function sampleOf(matrix: ConstantMatrix, next: () => number): Sample | undefined {
  const widths = Array.from({ length: matrix.rows }, () => 4 + Math.floor(next() * 8))
  const sketches: ProductSketch[] = []
  const [, solved] = [{ solver: sketchSolver(sketch => sketches.push(sketch)) }, {}].map(options => {
    const builder = createBuilder(options)
    builder.layer('product')
    const x = widths.map((width, k) => builder.input(`x${k}`, { signed: true, width, frac: 0 }))
    const columns = (chosen: readonly number[]): ConstantMatrix => ({
      ...matrix,
      columns: chosen.length,
      values: Array.from({ length: matrix.rows }, (_, row) =>
        chosen.map(column => matrix.values[row * matrix.columns + column]!),
      ).flat(),
    })
    const nets = builder.constantColumns(matrix, x, {}, chosen => [
      ...builder.constantProduct(columns(chosen), x).nets,
    ])
    nets.forEach((net, k) => {
      builder.output(`y${k}`, net)
    })
    return builder.finish()
  })
  const sketch = sketches[0]
  if (sketch === undefined || sketches.length > 1 || sketch.plainBits === 0) return undefined
  const bits = [...countLogic(solved!).values()].reduce((sum, own) => sum + own.bits.met, 0)
  return bits === 0 ? undefined : { sketch, left: bits / sketch.plainBits }
}

type Form = (sketch: ProductSketch) => readonly number[]

const repeats = ({ nonzero, rows, magnitudes }: ProductSketch) => nonzero / rows / (4 * magnitudes)
const ofSharing: Form = own => [
  1,
  Math.log(own.columns),
  Math.log(1 + own.plainAdders / own.columns),
  Math.log(own.rows),
  Math.log(own.digits / own.nonzero),
  Math.log(1 + repeats(own)),
]
const ofRows: Form = ({ columns, digits }) => [1, Math.log(columns), Math.log(digits / columns)]
const ofDifferent: Form = own => [
  1,
  Math.log(own.columns),
  Math.log(own.rows),
  Math.log(own.digits / own.nonzero),
  Math.log(1 + repeats(own)),
  Math.log(own.digits / own.columns),
]

/** Least squares by Gauss, a little held to zero. */
function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const n = rows[0]!.length
  const system = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n + 1 }, (_, j) =>
      rows.reduce((sum, row, k) => sum + row[i]! * (j < n ? row[j]! : values[k]!), i === j ? 1e-6 : 0),
    ),
  )
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      if (k === i) continue
      const factor = system[k]![i]! / system[i]![i]!
      for (let j = i; j <= n; j++) system[k]![j]! -= factor * system[i]![j]!
    }
  }
  return system.map((row, i) => row[n]! / row[i]!)
}

function fitForm(
  title: string,
  form: Form,
  now: readonly number[],
  samples: readonly { readonly sketch: ProductSketch; readonly left: number }[],
): void {
  const [first, second] = [0, 1].map(turn => samples.filter((_, k) => k % 2 === turn))
  const figures = leastSquares(
    first!.map(({ sketch }) => form(sketch)),
    first!.map(({ left }) => Math.log(left)),
  )
  const median = (set: typeof samples, own: readonly number[]) => {
    const offs = set.map(({ sketch, left }) => {
      const logarithm = form(sketch).reduce((sum, value, k) => sum + value * own[k]!, 0)
      return Math.abs(Math.min(1, Math.exp(logarithm)) / left - 1)
    })
    return `${(100 * offs.sort((a, b) => a - b)[offs.length >> 1]!).toFixed(1)} %`
  }
  console.log(`${title}: ${figures.map(figure => figure.toFixed(4)).join(', ')}; now ${now.join(', ')}`)
  console.log(
    `  ${samples.length} matrices; median error on the half not fitted on ${median(second!, figures)}, of the figures now ${median(second!, now)}`,
  )
}

/** Prints figures for fitted.ts beside those there. */
export function fitSharing(): void {
  const next = random(0x5eed)
  const many = Array.from({ length: 160 }, () => sampleOf(randomMatrix(next, false), next))
  const single = Array.from({ length: 60 }, () => sampleOf(randomMatrix(next, true), next))
  const there = (list: readonly (Sample | undefined)[]) => list.filter(sample => sample !== undefined)
  const { always, columns, additions, rows, digits } = sharing
  fitForm(
    'sharing',
    ofSharing,
    [always, columns, additions, rows, digits, sharing.repeats],
    there(many).filter(({ sketch }) => sketch.rows > 1),
  )
  fitForm('sharingOfRows', ofRows, Object.values(sharingOfRows), there(single))
  const additionsOf = ({ digits, columns }: ProductSketch) => Math.max(1, digits - columns)
  fitForm(
    'different',
    ofDifferent,
    [
      different.always,
      different.columns,
      different.rows,
      different.digits,
      different.repeats,
      different.column,
    ],
    there(many)
      .filter(({ sketch }) => sketch.rows > 1)
      .map(({ sketch }) => ({ sketch, left: sketch.plainAdders / additionsOf(sketch) })),
  )
}
