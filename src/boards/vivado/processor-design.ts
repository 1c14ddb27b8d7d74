// Block designs beside a processor system: it gives clock, reset and memory. Streams are carried between memory and the
// accelerator by AXI DMA, `hier_0/axi_dma_0` as hls4ml's PYNQ driver asks for it; an accelerator that reads memory itself
// stands on the port of memory, one with windows on the registers' alone.

import {
  comblockCell,
  comblockClock,
  comblockClocked,
  comblockPort,
  comblockTcl,
} from '../comblock/design.ts'
import type { PackageDescription } from '../package-description.ts'
import { type AddressRange, addressMap, hex } from './addresses.ts'

/** What differs between the two families. */
interface Family {
  readonly cell: string
  /** Makes the processor system, with the board's preset where its files are installed. */
  readonly create: string
  /** Interconnect by catalogue name; its clock and reset pins for one port in and `ports` out, or the reverse. */
  readonly interconnect: string
  readonly interconnectPins: (
    slaves: number,
    masters: number,
  ) => { readonly clocks: string[]; readonly resets: string[] }
  readonly clock: string
  readonly reset: string
  /** The first line of the fabric's interrupts. */
  readonly interrupt: string
  readonly control: { readonly port: string; readonly clock: string }
  readonly memory: { readonly port: string; readonly clock: string }
}

/** What stands between the processor system's two ports. */
interface Block {
  /** Tcl that makes it. */
  readonly create: string
  /** Interfaces with registers, in the order of the interconnect's ports. */
  readonly registers: readonly string[]
  /** Interfaces that read and write memory, the address spaces behind them, and the segments they reach. */
  readonly masters: readonly string[]
  readonly spaces: readonly string[]
  readonly memory?: string
  /** Pins of clock and reset, in pairs. */
  readonly clocked: readonly string[]
  /** Pin that asks for the processor, on its first line: PYNQ serves no other. */
  readonly interrupt?: string
  /** Tcl once clocks and resets are there. */
  readonly more?: string
}

/** Tcl that fills the open block design of a board with Zynq-7000 or Zynq UltraScale+. */
export function processorDesign(description: PackageDescription): string {
  const block = blockOf(description)
  const family = description.board.kind === 'zynq' ? zynq(description, block) : zynqmp(description, block)
  return [family.create, block.create, interconnects(family, block), clocks(family, block)]
    .concat(addresses(description, family, block))
    .join('\n')
}

function blockOf(description: PackageDescription): Block {
  switch (description.interface) {
    case 'axi_stream':
      return description.link === 'comblock' ? comblockBlock(description) : moverBlock(description)
    case 'axi_lite':
      return windowBlock(description)
    case 'axi_master':
      return masterBlock(description)
    default:
      return description.interface satisfies never
  }
}

/** AXI3 on the Zynq-7000: the older interconnect converts and takes less logic than SmartConnect on a small part. */
function zynq({ clockMhz }: PackageDescription, { masters, interrupt }: Block): Family {
  const cell = 'processing_system7_0'
  return {
    cell,
    create: `# The preset brings memory timing and pins; what this design needs is set after it, as a preset may unset it.
cell processing_system7 ${cell} {}
apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 -config [list \\
  make_external {FIXED_IO, DDR} apply_board_preset $preset Master Disable Slave Disable] [get_bd_cells ${cell}]
configure ${cell} {
  CONFIG.PCW_EN_CLK0_PORT 1
  CONFIG.PCW_EN_RST0_PORT 1
  CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ ${clockMhz}
  CONFIG.PCW_USE_M_AXI_GP0 1
  CONFIG.PCW_USE_M_AXI_GP1 0
  CONFIG.PCW_USE_S_AXI_GP0 0
  CONFIG.PCW_USE_S_AXI_GP1 0
  CONFIG.PCW_USE_S_AXI_ACP 0
  CONFIG.PCW_USE_S_AXI_HP0 ${masters.length > 0 ? 1 : 0}
  CONFIG.PCW_USE_S_AXI_HP1 0
  CONFIG.PCW_USE_S_AXI_HP2 0
  CONFIG.PCW_USE_S_AXI_HP3 0
${masters.length > 0 ? '  CONFIG.PCW_S_AXI_HP0_DATA_WIDTH 64\n' : ''}${interrupt === undefined ? '' : '  CONFIG.PCW_USE_FABRIC_INTERRUPT 1\n  CONFIG.PCW_IRQ_F2P_INTR 1\n'}}
`,
    interconnect: 'axi_interconnect',
    interconnectPins: interconnectPins,
    clock: `${cell}/FCLK_CLK0`,
    reset: `${cell}/FCLK_RESET0_N`,
    interrupt: `${cell}/IRQ_F2P`,
    control: { port: 'M_AXI_GP0', clock: 'M_AXI_GP0_ACLK' },
    memory: { port: 'S_AXI_HP0', clock: 'S_AXI_HP0_ACLK' },
  }
}

