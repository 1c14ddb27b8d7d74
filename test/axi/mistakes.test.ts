// Each rule of the checkers is broken by a mistake put into a shell's wires, and finds it.

import { describe, expect, it } from 'vitest'
import { printShell } from '../../src/boards/shell.ts'
import { planFrames } from '../../src/rtl/axi/bench/frames.ts'
import type { BusPorts } from '../../src/rtl/axi/bus-interface.ts'
import { type SmallAccelerator, smallAccelerator } from '../../src/rtl/axi/testing/small-accelerator.ts'
import { printVerilogProject } from '../../src/rtl/print-module.ts'
import { stallPattern } from '../../src/rtl/stream-ports.ts'
import { runBusVerilator } from '../../src/tools/bus-sim.ts'
import { findTool } from '../../src/tools/process.ts'
import { ruleFiles } from './rules.ts'

const top = 'pair_accel'

/**
 * A port of the shell and what a broken one has on it instead: `it` is the right value, `was` that of the cycle before,
 * `tick` counts cycles.
 */
interface Mistake {
  readonly port: string
  readonly wrong: string
  /** What the checker says. */
  readonly told: string
  /** Only what the checker sees is wrong, as if the bench broke the rule. */
  readonly seen?: true
  /** Without stalls. */
  readonly calm?: true
  /** What is wrong besides. */
  readonly also?: readonly Pick<Mistake, 'port' | 'wrong'>[]
}

const falls = (bus: string, channel: string, seen = false): Mistake => ({
  port: `${bus}_${channel === '' ? 't' : channel}valid`,
  wrong: 'it && !was',
  told: `${bus}${channel === '' ? '' : ` ${channel}`}: valid fell before it was taken`,
  ...(seen ? { seen: true } : {}),
})
const changes = (bus: string, channel: string, signal: string, seen = false): Mistake => ({
  port: `${bus}_${channel === '' ? 't' : channel}${signal}`,
  wrong: "it ^ {tick[0], 1'b0}",
  told: `${bus}${channel === '' ? '' : ` ${channel}`}: data changed while it waited`,
  ...(seen ? { seen: true } : {}),
})
const inReset = (bus: string, channel: string): Mistake => ({
  port: `${bus}_${channel === '' ? 't' : channel}valid`,
  wrong: 'it || !aresetn',
  told: `${bus}${channel === '' ? '' : ` ${channel}`}: valid in reset`,
})

const never = (bus: string, channel: string) => ({ port: `${bus}_${channel}ready`, wrong: "1'b0" })

const lite: readonly Mistake[] = [
  ...['b', 'r'].flatMap(channel => [falls('s_axi', channel), inReset('s_axi', channel)]),
  // The design takes these at once, so the checker is made to see them wait.
  ...['aw', 'w', 'ar'].map(channel => ({
    ...falls('s_axi', channel, true),
    also: [never('s_axi', channel)],
  })),
  ...['awaddr', 'wdata', 'wstrb', 'araddr'].map(signal => {
    const [, channel, rest] = /^(aw|w|ar)(.*)$/.exec(signal)!
    const valid = { port: `s_axi_${channel}valid`, wrong: 'tick > 100' }
    return { ...changes('s_axi', channel!, rest!, true), also: [never('s_axi', channel!), valid] }
  }),
  changes('s_axi', 'b', 'resp'),
  changes('s_axi', 'r', 'data'),
  { port: 's_axi_bresp', wrong: "it | 2'b01", told: 's_axi b: a response that AXI4-Lite does not have' },
  { port: 's_axi_rresp', wrong: "it | 2'b11", told: 's_axi r: a response that AXI4-Lite does not have' },
  { port: 's_axi_bvalid', wrong: 'it || tick == 40', told: 's_axi b: a response without a write' },
  { port: 's_axi_bvalid', wrong: 'it || was', told: 's_axi b: a response without a write' },
  { port: 's_axi_bvalid', wrong: 'it || s_axi_awvalid', told: 's_axi b: a response without a write' },
  { port: 's_axi_rvalid', wrong: 'it || tick == 40', told: 's_axi r: data without a read' },
  { port: 's_axi_rvalid', wrong: 'it || was', told: 's_axi r: data without a read' },
  { port: 's_axi_bvalid', wrong: "it & 1'b0", told: 's_axi b: a write was never answered' },
  { port: 's_axi_rvalid', wrong: "it & 1'b0", told: 's_axi r: a read was never answered' },
]

