import fc from 'fast-check'
import { expect, it } from 'vitest'
import { maxRaw, minRaw } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import { evaluateCombinational } from './evaluate.ts'
import { lowerProduct } from './product.ts'

const type = fc.record({
  signed: fc.boolean(),
  width: fc.integer({ min: 1, max: 12 }),
  frac: fc.integer({ min: -3, max: 9 }),
})

it('is the exact product for any two types', () => {
  fc.assert(
    fc.property(
      type,
      type,
      fc.float({ min: 0, max: 1, noNaN: true }),
      fc.float({ min: 0, max: 1, noNaN: true }),
      (a, b, u, v) => {
        const builder = createBuilder()
        const x = builder.input('x', a)
        const y = builder.input('y', b)
        const product = lowerProduct(builder, x, y)
        builder.output('p', product)
        const { frac } = builder.interval(product)
        const pick = (t: typeof a, share: number) =>
          minRaw(t) + BigInt(Math.floor(share * Number(maxRaw(t) - minRaw(t))))
        const [rawX, rawY] = [pick(a, u), pick(b, v)]
        const [result] = evaluateCombinational(builder.finish(), [rawX, rawY])
        expect(result! << BigInt(Math.max(0, a.frac + b.frac - frac))).toBe(
          (rawX * rawY) << BigInt(Math.max(0, frac - a.frac - b.frac)),
        )
      },
    ),
  )
})
