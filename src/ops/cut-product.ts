// y = W x + b where the accumulator cuts fraction bits off every product and wraps: each product is floored by itself.
//
// Only products by positive constants are built, one block per input with all its magnitudes, so that w and −w share
// theirs. With f = floor(p), a negative weight adds floor(−p) = −1 − f + z, where z says that nothing was cut off p: for
// an odd constant, that the bits of x which its product drops are all zero. Every word is made unsigned (the sign bit of
// a signed one inverted, −1 − f being the complement) and all corrections are one constant.
// Example, 3 bits cut: x = 5, w = 3: p = 15, f = 1; floor(−15 / 8) = −2 = −1 − 1 + 0.

import { trailingZeros } from '../fixed/bit-length.ts'
import { convertRaw } from '../fixed/convert.ts'
import type { Conversion } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { lowerConversion } from '../netlist/convert.ts'
import { intervalWidth, type Net } from '../netlist/netlist.ts'
import { sumWords } from '../netlist/sum-words.ts'
import type { RawValues } from './definition.ts'

export interface CutProduct {
  readonly weight: RawValues
  readonly bias: RawValues | undefined
  readonly columns: number
  /** Wraps, and rounds down. */
  readonly accumulator: Conversion
}

/** What one output adds up: words and single bits that are never negative, and the constant that makes up for that. */
interface Summands {
  readonly words: Net[]
  readonly complements: Net[]
  readonly ones: Net[]
  constant: bigint
}

export function lowerCutProduct(
  builder: NetlistBuilder,
  product: CutProduct,
  x: readonly Net[],
): readonly Net[] {
  const { weight, bias, columns, accumulator } = product
  const { to } = accumulator
  const outputs = Array.from(
    { length: columns },
    (_, column): Summands => ({
      words: [],
      complements: [],
      ones: [],
      constant: bias === undefined ? 0n : convertRaw(bias.raw[column]!, bias.type.frac, accumulator),
    }),
  )
  for (const [row, net] of x.entries())
    addRow(
      builder,
      outputs,
      net,
      weight.raw.slice(row * columns, (row + 1) * columns),
      weight.type.frac,
      product,
    )
  return outputs.map(({ words, complements, ones, constant }) => {
    const { width, frac } = to
    const raw = BigInt.asUintN(width, constant)
    const masked = raw === 0n ? complements : [...complements, builder.constant(raw, frac)]
    return lowerConversion(builder, sumWords(builder, { words, masked, ones, frac, width }), accumulator)
  })
}

function addRow(
  builder: NetlistBuilder,
  outputs: readonly Summands[],
  x: Net,
  weights: readonly bigint[],
  weightFrac: number,
  { accumulator }: CutProduct,
): void {
  const magnitudes = [...new Set(weights.map(weight => (weight < 0n ? -weight : weight)))].filter(
    weight => weight > 0n,
  )
  const products = magnitudesOf(builder, x, magnitudes, weightFrac)
  const words = products.map(product => asWord(builder, product, accumulator))
  const drop = builder.interval(x).frac + weightFrac - accumulator.to.frac
  for (const [column, weight] of weights.entries()) {
    if (weight === 0n) continue
    const magnitude = weight < 0n ? -weight : weight
    const { word, width, offset } = words[magnitudes.indexOf(magnitude)]!
    const output = outputs[column]!
    if (weight > 0n) {
      output.words.push(word)
      output.constant -= offset
      continue
    }
    output.complements.push(inverted(builder, word, (1n << BigInt(width)) - 1n, accumulator.to.frac))
    output.constant += offset - (1n << BigInt(width))
    const exact = dropsNothing(builder, x, drop - trailingZeros(magnitude))
    if (builder.isConstant(exact)) output.constant += builder.interval(exact).min
    else output.ones.push(exact)
  }
}

/** x times each of the constants. */
function magnitudesOf(
  builder: NetlistBuilder,
  x: Net,
  magnitudes: readonly bigint[],
  frac: number,
): readonly Net[] {
  const matrix = { rows: 1, columns: magnitudes.length, values: magnitudes, frac }
  return builder.constantProduct(matrix, [x]).nets
}

interface Word {
  /** floor(product) + offset under the accumulator's frac, unsigned; modulo the accumulator's range. */
  readonly word: Net
  readonly width: number
  readonly offset: bigint
}

function asWord(builder: NetlistBuilder, product: Net, { to }: Conversion): Word {
  const own = builder.interval(product)
  const low = own.frac - to.frac
  const shift = (raw: bigint) => (low >= 0 ? raw >> BigInt(low) : raw << BigInt(-low))
  const least = shift(own.min)
  const width = intervalWidth(least, shift(own.max))
  if (width >= to.width)
    return { word: builder.bits(product, low, to.width, false, to.frac), width: to.width, offset: 0n }
  const cut = builder.bits(product, low, width, false, to.frac)
  if (least >= 0n) return { word: cut, width, offset: 0n }
  const offset = 1n << BigInt(width - 1)
  return { word: inverted(builder, cut, offset, to.frac), width, offset }
}

/** The word with some of its bits inverted. */
function inverted(builder: NetlistBuilder, word: Net, mask: bigint, frac: number): Net {
  return builder.parity(word, builder.constant(mask, frac), builder.constant(0n, 0))
}

/** One bit: whether the lowest `count` bits of x are all zero. */
function dropsNothing(builder: NetlistBuilder, x: Net, count: number): Net {
  if (count <= 0) return builder.constant(1n, 0)
  return builder.eq(builder.bits(x, 0, count, false, 0), builder.constant(0n, 0))
}
