import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { missingReference, referenceFolder } from '../../test/support/reference.ts'
import type { Interval } from '../fixed/interval.ts'
import { fixedType } from '../fixed/types.ts'
import {
  type AdderGraph,
  adderBits,
  evaluateAdderGraph,
  fullAdderBits,
  graphDepth,
  lowerAdderGraph,
  nodeIntervals,
} from './adder-graph.ts'
import { createBuilder } from './builder.ts'
import { adderGraphOf, type ConstantMatrix, type MatrixOptions } from './constant-matrix.ts'
import { evaluateCombinational } from './evaluate.ts'
import { intervalWidth } from './netlist.ts'
import { signedDigits } from './signed-digits.ts'

/** y_j at 2^-30, so that any frac in these tests can be compared. */
function product(
  w: ConstantMatrix,
  inputs: readonly Interval[],
  x: readonly bigint[],
  options: MatrixOptions,
): bigint[] {
  return Array.from({ length: w.columns }, (_, j) => {
    const bias = options.biases?.[j] ?? { raw: 0n, frac: 0 }
    const sum = x.reduce(
      (total, raw, i) =>
        total + ((raw * BigInt(w.values[i * w.columns + j]!)) << BigInt(30 - inputs[i]!.frac - w.frac)),
      0n,
    )
    return sum + (bias.raw << BigInt(30 - bias.frac))
  })
}

const at30 = ({ raw, frac }: { raw: bigint; frac: number }) => raw << BigInt(30 - frac)

function withConstants(graph: AdderGraph, x: readonly bigint[]): bigint[] {
  return graph.inputs.map((interval, k) => x[k] ?? interval.min)
}

function checkExact(
  w: ConstantMatrix,
  inputs: readonly Interval[],
  options: MatrixOptions,
  seed: number,
): void {
  expectExact(adderGraphOf(w, inputs, options), w, inputs, options, seed)
}

function expectExact(
  graph: AdderGraph,
  w: ConstantMatrix,
  inputs: readonly Interval[],
  options: MatrixOptions,
  seed: number,
): void {
  for (let sample = 0; sample < 4; sample++) {
    const x = inputs.map(({ min, max }, i) => {
      if (sample < 2) return (sample + i) % 2 === 0 ? min : max
      return min + (BigInt((seed * (i + 1) * (sample * 7919)) % 65521) % (max - min + 1n))
    })
    expect(evaluateAdderGraph(graph, withConstants(graph, x)).map(at30)).toEqual(
      product(w, inputs, x, options),
    )
  }
}

const matrices = fc
  .record({
    rows: fc.integer({ min: 1, max: 6 }),
    columns: fc.integer({ min: 1, max: 6 }),
    span: fc.constantFrom(1, 9, 300),
  })
  .chain(({ rows, columns, span }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      values: fc.array(fc.integer({ min: -span, max: span }), {
        minLength: rows * columns,
        maxLength: rows * columns,
      }),
      frac: fc.integer({ min: -3, max: 8 }),
      inputs: fc.array(
        fc
          .tuple(
            fc.integer({ min: -200, max: 100 }),
            fc.constantFrom(0, 1, 7, 255),
            fc.integer({ min: -2, max: 9 }),
          )
          .map(([min, more, frac]) => ({ min: BigInt(min), max: BigInt(min + more), frac })),
        { minLength: rows, maxLength: rows },
      ),
      biases: fc.array(fc.record({ raw: fc.bigInt(-1000n, 1000n), frac: fc.integer({ min: -2, max: 12 }) }), {
        minLength: columns,
        maxLength: columns,
      }),
      extraDepth: fc.integer({ min: 0, max: 3 }),
      share: fc.boolean(),
      pairLimit: fc.constantFrom(1, 20, 1_000_000),
    }),
  )

describe('signedDigits', () => {
  test('sums to the value, no two digits side by side', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 70n), 2n ** 70n), value => {
        const digits = signedDigits(value)
        expect(digits.reduce((sum, { shift, sign }) => sum + (BigInt(sign) << BigInt(shift)), 0n)).toBe(value)
        digits.slice(1).forEach((digit, k) => {
          expect(digit.shift - digits[k]!.shift).toBeGreaterThan(1)
        })
      }),
    )
  })
})

describe('adderBits', () => {
  const int8 = { min: -128n, max: 127n, frac: 0 }
  test('counts from the coarser lowest bit to the top of the wider operand', () => {
    expect(adderBits(int8, int8)).toBe(8)
    expect(adderBits(int8, { ...int8, frac: -3 })).toBe(8)
    expect(adderBits({ min: 0n, max: 255n, frac: 0 }, { min: 0n, max: 3n, frac: 0 })).toBe(8)
    expect(adderBits({ min: 0n, max: 7n, frac: 0 }, { min: 0n, max: 7n, frac: -5 })).toBe(3)
  })

  test('a negated output costs its width and one level', () => {
    const graph = { inputs: [int8], ops: [], outputs: [{ node: 0, shift: 2, neg: true }, null] }
    expect([fullAdderBits(graph), graphDepth(graph)]).toEqual([8, 1])
  })
})

