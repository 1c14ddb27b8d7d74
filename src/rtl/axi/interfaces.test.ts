// What registers of each interface do beside carrying frames: kernel control, windows, flat levels.

import { describe, expect, it } from 'vitest'
import { conversion, fixedType } from '../../fixed/types.ts'
import { isFixedNet, operandsOf } from '../../netlist/live.ts'
import { kindOf, type Net, type Netlist } from '../../netlist/netlist.ts'
import { flatten } from '../flatten.ts'
import { stallPattern } from '../stream-ports.ts'
import { buildAxiDesign } from './axi-design.ts'
import { beatWords, memoryOf, planFrames, runKernel } from './bench/frames.ts'
import { createBusSimulation } from './bench/run-bus.ts'
import type { BusAccess, BusMemory, BusOptions, BusScript } from './bench/script.ts'
import { kernelMap, registerBase, registerMap, windowMap, windows } from './register-map.ts'
import { type AcceleratorShape, shapeName, shapes, smallAccelerator } from './testing/small-accelerator.ts'

const write = (address: number, data: number, strobes = 15): BusAccess => ({
  op: 'write',
  address,
  data,
  strobes,
})
const read = (address: number): BusAccess => ({ op: 'read', address })
const wait = (cycles: number): BusAccess => ({ op: 'wait', cycles })

function harness(shape: Partial<AcceleratorShape> & Pick<AcceleratorShape, 'interface'>, frames = 4) {
  const small = smallAccelerator({ link: 'mover', wordsPerBeat: 1, elements: 5, ...shape }, frames)
  const simulation = createBusSimulation(small.module, small.subject)
  /** Values that reads and polls gave, in order. */
  const run = (script: BusScript, options?: BusOptions) => {
    const result = simulation.run(script, options)
    const values = result.accesses
      .filter((_, k) => ['read', 'poll'].includes(script.accesses[k]!.op))
      .map(({ value }) => value)
    return { ...result, values }
  }
  return { ...small, run }
}

it.each(
  shapes
    .filter(({ elements }) => elements === 5)
    .map((shape): [string, AcceleratorShape] => [shapeName(shape), shape]),
)('no output follows an input in the same cycle: %s', (_, shape) => {
  const netlist = flatten(smallAccelerator(shape, 1).module)
  const following = netlist.outputs.filter(({ net }) => followsInput(netlist, net))
  expect(following.map(({ name }) => name)).toEqual([])
})

/** Whether a way leads from an input to the net without a register or memory on it. */
function followsInput(netlist: Netlist, net: Net, seen = new Set<Net>()): boolean {
  if (seen.has(net) || isFixedNet(netlist, net)) return false
  seen.add(net)
  const kind = kindOf(netlist, net)
  if (kind === 'input') return true
  if (kind === 'register' || kind === 'read') return false
  return operandsOf(netlist, net).some(operand => followsInput(netlist, operand, seen))
}

