import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomValues, runModel } from '../../test/support/netlist-model.ts'
import { buildModule, programs } from '../../test/support/random-module.ts'
import { fixedType } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import { createSimulator, type Simulator } from './simulate.ts'

function runSimulator(simulator: Simulator, cycles: { values: bigint[]; reset: boolean }[]): bigint[][] {
  return cycles.map(({ values, reset }) => {
    values.forEach((raw, k) => {
      simulator.set(k, raw)
    })
    const outputs = simulator.netlist.outputs.map((_, k) => simulator.get(k))
    simulator.tick(reset)
    return outputs
  })
}

describe('createSimulator', () => {
  it('agrees with the bigint model on random netlists', () => {
    fc.assert(
      fc.property(programs(60), fc.nat(), fc.constantFrom(3, 300), (program, seed, size) => {
        const { netlist } = buildModule(program, 'random')
        const random = randomValues(seed)
        const cycles = Array.from({ length: 25 }, (_, k) => ({
          values: netlist.inputs.map(({ net }) => random.within(netlist.min[net]!, netlist.max[net]!)),
          reset: k % 11 === 10,
        }))
        const simulator = createSimulator(netlist, { cellsPerFunction: size })
        const expected = runModel(netlist, cycles)
        expect(runSimulator(simulator, cycles)).toEqual(expected)
        simulator.restart()
        expect(runSimulator(simulator, cycles)).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('reads what a memory held before a write at the same edge', () => {
    const b = createBuilder()
    const data = b.input('data', fixedType(true, 70, 0))
    const address = b.input('address', fixedType(false, 2, 0))
    const one = b.constant(1n, 0)
    const memory = b.memory({ name: 'm', depth: 4, element: fixedType(true, 70, 0), initial: [5n, 6n, 7n] })
    b.write(memory, address, data, one)
    b.output('q', b.read(memory, address))
    const simulator = createSimulator(b.finish())
    const large = -(1n << 69n)
    const seen: bigint[] = []
    for (const [at, raw] of [
      [1, large],
      [1, 3n],
      [3, 0n],
      [1, 0n],
    ] as const) {
      simulator.set('address', at)
      simulator.set('data', raw)
      simulator.tick()
      seen.push(simulator.get('q'))
    }
    expect(seen).toEqual([6n, large, 0n, 3n])
  })

  it('refuses an input outside its interval', () => {
    const b = createBuilder()
    b.output('y', b.input('x', fixedType(true, 8, 0), { min: 0n, max: 100n }))
    const simulator = createSimulator(b.finish())
    expect(() => simulator.set('x', 101)).toThrow(/outside/)
    expect(() => simulator.set('z', 1)).toThrow(/no input z/)
  })

  it('peeks at kept nets only', () => {
    const b = createBuilder()
    const x = b.input('x', fixedType(true, 8, 0))
    const square = b.mul(x, x)
    const sum = b.add(square, x)
    b.output('y', sum)
    const kept = createSimulator(b.finish(), { keep: [square] })
    kept.set('x', -7)
    expect(kept.peek(square)).toBe(49n)
    expect(() => createSimulator(b.finish()).peek(square)).toThrow(/not kept/)
  })
})
