// Random chains of plan steps over a few buffers, each reading what was made before it.

import fc from 'fast-check'
import type { PlanBuffer } from '../../../fixed/kernels.ts'
import { foldingOnlySigned, randomTypes } from '../../../fixed/testing/random-types.ts'
import { type Conversion, type FixedType, overflows, roundings } from '../../../fixed/types.ts'
import { type ChainStep, type Draft, drawnKernels, stepOf } from './step-from-draft.ts'

export interface Chain {
  readonly inputs: readonly PlanBuffer[]
  readonly steps: readonly ChainStep[]
}

const types = (widest: number): fc.Arbitrary<FixedType> => randomTypes(widest, { min: -4, max: 12 })

export const conversions = (widest: number): fc.Arbitrary<Conversion> =>
  fc
    .record({
      to: types(widest),
      rounding: fc.constantFrom(...roundings),
      overflow: fc.oneof(
        { weight: 3, arbitrary: fc.constant('WRAP' as const) },
        { weight: 3, arbitrary: fc.constantFrom(...overflows) },
      ),
      saturationBits: fc.oneof(
        { weight: 19, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.nat(4) },
      ),
    })
    .map(foldingOnlySigned)

const drafts: fc.Arbitrary<Draft> = fc.record({
  kernel: fc.constantFrom(...drawnKernels),
  sources: fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
  conversions: fc.array(
    fc.oneof({ weight: 8, arbitrary: conversions(18) }, { weight: 1, arbitrary: conversions(70) }),
    {
      minLength: 3,
      maxLength: 3,
    },
  ),
  perElement: fc.boolean(),
  numbers: fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 12, maxLength: 12 }),
  weights: fc.array(
    fc.oneof(
      fc.bigInt({ min: -40n, max: 40n }),
      fc.bigInt({ min: -700n, max: 700n }),
      fc.constantFrom(0n, -32768n, 32767n, 100000n),
    ),
    { minLength: 24, maxLength: 24 },
  ),
})

export const chains: fc.Arbitrary<Chain> = fc
  .record({
    inputs: fc.array(types(16), { minLength: 3, maxLength: 3 }),
    drafts: fc.array(drafts, { minLength: 24, maxLength: 24 }),
  })
  .map(({ inputs, drafts: list }) => {
    const buffers: PlanBuffer[] = inputs.map(type => ({ size: 6, types: [type] }))
    // Binary values, as XNOR products take them, are an input of their own.
    buffers.push({ size: 6, types: [{ signed: false, width: 1, frac: 0 }] })
    const given = [...buffers]
    const steps = list.map(draft => {
      const made = stepOf(draft, buffers)
      buffers.push(made.result)
      return made
    })
    return { inputs: given, steps }
  })
