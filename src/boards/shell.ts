// The accelerator as Vivado takes it: AXI names and attributes around the module that does the work.

import { portsOf } from '../rtl/axi/bus-interface.ts'
import { addressBits } from '../rtl/axi/register-map.ts'
import { flatPort, flatRegisters } from '../rtl/axi/registers.ts'
import type { PackageDescription } from './package-description.ts'

export interface ShellPort {
  readonly direction: 'input' | 'output'
  readonly width: number
  readonly name: string
  /** Of the module inside; absent where the shell drives or ignores it. */
  readonly inner?: string
  /** What the shell drives it with, where nothing inside does. */
  readonly constant?: string
  /** The signal of an interface that it is, as `X_INTERFACE_INFO` has it; absent for a plain port. */
  readonly signal?: string
}

/** What the shell says and depends on. */
export type ShellDescription = Pick<
  PackageDescription,
  'project' | 'buildHash' | 'interface' | 'link' | 'wordsPerBeat'
> & {
  readonly board: { readonly title: string }
}

/**
 * Verilog of `<project>_accel`: `aclk`, `aresetn` and, by interface, streams `s_axis` and `m_axis` with registers on
 * `s_axi` or, for a ComBlock, as ports of their own; `s_axi` alone; or `s_axi`, `m_axi` and `interrupt`.
 */
export function printShell(description: ShellDescription): string {
  const { project, board, buildHash } = description
  const ports = shellPorts(description)
  return [
    `// ${project} for ${board.title}: AXI names around ${project}_axi. Build ${buildHash}.`,
    '',
    '`default_nettype none',
    '',
    `module ${project}_accel (`,
    `  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 aclk CLK" *)`,
    `  (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF ${busesOf(ports)}, ASSOCIATED_RESET aresetn" *)`,
    '  input wire aclk,',
    `  (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 aresetn RST" *)`,
    '  (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)',
    '  input wire aresetn,',
    ports.map(portLines).join(',\n'),
    ');',
    '',
    '  // The logic inside takes a synchronous reset, active high.',
    "  reg reset = 1'b1;",
    '  always @(posedge aclk) reset <= !aresetn;',
    '',
    `  ${project}_axi accelerator (`,
    [
      '    .clk(aclk)',
      '    .rst(reset)',
      ...ports.flatMap(({ inner, name }) => (inner === undefined ? [] : [`    .${inner}(${name})`])),
    ].join(',\n'),
    '  );',
    ...ports.flatMap(({ name, constant }) =>
      constant === undefined ? [] : [`  assign ${name} = ${constant};`],
    ),
    'endmodule',
    '',
    '`default_nettype wire',
    '',
  ].join('\n')
}

function busesOf(ports: readonly ShellPort[]): string {
  const named = ports.flatMap(
    ({ signal }) => /^xilinx\.com:interface:\S+ (\S+) /.exec(signal ?? '')?.[1] ?? [],
  )
  return [...new Set(named)].join(':')
}

function portLines({ direction, width, name, signal }: ShellPort): string {
  const range = width === 1 ? '' : `[${width - 1}:0] `
  const plain = `  ${direction} wire ${range}${name}`
  if (signal === undefined) return plain
  const level = signal.startsWith('xilinx.com:signal:interrupt')
    ? '  (* X_INTERFACE_PARAMETER = "SENSITIVITY LEVEL_HIGH" *)\n'
    : ''
  return `  (* X_INTERFACE_INFO = "${signal}" *)\n${level}${plain}`
}

export function shellPorts(description: ShellDescription): ShellPort[] {
  const width = 32 * description.wordsPerBeat
  const ports = portsOf(description)
  switch (ports) {
    case 'axi_stream':
      return [...bothStreams(width), ...litePorts(addressBits.axi_stream)]
    case 'comblock':
      return [...bothStreams(width), ...flatPorts()]
    case 'axi_lite':
      return litePorts(addressBits.axi_lite)
    case 'axi_master':
      return [
        ...litePorts(addressBits.axi_master),
        ...memoryPorts(width),
        {
          direction: 'output',
          width: 1,
          name: 'interrupt',
          inner: 'irq',
          signal: 'xilinx.com:signal:interrupt:1.0 interrupt INTERRUPT',
        },
      ]
    default:
      return ports satisfies never
  }
}

