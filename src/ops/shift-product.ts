// hls4ml's product with an exponent-coded weight: a shift in a type of twice the operands' widths.

import { type Conversion, conversion, type FixedType, includesType } from '../fixed/types.ts'
import type { HlsValue } from '../hls/call.ts'
import type { RawValues } from './definition.ts'

/**
 * The type in which x is shifted by exponents of a coding of `exponents.width` bits; undefined when every product fits it,
 * so that nothing is lost.
 */
export function shiftProduct(x: FixedType, exponents: FixedType, values: RawValues): Conversion | undefined {
  const width = exponents.width + x.width
  const to = { signed: true, width: 2 * width, frac: width }
  const product = { signed: true, width: x.width + values.type.width + 1, frac: x.frac + values.type.frac }
  return includesType(to, product) ? undefined : conversion(to)
}

/** The C++ product of this name, its values brought into `rounded` first where that is given. */
export function productStruct(name: string, rounded: Conversion | undefined): HlsValue {
  const product = { struct: `nnet::product::${name}` }
  if (rounded === undefined) return product
  return { struct: 'nnet::product::rounded', config: { product, product_t: { type: rounded } } }
}
