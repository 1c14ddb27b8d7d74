import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomValues, runModel } from '../../../test/support/netlist-model.ts'
import { buildModule, programs } from '../../../test/support/random-module.ts'
import { type FixedType, fixedType } from '../../fixed/types.ts'
import { createBuilder } from '../builder.ts'
import type { Net, Netlist } from '../netlist.ts'
import { type AheadSimulator, createAheadSimulator } from './ahead.ts'

interface Cycle {
  readonly values: readonly bigint[]
  readonly reset: boolean
}

function randomCycles(netlist: Netlist, seed: number, count: number): Cycle[] {
  const random = randomValues(seed)
  return Array.from({ length: count }, (_, k) => ({
    values: netlist.inputs.map(({ net }) => random.within(netlist.min[net]!, netlist.max[net]!)),
    reset: k % 11 === 10,
  }))
}

function runAhead(simulator: AheadSimulator, cycles: readonly Cycle[]): bigint[][] {
  const seen = cycles.map(({ values, reset }) => {
    values.forEach((raw, k) => void simulator.set(k, raw))
    const outputs = simulator.capture(0, simulator.netlist.outputs.length)
    simulator.tick(reset)
    return outputs
  })
  simulator.finish()
  return seen
}

describe('createAheadSimulator', () => {
  it('agrees with the bigint model on random netlists', () => {
    fc.assert(
      fc.property(programs(60), fc.nat(), fc.nat(2), (program, seed, promptCount) => {
        const { netlist } = buildModule(program, 'random')
        const prompt = Array.from({ length: promptCount }, (_, k) => (seed + 5 * k) % netlist.outputs.length)
        const cycles = randomCycles(netlist, seed, 70)
        const simulator = createAheadSimulator(netlist, [...new Set(prompt)])
        const expected = runModel(netlist, cycles)
        expect(runAhead(simulator, cycles)).toEqual(expected)
        simulator.restart()
        expect(runAhead(simulator, cycles)).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  it('agrees on words of any width, up to 130 bits, in vectors and beside them', () => {
    const type = fc.record({
      signed: fc.boolean(),
      width: fc.oneof(fc.constantFrom(31, 32, 33, 63, 64, 65), fc.integer({ min: 0, max: 130 })),
      frac: fc.integer({ min: -3, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(type, { minLength: 3, maxLength: 3 }), fc.nat(), (types, seed) => {
        const netlist = everyKind(types)
        const cycles = randomCycles(netlist, seed, 70)
        expect(runAhead(createAheadSimulator(netlist, []), cycles)).toEqual(runModel(netlist, cycles))
      }),
      { numRuns: 80 },
    )
  })

  it('reads prompt outputs in every cycle', () => {
    const b = createBuilder()
    const x = b.input('x', fixedType(true, 8, 0))
    const step = b.input('step', fixedType(false, 1, 0))
    const count = b.registerLoop(fixedType(false, 4, 0), { reset: 0n })
    b.connect(count, b.bits(b.add(count, b.constant(1n, 0)), 0, 4, false, 0), step)
    b.output('count', count)
    b.output('y', b.register(b.mul(x, x)))
    const simulator = createAheadSimulator(b.finish(), [0])
    const seen: number[] = []
    const squares: bigint[][] = []
    for (let k = 0; k < 130; k++) {
      simulator.set(0, k - 65)
      simulator.set(1, k % 3 === 0 ? 0 : 1)
      seen.push(simulator.getNumber(0))
      squares.push(simulator.capture(1, 1))
      simulator.tick()
    }
    simulator.finish()
    expect(seen).toEqual(seen.map((_, k) => (k - Math.ceil(k / 3)) % 16))
    expect(squares.slice(1)).toEqual(squares.slice(1).map((_, k) => [BigInt(k - 65) ** 2n]))
    expect(() => simulator.getNumber(1)).toThrow(/not prompt/)
  })
})

/** Each operation on three inputs, with and without registers that hold. */
function everyKind(types: readonly FixedType[]): Netlist {
  const b = createBuilder()
  const [x, y, z] = types.map((type, k) => b.input(`x${k}`, type)) as [Net, Net, Net]
  const bit = b.lt(x, y)
  const word = (net: Net) => b.bits(net, 0, Math.max(1, b.type(net).width), false, 0)
  const made = [
    b.add(x, y, 2),
    b.sub(y, z, -1),
    b.mul(x, z),
    b.mux(bit, x, z),
    b.eq(y, z),
    b.and(bit, b.not(b.eq(x, z))),
    b.xor(bit, b.lt(z, x)),
    b.or(bit, b.eq(x, y)),
    b.max(x, z),
    b.bits(x, 3, 17, true, 0),
    b.bits(y, -2, 40, false, 1),
    b.bits(z, 5, 70, true, 0),
    b.parity(word(x), word(y), word(z)),
    b.majority(word(x), word(y), word(z)),
  ]
  made.forEach((net, k) => {
    b.output(`y${k}`, net)
    b.output(`held${k}`, b.register(net, { reset: 0n, enable: b.lt(y, x) }))
    b.output(`late${k}`, b.register(b.register(net)))
    b.output(`reset${k}`, b.register(net, { reset: 0n }))
  })
  return b.finish()
}