/** Registers by the low-power domain's port, whose addresses begin at 0x8000_0000; memory by the first port to DDR. */
function zynqmp({ clockMhz }: PackageDescription, { masters, interrupt }: Block): Family {
  const cell = 'zynq_ultra_ps_e_0'
  const slaves = [0, 1, 3, 4, 5, 6].map(port => `  CONFIG.PSU__USE__S_AXI_GP${port} 0`).join('\n')
  return {
    cell,
    create: `# The preset brings memory timing and pins; what this design needs is set after it, as a preset may unset it.
cell zynq_ultra_ps_e ${cell} {}
if {$preset} {
  apply_bd_automation -rule xilinx.com:bd_rule:zynq_ultra_ps_e -config {apply_board_preset 1} [get_bd_cells ${cell}]
}
configure ${cell} {
  CONFIG.PSU__FPGA_PL0_ENABLE 1
  CONFIG.PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ ${clockMhz}
  CONFIG.PSU__USE__M_AXI_GP0 0
  CONFIG.PSU__USE__M_AXI_GP1 0
  CONFIG.PSU__USE__M_AXI_GP2 1
  CONFIG.PSU__USE__S_AXI_GP2 ${masters.length > 0 ? 1 : 0}
${slaves}
  CONFIG.PSU__USE__S_AXI_ACE 0
  CONFIG.PSU__USE__S_AXI_ACP 0
${interrupt === undefined ? '' : '  CONFIG.PSU__USE__IRQ0 1\n'}}
configure ${cell} {CONFIG.PSU__MAXIGP2__DATA_WIDTH 32${masters.length > 0 ? ' CONFIG.PSU__SAXIGP2__DATA_WIDTH 128' : ''}}
`,
    interconnect: 'smartconnect',
    interconnectPins: () => ({ clocks: ['aclk'], resets: ['aresetn'] }),
    clock: `${cell}/pl_clk0`,
    reset: `${cell}/pl_resetn0`,
    interrupt: `${cell}/pl_ps_irq0`,
    control: { port: 'M_AXI_HPM0_LPD', clock: 'maxihpm0_lpd_aclk' },
    memory: { port: 'S_AXI_HP0_FPD', clock: 'saxihp0_fpd_aclk' },
  }
}

/** Clock and reset pins of an AXI Interconnect: its own and one of each per port. */
export function interconnectPins(slaves: number, masters: number) {
  const ports = [...Array(slaves).keys()].map(port => `S0${port}`)
  ports.push(...[...Array(masters).keys()].map(port => `M0${port}`))
  return {
    clocks: ['ACLK', ...ports.map(port => `${port}_ACLK`)],
    resets: ['ARESETN', ...ports.map(port => `${port}_ARESETN`)],
  }
}

/** The hierarchy with the DMA, and the accelerator on its streams. */
function moverBlock(description: PackageDescription): Block {
  const { project } = description
  return {
    create: moverTcl(description),
    // A block of an HLS tool runs by itself: there is nothing to be written or read.
    registers: ['hier_0/S_AXI_LITE', ...(description.ip === 'hls' ? [] : [`${project}_accel_0/s_axi`])],
    masters: ['hier_0/M_AXI_MM2S', 'hier_0/M_AXI_S2MM'],
    spaces: ['hier_0/axi_dma_0/Data_MM2S', 'hier_0/axi_dma_0/Data_S2MM'],
    clocked: [
      'hier_0/aclk',
      'hier_0/aresetn',
      ...(description.ip === 'hls'
        ? [`${project}_accel_0/ap_clk`, `${project}_accel_0/ap_rst_n`]
        : accelClocked(project)),
    ],
  }
}

