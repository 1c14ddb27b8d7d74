// hls4ml's product with an exponent-coded weight: a shift in a type of twice the operands' widths.

import { type Conversion, conversion, type FixedType, includesType } from '../fixed/types.ts'
import type { HlsValue } from '../hls/call.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { lowerConversion } from '../netlist/convert.ts'
import type { Net } from '../netlist/netlist.ts'
import type { RawValues } from './definition.ts'

/**
 * The type in which x is shifted by exponents of a coding of `exponents.width` bits; undefined when x and every product
 * fit it, so that nothing is lost.
 */
export function shiftProduct(x: FixedType, exponents: FixedType, values: RawValues): Conversion | undefined {
  const width = exponents.width + x.width
  const to = { signed: true, width: 2 * width, frac: width }
  const product = { signed: true, width: x.width + values.type.width + 1, frac: x.frac + values.type.frac }
  return includesType(to, x) && includesType(to, product) ? undefined : conversion(to)
}

/** x · w as cells, w = ±2^e: a shift in `to`, the sign last. */
export function lowerShift(
  b: NetlistBuilder,
  x: Net,
  weight: bigint,
  weightFrac: number,
  to: Conversion,
): Net {
  const held = lowerConversion(b, x, to)
  const size = b.constant(weight < 0n ? -weight : weight, weightFrac)
  const magnitude = lowerConversion(b, b.mul(held, size), to)
  return weight < 0n ? lowerConversion(b, b.negate(magnitude), to) : magnitude
}

/** The C++ product of this name, or the shift in `to` where that is given. */
export function productStruct(name: string, to: Conversion | undefined): HlsValue {
  if (to === undefined) return { struct: `nnet::product::${name}` }
  return { struct: 'nnet::product::shifted', config: { product_t: { type: to } } }
}
