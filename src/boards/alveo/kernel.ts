// The accelerator as a kernel for XRT: names, ports and arguments as v++ and the runtime expect them of an RTL kernel
// (UG1702 «RTL Kernel XML File», UG1701 «RTL Kernel Interface Requirements»; the register map is that of `ap_ctrl_hs`).

import { kernelMap } from '../../rtl/axi/register-map.ts'
import type { PackageDescription } from '../package-description.ts'
import { type ShellPort, shellPorts } from '../shell.ts'

/** Name of the kernel and of its Verilog module. */
export function kernelName({ project }: Pick<PackageDescription, 'project'>): string {
  return `${project}_kernel`
}

/**
 * Name of the one compute unit. It carries the build hash, so that a host finds what it was written for without reading a
 * register: pyxrt has no way to read one since XRT 2.15 (Xilinx/XRT issue 7863).
 */
export function unitName({ project, buildHash }: Pick<PackageDescription, 'project' | 'buildHash'>): string {
  return `${project}_${buildHash}`
}

/** Vendor, library, name and version of the packaged block. */
export function kernelVlnv(description: Pick<PackageDescription, 'project'>): string {
  return `user.org:kernel:${kernelName(description)}:1.0`
}

/** Bits of an address of registers: a page, as kernels of Vitis have it; the accelerator has fewer. */
const controlBits = 12

export interface KernelArgument {
  readonly name: string
  readonly port: 's_axi_control' | 'm_axi_gmem'
  /** Bytes. */
  readonly size: number
  /** Address of its register. */
  readonly offset: number
  readonly type: string
}

/** Arguments in the order in which a host gives them. */
export function kernelArguments({ form }: Pick<PackageDescription, 'form'>): readonly KernelArgument[] {
  const type = form === 'float' ? 'float*' : 'int*'
  const { INPUT_LOW, OUTPUT_LOW, FRAMES } = kernelMap
  return [
    { name: 'x', port: 'm_axi_gmem', size: 8, offset: INPUT_LOW.address, type },
    { name: 'y', port: 'm_axi_gmem', size: 8, offset: OUTPUT_LOW.address, type },
    { name: 'frames', port: 's_axi_control', size: 4, offset: FRAMES.address, type: 'unsigned int' },
  ]
}

const hex = (value: number) => `0x${value.toString(16).toUpperCase()}`

/** `kernel.xml`. */
export function kernelXml(description: PackageDescription): string {
  const name = kernelName(description)
  const args = kernelArguments(description).map(({ name: own, port, size, offset, type }, id) => {
    const qualifier = port === 'm_axi_gmem' ? 1 : 0
    return `      <arg name="${own}" addressQualifier="${qualifier}" id="${id}" port="${port}" size="${hex(size)}" offset="${hex(offset)}" type="${type}" hostOffset="0x0" hostSize="${hex(size)}"/>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<root versionMajor="1" versionMinor="6">
  <kernel name="${name}" language="ip_c" vlnv="${kernelVlnv(description)}" attributes="" preferredWorkGroupSizeMultiple="0" workGroupSize="1" interrupt="true" hwControlProtocol="ap_ctrl_hs">
    <ports>
      <port name="s_axi_control" mode="slave" range="${hex(2 ** controlBits)}" dataWidth="32" portType="addressable" base="0x0"/>
      <port name="m_axi_gmem" mode="master" range="0xFFFFFFFFFFFFFFFF" dataWidth="${32 * description.wordsPerBeat}" portType="addressable" base="0x0"/>
    </ports>
    <args>
${args.join('\n')}
    </args>
  </kernel>
</root>
`
}

/** The accelerator's name for a port, and the kernel's. */
function kernelPort({ name }: ShellPort): string {
  return name.replace(/^s_axi_/, 's_axi_control_').replace(/^m_axi_/, 'm_axi_gmem_')
}

/** Verilog of the kernel: other names around `<project>_accel`, nothing else. */
export function printKernelShell(description: PackageDescription): string {
  const { project, board, buildHash } = description
  const ports = shellPorts(description)
  const isAddress = ({ name }: ShellPort) => /^s_axi_a[wr]addr$/.test(name)
  const declarations = ports.map(port => {
    const width = isAddress(port) ? controlBits : port.width
    const range = width === 1 ? '' : `[${width - 1}:0] `
    const signal = (port.signal ?? '')
      .replace(' s_axi ', ' s_axi_control ')
      .replace(' m_axi ', ' m_axi_gmem ')
    const level =
      port.name === 'interrupt' ? '  (* X_INTERFACE_PARAMETER = "SENSITIVITY LEVEL_HIGH" *)\n' : ''
    return `  (* X_INTERFACE_INFO = "${signal}" *)\n${level}  ${port.direction} wire ${range}${kernelPort(port)}`
  })
  const connections = ports.map(port => {
    const part = isAddress(port) ? `[${port.width - 1}:0]` : ''
    return `    .${port.name}(${kernelPort(port)}${part})`
  })
  return `// ${project} for ${board.title}: XRT's names around ${project}_accel. Build ${buildHash}.

\`default_nettype none

module ${kernelName(description)} (
  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 ap_clk CLK" *)
  (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axi_control:m_axi_gmem, ASSOCIATED_RESET ap_rst_n" *)
  input wire ap_clk,
  (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 ap_rst_n RST" *)
  (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
  input wire ap_rst_n,
${declarations.join(',\n')}
);

  ${project}_accel accelerator (
    .aclk(ap_clk),
    .aresetn(ap_rst_n),
${connections.join(',\n')}
  );
endmodule

\`default_nettype wire
`
}
