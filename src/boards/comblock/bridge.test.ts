// The Verilog between a ComBlock's FIFOs and the accelerator's streams: no word lost or doubled, whatever waits.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { findBoard } from '../boards.ts'
import { sampleDescription } from '../vivado/testing/sample.ts'
import { printComblock } from './bridge.ts'
import { comblockSettings, fifoDepths } from './fifos.ts'
import { type BenchOptions, benchVerilog } from './testing/bench.ts'

const description = sampleDescription(findBoard('hyperfpga-4ge21'), { link: 'comblock' })
const missing = spawnSync('iverilog', ['-V']).status === 0 ? undefined : 'skipped: no iverilog on PATH'
if (missing !== undefined) console.info(missing)
const noVerilator =
  spawnSync('verilator', ['--version']).status === 0 ? undefined : 'skipped: no verilator on PATH'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lutra-comblock-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function simulate(options: Omit<BenchOptions, 'project'>, verilog = printComblock(description)): string {
  const [design, bench, run] = ['dut.v', 'bench.v', 'run'].map(name => join(folder, name))
  writeFileSync(design!, verilog)
  writeFileSync(bench!, benchVerilog({ project: 'pulse', ...options }))
  execFileSync('iverilog', ['-g2012', '-Wno-timescale', '-o', run!, design!, bench!])
  return execFileSync('vvp', ['-n', run!], { encoding: 'utf8' }).trim().split('\n').at(-1)!
}

const paces: readonly BenchOptions['pace'][] = [
  [16, 16, 16, 16],
  [16, 5, 16, 16],
  [16, 16, 3, 16],
  [16, 16, 16, 2],
  [2, 16, 16, 16],
  [9, 7, 8, 6],
]

describe.skipIf(missing !== undefined)(`words through the FIFOs ${missing ?? ''}`, () => {
  const fifos = [
    { depth: 16, latency: 1, direct: true },
    { depth: 16, latency: 2, direct: true },
    { depth: 16, latency: 1, direct: false },
    { depth: 64, latency: 2, direct: false },
  ] as const
  test.each(fifos)('depth $depth, latency $latency, flags of the same cycle: $direct', fifo => {
    for (const pace of paces) {
      const said = simulate({ ...fifo, words: 2000, pace })
      expect(`${pace}: ${said}`).toMatch(/: DONE 2000 \d+ \d+$/)
      // The FIFO's own flags of the cycle before say when a word is there: nothing is read in vain.
      if (fifo.direct) expect(said).toMatch(/ 0$/)
    }
  })

  it('passes a word in every cycle where nothing waits', () => {
    const said = simulate({ depth: 64, latency: 1, direct: true, words: 4000, pace: paces[0]! })
    expect(Number(said.split(' ')[2])).toBeLessThan(4100)
  })

  test.each([
    ['room for what is on its way forgotten', "promised < 3'd4", "kept < 3'd4", /^word \d+ is /],
    [
      'a full FIFO not heeded',
      'stopped <= !aresetn || in_fifo_afull || in_fifo_full',
      "stopped <= 1'b0",
      /^overflow/,
    ],
    [
      'a word offered once more',
      'if (taken) first',
      'if (taken && s_ready && !kept[2]) first',
      /^word \d+ is /,
    ],
  ])('the bench finds %s', (_, from, to, said) => {
    const text = printComblock(description)
    expect(text).toContain(from)
    const options = { depth: 16, latency: 2, direct: true, words: 2000, pace: [16, 5, 16, 4] } as const
    expect(simulate(options, text.replace(from, to))).toMatch(said)
  })
})

test.skipIf(noVerilator !== undefined)('Verilator finds nothing to warn of', () => {
  const at = join(folder, 'lint.v')
  const [, stub] = benchVerilog({
    project: 'pulse',
    depth: 16,
    latency: 1,
    direct: true,
    words: 1,
    pace: paces[0]!,
  }).split(/(?=module pulse_accel)/)
  writeFileSync(
    at,
    `/* verilator lint_off DECLFILENAME */\n${printComblock(description)}\n/* verilator lint_off WIDTH */\n${stub!.split('module bench')[0]}`,
  )
  const flags = ['--lint-only', '-Wall', '-Wno-UNUSEDSIGNAL', '--top-module', 'pulse_comblock']
  const { stderr } = spawnSync('verilator', [...flags, at], { encoding: 'utf8' })
  expect(stderr).toBe('')
})

describe('the FIFOs', () => {
  const words = (count: number) => ({
    name: 'x',
    shape: [count],
    types: Array.from({ length: count }, () => ({ width: 8, frac: 4, signed: true })),
  })

  it('hold two frames, between one block of RAM and what the Linux driver counts', () => {
    const depths = [1, 508, 509, 4000, 8184].map(count =>
      fifoDepths({ input: words(count), output: words(1) }),
    )
    expect(depths.map(({ out }) => out)).toEqual([1024, 1024, 2048, 8192, 8192])
    expect(depths.map(({ in: back }) => back)).toEqual([1024, 1024, 1024, 1024, 1024])
    expect(comblockSettings(description)).toMatchObject({ FIFO_OUT_DEPTH: 1024, FIFO_IN_DEPTH: 1024 })
  })

  it('refuse a frame that is too long', () => {
    expect(() => fifoDepths({ input: words(8185), output: words(1) })).toThrow(
      /^package\/frame-too-long: input: a frame of 'x' has 8185 words; expected at most 8184, which a FIFO of the ComBlock holds/,
    )
  })
})
