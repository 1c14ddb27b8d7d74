// The four softmaxes as cells: differences, exponential ROMs, sums, inverse ROMs, products; comparisons for argmax.

import { bug } from '../../diagnostics/diagnostic.ts'
import { convertRaw } from '../../fixed/convert.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import { conversionAt, typeAt } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'
import { lowerProduct } from '../../netlist/product.ts'
import { lowerAccumulation } from '../constant-product.ts'
import { type Refusal, type RtlForm, refuse, type TypedOp } from '../definition.ts'
import { lookUpPositive, lookUpScaled } from '../table-lookup.ts'
import { implementationOf, type SoftmaxAttrs, slicesOf, tableSizes } from './attrs.ts'
import { type BitsTable, expTable, inverseTable, legacyTables } from './tables.ts'

export function softmaxRtl(op: TypedOp<SoftmaxAttrs>): RtlForm | Refusal {
  const lowerings = { stable: normalised, latency: normalised, legacy, argmax } as const
  const lower = lowerings[implementationOf(op)]
  const slices = slicesOf(op.attrs, op.output.shape)
  if (slices.length > 1 && op.output.element.types.length > 1)
    return refuse(
      'rtl/softmax-types',
      'its results have types of their own, and rows share what computes them',
    )
  return {
    form: 'datapath',
    lower: (builder, inputs) => {
      const results = inputs[0]!.map(() => builder.constant(0n, 0))
      for (const slice of slices) {
        const x = slice.map(k => inputs[0]![k]!)
        for (const [at, net] of lower(op, builder, x).entries()) results[slice[at]!] = net
      }
      return results
    },
  }
}

/** e^(x − max) (stable) or e^x (latency), times the inverse of their sum. */
function normalised(op: TypedOp<SoftmaxAttrs>, builder: NetlistBuilder, x: readonly Net[]): readonly Net[] {
  const accum = op.conversion('accum')
  const inverseIndex = op.conversion('inv_inp')
  const inverse = romOf(
    op,
    'inverse',
    inverseIndex.to,
    inverseTable(inverseIndex.to, tableSizes(op).inverse, op.conversion('inv_table'), op.attrs),
  )
  const terms = exponentials(op, builder, x).map(term => lowerConversion(builder, term, accum))
  const sum = tree(terms, (a, b) => lowerConversion(builder, builder.add(a, b), accum))
  const factor = lookUp(builder, lowerConversion(builder, sum, inverseIndex), inverse)
  return terms.map((term, k) =>
    lowerConversion(
      builder,
      lowerProduct(builder, term, factor),
      conversionAt(op.result, op.output.shape, k),
    ),
  )
}

function exponentials(op: TypedOp<SoftmaxAttrs>, builder: NetlistBuilder, x: readonly Net[]): readonly Net[] {
  const size = tableSizes(op).exp
  const entry = op.conversion('exp_table')
  if (implementationOf(op) === 'latency') {
    const index = typeAt(op.inputs[0]!, 0)
    const rom = romOf(op, 'exp', index, expTable(index, size, entry, 1, op.attrs))
    return x.map(value => lookUp(builder, value, rom))
  }
  const norm = op.conversion('inp_norm')
  const rom = romOf(op, 'exp', norm.to, expTable(norm.to, size, entry, -1, op.attrs))
  const largest = tree(x, (a, b) => builder.max(a, b))
  return x.map(value => lookUp(builder, lowerConversion(builder, builder.sub(largest, value), norm), rom))
}

/** 1 / Σ_j e^(x_j − x_i), every sum in the tables' type. */
function legacy(op: TypedOp<SoftmaxAttrs>, builder: NetlistBuilder, x: readonly Net[]): readonly Net[] {
  const entry = op.conversion('table')
  const size = Number(op.choices.TableSize ?? bug(`${op.name} has no table size`))
  const { exp, inverse } = legacyTables(size, entry)
  const rom = (name: string, first: number, values: readonly bigint[]) => ({
    name: `${op.name}_${name}_table`,
    first: BigInt(first),
    values,
    frac: entry.to.frac,
  })
  const expRom = rom('exp', -Math.floor(size / 2), exp)
  const inverseRom = rom('inverse', 0, inverse)
  return x.map((own, i) => {
    const terms = x.map((other, j) =>
      j === i
        ? builder.constant(convertRaw(1n, 0, entry), entry.to.frac)
        : lookUpScaled(builder, expRom, 8, builder.sub(other, own)),
    )
    const sum = lowerAccumulation(builder, terms, entry)
    return lowerConversion(
      builder,
      lookUpPositive(builder, inverseRom, 64, sum),
      conversionAt(op.result, op.output.shape, i),
    )
  })
}

/** A table and the frac of the words that address it. */
function romOf(op: TypedOp<SoftmaxAttrs>, name: 'exp' | 'inverse', index: FixedType, bits: BitsTable) {
  const frac = op.conversion(name === 'exp' ? 'exp_table' : 'inv_table').to.frac
  return {
    bits,
    indexFrac: index.frac,
    table: { name: `${op.name}_${name}_table`, first: 0n, values: bits.values, frac },
  }
}

function lookUp(builder: NetlistBuilder, word: Net, rom: ReturnType<typeof romOf>): Net {
  // A word whose low bits are known to be zero is held without them.
  const missing = rom.indexFrac - builder.interval(word).frac
  return builder.table(builder.bits(word, rom.bits.low - missing, rom.bits.count, false, 0), rom.table)
}

/** Joins in pairs, splitting at the largest power of two below the length, as the accumulator's order demands. */
function tree(nets: readonly Net[], join: (a: Net, b: Net) => Net): Net {
  if (nets.length === 1) return nets[0]!
  const half = 2 ** Math.floor(Math.log2(nets.length - 1))
  return join(tree(nets.slice(0, half), join), tree(nets.slice(half), join))
}

/** One-hot of the first maximum. */
function argmax(op: TypedOp<SoftmaxAttrs>, builder: NetlistBuilder, x: readonly Net[]): readonly Net[] {
  const type = typeAt(op.output, 0)
  return x.map((value, k) => {
    const wins = x.map((other, j) =>
      j === k ? undefined : j < k ? builder.lt(other, value) : builder.le(other, value),
    )
    const first = wins
      .filter(net => net !== undefined)
      .reduce((a, b) => builder.and(a, b), builder.constant(1n, 0))
    const one = lowerConversion(builder, builder.constant(1n, 0), conversionAt(op.result, op.output.shape, k))
    return lowerConversion(builder, builder.mux(first, one, builder.constant(0n, 0)), conversion(type))
  })
}
