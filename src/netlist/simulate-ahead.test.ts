import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomValues, runModel } from '../../test/support/netlist-model.ts'
import { buildModule, programs } from '../../test/support/random-module.ts'
import type { Netlist } from './netlist.ts'
import { type AheadSimulator, createAheadSimulator } from './simulate-ahead.ts'

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
      { numRuns: 300 },
    )
  })
})
