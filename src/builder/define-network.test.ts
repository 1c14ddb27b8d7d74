// Networks from integers: types by element, exact sums, names, and what is refused.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowerDatapath } from '../backends/verilog/lower-graph.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { nodeNamed } from '../ir/graph.ts'
import { evaluateCombinational } from '../netlist/evaluate.ts'
import { type DefinedNetwork, defineNetwork } from './define-network.ts'

function run({ typed }: DefinedNetwork, row: readonly number[]): number[] {
  const name = typed.outputs[0]!
  const batch = { rows: 1, shape: [row.length], data: Float64Array.from(row) }
  return Array.from(
    toNumbers(nodeNamed(typed, name), createFixedEngine(typed).run([batch], [name]).get(name)!),
  )
}

function codeOf(define: () => unknown): string {
  try {
    define()
  } catch (problem) {
    return /^[a-z]+\/[a-z-]+/.exec(String((problem as Error).message))?.[0] ?? String(problem)
  }
  return 'nothing was refused'
}

describe('defineNetwork', () => {
  it('gives each result the narrowest type of its own', () => {
    const net = defineNetwork('types')
    const x = net.input('x', {
      shape: [3],
      types: ['fixed<4,2>', 'ufixed<3,3>', { signed: false, width: 0, frac: 0 }],
    })
    const y = x.dense({
      weights: [
        [1, 0, 0],
        [4, 0.5, 0],
        [9, 9, 9],
      ],
      bias: [0, 0, 0.75],
    })
    expect(y.types).toEqual([
      { signed: true, width: 8, frac: 2 },
      { signed: false, width: 3, frac: 1 },
      { signed: false, width: 2, frac: 2 },
    ])
    expect(y.relu().types[0]).toEqual({ signed: false, width: 7, frac: 2 })
    expect(y.name).toBe('dense1')
  })

  it('takes raw integers under fraction bits, and dyadic numbers as they are', () => {
    const define = (layer: Parameters<ReturnType<ReturnType<typeof defineNetwork>['input']>['dense']>[0]) => {
      const net = defineNetwork('weights')
      net
        .input('x', { shape: [2], types: 'fixed<5,5>' })
        .dense(layer)
        .output()
      return net.finish()
    }
    const raw = define({ weights: [3n, -5n], frac: 2, bias: [7n], biasFrac: 1 })
    const numbers = define({ weights: [0.75, -1.25], bias: [3.5] })
    expect(run(raw, [4, 2])).toEqual([4])
    expect(run(numbers, [4, 2])).toEqual([4])
  })

  it('shifts right as integers do, scales without loss, saturates where told', () => {
    const net = defineNetwork('shifts')
    const x = net.input('x', { shape: [2], types: 'fixed<8,8>' })
    x.shiftRight(3).output()
    x.scale(-3).output()
    x.relu({ types: 'ufixed<3,3>', overflow: 'SAT' }).output()
    const { typed } = net.finish()
    const batch = { rows: 1, shape: [2], data: Float64Array.of(-9, 100) }
    const results = createFixedEngine(typed).run([batch], typed.outputs)
    const values = typed.outputs.map(name =>
      Array.from(toNumbers(nodeNamed(typed, name), results.get(name)!)),
    )
    expect(values).toEqual([
      [-2, 12],
      [-1.125, 12.5],
      [0, 7],
    ])
  })

  it('computes the same in emulator, circuit and plain integers', () => {
    const layer = fc.array(fc.integer({ min: -31, max: 31 }), { minLength: 12, maxLength: 12 })
    const row = fc.array(fc.integer({ min: -8, max: 7 }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(layer, row, (weights, x) => {
        const net = defineNetwork('plain')
        net
          .input('x', { shape: [4], types: 'fixed<4,4>' })
          .dense({ weights, bias: [5, -100, 0], frac: 2 })
          .relu(['ufixed<4,4>', 'ufixed<5,4>', 'ufixed<2,4>'])
          .output()
        const model = net.finish()
        const sums = [5, -100, 0].map((bias, j) =>
          x.reduce((sum, value, i) => sum + value * weights[i * 3 + j]!, bias),
        )
        const raw = sums.map(
          (sum, j) => ((Math.max(0, sum) >> [2, 1, 4][j]!) << [0, 0, 2][j]!) % [16, 32, 16][j]!,
        )
        const expected = raw.map((value, j) => value / [1, 2, 1][j]!)
        expect(run(model, x)).toEqual(expected)
        const { combinational } = lowerDatapath(model.typed, { name: 'core', clockNs: 1000, family: 'xcu' })
        const got = evaluateCombinational(combinational, x.map(BigInt)).map(Number)
        expect(got.map((value, j) => value / [1, 2, 0.25][j]!)).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('has a float meaning, with quantisers as identities', () => {
    const net = defineNetwork('float')
    net
      .input('x', { shape: [1], types: 'fixed<4,4>' })
      .dense({ weights: [0.5] })
      .quantise('fixed<3,3>')
      .output()
    const { source } = net.finish()
    const batch = { rows: 1, shape: [1], data: Float64Array.of(3) }
    expect(Array.from(runFloat(source, [batch], source.outputs).get('quantise1')!.data)).toEqual([1.5])
  })

  it('refuses with codes what makes no network', () => {
    const input = (shape: number[], types: string | string[] = 'fixed<4,4>') =>
      defineNetwork('bad').input('x', { shape, types })
    expect(codeOf(() => defineNetwork('bad').finish())).toBe('network/no-output')
    expect(codeOf(() => input([]))).toBe('network/shape')
    expect(codeOf(() => input([2], ['fixed<4,4>']))).toBe('network/count')
    expect(codeOf(() => input([1], 'auto'))).toBe('network/type')
    expect(codeOf(() => input([2]).dense({ weights: [1, 2, 3] }))).toBe('network/count')
    expect(codeOf(() => input([2]).dense({ weights: [1, Number.NaN] }))).toBe('network/value')
    expect(codeOf(() => input([2]).dense({ weights: [1, 2], name: 'x' }))).toBe('network/duplicate-name')
    expect(codeOf(() => input([2]).scale(0.5))).toBe('network/exponent')
  })
})