function moverTcl({ project, wordsPerBeat }: PackageDescription): string {
  const bits = 32 * wordsPerBeat
  return `# AXI DMA, both ways, without scatter and gather: the driver gives one address and one length.
# Interrupts stay open: drivers poll, and PYNQ, which takes two only behind an interrupt controller (pynq/interrupt.py),
# would refuse the overlay on images without the device for it.
create_bd_cell -type hier hier_0
create_bd_pin -dir I -type clk hier_0/aclk
create_bd_pin -dir I -type rst hier_0/aresetn
create_bd_intf_pin -mode Slave -vlnv xilinx.com:interface:aximm_rtl:1.0 hier_0/S_AXI_LITE
create_bd_intf_pin -mode Master -vlnv xilinx.com:interface:aximm_rtl:1.0 hier_0/M_AXI_MM2S
create_bd_intf_pin -mode Master -vlnv xilinx.com:interface:aximm_rtl:1.0 hier_0/M_AXI_S2MM
create_bd_intf_pin -mode Master -vlnv xilinx.com:interface:axis_rtl:1.0 hier_0/M_AXIS_MM2S
create_bd_intf_pin -mode Slave -vlnv xilinx.com:interface:axis_rtl:1.0 hier_0/S_AXIS_S2MM
cell axi_dma hier_0/axi_dma_0 {
  CONFIG.c_include_sg 0
  CONFIG.c_sg_include_stscntrl_strm 0
  CONFIG.c_sg_length_width 26
  CONFIG.c_include_mm2s 1
  CONFIG.c_include_s2mm 1
  CONFIG.c_mm2s_burst_size 256
  CONFIG.c_s2mm_burst_size 256
  CONFIG.c_m_axi_mm2s_data_width ${bits}
  CONFIG.c_m_axis_mm2s_tdata_width ${bits}
}
# These two are taken over from what is connected unless they are said to be set.
configure hier_0/axi_dma_0 {CONFIG.c_m_axi_s2mm_data_width.VALUE_SRC USER CONFIG.c_s_axis_s2mm_tdata_width.VALUE_SRC USER}
configure hier_0/axi_dma_0 {CONFIG.c_m_axi_s2mm_data_width ${bits} CONFIG.c_s_axis_s2mm_tdata_width ${bits}}
foreach name {S_AXI_LITE M_AXI_MM2S M_AXI_S2MM M_AXIS_MM2S S_AXIS_S2MM} {
  bus hier_0/$name hier_0/axi_dma_0/$name
}
foreach name {s_axi_lite_aclk m_axi_mm2s_aclk m_axi_s2mm_aclk} {
  wire hier_0/aclk hier_0/axi_dma_0/$name
}
wire hier_0/aresetn hier_0/axi_dma_0/axi_resetn

accelerator ${project}_accel_0
bus hier_0/M_AXIS_MM2S ${project}_accel_0/s_axis
bus ${project}_accel_0/m_axis hier_0/S_AXIS_S2MM
`
}

/** A ComBlock's FIFOs on the register port: no memory but theirs. */
function comblockBlock(description: PackageDescription): Block {
  return {
    create: comblockTcl(description),
    registers: [`${comblockCell}/${comblockPort}`],
    masters: [],
    spaces: [],
    clocked: comblockClocked(description),
    more: comblockClock,
  }
}

/** Frames are written into one window of the accelerator's registers and read from another. */
function windowBlock({ project }: PackageDescription): Block {
  return {
    create: `# The accelerator with its windows: no memory but its own.
accelerator ${project}_accel_0
`,
    registers: [`${project}_accel_0/s_axi`],
    masters: [],
    spaces: [],
    clocked: accelClocked(project),
  }
}

