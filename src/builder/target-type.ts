// Types as a program gives them: one for all elements or one each, as objects or in the field's spelling.

import { parsePrecision } from '../fixed/precision.ts'
import {
  type Conversion,
  conversion,
  type FixedType,
  type Overflow,
  type Rounding,
  sameType,
} from '../fixed/types.ts'
import { type ElementTypes, type Shape, sizeOf, type TensorConversion } from '../ir/tensor-type.ts'
import { failCount, failType } from './errors.ts'

/** `{ signed, width, frac }`, or text such as `ufixed<8,3>` or `fixed<6,2,RND,SAT>`. */
export type TypeLike = FixedType | string

/** Where values go: types and, unless the text says them, the modes by which bits are lost. */
export interface Quantiser {
  /** One for all elements, or one for each in row-major order; width 0 is the constant 0. */
  readonly types: TypeLike | readonly TypeLike[]
  /** Floor (`TRN`) unless given. */
  readonly rounding?: Rounding
  /** `WRAP` unless given. */
  readonly overflow?: Overflow
}

export type QuantiserLike = TypeLike | readonly TypeLike[] | Quantiser

/** The conversion of a whole tensor. All elements have the same modes. */
export function tensorQuantiser(given: QuantiserLike, shape: Shape, place: string): TensorConversion {
  const quantiser = asQuantiser(given)
  const list = Array.isArray(quantiser.types) ? (quantiser.types as readonly TypeLike[]) : undefined
  const size = sizeOf(shape)
  if (list !== undefined && list.length !== size)
    failCount(place, 'types', list.length, `one, or ${size}: one for each element`)
  const all = (list ?? [quantiser.types as TypeLike]).map(type => asConversion(type, place))
  const first = all[0]!
  const modes = {
    rounding: quantiser.rounding ?? first.rounding,
    overflow: quantiser.overflow ?? first.overflow,
    saturationBits: first.saturationBits,
  }
  checkModes(all, quantiser, place)
  const types = all.map(({ to }) => to)
  return { ...modes, to: elementTypesOf(types, shape) }
}

/** A type for each element, or one where they are all the same. */
export function elementTypesOf(types: readonly FixedType[], shape: Shape): ElementTypes {
  const first = types[0]!
  return types.every(type => sameType(type, first)) ? { shape: [], types: [first] } : { shape, types }
}

function asQuantiser(given: QuantiserLike): Quantiser {
  return typeof given === 'object' && 'types' in given ? given : { types: given }
}

function asConversion(type: TypeLike, place: string): Conversion {
  if (typeof type !== 'string') return conversion(checkedType(type, place))
  const precision = parsePrecision(type, place)
  return precision.kind === 'fixed' ? precision.conversion : failType(place, `'${type}'`)
}

function checkedType(type: FixedType, place: string): FixedType {
  const { signed, width, frac } = type
  const sound = typeof signed === 'boolean' && Number.isInteger(width) && Number.isInteger(frac) && width >= 0
  return sound ? { signed, width, frac } : failType(place, JSON.stringify(type))
}

/** Modes are one for a tensor: texts that say different ones cannot all be followed. */
function checkModes(all: readonly Conversion[], quantiser: Quantiser, place: string): void {
  const first = all[0]!
  const odd = all.find(
    other =>
      (quantiser.rounding === undefined && other.rounding !== first.rounding) ||
      (quantiser.overflow === undefined && other.overflow !== first.overflow) ||
      other.saturationBits !== first.saturationBits,
  )
  if (odd !== undefined)
    failType(place, `${odd.rounding}, ${odd.overflow} beside ${first.rounding}, ${first.overflow}`)
}
