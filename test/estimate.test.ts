// Estimates beside recorded counts: on small networks here, on all designs in test/full.

import { describe, expect, it } from 'vitest'
import { bandOf, compareAll, exactTiming } from '../bench/estimate.ts'
import { buildDesign } from '../src/backends/verilog/design.ts'
import { estimateDesign } from '../src/backends/verilog/estimate-design.ts'
import { defineNetwork } from '../src/builder/define-network.ts'
import { bandText, printEstimate } from '../src/estimate/print-estimate.ts'

describe('estimates', () => {
  it('are near the counts of random networks, and exact in latency and interval', async () => {
    const compared = await compareAll(['random'])
    expect(compared.length).toBeGreaterThanOrEqual(8)
    expect(compared.filter(one => !exactTiming(one)).map(({ name }) => name)).toEqual([])
    expect(bandOf(compared, 'lut')[0]).toBeLessThan(0.1)
    expect(bandOf(compared, 'ff')[0]).toBeLessThan(0.15)
  })

  it('do without the optimiser: a large layer is estimated by a few of its outputs', () => {
    const net = defineNetwork('large')
    const weights = Array.from({ length: 256 * 256 }, (_, k) => ((k * 7919) % 253) - 126)
    net
      .input('x', { shape: [256], types: 'fixed<8,1>' })
      .dense({ weights })
      .output()
    const { layers, interval, band } = estimateDesign(net.finish().typed, {
      project: 'large',
      clockNs: 5,
      family: 'xcup',
    })
    const dense = layers.find(({ kind }) => kind === 'dense')!
    expect(dense.lut).toBeGreaterThan(500_000)
    expect(dense.lut).toBeLessThan(2_500_000)
    expect(interval).toBe(1)
    expect(bandText(band)).toMatch(
      /latency and II were exact on \d+ %|latency was within such a range on \d+ %/,
    )
  })

  it.each([2, 3, 5, 8])('are within a cycle of the build at %f ns, and exact in II', clockNs => {
    const net = defineNetwork('latency')
    const weights = (count: number, seed: number) =>
      Array.from({ length: count }, (_, k) => ((k * seed) % 61) - 30)
    net
      .input('x', { shape: [10], types: 'fixed<8,3>' })
      .dense({ weights: weights(60, 7919) })
      .relu({ types: 'ufixed<6,4>' })
      .dense({ weights: weights(18, 104_729) })
      .output()
    const graph = net.finish().typed
    for (const family of ['xc7', 'xcup'] as const) {
      const options = { project: 'latency', clockNs, family }
      const { latency, latencyRange, interval, band } = estimateDesign(graph, options)
      const { top } = buildDesign(graph, options)
      const [least, most] = latencyRange ?? [latency, latency]
      expect(interval).toBe(top.interval)
      expect(Math.abs(latency - top.latency)).toBeLessThanOrEqual(1)
      expect([least <= latency, latency <= most]).toEqual([true, true])
      expect(band.exactTiming).toBeLessThan(1)
      expect(band.heldTiming === undefined).toBe(latencyRange === undefined)
    }
  })

  it('have folded layers as they are: latency, interval and DSP blocks', () => {
    const net = defineNetwork('folded')
    const weights = Array.from({ length: 12 * 6 }, (_, k) => ((k * 37) % 121) - 60)
    net
      .input('x', { shape: [12], types: 'fixed<10,2>' })
      .dense({ weights })
      .output()
    const typed = net.finish().typed
    const graph = {
      ...typed,
      nodes: typed.nodes.map(node =>
        node.kind === 'dense'
          ? { ...node, choices: { ...node.choices, Strategy: 'Resource', ReuseFactor: 6 } }
          : node,
      ),
    }
    const options = { project: 'folded', clockNs: 5, family: 'xc7' } as const
    const { top } = buildDesign(graph, options)
    const estimate = estimateDesign(graph, options)
    expect([estimate.latency, estimate.interval]).toEqual([top.latency, top.interval])
    expect(estimate.total.dsp).toBe(12)
  })

  it('are told as a table with their band', () => {
    const net = defineNetwork('small')
    net
      .input('x', { shape: [2], types: 'fixed<4,1>' })
      .dense({ weights: [1, 2, 3, -4] })
      .relu({ types: 'ufixed<6,4>' })
      .output()
    const estimate = estimateDesign(net.finish().typed, { project: 'small', clockNs: 5, family: 'xc7' })
    const available = { lut: 53_200, ff: 106_400, dsp: 220, bram18: 280 }
    const text = printEstimate(estimate, { part: 'xc7z020', clockNs: 5, available })
    expect(text).toMatch(/^layer +kind +LUT +FF +DSP +BRAM \(18 kb\) +cycles +II$/m)
    expect(text).toMatch(/^used +<0\.1 %/m)
    expect(text).toContain(`xc7z020 at 5 ns, Lutra's Verilog: latency ${estimate.latency} cycles`)
    expect(text).toMatch(/LUT was within ±\d+ % \(nine of ten within \d+ %\)/)
  })
})