/** The accelerator reads frames from memory and writes results there. Its addresses have 64 bits: all memory is reached. */
function masterBlock({ project }: PackageDescription): Block {
  return {
    create: `# The accelerator, which reads and writes memory itself.
accelerator ${project}_accel_0
`,
    registers: [`${project}_accel_0/s_axi`],
    masters: [`${project}_accel_0/m_axi`],
    spaces: [`${project}_accel_0/m_axi`],
    memory: '*DDR*',
    clocked: accelClocked(project),
    interrupt: `${project}_accel_0/interrupt`,
  }
}

function accelClocked(project: string): string[] {
  return [`${project}_accel_0/aclk`, `${project}_accel_0/aresetn`]
}

function interconnects(family: Family, { registers, masters, clocked, interrupt }: Block): string {
  const { cell, interconnect, control, memory } = family
  const memoryWays = `
# Memory: what reads and writes it to the processor system.
cell ${interconnect} axi_memory {CONFIG.NUM_SI ${masters.length} CONFIG.NUM_MI 1}
${masters.map((master, index) => `bus ${master} axi_memory/S0${index}_AXI`).join('\n')}
bus axi_memory/M00_AXI ${cell}/${memory.port}
`
  return `# Registers: from the processor system.
cell ${interconnect} axi_control {CONFIG.NUM_SI 1 CONFIG.NUM_MI ${registers.length}}
bus ${cell}/${control.port} axi_control/S00_AXI
${registers.map((slave, index) => `bus axi_control/M0${index}_AXI ${slave}`).join('\n')}
${masters.length === 0 ? '' : memoryWays}
cell proc_sys_reset proc_sys_reset_0 {}
wire ${family.reset} proc_sys_reset_0/ext_reset_in
foreach {clock reset} {${clocked.join(' ')}} {
  wire ${family.clock} $clock
  wire proc_sys_reset_0/peripheral_aresetn $reset
}
${interrupt === undefined ? '' : `wire ${interrupt} ${family.interrupt}\n`}`
}

/** One clock for everything, and the resets made from it. */
function clocks(family: Family, { registers, masters, more }: Block): string {
  const { cell, clock, control, memory, interconnectPins: pins } = family
  const ways = [
    { name: 'axi_control', ...pins(1, registers.length) },
    ...(masters.length === 0 ? [] : [{ name: 'axi_memory', ...pins(masters.length, 1) }]),
  ]
  const sinks = [
    `${cell}/${control.clock}`,
    ...(masters.length === 0 ? [] : [`${cell}/${memory.clock}`]),
    'proc_sys_reset_0/slowest_sync_clk',
    ...ways.flatMap(({ name, clocks: own }) => own.map(pin => `${name}/${pin}`)),
  ]
  return `${sinks.map(sink => `wire ${clock} ${sink}`).join('\n')}
${ways.map(({ name, resets }) => interconnectResets(name, resets)).join('\n')}
${more ?? ''}`
}

/** The interconnect's own reset goes up before those of the ports, as Vivado's own designs have it. */
export function interconnectResets(cell: string, resets: readonly string[]): string {
  return resets
    .map((pin, index) => {
      const source = index === 0 && resets.length > 1 ? 'interconnect_aresetn' : 'peripheral_aresetn'
      return `wire proc_sys_reset_0/${source} ${cell}/${pin}`
    })
    .join('\n')
}

function addresses(description: PackageDescription, { cell, memory }: Family, block: Block): string {
  const map = addressMap(description)
  const fixed = Object.values(map).map(
    ({ cell: own, interface: port, base, size }: AddressRange) =>
      `address ${cell}/Data ${own}/${port} ${hex(base)} ${hex(size)}`,
  )
  const reached = block.memory === undefined ? 'memory below 4 GiB' : 'all memory'
  const wanted = block.memory === undefined ? '' : ` {${block.memory}}`
  return `# Fixed addresses, which the drivers have too.
${fixed.join('\n')}
${
  block.spaces.length === 0
    ? ''
    : `
# Frames lie in memory: ${reached} is reached, and nothing else.
memory {${block.spaces.join(' ')}} ${cell}/${memory.port}${wanted}
`
}`
}