describe('axi_master', () => {
  const base = registerBase({ interface: 'axi_master' })
  const control = base + registerMap.CONTROL.address
  const status = base + registerMap.STATUS.address
  const framesOut = base + registerMap.FRAMES_OUT.address
  const { AP_CTRL, GIE, IER, ISR, INPUT_LOW, INPUT_HIGH, OUTPUT_LOW, FRAMES } = kernelMap
  const kernel = harness({ interface: 'axi_master' })
  const memory = memoryOf(kernel.subject, kernel.rows, kernel.wordsOut)
  const wanted = beatWords(kernel.results, 1)
  const start = write(AP_CTRL.address, 1)
  const ends: BusAccess = { op: 'poll', address: AP_CTRL.address, mask: 2, value: 2 }
  const setUp = (frames: number) => runKernel(memory, frames).slice(0, -2)

  it('says that it is at rest, and what it is', () => {
    const { values } = kernel.run({
      accesses: [
        read(AP_CTRL.address),
        read(base + registerMap.ID.address),
        read(control),
        read(GIE.address),
      ],
      memory,
    })
    expect(values).toEqual([4, 0x4c545241, 1, 0])
  })

  it('keeps its arguments byte by byte, addresses at whole beats', () => {
    const wide = harness({ interface: 'axi_master', wordsPerBeat: 4 })
    const { values } = wide.run({
      accesses: [
        write(INPUT_LOW.address, 0x12345678),
        write(INPUT_HIGH.address, 0xffffffff),
        write(INPUT_HIGH.address, 0xabcdef01, 0b0101),
        write(FRAMES.address, 0x01020304, 0b1010),
        read(INPUT_LOW.address),
        read(INPUT_HIGH.address),
        read(FRAMES.address),
        read(OUTPUT_LOW.address),
        read(0x18),
      ],
      memory: memoryOf(wide.subject, wide.rows, wide.wordsOut),
    })
    expect(values).toEqual([0x12345670, 0xffcdff01, 0x01000300, 0, 0])
  })

  it('runs no frames', () => {
    const run = kernel.run({
      accesses: [...setUp(0), start, ends, read(framesOut), read(status)],
      memory,
    })
    expect([run.values, run.memory.every(word => word === 0)]).toEqual([[6 + 8, 0, 0], true])
    expect(run.accesses.at(-3)!.end - run.accesses.at(-3)!.start).toBeLessThan(4)
  })

  it('shows the end of a run until it is read, or another begins', () => {
    const again = [write(FRAMES.address, 0), start, wait(10), start, wait(2), read(AP_CTRL.address)]
    const { values } = kernel.run({
      accesses: [...setUp(4), start, read(AP_CTRL.address), ends, read(AP_CTRL.address), ...again],
      memory,
    })
    expect(values).toEqual([1, 14, 4, 14])
  })

  it.each([undefined, 3])('is not disturbed while it runs, stalls %s', seed => {
    const meanwhile = [
      write(FRAMES.address, 77),
      write(INPUT_LOW.address, 0),
      write(OUTPUT_LOW.address, 0),
      start,
      start,
    ]
    const run = kernel.run(
      { accesses: [...setUp(4), start, ...meanwhile, ends, read(framesOut)], memory },
      seed === undefined ? {} : { stall: stallPattern(seed) },
    )
    expect(run.values).toEqual([14, 4])
    expect(run.memory).toEqual(wanted)
  })

  it('runs again and again', () => {
    const once = [...runKernel(memory, 4), ...runKernel(memory, 1), ...runKernel(memory, 3)]
    const run = kernel.run({ accesses: [...once, ...once, read(framesOut), read(status)], memory })
    expect(run.memory).toEqual(wanted)
    expect(run.values.slice(-2)).toEqual([16, 0])
  })

  it('interrupts when asked to', () => {
    const { values } = kernel.run({
      accesses: [
        ...setUp(1),
        start,
        ends,
        read(ISR.address),
        write(IER.address, 1),
        start,
        ends,
        read(ISR.address),
        { op: 'interrupt', level: 0 },
        write(GIE.address, 1),
        { op: 'interrupt', level: 1 },
        write(ISR.address, 1),
        { op: 'interrupt', level: 0 },
        write(IER.address, 3),
        start,
        { op: 'interrupt', level: 1 },
        read(ISR.address),
        write(ISR.address, 2),
        read(ISR.address),
        read(IER.address),
        write(ISR.address, 1),
        { op: 'interrupt', level: 0 },
      ],
      memory,
    })
    expect(values).toEqual([14, 0, 14, 1, 3, 1, 3])
  })

  it.each<[string, Partial<BusMemory>]>([
    ['read', { readErrors: [7] }],
    ['write', { writeErrors: [11] }],
  ])('tells a %s that memory refused, and goes on', (_, errors) => {
    const flagged = registerMap.STATUS.bits.bus_error[0]
    const faulty = { ...memory, ...errors }
    const { values, memory: written } = kernel.run({
      accesses: [
        ...setUp(4),
        start,
        ends,
        read(status),
        read(framesOut),
        write(control, 3),
        read(status),
        read(framesOut),
      ],
      memory: faulty,
    })
    expect(values.slice(1)).toEqual([1 << flagged, 4, 0, 0])
    expect(written).toEqual(wanted)
  })

  it('waits while start is 0', () => {
    const { values, memory: written } = kernel.run({
      accesses: [
        write(control, 0),
        ...setUp(4),
        start,
        wait(300),
        read(AP_CTRL.address),
        read(framesOut),
        write(control, 1),
        ends,
      ],
      memory,
    })
    expect(values).toEqual([1, 0, 14])
    expect(written).toEqual(wanted)
  })

  it.each([0, 3, 9, 17, 24, 30, 41, 60, 90])('is ended by flush after %i cycles, and runs anew', cycles => {
    const flushed = [write(control, 9), ends, { ...ends, address: status, mask: 1, value: 0 } as BusAccess]
    for (const seed of [undefined, 5, 6]) {
      const run = kernel.run(
        {
          accesses: [
            ...setUp(4),
            start,
            wait(cycles),
            ...flushed,
            write(control, 3),
            ...runKernel(memory, 4),
          ],
          memory,
        },
        seed === undefined ? {} : { stall: stallPattern(seed) },
      )
      expect(run.memory).toEqual(wanted)
    }
  })

  it.each([
    [1, 300, 1],
    [1, 300, 2],
    [3, 200, 1],
    [64, 20, 1],
    [300, 5, 4],
    [1025, 3, 1],
  ])(
    'frames of %i elements, %i of them, %i words a beat, anywhere in memory',
    (elements, frames, wordsPerBeat) => {
      const own = harness({ interface: 'axi_master', elements, wordsPerBeat }, frames)
      const there = memoryOf(own.subject, own.rows, own.wordsOut)
      const bytes = 4 * wordsPerBeat
      for (const [k, offset] of [0, 1, 255, 63, 192].entries()) {
        const at: BusMemory = {
          ...there,
          input: { ...there.input, address: 0x8_0000_0000n - BigInt(offset * bytes) },
          output: { ...there.output, address: BigInt(0x1000 + 4096 * k - ((offset * 7) % 256) * bytes) },
        }
        const { memory: written } = own.run(
          { accesses: runKernel(at, frames), memory: at },
          k % 2 === 0 ? {} : { stall: stallPattern(k) },
        )
        expect(written).toEqual(beatWords(own.results, wordsPerBeat))
      }
    },
  )
})