describe('adderGraphOf', () => {
  test('computes W x + bias exactly', () => {
    fc.assert(
      fc.property(
        matrices,
        fc.integer({ min: 1, max: 60_000 }),
        ({ inputs, biases, extraDepth, share, pairLimit, ...w }, seed) => {
          checkExact(w, inputs, { biases, extraDepth, share, pairLimit }, seed)
        },
      ),
      { numRuns: 400, seed: 11 },
    )
  })

  test('stays within the depth of the balanced tree and the extra asked for, negations included', () => {
    fc.assert(
      fc.property(matrices, ({ inputs, extraDepth, pairLimit, ...w }) => {
        const varying = inputs.map((interval, i) => ({ ...interval, max: interval.min + 100n + BigInt(i) }))
        const terms = Array.from({ length: w.columns }, (_, j) =>
          Array.from(
            { length: w.rows },
            (_, i) => signedDigits(BigInt(w.values[i * w.columns + j]!)).length,
          ).reduce((a, b) => a + b, 0),
        )
        const balanced = Math.ceil(Math.log2(1 + Math.max(...terms)))
        const graph = adderGraphOf(w, varying, { extraDepth, pairLimit })
        expect(graphDepth(graph)).toBeLessThanOrEqual(balanced + extraDepth)
      }),
      { numRuns: 400, seed: 3 },
    )
  })

  test('no input, no weight and constant inputs cost nothing', () => {
    const w = { rows: 2, columns: 3, values: [0, 0, 4, 0, 8, 0], frac: 2 }
    const inputs = [
      { min: -8n, max: 7n, frac: 1 },
      { min: 3n, max: 3n, frac: 0 },
    ]
    const graph = adderGraphOf(w, inputs)
    expect(graph.ops).toEqual([])
    expect(graph.outputs[0]).toBeNull()
    expect(at30(evaluateAdderGraph(graph, withConstants(graph, [5n, 3n]))[1]!)).toBe(6n << 30n)
  })

  test('shares what outputs have in common', () => {
    const w = { rows: 3, columns: 3, values: [1, 1, 2, 1, 1, 2, 1, -1, 2], frac: 0 }
    const inputs = [0, 1, 2].map(() => ({ min: -8n, max: 7n, frac: 0 }))
    expect(adderGraphOf(w, inputs).ops.length).toBe(3)
  })

  test('turns a difference round rather than negate an output', () => {
    const w = { rows: 4, columns: 2, values: [1, -1, -1, 1, 0, -1, 1, 0], frac: 0 }
    const inputs = [0, 1, 2, 3].map(() => ({ min: -8n, max: 7n, frac: 0 }))
    const graph = adderGraphOf(w, inputs)
    expect(graph.outputs.some(output => output?.neg)).toBe(false)
    expect([graph.ops.length, graphDepth(graph)]).toEqual([3, 2])
  })

  test('stops when asked, and says so', () => {
    const w = {
      rows: 8,
      columns: 8,
      values: Array.from({ length: 64 }, (_, k) => (k * k * 37) % 61),
      frac: 0,
    }
    const inputs = Array.from({ length: 8 }, () => ({ min: -128n, max: 127n, frac: 0 }))
    const whole = adderGraphOf(w, inputs)
    expect(whole.search).toMatchObject({ blocks: 1, complete: true })
    const stopped = adderGraphOf(w, inputs, { stop: () => true })
    expect(stopped.search).toEqual({ blocks: 1, complete: false, rounds: 0 })
    expectExact(stopped, w, inputs, {}, 5)
    expect(fullAdderBits(whole)).toBeLessThanOrEqual(fullAdderBits(stopped))
    expect(adderGraphOf(w, inputs, { effort: 0 }).search).toEqual({ blocks: 1, complete: true, rounds: 0 })
    expect(adderGraphOf(w, inputs, { pairLimit: 200 }).search!.blocks).toBeGreaterThan(1)
  })

  test('weights and constants far apart', () => {
    const w = { rows: 2, columns: 2, values: [(1n << 70n) + 5n, 3n, -(1n << 40n) - 1n, 1n << 69n], frac: 4 }
    const inputs = [
      { min: -8n, max: 7n, frac: 0 },
      { min: -100n, max: 27n, frac: 3 },
    ]
    checkExact(w, inputs, { biases: [1n, 1n << 50n].map(raw => ({ raw, frac: 7 })) }, 3)
  })

  test('gives the same graph each time', () => {
    const w = {
      rows: 8,
      columns: 8,
      values: Array.from({ length: 64 }, (_, k) => ((k * k * 37) % 61) - 30),
      frac: 3,
    }
    const inputs = Array.from({ length: 8 }, () => ({ min: -128n, max: 127n, frac: 4 }))
    expect(adderGraphOf(w, inputs)).toEqual(adderGraphOf(w, inputs))
  })
})

