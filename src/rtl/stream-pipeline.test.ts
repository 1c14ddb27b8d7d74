import { describe, expect, it } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { createBuilder } from '../netlist/builder.ts'
import { pipeline } from '../netlist/pipeline.ts'
import type { RtlModule } from './module.ts'
import { partitionByLayer } from './partition.ts'
import { createStreamSimulation } from './run-stream.ts'
import { buildStreamPipeline } from './stream-pipeline.ts'
import { stallPattern } from './stream-ports.ts'

const small = fixedType(true, 6, 0)
const wide = fixedType(true, 13, 0)

/** sum = a0 + b and product = a1 · b, behind `latency` ranks. */
function core(latency: number, enabled: boolean): RtlModule {
  const b = createBuilder()
  const [a0, a1, factor] = ['a_0', 'a_1', 'b'].map(name => b.input(name, small))
  b.output('sum', b.add(a0!, factor!))
  b.output('product', b.mul(a1!, factor!))
  const piped = pipeline(b.finish(), {
    clockNs: 1000,
    family: 'xc7',
    minimumLatency: latency,
    enable: enabled ? 'ce' : undefined,
  })
  expect(piped.latency).toBe(latency)
  const ce = { name: 'ce', direction: 'in', elements: [fixedType(false, 1, 0)] } as const
  return partitionByLayer(piped.netlist, 'work_core', [
    ...(enabled ? [ce] : []),
    { name: 'a', direction: 'in', elements: [small, small] },
    { name: 'b', direction: 'in', elements: [small] },
    { name: 'sum', direction: 'out', elements: [wide] },
    { name: 'product', direction: 'out', elements: [wide] },
  ])
}

const count = 200
const a = Array.from({ length: count }, (_, k) => [
  [BigInt(((k * 5) % 64) - 32), BigInt(((k * 11) % 64) - 32)],
])
const b = Array.from({ length: count }, (_, k) => [[BigInt(((k * 7) % 64) - 32)]])
const frames = { s_a_data: a, s_b_data: b }
const sums = a.map((frame, k) => [[frame[0]![0]! + b[k]![0]![0]!]])
const products = a.map((frame, k) => [[frame[0]![1]! * b[k]![0]![0]!]])

describe.each([
  ['enable', 1, true],
  ['enable', 2, true],
  ['enable', 3, true],
  ['credits', 1, false],
  ['credits', 2, false],
  ['credits', 3, false],
  ['credits', 9, false],
  ['credits, ce unused', 7, true],
] as const)('a core of two inputs and outputs under %s, %i ranks', (_, latency, enabled) => {
  const { module, latency: promised } = buildStreamPipeline({
    name: 'work',
    core: core(latency, enabled),
    latency,
  })
  const simulation = createStreamSimulation(module)

  it('takes a beat a cycle at the latency it says', () => {
    const run = simulation.run(frames)
    expect(run.outputs).toEqual({ m_sum_data: sums, m_product_data: products })
    expect(run.ii).toBe(1)
    expect([run.latency, run.firstLatency]).toEqual([promised, promised])
  })

  it('loses and doubles nothing under random stalls and resets in mid-stream', () => {
    for (let seed = 0; seed < 6; seed++) {
      const run = simulation.run(frames, { stall: stallPattern(seed), resetAt: 40 + 13 * seed })
      expect(run.outputs).toEqual({ m_sum_data: sums, m_product_data: products })
    }
  })
})
