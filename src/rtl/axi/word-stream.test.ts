import { describe, expect, it } from 'vitest'
import { quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import { conversion, type FixedType, fixedType } from '../../fixed/types.ts'
import { createSimulator } from '../../netlist/simulate.ts'
import { buildCore } from '../core.ts'
import { flatten } from '../flatten.ts'
import type { RtlModule } from '../module.ts'
import { runStream } from '../run-stream.ts'
import { stallPattern } from '../stream-ports.ts'
import { buildTop } from '../top.ts'
import { buildWordStream, type WordForm } from './word-stream.ts'

const scratch = new DataView(new ArrayBuffer(4))
function wordOf(value: number): bigint {
  scratch.setFloat32(0, value)
  return BigInt(scratch.getUint32(0))
}

const inputs = [
  conversion(fixedType(true, 10, 6), 'RND_CONV', 'SAT'),
  conversion(fixedType(true, 10, 6), 'RND_CONV', 'SAT'),
  conversion(fixedType(false, 6, 2), 'TRN', 'WRAP'),
  conversion(fixedType(true, 10, 6), 'RND_CONV', 'SAT'),
  conversion(fixedType(false, 6, 2), 'TRN', 'WRAP'),
]

/** Sums and differences of neighbours: as many results as elements, of different types. */
function design(): { top: RtlModule; outputs: FixedType[]; of(raw: readonly bigint[]): bigint[] } {
  const types = inputs.map(({ to }) => to)
  const core = buildCore({
    name: 'pairs_core',
    layer: 'pairs',
    clockNs: 5,
    family: 'xc7',
    inputs: [{ name: 'x', types }],
    outputs: [{ name: 'y' }],
    lower: (b, [x]) => [
      x!.map((net, k) => (k === 0 ? net : k % 2 === 1 ? b.add(net, x![k - 1]!) : b.sub(net, x![k - 1]!))),
    ],
  })
  const outputs = core.module.ports.find(({ name }) => name === 'y')!.elements.map(({ type }) => type)
  const { top } = buildTop({
    name: 'pairs',
    inputs: [{ name: 'x', types }],
    outputs: [{ name: 'y', types: outputs }],
    core: core.module,
    latency: core.latency,
  })
  const at = (raw: bigint, k: number) => raw << BigInt(6 - types[k]!.frac)
  const of = (raw: readonly bigint[]) =>
    raw.map((own, k) => {
      if (k === 0) return own
      const [a, b] = [at(own, k), at(raw[k - 1]!, k - 1)]
      return (k % 2 === 1 ? a + b : a - b) >> BigInt(6 - outputs[k]!.frac)
    })
  return { top, outputs, of }
}

const rows = [
  [0.5, -0.25, 3.3, 7.99, 1],
  [100, -100, 31.9, 1e-9, -1],
  [-0.0078125, 0.0078126, 0.24999, -8, 15.75],
  [0, -0, 1e30, 3e-40, 16],
]

function chunks<T>(list: readonly T[], size: number, rest: T): T[][] {
  const count = Math.ceil(list.length / size)
  return Array.from({ length: count }, (_, k) =>
    Array.from({ length: size }, (_, e) => list[k * size + e] ?? rest),
  )
}

describe.each([1, 2, 4, 8])('%i words a beat', wordsPerBeat => {
  it.each<WordForm>(['float', 'raw'])('%s words in and out, whatever waits', form => {
    const { top, outputs, of } = design()
    const module = buildWordStream({
      name: 'pairs_words',
      design: top,
      inputs,
      outputs,
      form,
      wordsPerBeat,
      clockNs: 5,
      family: 'xc7',
    })
    const raws = rows.map(row => row.map((x, k) => quantiseNumber(Math.fround(x), inputs[k]!)))
    const words = rows.map((row, r) =>
      row.map((x, k) => (form === 'float' ? wordOf(x) : BigInt.asUintN(32, raws[r]![k]!))),
    )
    const results = raws.map(raw =>
      of(raw).map((y, k) =>
        form === 'float' ? wordOf(rawToNumber(y, outputs[k]!.frac)) : BigInt.asUintN(32, y),
      ),
    )
    const frames = words.map(row => chunks(row, wordsPerBeat, 0n))
    const beats = Math.ceil(outputs.length / wordsPerBeat)
    for (const stall of [undefined, stallPattern(7)]) {
      const run = runStream(
        module,
        { s_data: frames },
        { beatsPerFrame: { m_data: beats }, ...(stall === undefined ? {} : { stall }) },
      )
      expect(run.outputs.m_data).toEqual(results.map(row => chunks(row, wordsPerBeat, 0n)))
    }
  })
})

type Beat = { readonly words: readonly bigint[]; readonly last: boolean }

/** Drives beats of one word, the reader always ready: frames that come out, and how often each event is told. */
function drive(module: RtlModule, beats: readonly Beat[]) {
  const simulator = createSimulator(flatten(module))
  const frames: bigint[][] = [[]]
  const events = { short: 0, long: 0, not_finite: 0, frame_in: 0, frame_out: 0 }
  simulator.tick(true)
  for (let cycle = 0, sent = 0; cycle < 400; cycle++) {
    const beat = beats[sent]
    simulator.set('s_valid[0]', beat === undefined ? 0 : 1)
    simulator.set('s_data[0]', beat?.words[0] ?? 0n)
    simulator.set('s_last[0]', beat?.last === true ? 1 : 0)
    simulator.set('m_ready[0]', 1)
    for (const name of Object.keys(events) as (keyof typeof events)[])
      events[name] += simulator.getNumber(`${name}[0]`)
    if (simulator.getNumber('m_valid[0]') === 1) {
      frames.at(-1)!.push(simulator.get('m_data[0]'))
      if (simulator.getNumber('m_last[0]') === 1) frames.push([])
    }
    if (beat !== undefined && simulator.getNumber('s_ready[0]') === 1) sent++
    simulator.tick()
  }
  return { frames: frames.slice(0, -1), events }
}

describe('frames of the wrong length', () => {
  const { top, outputs, of } = design()
  const module = buildWordStream({
    name: 'pairs_words',
    design: top,
    inputs,
    outputs,
    form: 'raw',
    wordsPerBeat: 1,
    clockNs: 5,
    family: 'xc7',
  })
  const frame = (values: readonly bigint[]): Beat[] =>
    values.map((value, k) => ({ words: [BigInt.asUintN(32, value)], last: k === values.length - 1 }))
  const result = (values: readonly bigint[]) => of(values).map(y => BigInt.asUintN(32, y))
  const good = [5n, -7n, 3n, 1n, 2n]

  it('are told, and each gives a frame, the next ones untouched', () => {
    const beats = [...frame(good), ...frame([9n, 8n]), ...frame([1n, 2n, 3n, 4n, 5n, 6n, 7n]), ...frame(good)]
    const { frames, events } = drive(module, beats)
    expect(frames).toEqual([
      result(good),
      result([9n, 8n, 0n, 0n, 0n]),
      result([1n, 2n, 3n, 4n, 5n]),
      result(good),
    ])
    expect(events).toEqual({ short: 1, long: 1, not_finite: 0, frame_in: 4, frame_out: 4 })
  })

  it('of a single word too', () => {
    const { frames, events } = drive(module, [...frame([1n]), ...frame([2n]), ...frame(good)])
    expect(frames).toEqual([result([1n, 0n, 0n, 0n, 0n]), result([2n, 0n, 0n, 0n, 0n]), result(good)])
    expect(events.short).toBe(2)
  })
})

it('words that are no numbers count as 0 and are told', () => {
  const { top, outputs } = design()
  const module = buildWordStream({
    name: 'pairs_words',
    design: top,
    inputs,
    outputs,
    form: 'float',
    wordsPerBeat: 1,
    clockNs: 5,
    family: 'xc7',
  })
  const words = [0x7fc00000n, 0x7f800000n, wordOf(1), wordOf(2), wordOf(3)]
  const beats = words.map((word, k) => ({ words: [word], last: k === 4 }))
  const { frames, events } = drive(module, beats)
  expect(events.not_finite).toBe(2)
  expect(frames[0]!.slice(0, 3)).toEqual([wordOf(0), wordOf(0), wordOf(1)])
})
