// Stable softmax and argmax as cells: maximum tree, differences, exponential ROMs, sum, inverse ROM, products.

import { type Conversion, conversion } from '../../fixed/types.ts'
import { conversionAt, typeAt } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'
import { lowerProduct } from '../../netlist/product.ts'
import { type Refusal, type RtlForm, refuse, type TypedOp } from '../definition.ts'
import { implementationOf, type SoftmaxAttrs, tableSizes } from './attrs.ts'
import { type BitsTable, expTable, inverseTable } from './tables.ts'

export function softmaxRtl(op: TypedOp<SoftmaxAttrs>): RtlForm | Refusal {
  const implementation = implementationOf(op)
  if (implementation === 'stable')
    return { form: 'datapath', lower: (builder, inputs) => stable(op, builder, inputs[0]!) }
  if (implementation === 'argmax')
    return { form: 'datapath', lower: (builder, inputs) => argmax(op, builder, inputs[0]!) }
  return refuse(
    `rtl/softmax-${implementation}`,
    `the ${implementation} softmax has no Verilog form yet; stable and argmax have`,
  )
}

function stable(op: TypedOp<SoftmaxAttrs>, builder: NetlistBuilder, x: readonly Net[]): readonly Net[] {
  const norm = op.conversion('inp_norm')
  const accum = op.conversion('accum')
  const inverseIndex = op.conversion('inv_inp')
  const sizes = tableSizes(op)
  const exp = romOf(op, 'exp', norm, expTable(norm.to, sizes.exp, op.conversion('exp_table'), -1))
  const inverse = romOf(
    op,
    'inverse',
    inverseIndex,
    inverseTable(inverseIndex.to, sizes.inverse, op.conversion('inv_table')),
  )
  const largest = tree(x, (a, b) => builder.max(a, b))
  const terms = x.map(value => {
    const difference = lowerConversion(builder, builder.sub(largest, value), norm)
    return lowerConversion(builder, lookUp(builder, difference, exp), accum)
  })
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

/** A table and the frac of the words that address it. */
function romOf(op: TypedOp<SoftmaxAttrs>, name: string, index: Conversion, bits: BitsTable) {
  const frac = op.conversion(name === 'exp' ? 'exp_table' : 'inv_table').to.frac
  return {
    bits,
    indexFrac: index.to.frac,
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
