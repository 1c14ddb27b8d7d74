// The protocol's rules around a shell, for Verilator: the checkers, and a `bind` of each to the shell's ports.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BusSubject } from '../../src/rtl/axi/bench/script.ts'
import { addressBits } from '../../src/rtl/axi/register-map.ts'

const here = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
const clocked = ['aclk', 'aresetn']
const stream = ['tdata', 'tlast', 'tvalid', 'tready']
const address = (channel: string) => ['addr', 'valid', 'ready'].map(signal => channel + signal)
const burst = (channel: string) => [
  ...address(channel),
  ...['len', 'size', 'burst'].map(own => channel + own),
]
const write = ['wdata', 'wstrb', 'wvalid', 'wready']
const answers = ['bresp', 'bvalid', 'bready', 'rdata', 'rresp', 'rvalid', 'rready']
const lite = [...address('aw'), ...write, ...address('ar'), ...answers]
const memory = [...burst('aw'), ...write, 'wlast', ...burst('ar'), ...answers, 'rlast']

function bindOf(
  top: string,
  rules: string,
  parameters: string,
  bus: string,
  signals: readonly string[],
): string {
  const pins = [
    ...clocked.map(name => `.${name}(${name})`),
    ...signals.map(name => `.${name}(${bus}_${name})`),
  ]
  return `bind ${top} ${rules} #(${parameters}) ${bus}_rules (${pins.join(', ')});`
}

/** Files that hold a shell of this name to the rules. */
export function ruleFiles(top: string, { ports, wordsPerBeat }: BusSubject): Record<string, string> {
  const width = 32 * wordsPerBeat
  const streams = ['s_axis', 'm_axis'].map(bus =>
    bindOf(top, 'stream_rules', `.WIDTH(${width}), .NAME("${bus}")`, bus, stream),
  )
  const registers = (bits: number) => bindOf(top, 'lite_rules', `.BITS(${bits})`, 's_axi', lite)
  const binds = {
    axi_stream: [...streams, registers(addressBits.axi_stream)],
    comblock: streams,
    axi_lite: [registers(addressBits.axi_lite)],
    axi_master: [
      registers(addressBits.axi_master),
      bindOf(top, 'memory_rules', `.WIDTH(${width})`, 'm_axi', memory),
    ],
  }[ports]
  return {
    'stream_rules.sv': here('stream_rules.sv'),
    ...(ports === 'comblock' ? {} : { 'lite_rules.sv': here('lite_rules.sv') }),
    ...(ports === 'axi_master'
      ? { 'memory_rules.sv': here('memory_rules.sv'), 'burst_rules.sv': here('burst_rules.sv') }
      : {}),
    'bind.sv': `${binds.join('\n')}\n`,
  }
}
