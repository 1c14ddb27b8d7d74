import { describe, expect, it, test } from 'vitest'
import { findBoard } from '../boards.ts'
import { addressHeader, addressMap, vivadoFiles, vivadoReadme } from './index.ts'
import { designed, sampleDescription } from './testing/sample.ts'

const words = (count: number) => ({
  name: 'x',
  shape: [count],
  types: Array.from({ length: count }, () => ({ width: 8, frac: 4, signed: true })),
})

test.each(designed.map(({ name }) => name))('%s: the same description, the same bytes', name => {
  const description = sampleDescription(findBoard(name))
  expect(Object.keys(vivadoFiles(description))).toEqual([
    'vivado/lutra_addresses.h',
    'vivado/project.tcl',
    'vivado/pulse.xdc',
  ])
  expect(vivadoFiles(sampleDescription(findBoard(name)))).toEqual(vivadoFiles(description))
})

describe('what has no block design', () => {
  it('is a card in a host: it takes a kernel', () => {
    const alveo = sampleDescription(findBoard('alveo-u250'))
    expect(vivadoFiles(alveo)).toEqual({})
    expect(vivadoReadme(alveo)).toBe('')
  })

  it('is a board by itself whose pins are not known', () => {
    const { oscillator: _, ...board } = findBoard('basys3')
    expect(() => vivadoFiles(sampleDescription(board))).toThrow(/^package\/board-pins: basys3: .*oscillator/)
  })

  it('is a wide beat before AXI FIFO', () => {
    const wide = sampleDescription(findBoard('basys3'), { wordsPerBeat: 2 })
    expect(() => vivadoFiles(wide)).toThrow(/^package\/beat-width: basys3: 2 words in each beat/)
  })

  it('is a frame beyond the memory that a MicroBlaze shares', () => {
    const board = findBoard('basys3')
    const size = (input: number, wordsPerBeat = 1) =>
      addressMap(sampleDescription(board, { interface: 'axi_master', input: words(input), wordsPerBeat }))
        .memory?.size
    expect([1, 2046, 2047, 4095, 16382].map(count => size(count))).toEqual([
      0x2000, 0x2000, 0x4000, 0x8000, 0x10000,
    ])
    expect(() => size(16383)).toThrow(
      /^package\/frame-too-long: input and output: a frame of 'x' and its result 'y' take 65540 bytes/,
    )
    expect(() => size(16381, 4)).toThrow(/^package\/frame-too-long/)
  })

  it('is a frame that AXI FIFO cannot hold', () => {
    const board = findBoard('basys3')
    const depth = (input: number) =>
      /C_TX_FIFO_DEPTH (\d+)/.exec(
        vivadoFiles(sampleDescription(board, { input: words(input) }))['vivado/project.tcl']!,
      )?.[1]
    expect([1, 504, 505, 131064].map(depth)).toEqual(['512', '512', '1024', '131072'])
    expect(() => depth(131065)).toThrow(/^package\/frame-too-long: input: a frame of 'x' has 131065 words/)
  })
})

describe('addresses', () => {
  it('are those that users of each device know', () => {
    const bases = (name: string) =>
      Object.fromEntries(
        Object.entries(addressMap(sampleDescription(findBoard(name)))).map(([key, { base }]) => [key, base]),
      )
    expect(bases('pynq-z2')).toEqual({ accelerator: 0x43c0_0000, dma: 0x4040_0000 })
    expect(bases('aup-zu3')).toEqual({ accelerator: 0x8001_0000, dma: 0x8000_0000 })
    expect(bases('basys3')).toEqual({
      accelerator: 0x44a1_0000,
      fifo: 0x44a0_0000,
      uart: 0x4060_0000,
      timer: 0x41c0_0000,
    })
  })

  it('stand in a header', () => {
    expect(
      addressHeader(sampleDescription(findBoard('pynq-z2'))),
    ).toContain(`#define LUTRA_ACCELERATOR_BASE 0x43C00000u
#define LUTRA_ACCELERATOR_SIZE 0x00010000u
#define LUTRA_DMA_BASE 0x40400000u
#define LUTRA_DMA_SIZE 0x00010000u
`)
  })
})

it('names the hardware of a cluster’s node as the cluster looks for it', () => {
  const script = (name: string) => vivadoFiles(sampleDescription(findBoard(name)))['vivado/project.tcl']
  expect(script('hyperfpga-4ge21')).toContain('[file join $root hw pulse-4ge21.xsa]')
  expect(script('kv260')).not.toContain('pulse-')
})

describe('the README says', () => {
  it('one command, what it leaves and where the parts are', () => {
    const text = vivadoReadme(sampleDescription(findBoard('pynq-z2')))
    expect(text).toContain('-source vivado/project.tcl\n')
    expect(text).toContain('`hw/pulse.hwh`')
    expect(text).toContain('| dma | `hier_0/axi_dma_0` | `0x40400000` | 64 KiB |')
    expect(text).toContain('`tul.com.tw:pynq-z2:part0:1.0`')
  })

  it('what is to be done without board files', () => {
    expect(vivadoReadme(sampleDescription(findBoard('basys3')))).toContain('no board files are needed.')
    expect(vivadoReadme(sampleDescription(findBoard('hyperfpga-3be11')))).toContain(
      'Programs without one need the memory settings of the board',
    )
  })
})