describe('axi_lite', () => {
  const lite = harness({ interface: 'axi_lite' })
  const [row, other] = lite.rows as [bigint[], bigint[]]
  const put = (words: readonly bigint[]) => words.map((word, k) => write(windows.input + 4 * k, Number(word)))
  const results = Array.from({ length: lite.wordsOut }, (_, k) => read(windows.output + 4 * k))
  const result = (k: number) => lite.results[k]!.map(Number)
  const { address: go } = windowMap.GO
  const done: BusAccess = { op: 'poll', address: go, mask: 1, value: 0 }
  const status = registerMap.STATUS.address
  const control = registerMap.CONTROL.address

  it('sends a frame at GO, which stays 1 until its result is there', () => {
    const { values } = lite.run({
      accesses: [
        ...put(row),
        read(go),
        write(go, 0),
        read(go),
        write(go, 1),
        read(go),
        done,
        ...results,
        ...results,
      ],
    })
    expect(values).toEqual([0, 0, 1, 0, ...result(0), ...result(0)])
  })

  it('takes GO once while a frame is under way', () => {
    const { values } = lite.run({
      accesses: [
        ...put(row),
        write(go, 1),
        write(go, 1),
        write(go, 1),
        done,
        wait(60),
        read(registerMap.FRAMES_OUT.address),
      ],
    })
    expect(values.at(-1)).toBe(1)
  })

  it('keeps what is not written anew, byte by byte', () => {
    const changed = [...row.slice(0, 2), other[2]!, ...row.slice(3)]
    const bytes = [0, 1, 2, 3].map(k => write(windows.input + 8, Number(other[2]!), 1 << k))
    const { values } = lite.run({
      accesses: [...put(row), ...bytes, write(go, 1), done, ...results],
    })
    const sent = planFrames(lite.subject, [changed], lite.wordsOut)
    const wanted = sent.read(lite.run(sent.script)).frames[0]!.map(Number)
    expect(values.slice(1)).toEqual(wanted)
  })

  it('has nothing outside its words', () => {
    const beyond = [
      write(windows.input + 4 * row.length, 99),
      write(windows.input + 4 * 4095, 99),
      write(windows.output, 99),
      write(0xc000, 99),
      write(0x3ffc, 99),
    ]
    const { values } = lite.run({
      accesses: [
        ...put(row),
        ...beyond,
        write(go, 1),
        done,
        ...results,
        read(windows.input),
        read(windows.output + 4 * lite.wordsOut),
        read(windows.output + 4 * 4095),
        read(0x3ffc),
        read(0xc000),
        read(registerMap.ID.address),
      ],
    })
    expect(values).toEqual([0, ...result(0), 0, 0, 0, 0, 0, 0x4c545241])
  })

  it('waits while start is 0', () => {
    const { values } = lite.run({
      accesses: [
        ...put(row),
        write(control, 0),
        write(go, 1),
        wait(80),
        read(go),
        write(control, 1),
        done,
        ...results,
      ],
    })
    expect(values).toEqual([1, 0, ...result(0)])
  })

  it.each([0, 1, 2, 4, 8, 12, 16])('forgets a frame that is flushed %i cycles after GO', cycles => {
    const busy: BusAccess = { op: 'poll', address: status, mask: 1, value: 0 }
    const { values } = lite.run({
      accesses: [
        ...put(row),
        write(go, 1),
        wait(cycles),
        write(control, 9),
        done,
        busy,
        write(control, 3),
        ...put(other),
        write(go, 1),
        done,
        ...results,
        read(status),
      ],
    })
    expect(values.slice(3)).toEqual([...result(1), 0])
  })

  it('refuses frames longer than a window, and beats of more than a word', () => {
    const type = fixedType(true, 8, 0)
    const build = (inputs: number, outputs: number, wordsPerBeat: number) =>
      buildAxiDesign({
        name: 'long',
        design: lite.module,
        inputs: Array.from({ length: inputs }, () => conversion(type)),
        outputs: Array.from({ length: outputs }, () => type),
        form: 'raw',
        wordsPerBeat,
        clockNs: 5,
        family: 'xc7',
        buildHash: 0n,
        interface: 'axi_lite',
      })
    expect(() => build(5, 4097, 1)).toThrow(/^package\/frame-too-long: long: a frame has 4097 words/)
    expect(() => build(5, 5, 2)).toThrow(
      /^package\/beat-width: long: 2 words in each beat do not pass AXI4-Lite/,
    )
  })
})

