import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomValues } from '../../test/support/netlist-model.ts'
import { buildModule, programs } from '../../test/support/random-module.ts'
import { delayTop, sumTop, unknownTop } from '../../test/support/small-tops.ts'
import { streamTop } from '../../test/support/stream-top.ts'
import { fixedType } from '../fixed/types.ts'
import type { RtlModule } from '../rtl/module.ts'
import { printVerilog, printVerilogProject } from '../rtl/print-module.ts'
import { runStream } from '../rtl/run-stream.ts'
import { type StreamFrames, stallPattern, streamChannels } from '../rtl/stream-ports.ts'
import type { StreamOptions } from '../rtl/stream-result.ts'
import { testBenchFiles } from '../rtl/test-bench.ts'
import { findTool, runProcess, type ToolName } from './process.ts'
import { runIcarus, runVerilator, type VerilogSimRequest } from './verilog-sim.ts'

const missing = (...names: ToolName[]): string | undefined => {
  const absent = names.filter(name => findTool(name) === undefined)
  return absent.length > 0 ? `${absent.join(', ')} not found` : undefined
}
const noIcarus = missing('iverilog', 'vvp')
const noVerilator = missing('verilator', 'g++')
const noLint = missing('iverilog', 'verilator', 'yosys')
for (const reason of [noIcarus, noVerilator, noLint])
  if (reason !== undefined) console.warn(`skipped: ${reason}`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const seed = 20_261
const list = fc.sample(programs(50), { seed, numRuns: 60 })
const randomTop = streamTop(list.map((program, k) => buildModule(program, `random_${k}`)))
const settled = { resetCycles: 60 }

function randomFrames(top: RtlModule, count: number, beats: number): StreamFrames {
  const random = randomValues(seed)
  const { data } = streamChannels(top).inputs[0]!
  const beat = () =>
    data.elements.map(({ net }) => random.within(top.netlist.min[net]!, top.netlist.max[net]!))
  return { s_data: Array.from({ length: count }, () => Array.from({ length: beats }, beat)) }
}

interface Case {
  readonly name: string
  readonly top: RtlModule
  readonly frames: StreamFrames
  readonly options: StreamOptions
}

const wide = delayTop(
  'wide',
  Array.from({ length: 300 }, (_, k) => fixedType(k % 2 === 0, k % 40, k % 7)),
  3,
)
const cases: readonly Case[] = [
  { name: 'random cells', top: randomTop, frames: randomFrames(randomTop, 60, 1), options: settled },
  {
    name: 'random cells, stalled and reset',
    top: randomTop,
    frames: randomFrames(randomTop, 40, 1),
    options: { ...settled, stall: stallPattern(3), resetAt: 31 },
  },
  { name: 'thousands of bits', top: wide, frames: randomFrames(wide, 20, 1), options: {} },
  {
    name: 'thousands of bits, stalled',
    top: wide,
    frames: randomFrames(wide, 200, 1),
    options: { stall: stallPattern(8), resetAt: 100 },
  },
  { name: 'frames of three beats', top: sumTop(), frames: randomFrames(sumTop(), 50, 3), options: {} },
  {
    name: 'frames of three beats, stalled',
    top: sumTop(),
    frames: randomFrames(sumTop(), 150, 3),
    options: { stall: stallPattern(1), resetAt: 57 },
  },
]

const request = ({ top, frames, options }: Omit<Case, 'name'>): VerilogSimRequest => ({
  top,
  files: printVerilog(top),
  frames,
  options,
})

describe('emitted Verilog', () => {
  for (const one of cases) {
    it.skipIf(noIcarus !== undefined)(
      `is the built-in simulator's equal in Icarus: ${one.name}`,
      async () => {
        expect(await runIcarus(request(one))).toEqual(runStream(one.top, one.frames, one.options))
      },
    )
    it.skipIf(noVerilator !== undefined)(`is its equal in Verilator: ${one.name}`, async () => {
      const run = await runVerilator({ ...request(one), cacheFolder: folder })
      expect(run).toEqual(runStream(one.top, one.frames, one.options))
    })
  }

  it.skipIf(noLint !== undefined)('is read by Icarus, Verilator and Yosys without a warning', async () => {
    const { files, order } = printVerilogProject(randomTop)
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const script = `read_verilog ${order.join(' ')}; hierarchy -top ${randomTop.name}; proc; check -assert`
    const runs: [ToolName, string[]][] = [
      ['iverilog', ['-g2005', '-Wall', '-o', 'lint.vvp', ...order]],
      ['verilator', ['--lint-only', '-Wall', '-Wno-UNUSEDSIGNAL', '--top-module', randomTop.name, ...order]],
      ['yosys', ['-q', '-p', script]],
    ]
    for (const [tool, args] of runs) {
      const run = await runProcess({ command: findTool(tool)!.path, args, cwd: folder })
      expect([tool, run.exitCode, run.output]).toEqual([tool, 0, ''])
    }
  })
})

describe('the test benches', () => {
  const frames = randomFrames(sumTop(), 4, 3)
  const roads = [
    { name: 'Icarus', skip: noIcarus, run: runIcarus },
    {
      name: 'Verilator',
      skip: noVerilator,
      run: (of: VerilogSimRequest) => runVerilator({ ...of, cacheFolder: folder }),
    },
  ]
  for (const { name, skip, run } of roads) {
    it.skipIf(skip !== undefined)(`fail in ${name} as the built-in simulator does`, async () => {
      const hanging = { top: sumTop('sum_top', 5), frames, options: { hangAfter: 60 } }
      const eager = { top: sumTop('sum_top', 2), frames, options: {} }
      const long = { top: sumTop(), frames, options: { maxCycles: 9 } }
      for (const one of [hanging, eager, long]) {
        let message = ''
        try {
          runStream(one.top, one.frames, one.options)
        } catch (cause) {
          message = (cause as Error).message
        }
        expect(message).not.toBe('')
        await expect(run(request(one))).rejects.toThrow(message)
      }
    })
  }

  it.skipIf(noIcarus !== undefined)('tell unknown bits', async () => {
    const top = unknownTop()
    const known = { top, frames: { s_data: [[[1n]], [[2n]]] }, options: {} }
    await expect(runIcarus(request(known))).rejects.toThrow(/rtl\/unknown-bits: unknown_top.m_data, beat 0/)
  })

  it.skipIf(noIcarus !== undefined)('compare with expected vectors for a user', async () => {
    const top = sumTop()
    const { outputs } = runStream(top, frames)
    const wrong = { m_data: outputs.m_data!.map((frame, f) => (f === 2 ? [[frame[0]![0]! + 1n]] : frame)) }
    for (const [expected, verdict] of [
      [outputs, 'PASS: 4 frames'],
      [wrong, 'FAIL: 1 beats differ'],
    ] as const) {
      const files = { ...printVerilog(top), ...testBenchFiles(top, frames, { expected }) }
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      const args = [
        '-g2005',
        '-P',
        'sum_top_tb.CHECK=1',
        '-s',
        'sum_top_tb',
        '-o',
        'tb.vvp',
        'sum_top_tb.v',
        'sum_top.v',
      ]
      const built = await runProcess({ command: findTool('iverilog')!.path, args, cwd: folder })
      expect(built.output).toBe('')
      const run = await runProcess({ command: findTool('vvp')!.path, args: ['-n', 'tb.vvp'], cwd: folder })
      expect(run.stdout).toContain(verdict)
      expect(run.stdout).toContain('m_data: latency of the first frame 3 cycles')
      expect(run.stdout).toContain('m_data: a frame every 4.00 cycles')
    }
  })
})