describe('lowerAdderGraph', () => {
  test('builds cells with the values and intervals of the graph', () => {
    fc.assert(
      fc.property(matrices, ({ inputs, biases, extraDepth, share, ...w }) => {
        const graph = adderGraphOf(w, inputs, { biases, extraDepth, share })
        const b = createBuilder()
        const nets = inputs.map(({ min, max, frac }, k) =>
          b.input(`x${k}`, fixedType(min < 0n, intervalWidth(min, max), frac), { min, max }),
        )
        lowerAdderGraph(b, graph, nets).forEach((net, k) => {
          b.output(`y${k}`, net)
        })
        const netlist = b.finish()
        const x = inputs.map(interval => interval.max)
        const raws = evaluateCombinational(netlist, x)
        const values = raws.map((raw, k) => ({ raw, frac: netlist.frac[netlist.outputs[k]!.net]! }))
        expect(values.map(at30)).toEqual(product(w, inputs, x, { biases }))
        const exact = nodeIntervals(graph)
        graph.outputs.forEach((output, k) => {
          if (output === null || output.neg) return
          const { min, max } = exact[output.node]!
          const net = netlist.outputs[k]!.net
          expect(intervalWidth(netlist.min[net]!, netlist.max[net]!)).toBeLessThanOrEqual(
            intervalWidth(min, max),
          )
        })
      }),
      { numRuns: 200, seed: 5 },
    )
  })
})

const skipped = missingReference('cmvm')

interface Published {
  readonly m: string
  readonly shape: [number, number]
  readonly runs: readonly {
    readonly hard_dc: number
    readonly adder_size: number
    readonly cost: number
    readonly depth: number
  }[]
}

function referenceFile(name: string): Buffer {
  return readFileSync(join(referenceFolder, 'cmvm', name))
}

/** An int32 matrix in NumPy's format, version 1. */
function readMatrix(name: string): ConstantMatrix {
  const bytes = referenceFile(name)
  const start = 10 + bytes.readUInt16LE(8)
  const shape = /\((\d+), (\d+)\)/.exec(bytes.subarray(10, start).toString('latin1'))!
  const [rows, columns] = [Number(shape[1]), Number(shape[2])]
  const values = Array.from({ length: rows * columns }, (_, k) => bytes.readInt32LE(start + 4 * k))
  return { rows, columns, values, frac: 0 }
}

describe.skipIf(skipped !== undefined)('published matrices', () => {
  const published: Published[] =
    skipped === undefined
      ? (JSON.parse(referenceFile('solver_results.json').toString('utf8')) as Published[])
      : []
  for (const { m, shape, runs } of published) {
    const name = `${m}_${shape.join('x')}`
    test(`${name}: exact, with fewer adder bits than published, no deeper`, () => {
      const w = readMatrix(`${name}.npy`)
      const inputs = Array.from({ length: w.rows }, () => ({ min: -128n, max: 127n, frac: 0 }))
      const graph = adderGraphOf(w, inputs)
      expectExact(graph, w, inputs, {}, 4711)
      const { cost, depth } = runs.find(run => run.hard_dc === 2 && run.adder_size === 1)!
      expect(fullAdderBits(graph)).toBeLessThan(0.96 * cost)
      expect(graphDepth(graph)).toBeLessThanOrEqual(depth)
    })
  }
})

test('inputs that arrive late are added late: no output is deeper than its own plain tree', () => {
  const values = fc.array(fc.integer({ min: -31, max: 31 }), { minLength: 24, maxLength: 24 })
  const arrival = fc.array(fc.nat(4), { minLength: 6, maxLength: 6 })
  fc.assert(
    fc.property(values, arrival, (weights, arrives) => {
      const inputs = arrives.map(() => ({ min: -8n, max: 7n, frac: 0 }))
      const graph = adderGraphOf({ rows: 6, columns: 4, values: weights, frac: 0 }, inputs, {
        arrival: arrives,
      })
      const depths = [...arrives]
      for (const { a, b } of graph.ops) depths.push(1 + Math.max(depths[a]!, depths[b]!))
      graph.outputs.forEach((output, column) => {
        if (output === null) return
        const digits = arrives.map(
          (at, row) => 2 ** at * signedDigits(BigInt(weights[row * 4 + column]!)).length,
        )
        const least = Math.ceil(Math.log2(digits.reduce((sum, each) => sum + each, 0)))
        expect(depths[output.node]!).toBeLessThanOrEqual(least)
      })
    }),
    { numRuns: 50 },
  )
})