const streams: readonly Mistake[] = [
  ...[false, true].flatMap(seen => {
    const bus = seen ? 's_axis' : 'm_axis'
    return [falls(bus, '', seen), changes(bus, '', 'data', seen)]
  }),
  inReset('m_axis', ''),
  { port: 'm_axis_tlast', wrong: 'it ^ tick[0]', told: 'm_axis: last changed while it waited' },
  { port: 's_axis_tlast', wrong: 'it ^ tick[0]', told: 's_axis: last changed while it waited', seen: true },
]

const bursts: readonly Mistake[] = [
  ...['aw', 'ar'].map(channel => falls('m_axi', channel)),
  { ...falls('m_axi', 'w'), wrong: 'it && !tick[0]' },
  ...['aw', 'w', 'ar'].map(channel => inReset('m_axi', channel)),
  { ...falls('m_axi', 'b', true), also: [never('m_axi', 'b')] },
  { ...falls('m_axi', 'r', true), also: [never('m_axi', 'r')] },
  { ...changes('m_axi', 'aw', 'addr'), wrong: "it ^ {tick[0], 6'd0}" },
  changes('m_axi', 'aw', 'len'),
  { ...changes('m_axi', 'ar', 'addr'), wrong: "it ^ {tick[0], 6'd0}" },
  changes('m_axi', 'ar', 'len'),
  changes('m_axi', 'w', 'data'),
  { ...changes('m_axi', 'r', 'data', true), also: [never('m_axi', 'r')], calm: true },
  {
    port: 'm_axi_wlast',
    wrong: 'it ^ (tick[0] && !m_axi_wready)',
    told: 'm_axi w: last changed while it waited',
  },
  ...['aw', 'ar'].flatMap((channel): Mistake[] => [
    { port: `m_axi_${channel}addr`, wrong: "it | 64'd2", told: `m_axi ${channel}: an address within a beat` },
    { port: `m_axi_${channel}addr`, wrong: "it | 64'hffc", told: `m_axi ${channel}: a burst beyond 4 KiB` },
    { port: `m_axi_${channel}len`, wrong: "it | 8'd64", told: `m_axi ${channel}: more than 64 beats` },
    {
      port: `m_axi_${channel}size`,
      wrong: "it | 3'd1",
      told: `m_axi ${channel}: beats of another size than the bus`,
    },
    {
      port: `m_axi_${channel}burst`,
      wrong: "it & 2'd0",
      told: `m_axi ${channel}: not a burst of rising addresses`,
    },
  ]),
  { port: 'm_axi_wstrb', wrong: "it & 4'd7", told: 'm_axi w: bytes left out of a whole beat' },
  { port: 'm_axi_wlast', wrong: "it & 1'b0", told: 'm_axi w: last is not on the last beat', calm: true },
  // The burst's address comes with its first beat, and is compared a cycle later.
  { port: 'm_axi_wlast', wrong: "it | 1'b1", told: 'm_axi w: a burst of another length', calm: true },
  { port: 'm_axi_awlen', wrong: "it ^ 8'd1", told: 'm_axi w: last is not on the last beat', calm: true },
  { port: 'm_axi_wvalid', wrong: "it & 1'b0", told: 'm_axi w: a burst was never sent', calm: true },
  // The inside believes that what it sees is taken.
  {
    port: 'm_axi_bready',
    wrong: "it & 1'b0",
    told: 'm_axi b: the run ended before a burst was answered',
    calm: true,
  },
  {
    port: 'm_axi_rready',
    wrong: "it & 1'b0",
    told: 'm_axi r: the run ended before its beats had come',
    calm: true,
  },
  { port: 'm_axi_awvalid', wrong: "it & 1'b0", told: 'm_axi b: a response without a burst', seen: true },
  { port: 'm_axi_arvalid', wrong: "it & 1'b0", told: 'm_axi r: a beat that was not asked for', seen: true },
]

