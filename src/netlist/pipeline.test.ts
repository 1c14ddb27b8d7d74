import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conversion, fixedType } from '../fixed/types.ts'
import { lowerAdderGraph } from './adder-graph.ts'
import { createBuilder } from './builder.ts'
import { adderGraphOf } from './constant-matrix.ts'
import { lowerConversion } from './convert.ts'
import { blockTableWords, delayModelOf, type Family, families, stageOverheadNs } from './delay.ts'
import { evaluateCombinational, evaluateSequence } from './evaluate.ts'
import { cellCount, kindOf, type Net, type Netlist } from './netlist.ts'
import { type Pipeline, pipeline } from './pipeline.ts'
import { longestPathNs } from './testing/bit-arrival.ts'
import { randomNetlist } from './testing/random-netlist.ts'

/** A little of everything: two matrices with conversions between, a small and a large table, a multiplier, a skip. */
function network(seed: number): Netlist {
  const b = createBuilder()
  const value = (k: number) => (((seed + k) * 7919) % 61) - 30
  b.layer('input')
  const x = [0, 1, 2, 3].map(k => b.input(`x${k}`, fixedType(true, 8, 3)))
  b.layer('fc1')
  const graph = adderGraphOf(
    { rows: 4, columns: 5, values: Array.from({ length: 20 }, (_, k) => value(k)), frac: 4 },
    x.map(net => b.interval(net)),
    { biases: [0, 1, 2, 3, 4].map(k => ({ raw: BigInt(value(k + 50)), frac: 4 })) },
  )
  const relu = conversion(fixedType(false, 7, 3), 'RND', 'SAT')
  const hidden = lowerAdderGraph(b, graph, x).map(net => lowerConversion(b, net, relu))
  b.layer('act')
  const small = {
    name: 'small',
    first: 0n,
    values: Array.from({ length: 128 }, (_, k) => BigInt((k * k) % 97)),
    frac: 2,
  }
  const large = {
    name: 'large',
    first: 0n,
    values: Array.from({ length: 512 }, (_, k) => BigInt(k % 113)),
    frac: 0,
  }
  const looked = hidden.map((net, k) => (k % 2 === 0 ? b.table(b.bits(net, 0, 7, false, 0), small) : net))
  const ninth = b.bits(b.add(b.scale(hidden[0]!, 1), hidden[1]!), 0, 9, false, 0)
  b.layer('out')
  const product = b.mul(looked[0]!, looked[1]!)
  b.output('y0', b.name(b.sub(product, x[0]!), 'difference'))
  b.output('y1', b.mux(b.lt(looked[2]!, looked[3]!), b.table(ninth, large), b.scale(x[3]!, -2)))
  b.output('same', x[1]!)
  b.output('constant', b.constant(5n, 1))
  return b.finish()
}

function samples(count: number): bigint[][] {
  return Array.from({ length: count }, (_, t) =>
    [0, 1, 2, 3].map(k => BigInt(((t * 67 + k * 41) % 256) - 128)),
  )
}

function checkFunction(netlist: Netlist, { netlist: piped, latency }: Pipeline): void {
  const frames = samples(6)
  const idle = Array.from({ length: latency }, () => frames[0]!)
  const got = evaluateSequence(piped, [...frames, ...idle])
  frames.forEach((frame, t) => {
    expect(got[t + latency]).toEqual(evaluateCombinational(netlist, frame))
  })
}

