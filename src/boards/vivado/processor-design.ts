// Block designs beside a processor system: it gives clock, reset and memory; AXI DMA carries frames between memory and
// the accelerator. `hier_0/axi_dma_0` is the name that hls4ml's PYNQ driver asks for.

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
  readonly control: { readonly port: string; readonly clock: string }
  readonly memory: { readonly port: string; readonly clock: string }
}

/** Tcl that fills the open block design of a board with Zynq-7000 or Zynq UltraScale+. */
export function processorDesign(description: PackageDescription): string {
  const family = description.board.kind === 'zynq' ? zynq(description) : zynqmp(description)
  return [family.create, moverBlock(description), interconnects(description, family), clocks(family)]
    .concat(addresses(description, family))
    .join('\n')
}

/** AXI3 on the Zynq-7000: the older interconnect converts and takes less logic than SmartConnect on a small part. */
function zynq({ clockMhz }: PackageDescription): Family {
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
  CONFIG.PCW_USE_S_AXI_HP0 1
  CONFIG.PCW_USE_S_AXI_HP1 0
  CONFIG.PCW_USE_S_AXI_HP2 0
  CONFIG.PCW_USE_S_AXI_HP3 0
  CONFIG.PCW_S_AXI_HP0_DATA_WIDTH 64
}
`,
    interconnect: 'axi_interconnect',
    interconnectPins: interconnectPins,
    clock: `${cell}/FCLK_CLK0`,
    reset: `${cell}/FCLK_RESET0_N`,
    control: { port: 'M_AXI_GP0', clock: 'M_AXI_GP0_ACLK' },
    memory: { port: 'S_AXI_HP0', clock: 'S_AXI_HP0_ACLK' },
  }
}

/** Registers by the low-power domain's port, whose addresses begin at 0x8000_0000; memory by the first port to DDR. */
function zynqmp({ clockMhz }: PackageDescription): Family {
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
  CONFIG.PSU__USE__S_AXI_GP2 1
${slaves}
  CONFIG.PSU__USE__S_AXI_ACE 0
  CONFIG.PSU__USE__S_AXI_ACP 0
}
configure ${cell} {CONFIG.PSU__MAXIGP2__DATA_WIDTH 32 CONFIG.PSU__SAXIGP2__DATA_WIDTH 128}
`,
    interconnect: 'smartconnect',
    interconnectPins: () => ({ clocks: ['aclk'], resets: ['aresetn'] }),
    clock: `${cell}/pl_clk0`,
    reset: `${cell}/pl_resetn0`,
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
function moverBlock({ project, wordsPerBeat }: PackageDescription): string {
  const bits = 32 * wordsPerBeat
  return `# AXI DMA, both ways, without scatter and gather: the driver gives one address and one length.
# Interrupts stay open: drivers poll.
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

function interconnects({ project }: PackageDescription, family: Family): string {
  const { cell, interconnect, control, memory } = family
  return `# Registers: the processor system to the DMA and to the accelerator.
cell ${interconnect} axi_control {CONFIG.NUM_SI 1 CONFIG.NUM_MI 2}
bus ${cell}/${control.port} axi_control/S00_AXI
bus axi_control/M00_AXI hier_0/S_AXI_LITE
bus axi_control/M01_AXI ${project}_accel_0/s_axi

# Memory: both ways of the DMA to the processor system.
cell ${interconnect} axi_memory {CONFIG.NUM_SI 2 CONFIG.NUM_MI 1}
bus hier_0/M_AXI_MM2S axi_memory/S00_AXI
bus hier_0/M_AXI_S2MM axi_memory/S01_AXI
bus axi_memory/M00_AXI ${cell}/${memory.port}

cell proc_sys_reset proc_sys_reset_0 {}
wire ${family.reset} proc_sys_reset_0/ext_reset_in
foreach {clock reset} {hier_0/aclk hier_0/aresetn ${project}_accel_0/aclk ${project}_accel_0/aresetn} {
  wire ${family.clock} $clock
  wire proc_sys_reset_0/peripheral_aresetn $reset
}
`
}

/** One clock for everything, and the resets made from it. */
function clocks({ cell, clock, control, memory, interconnectPins: pins }: Family): string {
  const [controlPins, memoryPins] = [pins(1, 2), pins(2, 1)]
  const sinks = [
    `${cell}/${control.clock}`,
    `${cell}/${memory.clock}`,
    'proc_sys_reset_0/slowest_sync_clk',
    ...controlPins.clocks.map(pin => `axi_control/${pin}`),
    ...memoryPins.clocks.map(pin => `axi_memory/${pin}`),
  ]
  return `${sinks.map(sink => `wire ${clock} ${sink}`).join('\n')}
${interconnectResets('axi_control', controlPins.resets)}
${interconnectResets('axi_memory', memoryPins.resets)}
`
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

function addresses(description: PackageDescription, { cell, memory }: Family): string {
  const map = addressMap(description)
  const fixed = Object.values(map).map(
    ({ cell: own, interface: port, base, size }: AddressRange) =>
      `address ${cell}/Data ${own}/${port} ${hex(base)} ${hex(size)}`,
  )
  return `# Fixed addresses, which the drivers have too.
${fixed.join('\n')}

# The DMA reaches memory below 4 GiB and nothing else.
memory {hier_0/axi_dma_0/Data_MM2S hier_0/axi_dma_0/Data_S2MM} ${cell}/${memory.port}
`
}