function bothStreams(width: number): ShellPort[] {
  return [
    ...streamPorts('s_axis', 's', 'input', width),
    ...streamPorts('m_axis', 'm', 'output', width),
    {
      direction: 'output',
      width: width / 8,
      name: 'm_axis_tkeep',
      constant: ones(width / 8),
      signal: 'xilinx.com:interface:axis:1.0 m_axis TKEEP',
    },
  ]
}

const ones = (width: number): string => `{${width}{1'b1}}`

function streamPorts(
  name: string,
  inner: string,
  direction: ShellPort['direction'],
  width: number,
): ShellPort[] {
  const back = direction === 'input' ? 'output' : 'input'
  const port = (
    signal: string,
    part: string,
    wide: number,
    way: ShellPort['direction'] = direction,
  ): ShellPort => ({
    direction: way,
    width: wide,
    name: `${name}_${signal.toLowerCase()}`,
    inner: `${inner}_${part}`,
    signal: `xilinx.com:interface:axis:1.0 ${name} ${signal}`,
  })
  return [
    port('TDATA', 'data', width),
    port('TVALID', 'valid', 1),
    port('TREADY', 'ready', 1, back),
    port('TLAST', 'last', 1),
  ]
}

type Signal = readonly [direction: ShellPort['direction'], signal: string, width: number, constant?: string]

/** Signals of a memory-mapped bus; one that has a constant, or that the inside does not know, is the shell's alone. */
function busPorts(name: string, signals: readonly Signal[], unknown: readonly string[] = []): ShellPort[] {
  return signals.map(([direction, signal, width, constant]) => {
    const port = `${name}_${signal.toLowerCase()}`
    return {
      direction,
      width,
      name: port,
      signal: `xilinx.com:interface:aximm:1.0 ${name} ${signal}`,
      ...(constant !== undefined ? { constant } : unknown.includes(signal) ? {} : { inner: port }),
    }
  })
}

function litePorts(bits: number): ShellPort[] {
  return busPorts('s_axi', [
    ['input', 'AWADDR', bits],
    ['input', 'AWVALID', 1],
    ['output', 'AWREADY', 1],
    ['input', 'WDATA', 32],
    ['input', 'WSTRB', 4],
    ['input', 'WVALID', 1],
    ['output', 'WREADY', 1],
    ['output', 'BRESP', 2],
    ['output', 'BVALID', 1],
    ['input', 'BREADY', 1],
    ['input', 'ARADDR', bits],
    ['input', 'ARVALID', 1],
    ['output', 'ARREADY', 1],
    ['output', 'RDATA', 32],
    ['output', 'RRESP', 2],
    ['output', 'RVALID', 1],
    ['input', 'RREADY', 1],
  ])
}

/** Bursts of whole beats at rising addresses, bufferable and modifiable as AMD's interconnects want it (UG1037). */
function memoryPorts(width: number): ShellPort[] {
  const size = `3'd${Math.log2(width / 8)}`
  const fixed: Signal[] = [
    ['output', 'SIZE', 3, size],
    ['output', 'BURST', 2, "2'b01"],
    ['output', 'CACHE', 4, "4'b0011"],
    ['output', 'PROT', 3, "3'b000"],
  ]
  const address = (channel: string): Signal[] => [
    ['output', `${channel}ADDR`, 64],
    ['output', `${channel}LEN`, 8],
    ...fixed.map(([way, name, wide, value]): Signal => [way, channel + name, wide, value!]),
    ['output', `${channel}VALID`, 1],
    ['input', `${channel}READY`, 1],
  ]
  return busPorts(
    'm_axi',
    [
      ...address('AW'),
      ['output', 'WDATA', width],
      ['output', 'WSTRB', width / 8, ones(width / 8)],
      ['output', 'WLAST', 1],
      ['output', 'WVALID', 1],
      ['input', 'WREADY', 1],
      ['input', 'BRESP', 2],
      ['input', 'BVALID', 1],
      ['output', 'BREADY', 1],
      ...address('AR'),
      ['input', 'RDATA', width],
      ['input', 'RRESP', 2],
      ['input', 'RLAST', 1],
      ['input', 'RVALID', 1],
      ['output', 'RREADY', 1],
    ],
    ['RLAST'],
  )
}

/** For a ComBlock's registers: CONTROL comes, all others go. */
function flatPorts(): ShellPort[] {
  return [
    { direction: 'input', width: 32, name: 'control', inner: 'control' },
    ...flatRegisters.map((name): ShellPort => {
      const port = flatPort(name)
      return { direction: 'output', width: 32, name: port, inner: port }
    }),
  ]
}
