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

/** Numbers from 0 to 1. */
function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

interface Ways {
  readonly framed?: boolean
  /** Stalls of writer and reader; neither waits by default. */
  readonly stall?: () => number
  readonly cycles?: number
}

/** Drives beats of one word: the transfers that come out, and how often each event is told. */
function drive(module: RtlModule, beats: readonly Beat[], { framed = true, stall, cycles = 400 }: Ways = {}) {
  const simulator = createSimulator(flatten(module))
  const transfers: bigint[][] = [[]]
  const events = { short: 0, long: 0, not_finite: 0, frame_in: 0, frame_out: 0 }
  const goes = () => (stall === undefined || stall() >= 0.4 ? 1 : 0)
  simulator.tick(true)
  simulator.set('framed[0]', framed ? 1 : 0)
  // A beat once offered stays until it is taken.
  for (let cycle = 0, sent = 0, offers = 0; cycle < cycles; cycle++) {
    const beat = beats[sent]
    offers = beat === undefined ? 0 : offers | goes()
    simulator.set('s_valid[0]', offers)
    simulator.set('s_data[0]', beat?.words[0] ?? 0n)
    simulator.set('s_last[0]', beat?.last === true ? 1 : 0)
    const wanted = goes()
    simulator.set('m_ready[0]', wanted)
    for (const name of Object.keys(events) as (keyof typeof events)[])
      events[name] += simulator.getNumber(`${name}[0]`)
    if (simulator.getNumber('m_valid[0]') === 1 && wanted === 1) {
      transfers.at(-1)!.push(simulator.get('m_data[0]'))
      if (simulator.getNumber('m_last[0]') === 1) transfers.push([])
    }
    if (offers === 1 && simulator.getNumber('s_ready[0]') === 1) {
      sent++
      offers = 0
    }
    simulator.tick()
  }
  const unfinished = transfers.at(-1)!
  return { transfers: transfers.slice(0, -1), unfinished, events }
}

const { top, outputs, of } = design()
const pairs = buildWordStream({
  name: 'pairs_words',
  design: top,
  inputs,
  outputs,
  form: 'raw',
  wordsPerBeat: 1,
  clockNs: 5,
  family: 'xc7',
})
const transfer = (values: readonly bigint[]): Beat[] =>
  values.map((value, k) => ({ words: [BigInt.asUintN(32, value)], last: k === values.length - 1 }))
const result = (values: readonly bigint[]) => of(values).map(y => BigInt.asUintN(32, y))
const good = [5n, -7n, 3n, 1n, 2n]

describe('frames of the wrong length, each with its mark', () => {
  it('are told, and each gives a frame, the next ones untouched', () => {
    const sent = [good, [9n, 8n], [1n, 2n, 3n, 4n, 5n, 6n, 7n], good]
    const { transfers, events } = drive(pairs, sent.flatMap(transfer))
    expect(transfers).toEqual([
      result(good),
      result([9n, 8n, 0n, 0n, 0n]),
      result([1n, 2n, 3n, 4n, 5n]),
      result(good),
    ])
    expect(events).toEqual({ short: 1, long: 1, not_finite: 0, frame_in: 4, frame_out: 4 })
  })

  it('of a single word too', () => {
    const { transfers, events } = drive(pairs, [[1n], [2n], good].flatMap(transfer))
    expect(transfers).toEqual([result([1n, 0n, 0n, 0n, 0n]), result([2n, 0n, 0n, 0n, 0n]), result(good)])
    expect(events.short).toBe(2)
  })
})

describe('transfers of many frames', () => {
  const next = uniform(11)
  const frames = (count: number) =>
    Array.from({ length: count }, () =>
      inputs.map(({ to }) => BigInt(Math.floor((next() - (to.signed ? 0.5 : 0)) * 2 ** to.width))),
    )

  it.each([
    ['nothing waiting', undefined],
    ['whatever waits', uniform(3)],
  ])('end where they ended, %s', (_, stall) => {
    const sent = [3, 1, 1, 40, 1, 2].map(frames)
    const beats = sent.flatMap(rows => transfer(rows.flat()))
    const { transfers, unfinished, events } = drive(pairs, beats, {
      framed: false,
      cycles: 1200,
      ...(stall === undefined ? {} : { stall }),
    })
    expect(transfers).toEqual(sent.map(rows => rows.flatMap(result)))
    expect(unfinished).toEqual([])
    expect(events).toEqual({ short: 0, long: 0, not_finite: 0, frame_in: 48, frame_out: 48 })
  })

  it('that end within a frame have it filled up and told', () => {
    const sent = [[...good, ...good, 9n, 8n], good]
    const { transfers, events } = drive(pairs, sent.flatMap(transfer), { framed: false })
    expect(transfers).toEqual([[good, good, [9n, 8n, 0n, 0n, 0n]].flatMap(result), result(good)])
    expect(events).toEqual({ short: 1, long: 0, not_finite: 0, frame_in: 4, frame_out: 4 })
  })

  it('whose end is never marked give their results too', () => {
    const beats = [good, good].flat().map(word => ({ words: [BigInt.asUintN(32, word)], last: false }))
    const { transfers, unfinished, events } = drive(pairs, beats, { framed: false })
    expect([transfers, unfinished]).toEqual([[], [good, good].flatMap(result)])
    expect(events).toEqual({ short: 0, long: 0, not_finite: 0, frame_in: 2, frame_out: 2 })
  })
})

describe('a frame in every cycle', () => {
  const type = fixedType(true, 8, 0)
  const core = buildCore({
    name: 'same_core',
    layer: 'same',
    clockNs: 5,
    family: 'xc7',
    inputs: [{ name: 'x', types: [type] }],
    outputs: [{ name: 'y' }],
    lower: (_, [x]) => [x!],
  })
  const same = buildTop({
    name: 'same',
    inputs: [{ name: 'x', types: [type] }],
    outputs: [{ name: 'y', types: [type] }],
    core: core.module,
    latency: core.latency,
  }).top
  const options = { name: 'same_words', design: same, inputs: [conversion(type)], outputs: [type] }
  const clock = { wordsPerBeat: 1, clockNs: 5, family: 'xc7' } as const
  const module = buildWordStream({ ...options, ...clock, form: 'raw' })
  const words = Array.from({ length: 300 }, (_, k) => BigInt(k % 100))

  it('needs no cycle beside those of its latency, in one transfer or in many', () => {
    const many = words.map(word => ({ words: [word], last: true }))
    const cycles = words.length + 12
    expect(drive(module, transfer(words), { framed: false, cycles }).transfers).toEqual([words])
    expect(drive(module, many, { cycles }).transfers).toEqual(words.map(word => [word]))
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
  const { transfers, events } = drive(module, beats)
  expect(events.not_finite).toBe(2)
  expect(transfers[0]!.slice(0, 3)).toEqual([wordOf(0), wordOf(0), wordOf(1)])
})
