import { describe, expect, it } from 'vitest'
import { fixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { createBuilder } from '../netlist/builder.ts'
import { pipeline } from '../netlist/pipeline.ts'
import { createSimulator } from '../netlist/simulate.ts'
import { flatten } from './flatten.ts'
import type { RtlModule } from './module.ts'
import { partitionByLayer } from './partition.ts'
import { createStreamSimulation } from './run-stream.ts'
import { type Frame, stallPattern } from './stream-ports.ts'
import { buildTop, type TopPort } from './top.ts'
import { laneTypes } from './width-adapter.ts'

const mixed = [fixedType(true, 5, 2), fixedType(false, 7, 0), fixedType(true, 4, -1), fixedType(false, 0, 0)]
const same = Array.from({ length: 5 }, () => fixedType(true, 6, 1))
const outTypes = [fixedType(true, 9, 2), fixedType(true, 9, 1), fixedType(true, 9, -1)]
const inputs: TopPort[] = [
  { name: 'probe.a', types: same },
  { name: 'probe_a', types: mixed },
]

/** The first three elements of both inputs summed, cut to 9 bits; the outputs' types differ. */
function core(latency: number, enabled: boolean, twoInputs: boolean): RtlModule {
  const b = createBuilder()
  const x = same.map((type, k) => b.input(`x_${k}`, type))
  const y = twoInputs ? mixed.map((type, k) => b.input(`y_${k}`, type)) : x
  outTypes.forEach((type, k) => {
    const sum = b.add(x[k]!, y[k]!)
    b.output(`z_${k}`, b.bits(sum, b.interval(sum).frac - type.frac, 9, true, type.frac))
  })
  const piped = pipeline(b.finish(), {
    clockNs: 1000,
    family: 'xc7',
    minimumLatency: latency,
    enable: enabled ? 'ce' : undefined,
  })
  return partitionByLayer(piped.netlist, 'design_core', [
    ...(enabled ? [{ name: 'ce', direction: 'in', elements: [fixedType(false, 1, 0)] } as const] : []),
    { name: 'x', direction: 'in', elements: same },
    ...(twoInputs ? [{ name: 'y', direction: 'in', elements: mixed } as const] : []),
    { name: 'z', direction: 'out', elements: outTypes },
  ])
}

let state = 1
const random = (limit: number) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return (state >>> 8) % limit
}
const count = 120
const vectors = (types: typeof same) =>
  Array.from({ length: count }, () =>
    types.map(type => minRaw(type) + BigInt(random(Number(maxRaw(type) - minRaw(type)) + 1))),
  )
const [x, y] = [vectors(same), vectors(mixed)]

function expected(twoInputs: boolean): bigint[][] {
  return x.map((vector, n) =>
    outTypes.map(({ frac }, k) => {
      const other = twoInputs ? { raw: y[n]![k]!, frac: mixed[k]!.frac } : { raw: vector[k]!, frac: 1 }
      const sum = (vector[k]! << 2n) * 2n + (other.raw << BigInt(4 - other.frac))
      return BigInt.asIntN(9, sum >> BigInt(4 - frac))
    }),
  )
}

/** A vector as beats of lanes, in raw form where lanes are raw. */
function beatsOf(vector: readonly bigint[], types: typeof same, perBeat: number): Frame {
  const lanes = laneTypes(types, perBeat)
  return Array.from({ length: Math.ceil(vector.length / perBeat) }, (_, beat) =>
    lanes.map((lane, k) => {
      const at = beat * perBeat + k
      if (at >= vector.length) return 0n
      return lane.signed ? vector[at]! : BigInt.asUintN(types[at]!.width, vector[at]!)
    }),
  )
}

function vectorOf(frame: Frame, types: typeof same): bigint[] {
  return frame
    .flat()
    .slice(0, types.length)
    .map((raw, k) => BigInt.asIntN(types[k]!.width, raw))
}

const cases = [2, 6].flatMap(latency =>
  [true, false].flatMap(two => [undefined, 1, 2, 3].map(perBeat => ({ latency, two, perBeat }))),
)

describe.each(cases)('a top of %o', ({ latency, two, perBeat }) => {
  const design = buildTop({
    name: 'my design',
    inputs: two ? inputs : inputs.slice(0, 1),
    outputs: [{ name: 'out', types: outTypes }],
    core: core(latency, latency <= 3, two),
    latency,
    ...(perBeat === undefined ? {} : { elementsPerBeat: perBeat }),
  })
  const lanes = perBeat ?? 99
  const [xPort, yPort] = two ? ['s_probe_a_data', 's_probe_a_2_data'] : ['s_data', 's_none_data']
  const frames = {
    [xPort!]: x.map(vector => beatsOf(vector, same, Math.min(lanes, same.length))),
    ...(two ? { [yPort!]: y.map(vector => beatsOf(vector, mixed, Math.min(lanes, mixed.length))) } : {}),
  }
  const simulation = createStreamSimulation(design.top)
  const wanted = expected(two)
  const found = (outputs: Readonly<Record<string, readonly Frame[]>>) =>
    outputs.m_data!.map(frame => vectorOf(frame, outTypes))

  it('has the latency and interval it says', () => {
    expect(design.top.name).toBe('my_design')
    const run = simulation.run(frames, { beatsPerFrame: design.beatsPerFrame })
    expect(found(run.outputs)).toEqual(wanted)
    expect([run.latency, run.firstLatency, run.ii]).toEqual([
      design.latency,
      design.firstLatency,
      design.interval,
    ])
  })

  it('loses nothing under random stalls and a reset in mid-stream', () => {
    for (let seed = 0; seed < 3; seed++) {
      const run = simulation.run(frames, {
        beatsPerFrame: design.beatsPerFrame,
        stall: stallPattern(seed),
        resetAt: 50 + 17 * seed,
      })
      expect(found(run.outputs)).toEqual(wanted)
    }
  })
})

describe('other handshakes', () => {
  const options = {
    name: 'module',
    inputs: inputs.slice(0, 1),
    outputs: [{ name: 'out', types: outTypes }],
    core: core(2, true, false),
    latency: 2,
  }

  it('gives every valid input a valid output, latency cycles later', () => {
    const { top } = buildTop({ ...options, handshake: 'valid' })
    expect(top.name).toBe('module_1')
    const frames = { s_data: x.map(vector => [vector]) }
    const run = createStreamSimulation(top).run(frames)
    expect(run.outputs.m_data!.flat()).toEqual(expected(false))
    expect([run.latency, run.ii]).toEqual([2, 1])
  })

  it('computes every cycle without any handshake', () => {
    const { top } = buildTop({ ...options, handshake: 'none' })
    expect(top.ports.map(port => port.name)).toEqual(['s_data', 'm_data'])
    const simulator = createSimulator(flatten(top))
    const seen: bigint[][] = []
    for (const vector of x) {
      for (const [k, raw] of vector.entries()) simulator.set(`s_data[${k}]`, raw)
      seen.push(outTypes.map((_, k) => simulator.get(`m_data[${k}]`)))
      simulator.tick()
    }
    expect(seen.slice(2)).toEqual(expected(false).slice(0, -2))
  })

  it('takes whole tensors only', () => {
    expect(() => buildTop({ ...options, elementsPerBeat: 99 })).toThrow(/rtl\/elements-per-beat: .*at most/)
    expect(() => buildTop({ ...options, handshake: 'valid', elementsPerBeat: 2 })).toThrow(
      /rtl\/elements-per-beat: module: elements per beat with the handshake 'valid'/,
    )
  })
})
