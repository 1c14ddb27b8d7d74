import fc from 'fast-check'
import { expect, it } from 'vitest'
import { rowSource } from './dataset.ts'
import { balancedWeights, oneHot } from './labels.ts'
import { applyScaler, fitScaler } from './scale.ts'
import { splitRows } from './split.ts'

it('parts share no row, and have their share of every class to one row', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2), { minLength: 60, maxLength: 200 }), fc.nat(), (classes, seed) => {
      const labels = Int32Array.from(classes)
      const shares = [0.6, 0.2, 0.2]
      const parts = splitRows(labels.length, { shares, seed, labels })
      const rows = parts.flatMap(part => [...part])
      expect(new Set(rows).size).toBe(labels.length)
      for (const label of new Set(classes)) {
        const count = classes.filter(each => each === label).length
        parts.forEach((part, k) => {
          const own = part.filter(row => labels[row] === label).length
          expect(Math.abs(own - shares[k]! * count)).toBeLessThanOrEqual(1)
        })
      }
    }),
  )
})

it('the same seed gives the same parts', () => {
  const options = { shares: [0.5, 0.25], seed: 4 }
  expect(splitRows(100, options)).toEqual(splitRows(100, options))
  expect(splitRows(100, options).map(part => part.length)).toEqual([50, 25])
})

it.each([[[0.8, 0.3]], [[-0.1, 1]], [[0, 0]], [[Number.NaN]]])('shares %j are refused', shares => {
  expect(() => splitRows(10, { shares, seed: 1 })).toThrow('data/split')
})

it('a part without rows is refused', () => {
  expect(() => splitRows(3, { shares: [0.9, 0.1], seed: 1 })).toThrow('part 1 gets none of the 3 rows')
})

const source = (data: number[], shape: number[]) =>
  rowSource({
    count: data.length / shape.reduce((a, b) => a * b, 1),
    inputs: [{ shape, data: Float32Array.from(data) }],
    target: { kind: 'values', shape: [0], data: new Float32Array(0) },
  })

it.each([
  ['standard', [-1, -1, 1, 1]],
  ['min-max', [0, 0, 1, 1]],
  ['power-of-two', [0.25, 0.3125, 0.75, 0.8125]],
] as const)('%s', async (kind, expected) => {
  const rows = source([4, 10, 12, 26], [2])
  const scaler = await fitScaler(rows, Uint32Array.of(0, 1), { kind })
  const scaled = applyScaler(scaler, { shape: [2], data: Float32Array.of(4, 10, 12, 26) })
  expect([...scaled.data]).toEqual(expected)
})

it('what does not vary is moved, and nothing that varies is an error', async () => {
  const scaler = await fitScaler(source([4, 1, 4, 3], [2]), Uint32Array.of(0, 1), { kind: 'standard' })
  expect(scaler.factor[0]).toBe(1)
  await expect(fitScaler(source([4, 4], [1]), Uint32Array.of(0, 1), { kind: 'standard' })).rejects.toThrow(
    'data/constant-input',
  )
})

it('classes as rows, and weights that make them count alike', () => {
  expect([...oneHot(Int32Array.of(1, 0), 3)]).toEqual([0, 1, 0, 1, 0, 0])
  expect([...balancedWeights(Int32Array.of(0, 0, 0, 1), 3)]).toEqual([4 / 9, 4 / 3, 0])
})
