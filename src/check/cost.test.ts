import { describe, expect, it } from 'vitest'
import { type Cost, type DesignEstimate, nothing } from '../estimate/design-estimate.ts'
import { findDevice } from '../estimate/devices.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { checkCost } from './cost.ts'

const target = { part: 'xc7z020clg400-1', device: findDevice('xc7z020clg400-1') }

const node = (name: string, kind: string, inputs: string[]) => ({
  name,
  kind,
  inputs,
  shape: [4],
  choices: {},
})

const graph = {
  nodes: [node('x', 'input', []), node('pool', 'pool', ['x']), node('fc', 'dense', ['pool'])],
  outputs: ['fc'],
} as unknown as OpGraph

/** An estimator of `luts` for each layer, a dense one's divided by its reuse factor; and what it was asked for. */
function estimator(luts: { pool: number; fc: number }) {
  const asked: unknown[] = []
  const estimate = (own: OpGraph): DesignEstimate => {
    const factor = Number(own.nodes.at(-1)!.choices.ReuseFactor ?? 1)
    asked.push(factor)
    const cost = (lut: number): Cost => ({ ...nothing, lut })
    const layers = [
      { name: 'pool', kind: 'pool', ...cost(luts.pool) },
      { name: 'fc', kind: 'dense', ...cost(luts.fc / factor) },
    ]
    const total = cost(layers.reduce((sum, { lut }) => sum + lut, 0))
    return { layers, total, latency: 1, interval: factor, band: { lut: [0, 0] } } as unknown as DesignEstimate
  }
  return { asked, estimate }
}

describe('what it takes to fit', () => {
  it('is the least factor at which folded layers leave enough', () => {
    const { asked, estimate } = estimator({ pool: 1_000, fc: 200_000 })
    expect(checkCost(graph, [], target, estimate).fit.reuse?.factor).toBe(4)
    expect(asked).toEqual([1, 2, 4])
  })

  it('is not looked for where layers that nothing folds exceed the device by themselves', () => {
    const { asked, estimate } = estimator({ pool: 100_000, fc: 200_000 })
    expect(checkCost(graph, [], target, estimate).fit).toMatchObject({ fits: false })
    expect(asked).toEqual([1])
  })
})
