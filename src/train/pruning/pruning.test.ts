import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldSchedule } from '../../ops/fold-schedule.ts'
import { groupsOf, structures } from './groups.ts'
import { masksOf, sparsityOf } from './masks.ts'
import { checkSchedule, sparsityAt } from './schedule.ts'

describe('a schedule', () => {
  it('decays by a polynomial', () => {
    const schedule = { kind: 'polynomial', sparsity: 0.8, begin: 2, end: 10 } as const
    expect([0, 2, 6, 10, 20].map(epoch => sparsityAt(schedule, epoch))).toEqual([
      0, 0, 0.7000000000000001, 0.8, 0.8,
    ])
  })

  it.each([
    [{ kind: 'constant', sparsity: 1 }, 'the sparsity is 1; expected a share from 0 to below 1'],
    [{ kind: 'constant', sparsity: Number.NaN }, 'the sparsity is NaN'],
    [{ kind: 'polynomial', sparsity: 0.5, begin: 5, end: 5 }, 'begins with epoch 5 and ends with 5'],
    [{ kind: 'polynomial', sparsity: 0.5, end: 20 }, 'ends with 20; expected epochs in order, below 10'],
    [{ kind: 'polynomial', sparsity: 0.5, end: 5, power: 0 }, 'the power is 0'],
  ] as const)('that cannot be followed is refused: %j', (schedule, message) => {
    expect(() => checkSchedule(schedule, 10, 'pruning')).toThrow(message)
  })
})

const kernel = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 2, max: 7 }))
  .chain(([inputs, outputs]) =>
    fc.record({
      shape: fc.constant([inputs, outputs]),
      weights: fc.float32Array({
        minLength: inputs * outputs,
        maxLength: inputs * outputs,
        noNaN: true,
        noDefaultInfinity: true,
      }),
    }),
  )

it('as sparse as asked to less than a group, the least weights first', () => {
  fc.assert(
    fc.property(
      kernel,
      fc.constantFrom(...structures),
      fc.double({ min: 0, max: 0.95, noNaN: true }),
      fc.integer({ min: 1, max: 30 }),
      ({ shape, weights }, structure, sparsity, reuse) => {
        const groups = groupsOf(shape, structure, { reuse, bits: 8 })
        const sizes = new Map<number, number>()
        for (const group of groups.of) sizes.set(group, (sizes.get(group) ?? 0) + 1)
        const [mask] = masksOf([{ weights, groups }], sparsity)
        const zeros = mask!.filter(value => value === 0).length
        const wanted = Math.round(sparsity * weights.length)
        expect(zeros).toBeLessThanOrEqual(wanted)
        const keepsOne = new Set(groups.of.filter((_, k) => mask![k] === 1)).size === 1
        if (!keepsOne) expect(zeros).toBeGreaterThan(wanted - Math.max(...sizes.values()))
        // A group goes as a whole.
        const first = groups.of.map(group => mask![groups.of.indexOf(group)]!)
        expect([...mask!]).toEqual([...first])
      },
    ),
  )
})

it('what is pruned of a folded layer takes multipliers away', () => {
  fc.assert(
    fc.property(kernel, fc.integer({ min: 2, max: 12 }), ({ shape, weights }, reuse) => {
      const [inputs, outputs] = shape as [number, number]
      // Where lanes have unequal lengths, the array's own clustering may share them out otherwise.
      fc.pre(inputs % reuse === 0 || reuse % inputs === 0)
      const groups = groupsOf(shape, 'multiplier', { reuse, bits: 8 })
      const [mask] = masksOf([{ weights, groups }], 0.5)
      const built = (isZero: (i: number, j: number) => boolean) =>
        foldSchedule({ inputs, outputs, reuse, isZero }).multipliers.length
      const gone = new Set(groups.of.filter((_, k) => mask![k] === 0)).size
      const used = built((i, j) => mask![i * outputs + j] === 0)
      expect(used).toBeLessThanOrEqual(built(() => false) - gone)
    }),
  )
})

it('over a model, layers are compared by their own scale', () => {
  const one = {
    weights: Float32Array.of(1, 2, 3, 4),
    groups: groupsOf([2, 2], 'weight', { reuse: 1, bits: 8 }),
  }
  const other = { ...one, weights: Float32Array.of(100, 200, 300, 400) }
  const masks = masksOf([one, other], 0.5, { scope: 'model' })
  expect(masks.map(mask => [...mask])).toEqual([
    [0, 0, 1, 1],
    [0, 0, 1, 1],
  ])
  expect(sparsityOf(masks[0]!)).toBe(0.5)
})
