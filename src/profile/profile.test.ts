import { describe, expect, it } from 'vitest'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { rawToNumber } from '../fixed/convert.ts'
import { floatTensor, nodeNamed, rawTensor } from '../ir/graph.ts'
import { distributionOf } from './distribution.ts'
import { createProfiler, profileModel } from './profile.ts'
import { piece } from './rows.ts'
import { randomRows, smallModel } from './testing/small-model.ts'

const x = randomRows(120, 4, 3)

describe('profiles', () => {
  it('have the values of both models, results and weights', async () => {
    const compiled = await smallModel()
    const { weights, activations, rows } = profileModel(compiled, [x])
    expect(rows).toBe(120)
    for (const { layer, distribution } of activations!.before)
      expect(distribution).toEqual(distributionOf(runFloat(compiled.source, [x], [layer]).get(layer)!.data))
    for (const { layer, distribution } of activations!.after) {
      const raw = createFixedEngine(compiled.typed).run([x], [layer]).get(layer)!
      expect(distribution).toEqual(distributionOf(toNumbers(nodeNamed(compiled.typed, layer), raw)))
    }
    for (const { layer, role, distribution } of weights.before) {
      const { data } = floatTensor(compiled.source, nodeNamed(compiled.source, layer), role)
      expect(distribution).toEqual(distributionOf(data))
    }
    for (const { layer, role, distribution } of weights.after) {
      const { raw, type } = rawTensor(compiled.typed, nodeNamed(compiled.typed, layer), role)
      expect(distribution).toEqual(distributionOf(raw.map(value => rawToNumber(value, type.frac))))
    }
  })

  it('tell which layers have no type of their own', async () => {
    const { weights, activations } = profileModel(
      await smallModel({ fc: { Precision: { result: 'auto' } } }),
      [x],
    )
    const told = [...weights.before, ...activations!.before].map(
      ({ layer, role, fit, untyped }) => `${layer} ${role}: ${fit?.type ?? untyped}`,
    )
    expect(told).toMatchInlineSnapshot(`
      [
        "fc weight: fixed<16,6>",
        "fc bias: fixed<16,6>",
        "bn scale: folded into another layer",
        "bn bias: folded into another layer",
        "out weight: fixed<16,6>",
        "out bias: fixed<16,6>",
        "x result: fixed<16,6>",
        "fc result: folded away: 'fc' in fixed point has the results of 'bn'",
        "bn result: fixed<35,15>",
        "relu result: fixed<16,6>",
        "out result: fixed<16,6>",
        "prob result: fixed<16,6>",
      ]
    `)
  })

  it('tell values outside of types, and below their step', async () => {
    const compiled = await smallModel({ relu: { Precision: 'fixed<4,2>' }, x: { Precision: 'fixed<8,2>' } })
    const { before, after } = profileModel(compiled, [x]).activations!
    const input = before.find(({ layer }) => layer === 'x')!.fit!
    expect(input).toMatchObject({ type: 'fixed<8,2>', step: 2 ** -6, min: -2, max: 2 - 2 ** -6 })
    expect(input.outside).toBe(x.data.filter(value => value < -2 || value >= 2).length / x.data.length)
    expect(input.belowStep).toBe(x.data.filter(value => Math.abs(value) < 2 ** -6).length / x.data.length)
    expect(after.every(({ fit }) => fit!.outside === 0)).toBe(true)
  })

  it('do not depend on the pieces that rows come in', async () => {
    const compiled = await smallModel()
    const profiler = createProfiler(compiled)
    for (let row = 0; row < 120; row += 50) profiler.add(piece([x], row, 50))
    expect(profiler.result()).toEqual(profileModel(compiled, [x]))
  })

  it('of a model without types, and without rows', async () => {
    const { source } = await smallModel()
    const profile = profileModel({ source })
    expect(profile).toMatchObject({ rows: 0, weights: { after: [] } })
    expect('activations' in profile || 'rules' in profile).toBe(false)
    expect(profile.weights.before.map(({ layer, role }) => `${layer}.${role}`)).toEqual([
      'fc.weight',
      'fc.bias',
      'bn.scale',
      'bn.bias',
      'out.weight',
      'out.bias',
    ])
  })
})
