import { describe, expect, it } from 'vitest'
import { delayTop, sumTop } from '../../test/support/small-tops.ts'
import { fixedType } from '../fixed/types.ts'
import { createStreamSimulation, runStream } from './run-stream.ts'
import { packBeat, stallPattern, streamChannels, unpackBeat } from './stream-ports.ts'

const types = [fixedType(true, 7, 1), fixedType(false, 0, 0), fixedType(false, 3, 0)]
const frames = Array.from({ length: 30 }, (_, k) => [[BigInt(k) - 20n, 0n, BigInt(k % 8)]])
const fivefold = frames.map(frame => frame.map(beat => beat.map(raw => raw * 5n)))

function sums(count: number) {
  const given = Array.from({ length: count }, (_, f) =>
    [BigInt(f) - 9n, BigInt(3 * f) % 20n, -5n].map(raw => [raw]),
  )
  return { given, expected: given.map(frame => [[frame.reduce((sum, [raw]) => sum + raw!, 0n)]]) }
}

describe('runStream', () => {
  it.each([1, 2, 5])('measures latency and interval of a pipeline of %i registers', depth => {
    const run = runStream(delayTop('delay', types, depth), { s_data: frames })
    expect(run.outputs).toEqual({ m_data: fivefold })
    expect(run.latency).toBe(depth)
    expect(run.firstLatency).toBe(depth)
    expect(run.ii).toBe(1)
  })

  it('counts frames of several beats from the first to the last', () => {
    const { given, expected } = sums(12)
    const run = runStream(sumTop(), { s_data: given })
    expect(run.outputs.m_data).toEqual(expected)
    // Three beats in cycles 0, 1 and 2; the sum stands in cycle 3, and only then may the next frame begin.
    expect(run.latency).toBe(3)
    expect(run.ii).toBe(4)
    expect(run.stamps.accepted.s_data!.slice(0, 4)).toEqual([0, 1, 2, 4])
  })

  it('loses nothing under stalls, for any seed', () => {
    const { given, expected } = sums(40)
    const simulation = createStreamSimulation(sumTop())
    for (let seed = 0; seed < 20; seed++) {
      const run = simulation.run({ s_data: given }, { stall: stallPattern(seed) })
      expect(run.outputs.m_data).toEqual(expected)
    }
  })

  it.each([
    ['a pipeline', delayTop('delay', types, 5), frames],
    ['a machine with states', sumTop(), sums(40).given],
  ] as const)('shows the same in blocks of cycles as in single ones: %s', (_, top, given) => {
    const many = Array.from({ length: 300 }, (_, k) => given[k % given.length]!)
    const [plain, ahead] = [createStreamSimulation(top, 'plain'), createStreamSimulation(top, 'ahead')]
    const runs = [{}, { stall: stallPattern(3) }, { stall: stallPattern(4), resetAt: 100, resetCycles: 5 }]
    for (const options of runs)
      expect(ahead.run({ s_data: many }, options)).toEqual(plain.run({ s_data: many }, options))
    expect(() => ahead.run({ s_data: many }, { maxCycles: 50 })).toThrow(/rtl\/too-long/)
    expect(ahead.run({ s_data: many })).toEqual(plain.run({ s_data: many }))
  })

  it('begins anew after a reset in mid-stream', () => {
    const { given } = sums(8)
    const simulation = createStreamSimulation(sumTop())
    const plain = simulation.run({ s_data: given })
    for (let resetAt = 0; resetAt < 12; resetAt++)
      expect(simulation.run({ s_data: given }, { resetAt })).toEqual(plain)
  })

  it('names the port that waits when a module hangs', () => {
    const { given } = sums(3)
    expect(() => runStream(sumTop('sum_top', 4), { s_data: given }, { hangAfter: 50 })).toThrow(
      /rtl\/hang: sum_top: no beat has moved for 50 cycles: m_data waits for m_valid at beat 2 of 3/,
    )
    expect(() => runStream(sumTop(), { s_data: given }, { maxCycles: 5 })).toThrow(/rtl\/too-long/)
  })

  it('refuses more output than the frames make', () => {
    const { given } = sums(4)
    expect(() => runStream(sumTop('sum_top', 2), { s_data: given })).toThrow(
      /rtl\/extra-output: sum_top.m_data/,
    )
  })

  it('refuses frames that do not fit the ports', () => {
    const top = sumTop()
    expect(() => runStream(top, { s_data: [[[32n]]] })).toThrow(/rtl\/input-range.*element 0 is 32/)
    expect(() => runStream(top, { s_data: [[[1n, 2n]]] })).toThrow(/rtl\/beat-size/)
    expect(() => runStream(top, { s_data: [[[1n]], [[1n], [2n]]] })).toThrow(/rtl\/frame-size/)
    expect(() => runStream(top, {})).toThrow(/rtl\/frame-count/)
    expect(() => runStream({ ...top, ports: top.ports.slice(0, 2) }, {})).toThrow(/rtl\/no-stream-ports/)
  })
})

describe('packBeat', () => {
  it('puts element 0 lowest and leaves width 0 out', () => {
    const { data } = streamChannels(delayTop('delay', types, 1)).inputs[0]!
    expect(packBeat(data, [-1n, 0n, 5n])).toBe(0b101_1111111n)
    expect(unpackBeat(data, 0b101_1111110n)).toEqual([-2n, 0n, 5n])
  })
})
