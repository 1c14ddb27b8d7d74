// Spiking networks from integers: step by step as they run in hardware, windows, decisions, what is refused.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rawRow } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { type DefinedNetwork, defineNetwork, type Signal } from './define-network.ts'

function run({ typed }: DefinedNetwork, row: readonly number[], name = typed.outputs[0]!): number[] {
  const { shape } = typed.nodes[0]!
  const batch = { rows: 1, shape, data: Float64Array.from(row) }
  return rawRow(createFixedEngine(typed).run([batch], [name]).get(name)!, 0).map(Number)
}

function network(shape: number[], types: string, layers: (x: Signal) => Signal): DefinedNetwork {
  const net = defineNetwork('spiking')
  layers(net.input('x', { shape, types })).output()
  return net.finish()
}

/** A layer as it runs step by step, its state kept from call to call and emptied after so many. */
function neuronsByStep(threshold: number, window: number, beta: number) {
  let membranes: number[] = []
  let step = 0
  return (x: readonly number[]): number[] => {
    const next = x.map((own, k) => beta * (membranes[k] ?? 0) + own)
    const spikes = next.map(v => (v >= threshold ? 1 : 0))
    membranes = next.map((v, k) => (spikes[k] === 1 ? v - threshold : v))
    step += 1
    if (step % window === 0) membranes = []
    return spikes
  }
}

describe('spiking layers', () => {
  it('spike as neurons that keep their state between calls, window after window', () => {
    const row = fc.array(fc.integer({ min: -8, max: 7 }), { minLength: 24, maxLength: 24 })
    const model = network([12, 2], 'fixed<4,4>', x => x.integrateFire({ threshold: 6, window: 4 }))
    fc.assert(
      fc.property(row, x => {
        const byStep = neuronsByStep(6, 4, 1)
        const expected = Array.from({ length: 12 }, (_, step) => byStep(x.slice(2 * step, 2 * step + 2)))
        expect(run(model, x)).toEqual(expected.flat())
      }),
    )
  })

  it('leak exactly where the membrane is wide enough, and mean the same in real numbers', () => {
    const model = network([4, 1], 'fixed<6,4>', x =>
      x.integrateFire({ threshold: 3n, frac: 1, beta: 0.5, membrane: 'fixed<16,8>', reset: 'zero' }),
    )
    const x = [1, 0.75, 0.5, 1.5]
    // 1, 1.25, 1.125, 2.0625: the last reaches 1.5.
    expect(run(model, x)).toEqual([0, 0, 0, 1])
    const batch = { rows: 1, shape: [4, 1], data: Float64Array.from(x) }
    const meant = runFloat(model.source, [batch], model.source.outputs)
    expect(Array.from(meant.get('spikes1')!.data)).toEqual([0, 0, 0, 1])
  })

  it('decide by counts, the first class winning ties, and by thresholds', () => {
    const spikes = [0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1]
    const decide = (layer: Parameters<Signal['spikeReadout']>[0]) =>
      run(
        network([4, 3], 'ufixed<1,1>', x => x.spikeReadout(layer)),
        spikes,
      )
    // Counts by step: 011, 111, 221, 322.
    expect(decide({})).toEqual([0])
    expect(decide({ emit: 'all' })).toEqual([1, 0, 0, 0])
    expect(decide({ rule: 'first_to_threshold', classThreshold: 2, emit: 'all' })).toEqual([1, 0, 0, 0])
    expect(decide({ rule: 'threshold_then_argmax', classThreshold: 9, emit: 'all' })).toEqual([1, 0, 0, 0])
    expect(decide({ window: 2 })).toEqual([0, 0])
  })

  it('decide by membranes of their own, in a network with weights', () => {
    const model = network([3, 2], 'fixed<5,3>', x =>
      x
        .dense({
          weights: [
            [1, -1],
            [0.5, 2],
          ],
        })
        .spikeReadout({ rule: 'binary_logit', mode: 'membrane' }),
    )
    const x = [1, 0.5, -2, 1, 3, -1.25]
    // The second class less the first: −2 x₀ + 1.5 x₁, summed: −3.625, with three fraction bits.
    expect(run(model, x)).toEqual([-3.625 * 8])
  })

  it('refuse with codes', () => {
    const x = () => defineNetwork('bad').input('x', { shape: [4, 3], types: 'fixed<4,4>' })
    expect(() => x().integrateFire({ threshold: 1, beta: 0.5 })).toThrow('network/leaking-membrane')
    expect(() => x().integrateFire({ threshold: [1, 2] })).toThrow('network/count')
    expect(() => x().integrateFire({ threshold: 1, window: 3 })).toThrow('graph/time-window')
    expect(() => x().spikeReadout({ rule: 'binary_logit' })).toThrow('graph/readout-rule')
    expect(() => x().spikeReadout({ rule: 'first_to_threshold', mode: 'membrane' })).toThrow(
      'graph/readout-rule',
    )
    expect(() => x().spikeReadout({ classThreshold: 0 })).toThrow('network/spike-count')
    const flat = defineNetwork('bad').input('x', { shape: [4], types: 'fixed<4,4>' })
    expect(() => flat.integrateFire({ threshold: 1 })).toThrow('graph/time-window')
  })
})
