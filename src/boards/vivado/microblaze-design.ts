// The block design of a board whose FPGA stands by itself: a MicroBlaze with its program and data in block RAM, a UART,
// a timer, and what the interface asks for: an AXI FIFO in front of streams (without memory outside, a DMA would copy from
// block RAM to the stream what the processor has just written there; the FIFO takes the words at once), block RAM beside
// an accelerator that reads memory itself, nothing beside windows.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Board } from '../boards.ts'
import {
  comblockCell,
  comblockClock,
  comblockClocked,
  comblockPort,
  comblockTcl,
} from '../comblock/design.ts'
import type { PackageDescription, WordFrame } from '../package-description.ts'
import { type AddressRange, addressMap, hex } from './addresses.ts'
import { interconnectPins, interconnectResets } from './processor-design.ts'

/** Bytes of block RAM for program and data. */
const localMemory = 0x10000

/** Words that AXI FIFO keeps for itself, with room to spare. */
const fifoMargin = 8
const fifoDepths = { least: 512, most: 131072 }

export interface PinnedBoard extends Board {
  readonly oscillator: NonNullable<Board['oscillator']>
  readonly uart: NonNullable<Board['uart']>
}

/** The board with its pins. Fails with `package/board-pins` where oscillator or UART are not known. */
function pinnedBoard(board: Board): PinnedBoard {
  const { oscillator, uart } = board
  if (oscillator !== undefined && uart !== undefined) return { ...board, oscillator, uart }
  return fail({
    code: 'package/board-pins',
    place: board.name,
    problem: `the board has no processor system, and its ${oscillator === undefined ? 'oscillator' : 'UART'} is not known`,
    expected: 'pins of an oscillator and of a UART',
    remedy: "Give `oscillator` and `uart` in the board's file.",
  })
}

/** Tcl that fills the open block design of a board without a processor system. */
export function microblazeDesign(description: PackageDescription): string {
  const board = pinnedBoard(description.board)
  const carrier = carrierOf(description)
  return [
    clocking(description, board),
    processor(),
    `${peripherals}${carrier.create}`,
    wiring(description, carrier),
    addresses(description),
  ].join('\n')
}

/** What carries frames between the processor and the accelerator. */
interface Carrier {
  /** Tcl that makes it and the accelerator. */
  readonly create: string
  /** Interfaces with registers or memory, before those of every design, in the order of the interconnect's ports. */
  readonly slaves: readonly string[]
  /** Pins of clock and reset, in pairs, where it takes the accelerator's place on the registers. */
  readonly clocked?: readonly string[]
  /** Cells clocked by `s_axi_aclk` and reset by `s_axi_aresetn`. */
  readonly cells: readonly string[]
  /** Tcl that clocks what is clocked otherwise, and gives other masters their addresses. */
  readonly more?: string
}

function carrierOf(description: PackageDescription): Carrier {
  switch (description.interface) {
    case 'axi_stream':
      return description.link === 'comblock' ? comblockCarrier(description) : fifoCarrier(description)
    case 'axi_lite':
      return { create: `accelerator ${description.project}_accel_0\n`, slaves: [], cells: [] }
    case 'axi_master':
      return memoryCarrier(description)
    default:
      return description.interface satisfies never
  }
}

/** AXI FIFO has streams of 32 bits when it is read through AXI4-Lite. */
function checkBeat({ wordsPerBeat, board }: PackageDescription): void {
  if (wordsPerBeat === 1) return
  fail({
    code: 'package/beat-width',
    place: board.name,
    problem: `${wordsPerBeat} words in each beat do not pass the FIFO that stands for a DMA on this board`,
    expected: 'one word of 32 bits in each beat',
    remedy: 'Package for this board with one word in each beat.',
  })
}

/** Words of the FIFO that a whole frame fits in. Fails with `package/frame-too-long` beyond what AXI FIFO has. */
function fifoDepth(frame: WordFrame, place: string): number {
  const words = frame.types.length + fifoMargin
  const depth = Math.max(fifoDepths.least, 2 ** Math.ceil(Math.log2(words)))
  if (depth <= fifoDepths.most) return depth
  return fail({
    code: 'package/frame-too-long',
    place,
    problem: `a frame of '${frame.name}' has ${frame.types.length} words`,
    expected: `at most ${fifoDepths.most - fifoMargin}, which AXI FIFO holds`,
    remedy: 'Take a board with a processor system, whose DMA reads frames from memory.',
  })
}