describe('comblock', () => {
  const block = harness({ interface: 'axi_stream', link: 'comblock' })
  const plan = planFrames(block.subject, block.rows, block.wordsOut)
  const control = registerMap.CONTROL.address
  const framesIn = registerMap.FRAMES_IN.address
  const send = (accesses: readonly BusAccess[]) => block.run({ ...plan.script, accesses })

  it('takes frames once start is 1, and shows every register', () => {
    const others = ['FRAMES_OUT', 'HASH_LOW', 'HASH_HIGH', 'WORDS', 'ID', 'LONG_FRAMES'] as const
    const { values } = send([
      wait(50),
      read(framesIn),
      write(control, 1),
      { op: 'streams' },
      wait(2),
      read(control),
      ...others.map(name => read(registerMap[name].address)),
    ])
    expect(values).toEqual([0, 1, 4, 0x89abcdef, 0x01234567, 5 + (6 << 16), 0x4c545241, 0])
  })

  it('has no use for framed, and clears as long as clear is 1', () => {
    const { values } = send([
      write(control, 0b101),
      { op: 'streams' },
      wait(2),
      read(registerMap.LONG_FRAMES.address),
      read(framesIn),
      write(control, 0b11),
      wait(3),
      read(framesIn),
      read(registerMap.STATUS.address),
    ])
    expect(values).toEqual([0, 4, 0, 0])
  })

  it('refuses beats of more than a word', () => {
    expect(() => harness({ interface: 'axi_stream', link: 'comblock', wordsPerBeat: 4 })).toThrow(
      /^package\/beat-width: pair_axi: 4 words in each beat do not pass ComBlock's FIFOs/,
    )
  })
})
