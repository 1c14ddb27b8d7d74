// The accelerator as Vivado takes it: AXI names and attributes around the module that does the work.

import type { PackageDescription } from './package-description.ts'

interface ShellPort {
  readonly direction: 'input' | 'output'
  readonly width: number
  readonly name: string
  /** Of the module inside; absent where the shell drives or ignores it. */
  readonly inner?: string
  /** The signal of an interface that it is, as `X_INTERFACE_INFO` has it. */
  readonly signal: string
}

/** Verilog of `<project>_accel`: `aclk`, `aresetn`, streams `s_axis` and `m_axis`, registers `s_axi`. */
export function printShell(description: PackageDescription): string {
  const { project, board, buildHash } = description
  const ports = shellPorts(description)
  return [
    `// ${project} for ${board.title}: AXI names around ${project}_axi. Build ${buildHash}.`,
    '',
    '`default_nettype none',
    '',
    `module ${project}_accel (`,
    `  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 aclk CLK" *)`,
    `  (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axis:m_axis:s_axi, ASSOCIATED_RESET aresetn" *)`,
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
    ...ports.flatMap(({ name, width, inner, direction }) =>
      inner === undefined && direction === 'output' ? [`  assign ${name} = {${width}{1'b1}};`] : [],
    ),
    'endmodule',
    '',
    '`default_nettype wire',
    '',
  ].join('\n')
}

function portLines({ direction, width, name, signal }: ShellPort): string {
  const range = width === 1 ? '' : `[${width - 1}:0] `
  return `  (* X_INTERFACE_INFO = "${signal}" *)\n  ${direction} wire ${range}${name}`
}

function shellPorts({ wordsPerBeat }: PackageDescription): ShellPort[] {
  const width = 32 * wordsPerBeat
  return [
    ...streamPorts('s_axis', 's', 'input', width),
    ...streamPorts('m_axis', 'm', 'output', width),
    {
      direction: 'output',
      width: width / 8,
      name: 'm_axis_tkeep',
      signal: 'xilinx.com:interface:axis:1.0 m_axis TKEEP',
    },
    ...litePorts(),
  ]
}

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

const lite = [
  ['input', 'AWADDR', 6],
  ['input', 'AWVALID', 1],
  ['output', 'AWREADY', 1],
  ['input', 'WDATA', 32],
  ['input', 'WSTRB', 4],
  ['input', 'WVALID', 1],
  ['output', 'WREADY', 1],
  ['output', 'BRESP', 2],
  ['output', 'BVALID', 1],
  ['input', 'BREADY', 1],
  ['input', 'ARADDR', 6],
  ['input', 'ARVALID', 1],
  ['output', 'ARREADY', 1],
  ['output', 'RDATA', 32],
  ['output', 'RRESP', 2],
  ['output', 'RVALID', 1],
  ['input', 'RREADY', 1],
] as const

function litePorts(): ShellPort[] {
  return lite.map(([direction, signal, width]) => {
    const name = `s_axi_${signal.toLowerCase()}`
    return { direction, width, name, inner: name, signal: `xilinx.com:interface:aximm:1.0 s_axi ${signal}` }
  })
}