/** Longest combinational path of a pipelined netlist in ns, and the number of registers on paths to each output. */
function inspect(netlist: Netlist, family: Family): { longest: number; ranks: Set<number> } {
  const ranks: (number | undefined)[] = []
  for (let net = 0; net < cellCount(netlist); net++) {
    const kind = kindOf(netlist, net as Net)
    const operands = [netlist.a[net]!, netlist.b[net]!, netlist.c[net]!]
      .slice(0, kind === 'register' ? 1 : 3)
      .filter(n => n >= 0)
    const from = new Set(operands.map(n => ranks[n]).filter(rank => rank !== undefined))
    expect(from.size).toBeLessThanOrEqual(1)
    const rank = kind === 'input' ? 0 : [...from][0]
    ranks.push(rank === undefined ? undefined : rank + (kind === 'register' ? 1 : 0))
  }
  const ends = netlist.outputs.map(output => ranks[output.net]).filter(rank => rank !== undefined)
  return { longest: longestPathNs(netlist, delayModelOf(family)), ranks: new Set(ends) }
}

describe('pipeline', () => {
  test('computes the same function, `latency` cycles later, at any clock', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom(...families),
        fc.constantFrom(2.5, 4, 6, 10, 25, 200),
        fc.integer({ min: 1, max: 9 }),
        (seed, family, clockNs, minimumLatency) => {
          const netlist = network(seed)
          const result = pipeline(netlist, { clockNs, family, minimumLatency })
          expect(result.latency).toBeGreaterThanOrEqual(minimumLatency)
          checkFunction(netlist, result)
        },
      ),
      { numRuns: 60, seed: 1 },
    )
  })

  test('every stage fits the clock, operands meet in the same stage, all outputs share one rank', () => {
    for (const family of families)
      for (const clockNs of [4, 7, 12]) {
        const result = pipeline(network(3), { clockNs, family })
        const { longest, ranks } = inspect(result.netlist, family)
        expect([...ranks]).toEqual([result.latency])
        expect(result.stages.length).toBe(result.latency)
        if (result.findings.length > 0) continue
        expect(longest + stageOverheadNs(family)).toBeLessThanOrEqual(clockNs + 1e-6)
        for (const stage of result.stages) expect(stage.delayNs).toBeLessThanOrEqual(clockNs + 1e-6)
      }
  })

  test('random netlists: the same function, every path within the clock, one rank for all outputs', () => {
    fc.assert(
      fc.property(
        fc.record({ seed: fc.integer({ min: 1, max: 1e6 }), cells: fc.integer({ min: 1, max: 40 }) }),
        fc.constantFrom(...families),
        fc.constantFrom(2, 3, 5, 10, 20),
        (shape, family, clockNs) => {
          const netlist = randomNetlist(shape)
          const result = pipeline(netlist, { clockNs, family })
          checkFunction(netlist, result)
          const { longest, ranks } = inspect(result.netlist, family)
          expect([...ranks].every(rank => rank === result.latency)).toBe(true)
          const told = Math.max(...result.stages.map(({ delayNs }) => delayNs))
          expect(longest + stageOverheadNs(family)).toBeLessThanOrEqual(told + 1e-6)
          if (result.findings.length === 0) expect(told).toBeLessThanOrEqual(clockNs + 1e-6)
        },
      ),
      { numRuns: 150, seed: 3 },
    )
  })

  test('a faster clock never means fewer stages, and no clock more than asked', () => {
    const latency = (clockNs: number) => pipeline(network(3), { clockNs, family: 'xcup' }).latency
    expect(latency(3)).toBeGreaterThanOrEqual(latency(5))
    expect(latency(5)).toBeGreaterThan(latency(20))
    expect(pipeline(network(3), { clockNs: 1000, family: 'xc7' }).latency).toBe(2)
  })

  test('a large table is looked up into a register of its own', () => {
    const { netlist } = pipeline(network(3), { clockNs: 1000, family: 'xc7' })
    let seen = 0
    for (let net = 0; net < cellCount(netlist); net++) {
      if (kindOf(netlist, net as Net) !== 'table') continue
      if (netlist.tables[netlist.param[net]!]!.values.length <= blockTableWords) continue
      const readers = Array.from(netlist.a, (a, reader) => ({ a, reader })).filter(({ a }) => a === net)
      expect(readers.map(({ reader }) => kindOf(netlist, reader as Net))).toEqual(['register'])
      expect([...netlist.b, ...netlist.c]).not.toContain(net)
      seen++
    }
    expect(seen).toBe(1)
  })

  test('a cell behind a large table is as fast as behind any register', () => {
    const b = createBuilder()
    const address = b.input('x', fixedType(false, 12, 0))
    const values = Array.from({ length: 4096 }, (_, k) => (BigInt(k) * 0x9e3779b9n) & 0xffffffn)
    const wide = b.table(address, { name: 'w', first: 0n, values, frac: 0 })
    b.output('y', b.add(wide, b.input('p', fixedType(false, 24, 0))))
    const clockNs = 3.5
    const { findings, stages } = pipeline(b.finish(), { clockNs, family: 'xc7' })
    expect(findings).toEqual([])
    expect(stages.every(({ delayNs }) => delayNs <= clockNs)).toBe(true)
  })

  test('with `ce` low nothing moves', () => {
    const netlist = network(8)
    const { netlist: piped, latency } = pipeline(netlist, { clockNs: 6, family: 'xc7', enable: 'ce' })
    expect(piped.inputs.map(input => input.name)).toEqual(['ce', 'x0', 'x1', 'x2', 'x3'])
    const [frame] = samples(1)
    const noise = samples(4).slice(1)
    const cycles = [[1n, ...frame!]]
    for (let rank = 1; rank < latency; rank++)
      cycles.push([0n, ...noise[rank % 3]!], [1n, ...noise[(rank + 1) % 3]!])
    cycles.push([0n, ...noise[0]!])
    expect(evaluateSequence(piped, cycles).at(-1)).toEqual(evaluateCombinational(netlist, frame!))
  })

  test('a cell slower than the clock is named', () => {
    const b = createBuilder()
    b.layer('scores')
    b.output('y', b.mul(b.input('p', fixedType(true, 24, 0)), b.input('q', fixedType(true, 24, 0))))
    const { findings, latency } = pipeline(b.finish(), { clockNs: 3, family: 'xc7' })
    expect(latency).toBe(1)
    expect(findings.map(({ code, place }) => [code, place])).toEqual([
      ['rtl/cell-slower-than-clock', "layer 'scores'"],
    ])
  })

  test('constants get no registers and a net one chain, however many use it', () => {
    const b = createBuilder()
    const x = b.input('x', fixedType(true, 8, 0))
    b.output('a', x)
    b.output('b', b.scale(x, 3))
    b.output('c', b.constant(3n, 0))
    b.output('d', b.input('pruned', fixedType(false, 0, 0)))
    const { netlist, registerBits } = pipeline(b.finish(), { clockNs: 5, family: 'xc7', minimumLatency: 3 })
    const registers = Array.from(netlist.kind).filter((_, net) => kindOf(netlist, net as Net) === 'register')
    expect([registers.length, registerBits]).toEqual([3, 24])
  })

  test('what widens is made late: a lookup waits for its use', () => {
    const b = createBuilder()
    const x = b.input('x', fixedType(false, 4, 0))
    const wide = {
      name: 'w',
      first: 0n,
      values: Array.from({ length: 16 }, (_, k) => BigInt(k) << 20n),
      frac: 0,
    }
    b.output('y', b.table(x, wide))
    const { registerBits } = pipeline(b.finish(), { clockNs: 5, family: 'xc7', minimumLatency: 4 })
    expect(registerBits).toBe(3 * 4 + 24)
  })

  test('tells where each layer works', () => {
    const { layers, latency } = pipeline(network(3), { clockNs: 5, family: 'xcup' })
    expect(layers.map(({ layer }) => layer)).toEqual(['fc1', 'act', 'out'])
    expect(layers[0]!.firstStage).toBe(0)
    expect(Math.max(...layers.map(({ lastStage }) => lastStage))).toBe(latency - 1)
  })
})