function clocking({ clockMhz }: PackageDescription, { oscillator }: PinnedBoard): string {
  return `# The oscillator, and the clock of everything made from it; its constraint comes with the clock wizard.
create_bd_port -dir I -type clk -freq_hz ${Math.round(oscillator.mhz * 1e6)} sys_clk
cell clk_wiz clk_wiz_0 {
  CONFIG.PRIM_SOURCE Single_ended_clock_capable_pin
  CONFIG.PRIM_IN_FREQ ${oscillator.mhz}
  CONFIG.CLKOUT1_REQUESTED_OUT_FREQ ${clockMhz}
  CONFIG.USE_RESET false
  CONFIG.USE_LOCKED true
}
wire sys_clk clk_wiz_0/clk_in1
# Reset until the clock is locked, and whenever the debugger asks.
cell proc_sys_reset proc_sys_reset_0 {CONFIG.C_EXT_RESET_HIGH 0}
wire clk_wiz_0/clk_out1 proc_sys_reset_0/slowest_sync_clk
wire clk_wiz_0/locked proc_sys_reset_0/ext_reset_in
wire clk_wiz_0/locked proc_sys_reset_0/dcm_locked
`
}

function processor(): string {
  return `# MicroBlaze with program and data in block RAM: one port for instructions, one for data.
cell microblaze microblaze_0 {
  CONFIG.C_DEBUG_ENABLED 1
  CONFIG.C_D_AXI 1
  CONFIG.C_D_LMB 1
  CONFIG.C_I_LMB 1
  CONFIG.C_USE_BARREL 1
  CONFIG.C_USE_HW_MUL 1
}
cell mdm mdm_1 {}
bus mdm_1/MBDEBUG_0 microblaze_0/DEBUG
wire mdm_1/Debug_SYS_Rst proc_sys_reset_0/mb_debug_sys_rst
cell blk_mem_gen lmb_bram {CONFIG.Memory_Type True_Dual_Port_RAM CONFIG.use_bram_block BRAM_Controller}
foreach {bus port} {ilmb BRAM_PORTA dlmb BRAM_PORTB} {
  cell lmb_v10 $bus {}
  cell lmb_bram_if_cntlr \${bus}_bram_if_cntlr {CONFIG.C_ECC 0}
  bus microblaze_0/[string toupper $bus] $bus/LMB_M
  bus $bus/LMB_Sl_0 \${bus}_bram_if_cntlr/SLMB
  bus \${bus}_bram_if_cntlr/BRAM_PORT lmb_bram/$port
  wire clk_wiz_0/clk_out1 $bus/LMB_Clk
  wire clk_wiz_0/clk_out1 \${bus}_bram_if_cntlr/LMB_Clk
  wire proc_sys_reset_0/bus_struct_reset $bus/SYS_Rst
  wire proc_sys_reset_0/bus_struct_reset \${bus}_bram_if_cntlr/LMB_Rst
}
wire clk_wiz_0/clk_out1 microblaze_0/Clk
wire proc_sys_reset_0/mb_reset microblaze_0/Reset
`
}

const peripherals = `# Console and time.
cell axi_uartlite axi_uartlite_0 {CONFIG.C_BAUDRATE 115200 CONFIG.C_DATA_BITS 8 CONFIG.C_USE_PARITY 0}
create_bd_intf_port -mode Master -vlnv xilinx.com:interface:uart_rtl:1.0 uart
bus axi_uartlite_0/UART uart
cell axi_timer axi_timer_0 {}

`

function fifoCarrier(description: PackageDescription): Carrier {
  checkBeat(description)
  const { project, input, output } = description
  const [transmit, receive] = [fifoDepth(input, 'input'), fifoDepth(output, 'output')]
  return {
    create: `# The FIFO that frames go through: a frame out is sent when it is whole.
cell axi_fifo_mm_s axi_fifo_mm_s_0 {
  CONFIG.C_DATA_INTERFACE_TYPE 0
  CONFIG.C_USE_TX_DATA 1
  CONFIG.C_USE_TX_CTRL 0
  CONFIG.C_USE_RX_DATA 1
  CONFIG.C_TX_FIFO_DEPTH ${transmit}
  CONFIG.C_RX_FIFO_DEPTH ${receive}
}

accelerator ${project}_accel_0
bus axi_fifo_mm_s_0/AXI_STR_TXD ${project}_accel_0/s_axis
bus ${project}_accel_0/m_axis axi_fifo_mm_s_0/AXI_STR_RXD
`,
    slaves: ['axi_fifo_mm_s_0/S_AXI'],
    cells: ['axi_fifo_mm_s_0'],
  }
}

/** A ComBlock, which has the registers too. */
function comblockCarrier(description: PackageDescription): Carrier {
  return {
    create: comblockTcl(description),
    slaves: [`${comblockCell}/${comblockPort}`],
    clocked: comblockClocked(description),
    more: comblockClock,
    cells: [],
  }
}

