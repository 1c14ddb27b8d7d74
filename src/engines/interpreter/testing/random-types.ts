// Random types, conversions and raw values for tests.

import fc from 'fast-check'
import { foldingOnlySigned, randomTypes } from '../../../fixed/testing/random-types.ts'
import {
  type Conversion,
  conversion,
  type FixedType,
  maxRaw,
  minRaw,
  overflows,
  roundings,
} from '../../../fixed/types.ts'

export const types = (widest: number): fc.Arbitrary<FixedType> => randomTypes(widest, { min: -3, max: 9 })

export const conversions = (widest: number): fc.Arbitrary<Conversion> =>
  fc
    .record({
      to: fc.oneof({ weight: 19, arbitrary: types(widest) }, { weight: 1, arbitrary: types(80) }),
      rounding: fc.constantFrom(...roundings),
      overflow: fc.constantFrom(...overflows),
      saturationBits: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) }),
    })
    .map(foldingOnlySigned)

export const bit = conversion({ signed: false, width: 1, frac: 0 })

export const ternary = conversion({ signed: true, width: 2, frac: 0 })

export const raws = (type: FixedType, count: number): fc.Arbitrary<bigint[]> =>
  fc.array(
    fc.oneof(
      fc.constantFrom(minRaw(type), maxRaw(type), 0n),
      fc.bigInt({ min: minRaw(type), max: maxRaw(type) }),
    ),
    { minLength: count, maxLength: count },
  )

export const tensors = (count: number, widest = 10) =>
  types(widest).chain(type => fc.record({ type: fc.constant(type), raw: raws(type, count) }))
