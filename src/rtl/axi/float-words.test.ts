import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import {
  type Conversion,
  conversion,
  fixedType,
  maxRaw,
  minRaw,
  type Overflow,
  type Rounding,
} from '../../fixed/types.ts'
import { createBuilder } from '../../netlist/builder.ts'
import { evaluateCombinational } from '../../netlist/evaluate.ts'
import { hasFloatForm, lowerFromFloat, lowerToFloat, wordType } from './float-words.ts'

const scratch = new DataView(new ArrayBuffer(4))
function wordOf(value: number): bigint {
  scratch.setFloat32(0, value)
  return BigInt(scratch.getUint32(0))
}
function floatOf(word: number): number {
  scratch.setUint32(0, word)
  return scratch.getFloat32(0)
}

const roundings: Rounding[] = ['TRN', 'TRN_ZERO', 'RND', 'RND_ZERO', 'RND_INF', 'RND_MIN_INF', 'RND_CONV']
const overflows: Overflow[] = ['WRAP', 'SAT', 'SAT_ZERO', 'SAT_SYM']

const types = fc
  .record({
    signed: fc.boolean(),
    width: fc.integer({ min: 1, max: 40 }),
    frac: fc.integer({ min: -10, max: 50 }),
  })
  .map(({ signed, width, frac }) => fixedType(signed, width, frac))

const conversions = fc
  .record({ to: types, rounding: fc.constantFrom(...roundings), overflow: fc.constantFrom(...overflows) })
  .map(({ to, rounding, overflow }) => conversion(to, rounding, overflow))

/** Words near the type's range and ties, and any bits at all. */
function wordsNear({ to }: Conversion, seeds: readonly number[]): number[] {
  return seeds.flatMap(seed => {
    const near = Math.fround((((seed % 4096) - 2048) / 4) * 2 ** -to.frac * 2 ** (seed % 7))
    return [seed, Number(wordOf(near)), Number(wordOf(-near))]
  })
}

test('a float32 word becomes what the emulator makes of the number', () => {
  fc.assert(
    fc.property(
      conversions,
      fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 20, maxLength: 20 }),
      (to, seeds) => {
        const b = createBuilder()
        const { value, finite } = lowerFromFloat(b, b.input('x', wordType), to)
        b.output(
          'value',
          b.bits(value, b.interval(value).frac - to.to.frac, to.to.width, to.to.signed, to.to.frac),
        )
        b.output('finite', finite)
        const netlist = b.finish()
        for (const word of [
          0,
          1,
          0x7f7fffff,
          0xff7fffff,
          0x80000000,
          0x7f800000,
          0x7fc00000,
          ...wordsNear(to, seeds),
        ]) {
          const x = floatOf(word)
          const [got, isNumber] = evaluateCombinational(netlist, [BigInt(word)])
          expect(isNumber).toBe(Number.isFinite(x) ? 1n : 0n)
          expect(got).toBe(Number.isFinite(x) ? quantiseNumber(x, to) : 0n)
        }
      },
    ),
    { seed: 1, numRuns: 150 },
  )
})

test('a value becomes the float32 word nearest to it', () => {
  fc.assert(
    fc.property(
      types,
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 40n }), { minLength: 20, maxLength: 20 }),
      (type, seeds) => {
        expect(hasFloatForm(type)).toBe(true)
        const b = createBuilder()
        b.output('word', lowerToFloat(b, b.input('x', type), type))
        const netlist = b.finish()
        const span = maxRaw(type) - minRaw(type) + 1n
        const edge = [0n, minRaw(type), maxRaw(type)]
        for (const raw of [...edge, ...seeds.map(seed => minRaw(type) + (seed % span))]) {
          const [word] = evaluateCombinational(netlist, [raw])
          expect(word).toBe(wordOf(Math.fround(rawToNumber(raw, type.frac))))
        }
      },
    ),
    { seed: 1, numRuns: 150 },
  )
})
