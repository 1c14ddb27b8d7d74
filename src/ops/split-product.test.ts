import fc from 'fast-check'
import { expect, it } from 'vitest'
import { maxRaw, minRaw } from '../fixed/types.ts'
import { createBuilder } from '../netlist/builder.ts'
import { evaluateCombinational } from '../netlist/evaluate.ts'
import { lowerProduct } from './split-product.ts'

const type = fc.record({
  signed: fc.boolean(),
  width: fc.integer({ min: 0, max: 14 }),
  frac: fc.integer({ min: -4, max: 12 }),
})

it('gives every product, in however many pieces', () => {
  fc.assert(
    fc.property(
      type,
      type,
      fc.integer({ min: 1, max: 8 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (p, q, bits, stream) => {
        const b = createBuilder()
        const [x, y] = [b.input('x', p), b.input('y', q)]
        b.output('product', lowerProduct(b, x, y, bits))
        const netlist = b.finish()
        const { frac } = b.interval(netlist.outputs[0]!.net)
        const [u, v] = stream
        const at = (low: bigint, high: bigint, share: number) =>
          low + BigInt(Math.round(Number(high - low) * share))
        for (const inputs of [
          [minRaw(p), minRaw(q)],
          [minRaw(p), maxRaw(q)],
          [maxRaw(p), minRaw(q)],
          [at(minRaw(p), maxRaw(p), u!), at(minRaw(q), maxRaw(q), v!)],
        ]) {
          const wanted = inputs[0]! * inputs[1]!
          const [found] = evaluateCombinational(netlist, inputs)
          if (wanted === 0n) expect(found).toBe(0n)
          else expect([found, frac]).toEqual([wanted, p.frac + q.frac])
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  )
})
