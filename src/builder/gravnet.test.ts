// GravNet layers from integers: what they mean, exact gatherings, ties, what is refused.

import { describe, expect, it } from 'vitest'
import { rawRow } from '../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { interpret } from '../engines/interpreter/interpret.ts'
import { nodeNamed } from '../ir/graph.ts'
import { type DefinedNetwork, defineNetwork } from './define-network.ts'
import type { GravNetLayer } from './gravnet.ts'

const vertices = 6
const weights = (rows: number, columns: number, seed: number) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => (((i * 7 + j * 5 + seed * 3) % 13) - 6) / 8),
  )

const layer: GravNetLayer = {
  coordinates: { weights: weights(3, 2, 1), bias: [0.25, -0.5] },
  features: { weights: weights(3, 4, 2) },
  output: { weights: weights(3 + 2 * 4, 2, 3), bias: [1, -1] },
  neighbours: 3,
  tableSize: 1 << 14,
  tableRangePower2: -2,
}

function network(more: Partial<GravNetLayer> = {}): DefinedNetwork {
  const net = defineNetwork('graph')
  net
    .input('x', { shape: [vertices, 3], types: 'fixed<6,1>' })
    .gravNet({ ...layer, ...more })
    .output()
  return net.finish()
}

const batch = {
  rows: 4,
  shape: [vertices, 3],
  data: Float64Array.from({ length: 4 * vertices * 3 }, (_, k) => (((k * k * 11 + k * 17) % 61) - 30) / 32),
}

/** The layer as its paper has it: for each vertex a loop over its nearest ones. */
function asThePaper(x: Float64Array): number[] {
  const product = (row: ArrayLike<number>, kernel: readonly number[][], bias: readonly number[] = []) =>
    kernel[0]!.map((_, j) => kernel.reduce((sum, weight, i) => sum + row[i]! * weight[j]!, bias[j] ?? 0))
  const rows = Array.from({ length: vertices }, (_, v) => Array.from(x.subarray(3 * v, 3 * v + 3)))
  const places = rows.map(row => product(row, weights(3, 2, 1), [0.25, -0.5]))
  const told = rows.map(row => product(row, weights(3, 4, 2)))
  return rows.flatMap((row, v) => {
    const squares = places.map(place => place.reduce((sum, c, axis) => sum + (c - places[v]![axis]!) ** 2, 0))
    const near = rows
      .map((_, at) => at)
      .filter(at => at !== v)
      .sort((a, b) => squares[a]! - squares[b]! || a - b)
      .slice(0, 3)
    const terms = near.map(at => told[at]!.map(value => value * Math.exp(-10 * squares[at]!)))
    const mean = told[0]!.map((_, f) => terms.reduce((sum, term) => sum + term[f]!, 0) / 3)
    const most = told[0]!.map((_, f) => Math.max(...terms.map(term => term[f]!)))
    return product([...row, ...mean, ...most], weights(11, 2, 3), [1, -1])
  })
}

describe('GravNet layers', () => {
  it('mean what the paper says, and lose only what the table and the mean of three lose', () => {
    const { source, typed } = network()
    const [name] = typed.outputs as [string]
    const meant = runFloat(source, [batch], [name]).get(name)!.data
    const raw = createFixedEngine(typed).run([batch], [name]).get(name)!
    const fixed = toNumbers(nodeNamed(typed, name), raw)
    for (let row = 0; row < batch.rows; row++) {
      const own = asThePaper(batch.data.subarray(row * vertices * 3, (row + 1) * vertices * 3))
      for (const [k, value] of own.entries()) {
        const at = row * own.length + k
        expect(Math.abs(meant[at]! - value)).toBeLessThan(1e-12)
        expect(Math.abs(fixed[at]! - value)).toBeLessThan(0.02)
      }
    }
    const slow = interpret(typed, [batch], [name]).get(name)!
    for (let row = 0; row < batch.rows; row++) expect(rawRow(raw, row)).toEqual(rawRow(slow, row))
  })

  it('are dense layers, a gathering and what joins it to its input', () => {
    const { typed } = network({ coordinates: { ...layer.coordinates, to: 'fixed<8,3,RND,SAT>' } })
    expect(typed.nodes.map(({ name, kind, shape }) => [name, kind, shape])).toEqual([
      ['x', 'input', [6, 3]],
      ['gravnet1_coordinates', 'dense', [6, 2]],
      ['gravnet1_coordinates_quantised', 'quantise', [6, 2]],
      ['gravnet1_features', 'dense', [6, 4]],
      ['gravnet1_gathered', 'gravnet-aggregate', [6, 8]],
      ['gravnet1_joined', 'concatenate', [6, 11]],
      ['gravnet1', 'dense', [6, 2]],
    ])
  })

  it('take the first of equally near vertices', () => {
    const net = defineNetwork('ties')
    const { output: _, ...bare } = layer
    net
      .input('x', { shape: [4, 1], types: 'fixed<4,4>' })
      .gravNet({
        ...bare,
        coordinates: { weights: [0] },
        features: { weights: [1] },
        neighbours: 2,
        gather: ['sum'],
        table: 'ufixed<2,2>',
      })
      .output()
    const { typed } = net.finish()
    const given = { rows: 1, shape: [4, 1], data: Float64Array.of(1, 2, 4, 7) }
    const [name] = typed.outputs as [string]
    const raw = createFixedEngine(typed).run([given], [name]).get(name)!
    // All stand in one place, with weight 1: the first two others are taken.
    expect(Array.from(toNumbers(nodeNamed(typed, name), raw))).toEqual([1, 6, 2, 5, 4, 3, 7, 3])
  })

  it('refuse with codes', () => {
    expect(() => network({ neighbours: 6 })).toThrow('graph/gravnet-neighbours')
    expect(() => network({ neighbours: 0 })).toThrow('graph/gravnet-neighbours')
    const flat = defineNetwork('bad').input('x', { shape: [3], types: 'fixed<4,4>' })
    expect(() => flat.gravNet(layer)).toThrow('graph/gravnet-inputs')
    const many = defineNetwork('bad').input('x', { shape: [2048, 3], types: 'fixed<4,4>' })
    expect(() => many.gravNet(layer)).toThrow('graph/gravnet-size')
  })
})