/** Block RAM that both the processor and the accelerator reach, the accelerator nothing else. */
function memoryCarrier(description: PackageDescription): Carrier {
  const { project, wordsPerBeat } = description
  const { memory } = addressMap(description)
  const pins = interconnectPins(2, 1)
  const space = `${project}_accel_0/m_axi`
  return {
    create: `# Block RAM that the processor and the accelerator share. The interrupt stays open: the program polls.
cell axi_bram_ctrl axi_bram_ctrl_0 {
  CONFIG.PROTOCOL AXI4
  CONFIG.SINGLE_PORT_BRAM 1
  CONFIG.DATA_WIDTH ${32 * wordsPerBeat}
}
cell blk_mem_gen shared_bram {CONFIG.Memory_Type Single_Port_RAM CONFIG.use_bram_block BRAM_Controller}
bus axi_bram_ctrl_0/BRAM_PORTA shared_bram/BRAM_PORTA

accelerator ${project}_accel_0
cell axi_interconnect axi_memory {CONFIG.NUM_SI 2 CONFIG.NUM_MI 1}
bus ${space} axi_memory/S01_AXI
bus axi_memory/M00_AXI axi_bram_ctrl_0/S_AXI
`,
    slaves: ['axi_memory/S00_AXI'],
    cells: ['axi_bram_ctrl_0'],
    more: `${pins.clocks.map(pin => `wire clk_wiz_0/clk_out1 axi_memory/${pin}`).join('\n')}
${interconnectResets('axi_memory', pins.resets)}
address ${space} axi_bram_ctrl_0/S_AXI ${hex(memory!.base)} ${hex(memory!.size)}
`,
  }
}

function wiring({ project }: PackageDescription, carrier: Carrier): string {
  const accelerator = `${project}_accel_0`
  const registers = carrier.clocked === undefined ? [`${accelerator}/s_axi`] : []
  const slaves = [...carrier.slaves, ...registers, 'axi_uartlite_0/S_AXI', 'axi_timer_0/S_AXI']
  const clocked = carrier.clocked ?? [`${accelerator}/aclk`, `${accelerator}/aresetn`]
  const pins = interconnectPins(1, slaves.length)
  const cells = [...carrier.cells, 'axi_uartlite_0', 'axi_timer_0']
  return `cell axi_interconnect axi_control {CONFIG.NUM_SI 1 CONFIG.NUM_MI ${slaves.length}}
bus microblaze_0/M_AXI_DP axi_control/S00_AXI
${slaves.map((slave, index) => `bus axi_control/M0${index}_AXI ${slave}`).join('\n')}
${pins.clocks.map(pin => `wire clk_wiz_0/clk_out1 axi_control/${pin}`).join('\n')}
${interconnectResets('axi_control', pins.resets)}
foreach name {${cells.join(' ')}} {
  wire clk_wiz_0/clk_out1 $name/s_axi_aclk
  wire proc_sys_reset_0/peripheral_aresetn $name/s_axi_aresetn
}
foreach {clock reset} {${clocked.join(' ')}} {
  wire clk_wiz_0/clk_out1 $clock
  wire proc_sys_reset_0/peripheral_aresetn $reset
}
${carrier.more ?? ''}`
}

function addresses(description: PackageDescription): string {
  const fixed = Object.values(addressMap(description)).map(
    ({ cell, interface: port, base, size }: AddressRange) =>
      `address microblaze_0/Data ${cell}/${port} ${hex(base)} ${hex(size)}`,
  )
  return `# Fixed addresses, which the drivers have too; program and data from 0.
${fixed.join('\n')}
address microblaze_0/Data dlmb_bram_if_cntlr/SLMB 0x00000000 ${hex(localMemory)}
address microblaze_0/Instruction ilmb_bram_if_cntlr/SLMB 0x00000000 ${hex(localMemory)}
`
}

/** Pins of oscillator and UART as constraints. */
export function pinConstraints(board: Board): string {
  const { oscillator, uart } = pinnedBoard(board)
  return `# Oscillator and UART of ${board.title}. The clock wizard brings the clock's constraint.
set_property -dict {PACKAGE_PIN ${oscillator.pin} IOSTANDARD ${oscillator.standard}} [get_ports sys_clk]
set_property -dict {PACKAGE_PIN ${uart.rx} IOSTANDARD ${uart.standard}} [get_ports uart_rxd]
set_property -dict {PACKAGE_PIN ${uart.tx} IOSTANDARD ${uart.standard}} [get_ports uart_txd]
`
}
