import { expect, it, vi } from 'vitest'
import { fixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { randomRaws, seeded } from '../hls/testing/random.ts'
import { createBuilder } from '../netlist/builder.ts'
import { evaluateCombinational } from '../netlist/evaluate.ts'
import { lowerConstantProduct } from './constant-product.ts'

// Matrices that are too large take long; here small ones already count as such.
vi.mock('../netlist/constant-matrix.ts', async load => {
  const real = await load<typeof import('../netlist/constant-matrix.ts')>()
  const adderGraphOf: typeof real.adderGraphOf = (weights, inputs, options) =>
    real.adderGraphOf(weights, inputs, { ...options, pairLimit: 50 })
  return { ...real, adderGraphOf }
})

it('tells when a matrix is shared in blocks, whose sums are still exact', () => {
  const [rows, columns] = [8, 3]
  const random = seeded(7)
  const w = fixedType(true, 16, 0)
  const x = fixedType(true, 4, 0)
  const raw = randomRaws(random, w, rows * columns)
  const b = createBuilder()
  b.layer('fc1')
  const inputs = Array.from({ length: rows }, (_, k) => b.input(`x_${k}`, x))
  const weight = { shape: [rows, columns], type: w, raw }
  const sums = lowerConstantProduct(b, { weight, bias: undefined, columns, accumulator: undefined }, inputs)
  sums.forEach((net, k) => void b.output(`y_${k}`, net))
  expect(b.findings).toMatchObject([{ code: 'rtl/product-in-blocks', place: 'fc1', severity: 'finding' }])
  const netlist = b.finish()
  for (const value of [minRaw(x), maxRaw(x), 1n]) {
    const got = evaluateCombinational(
      netlist,
      inputs.map(() => value),
    )
    const exact = sums.map((_, j) =>
      raw.reduce((sum, own, k) => (k % columns === j ? sum + own * value : sum), 0n),
    )
    expect(got.map((own, j) => own << BigInt(-Math.min(0, b.interval(sums[j]!).frac)))).toEqual(exact)
  }
})

it('adds what arrives late to what arrives early', () => {
  for (const levels of [43, 44, 70]) {
    const b = createBuilder()
    const early = b.input('early', fixedType(true, 4, 0))
    let late = b.input('late', fixedType(true, 4, 0))
    for (let level = 0; level < levels; level++) late = b.within(b.add(late, early), -100n, 100n)
    const weight = { shape: [2, 1], type: fixedType(true, 4, 0), raw: [1n, 1n] }
    const bias = { shape: [1], type: fixedType(true, 4, 0), raw: [5n] }
    const [sum] = lowerConstantProduct(b, { weight, bias, columns: 1, accumulator: undefined }, [late, early])
    b.output('y', sum!)
    const [got] = evaluateCombinational(b.finish(), [1n, 1n])
    expect(got).toBe(BigInt(levels + 1 + 1 + 5))
  }
})