/** A shell and checkers in which an argument chooses the mistake. */
function broken(shell: string, binds: string, mistakes: readonly Mistake[]) {
  const numbered = mistakes.flatMap((mistake, k) => {
    const seen = mistake.seen === true
    return [mistake, ...(mistake.also ?? [])].map(({ port, wrong }) => ({
      port,
      wrong,
      seen,
      k,
    }))
  })
  const chosen = (own: readonly (typeof numbered)[number][], right: string, port: string) =>
    own.reduce((rest, { wrong, k }) => {
      const text = wrong.replace(/\bit\b/g, right).replace(/\bwas\b/g, `was_${port}`)
      return `mistake == ${k} ? (${text}) : ${rest}`
    }, right)
  const groups = (seen: boolean) => {
    const own = numbered.filter(mistake => mistake.seen === seen)
    return [...new Set(own.map(({ port }) => port))].map(
      port => [port, own.filter(mistake => mistake.port === port)] as const,
    )
  }
  let text = shell
  const added: string[] = []
  const keep = (port: string, signal: string) => {
    const range = new RegExp(`put wire (\\[\\d+:0\\] )?${port}\\b`).exec(shell)![1] ?? ''
    if (!added.some(line => line.endsWith(` was_${port};`))) added.push(`  reg ${range}was_${port};`)
    added.push(`  always @(posedge aclk) was_${port} <= ${signal};`)
    return range
  }
  for (const [port, own] of groups(false)) {
    const inner = `inner_${port}`
    const range = keep(port, inner)
    added.push(`  wire ${range}${inner};`)
    added.push(`  assign ${port} = ${chosen(own, inner, port)};`)
    text = text.replace(new RegExp(`(\\.\\w+)\\(${port}\\)`), `$1(${inner})`)
    // What the shell itself drives.
    text = text.replace(`assign ${port} =`, `assign ${inner} =`)
  }
  let bound = binds
  for (const [port, own] of groups(true)) {
    if (!text.includes(`inner_${port}`)) keep(port, port)
    bound = bound.replace(`(${port})`, `(${chosen(own, port, port)})`)
  }
  const head = [
    '  /* verilator lint_off WIDTH */',
    '  integer mistake, tick = 0;',
    '  initial if (!$value$plusargs("mistake=%d", mistake)) mistake = -1;',
    '  always @(posedge aclk) tick <= tick + 1;',
  ]
  return {
    shell: text.replace(/\n\);\n/, `\n);\n${[...head, ...added].join('\n')}\n`),
    binds: `/* verilator lint_off WIDTH */\n${bound}`,
  }
}

/** Enough on the register port for its mistakes to show. */
const writesAndReads = Array.from({ length: 20 }, (_, k) =>
  k % 2 === 0 ? ({ op: 'write', address: 0x40, data: 1 } as const) : ({ op: 'read', address: 0x2c } as const),
)

const missing = ['verilator', 'g++'].some(tool => findTool(tool as 'verilator') === undefined)

describe.skipIf(missing).each<[BusPorts, readonly Mistake[]]>([
  ['axi_stream', [...streams, ...lite]],
  ['axi_master', bursts],
])('%s', (ports, mistakes) => {
  const shape = { interface: ports as 'axi_stream', link: 'mover', wordsPerBeat: 1, elements: 5 } as const
  const small: SmallAccelerator = smallAccelerator(shape, 30)
  const shell = printShell({ ...shape, project: 'pair', buildHash: '0', board: { title: 'a test' } })
  const rules = ruleFiles(top, small.subject)
  const wrong = broken(shell, rules['bind.sv']!, mistakes)
  const files = {
    ...printVerilogProject(small.module).files,
    ...rules,
    [`${top}.v`]: wrong.shell,
    'bind.sv': wrong.binds,
  }
  const { script } = planFrames(small.subject, small.rows, small.wordsOut)
  const accesses = [...script.accesses, ...writesAndReads]
  const run = (mistake: number, calm = false) =>
    runBusVerilator({
      top,
      files,
      subject: small.subject,
      script: { ...script, accesses },
      options: {
        ...(calm ? {} : { stall: stallPattern(2) }),
        resetAt: 60,
        resetCycles: 6,
        hangAfter: calm ? 2001 : 2000,
      },
      assertions: true,
      plusArguments: [`+mistake=${mistake}`],
    })

  it('no mistake, nothing told', async () => {
    await run(-1)
    await run(-1, true)
  })

  it.each(mistakes.map(({ port, wrong, told }, k) => [`${port} = ${wrong}`, told, k] as const))(
    '%s: %s',
    async (_, told, k) => {
      await expect(run(k, mistakes[k]!.calm)).rejects.toThrow(told)
    },
  )
})
