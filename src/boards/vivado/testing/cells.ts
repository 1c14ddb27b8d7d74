// The cells of the block designs as their product guides and public designs name them: which pins and interfaces there
// are under which settings, what clocks them, and which settings there are at all. Only what the designs use is here; a
// name that is not here is a mistake in the design, or a line to add.

import {
  type CellType,
  clock,
  master,
  megahertz,
  none,
  on,
  output,
  resetHigh,
  resetLow,
  slave,
  streamBits,
  truth,
} from './cell-type.ts'
import { comblock } from './packaged-cells.ts'
import { zynq, zynqmp } from './processor-system-cells.ts'

/** PG021. */
const dma: CellType = {
  versions: ['7.1'],
  settings: {
    c_include_sg: on,
    c_sg_include_stscntrl_strm: on,
    c_sg_length_width: /^([89]|1\d|2[0-6])$/,
    c_include_mm2s: on,
    c_include_s2mm: on,
    c_mm2s_burst_size: /^(2|4|8|16|32|64|128|256)$/,
    c_s2mm_burst_size: /^(2|4|8|16|32|64|128|256)$/,
    c_m_axi_mm2s_data_width: /^(32|64|128|256|512|1024)$/,
    c_m_axis_mm2s_tdata_width: streamBits,
    c_m_axi_s2mm_data_width: /^(32|64|128|256|512|1024)$/,
    c_s_axis_s2mm_tdata_width: streamBits,
  },
  cell: settings => ({
    pins: [
      clock('s_axi_lite_aclk'),
      clock('m_axi_mm2s_aclk'),
      clock('m_axi_s2mm_aclk'),
      ...((settings.c_include_sg ?? '1') === '1' ? [clock('m_axi_sg_aclk')] : []),
      resetLow('axi_resetn'),
      output('mm2s_prmry_reset_out_n', 'reset', 'low'),
      output('s2mm_prmry_reset_out_n', 'reset', 'low'),
      output('mm2s_introut', 'signal'),
      output('s2mm_introut', 'signal'),
    ],
    interfaces: [
      slave('S_AXI_LITE', 'axi', 's_axi_lite_aclk'),
      master('M_AXI_MM2S', 'axi', 'm_axi_mm2s_aclk'),
      master('M_AXI_S2MM', 'axi', 'm_axi_s2mm_aclk'),
      master('M_AXIS_MM2S', 'axis', 'm_axi_mm2s_aclk', Number(settings.c_m_axis_mm2s_tdata_width ?? 32)),
      slave('S_AXIS_S2MM', 'axis', 'm_axi_s2mm_aclk', Number(settings.c_s_axis_s2mm_tdata_width ?? 32)),
      ...((settings.c_include_sg ?? '1') === '1' ? [master('M_AXI_SG', 'axi', 'm_axi_sg_aclk')] : []),
    ],
    segments: [{ path: 'S_AXI_LITE/Reg', interface: 'S_AXI_LITE' }],
    spaces: [
      { name: 'Data_MM2S', through: ['M_AXI_MM2S'], least: 0, most: 0xffff_ffff },
      { name: 'Data_S2MM', through: ['M_AXI_S2MM'], least: 0, most: 0xffff_ffff },
    ],
  }),
}

const portCounts = { NUM_SI: /^([1-9]|1[0-6])$/, NUM_MI: /^([1-9]|1[0-6])$/ }

function portNames(letter: string, count: string | undefined, otherwise: number): string[] {
  return [...Array(Number(count ?? otherwise)).keys()].map(
    port => `${letter}${String(port).padStart(2, '0')}`,
  )
}

/** PG059: a clock and a reset of its own, and of each port. */
const interconnect: CellType = {
  versions: ['2.1'],
  settings: portCounts,
  cell: settings => {
    const slaves = portNames('S', settings.NUM_SI, 1)
    const masters = portNames('M', settings.NUM_MI, 2)
    return {
      ...none,
      passes: true,
      pins: [
        clock('ACLK'),
        resetLow('ARESETN'),
        ...[...slaves, ...masters].flatMap(port => [clock(`${port}_ACLK`), resetLow(`${port}_ARESETN`)]),
      ],
      interfaces: [
        ...slaves.map(port => slave(`${port}_AXI`, 'axi', `${port}_ACLK`)),
        ...masters.map(port => master(`${port}_AXI`, 'axi', `${port}_ACLK`)),
      ],
    }
  },
}

/** PG247: one clock for all ports unless more are asked for. */
const smartconnect: CellType = {
  versions: ['1.0'],
  settings: portCounts,
  cell: settings => ({
    ...none,
    passes: true,
    pins: [clock('aclk'), resetLow('aresetn')],
    interfaces: [
      ...portNames('S', settings.NUM_SI, 2).map(port => slave(`${port}_AXI`, 'axi', 'aclk')),
      ...portNames('M', settings.NUM_MI, 1).map(port => master(`${port}_AXI`, 'axi', 'aclk')),
    ],
  }),
}

/** PG164. */
const reset: CellType = {
  versions: ['5.0'],
  settings: { C_EXT_RESET_HIGH: on },
  cell: settings => ({
    ...none,
    interfaces: [],
    pins: [
      clock('slowest_sync_clk'),
      settings.C_EXT_RESET_HIGH === '1' ? resetHigh('ext_reset_in') : resetLow('ext_reset_in'),
      { ...resetLow('aux_reset_in'), open: true },
      { ...resetHigh('mb_debug_sys_rst'), open: true },
      { name: 'dcm_locked', direction: 'in', signal: 'signal', open: true },
      output('mb_reset', 'reset', 'high'),
      output('bus_struct_reset', 'reset', 'high'),
      output('peripheral_reset', 'reset', 'high'),
      output('interconnect_aresetn', 'reset', 'low'),
      output('peripheral_aresetn', 'reset', 'low'),
    ],
  }),
}

/** PG065. */
const clockWizard: CellType = {
  versions: ['6.0'],
  settings: {
    PRIM_SOURCE: /^(Single_ended_clock_capable_pin|Differential_clock_capable_pin|Global_buffer|No_buffer)$/,
    PRIM_IN_FREQ: megahertz,
    CLKOUT1_REQUESTED_OUT_FREQ: megahertz,
    USE_RESET: truth,
    USE_LOCKED: truth,
  },
  cell: settings => ({
    ...none,
    interfaces: [],
    pins: [
      clock('clk_in1'),
      output('clk_out1', 'clock'),
      ...((settings.USE_RESET ?? 'true') === 'true' ? [resetHigh('reset')] : []),
      // Low until the clock is there, so that it holds an active-low reset.
      ...((settings.USE_LOCKED ?? 'true') === 'true' ? [output('locked', 'reset', 'low')] : []),
    ],
  }),
}

/** UG984. */
const microblaze: CellType = {
  versions: ['11.0'],
  settings: {
    C_DEBUG_ENABLED: /^[012]$/,
    C_D_AXI: on,
    C_D_LMB: on,
    C_I_LMB: on,
    C_USE_BARREL: on,
    C_USE_HW_MUL: /^[012]$/,
  },
  cell: settings => ({
    segments: [],
    pins: [clock('Clk'), resetHigh('Reset')],
    interfaces: [
      ...((settings.C_D_LMB ?? '1') === '1' ? [master('DLMB', 'lmb', 'Clk')] : []),
      ...((settings.C_I_LMB ?? '1') === '1' ? [master('ILMB', 'lmb', 'Clk')] : []),
      ...((settings.C_D_AXI ?? '0') === '1' ? [master('M_AXI_DP', 'axi', 'Clk')] : []),
      ...((settings.C_DEBUG_ENABLED ?? '0') === '0' ? [] : [slave('DEBUG', 'debug')]),
    ],
    spaces: [
      { name: 'Data', through: ['DLMB', 'M_AXI_DP'], least: 0, most: 0xffff_ffff },
      { name: 'Instruction', through: ['ILMB'], least: 0, most: 0xffff_ffff },
    ],
  }),
}

/** PG115. */
const debugModule: CellType = {
  versions: ['3.2'],
  settings: {},
  cell: () => ({
    ...none,
    pins: [output('Debug_SYS_Rst', 'reset', 'high')],
    interfaces: [master('MBDEBUG_0', 'debug')],
  }),
}

/** PG113: what masters connect to is called LMB_M, what slaves connect to LMB_Sl. */
const lmb: CellType = {
  versions: ['3.0'],
  settings: {},
  cell: () => ({
    ...none,
    passes: true,
    pins: [clock('LMB_Clk'), resetHigh('SYS_Rst')],
    interfaces: [slave('LMB_M', 'lmb', 'LMB_Clk'), master('LMB_Sl_0', 'lmb', 'LMB_Clk')],
  }),
}

/** PG112. */
const lmbController: CellType = {
  versions: ['4.0'],
  settings: { C_ECC: on },
  cell: () => ({
    spaces: [],
    pins: [clock('LMB_Clk'), resetHigh('LMB_Rst')],
    interfaces: [slave('SLMB', 'lmb', 'LMB_Clk'), master('BRAM_PORT', 'bram')],
    segments: [{ path: 'SLMB/Mem', interface: 'SLMB' }],
  }),
}

/** PG058. */
const blockMemory: CellType = {
  versions: ['8.4'],
  settings: {
    Memory_Type: /^(True_Dual_Port_RAM|Single_Port_RAM)$/,
    use_bram_block: /^(BRAM_Controller|Stand_Alone)$/,
  },
  cell: settings => ({
    ...none,
    pins: [],
    interfaces: [
      slave('BRAM_PORTA', 'bram'),
      ...(settings.Memory_Type === 'True_Dual_Port_RAM' ? [slave('BRAM_PORTB', 'bram')] : []),
    ],
  }),
}

const peripheralPins = [clock('s_axi_aclk'), resetLow('s_axi_aresetn'), output('interrupt', 'signal')]
const registers = { path: 'S_AXI/Reg', interface: 'S_AXI' }

/** PG142. */
const uart: CellType = {
  versions: ['2.0'],
  settings: {
    C_BAUDRATE: /^(9600|19200|38400|57600|115200|230400)$/,
    C_DATA_BITS: /^[5-8]$/,
    C_USE_PARITY: on,
  },
  cell: () => ({
    spaces: [],
    pins: peripheralPins,
    interfaces: [slave('S_AXI', 'axi', 's_axi_aclk'), master('UART', 'uart')],
    segments: [registers],
  }),
}

/** PG079. */
const timer: CellType = {
  versions: ['2.0'],
  settings: {},
  cell: () => ({
    spaces: [],
    pins: [...peripheralPins, output('generateout0', 'signal'), output('pwm0', 'signal')],
    interfaces: [slave('S_AXI', 'axi', 's_axi_aclk')],
    segments: [registers],
  }),
}

const depths = /^(512|1024|2048|4096|8192|16384|32768|65536|131072)$/

/** PG080; streams of 32 bits where the data port is AXI4-Lite. */
const fifo: CellType = {
  versions: ['4.2', '4.3'],
  settings: {
    C_DATA_INTERFACE_TYPE: on,
    C_USE_TX_DATA: on,
    C_USE_TX_CTRL: on,
    C_USE_RX_DATA: on,
    C_TX_FIFO_DEPTH: depths,
    C_RX_FIFO_DEPTH: depths,
  },
  cell: settings => ({
    spaces: [],
    pins: [...peripheralPins, output('mm2s_prmry_reset_out_n', 'reset', 'low')],
    interfaces: [
      slave('S_AXI', 'axi', 's_axi_aclk'),
      master('AXI_STR_TXD', 'axis', 's_axi_aclk', 32),
      slave('AXI_STR_RXD', 'axis', 's_axi_aclk', 32),
      ...((settings.C_USE_TX_CTRL ?? '1') === '1' ? [master('AXI_STR_TXC', 'axis', 's_axi_aclk', 32)] : []),
      ...((settings.C_DATA_INTERFACE_TYPE ?? '0') === '1' ? [slave('S_AXI_FULL', 'axi', 's_axi_aclk')] : []),
    ],
    segments: [{ path: 'S_AXI/Mem0', interface: 'S_AXI' }],
  }),
}

/** PG078; the size comes with the address. */
const memoryController: CellType = {
  versions: ['4.1'],
  settings: {
    PROTOCOL: /^(AXI4|AXI4LITE)$/,
    SINGLE_PORT_BRAM: on,
    DATA_WIDTH: /^(32|64|128|256|512|1024)$/,
  },
  cell: settings => ({
    spaces: [],
    pins: [clock('s_axi_aclk'), resetLow('s_axi_aresetn')],
    interfaces: [
      slave('S_AXI', 'axi', 's_axi_aclk'),
      master('BRAM_PORTA', 'bram'),
      ...((settings.SINGLE_PORT_BRAM ?? '0') === '1' ? [] : [master('BRAM_PORTB', 'bram')]),
    ],
    segments: [{ path: 'S_AXI/Mem0', interface: 'S_AXI' }],
  }),
}

/** Entries of the catalogue by name; all are Xilinx' but the ComBlock. */
export const catalogue: Readonly<Record<string, CellType>> = {
  processing_system7: zynq,
  zynq_ultra_ps_e: zynqmp,
  axi_dma: dma,
  axi_interconnect: interconnect,
  smartconnect,
  proc_sys_reset: reset,
  clk_wiz: clockWizard,
  microblaze,
  mdm: debugModule,
  lmb_v10: lmb,
  lmb_bram_if_cntlr: lmbController,
  blk_mem_gen: blockMemory,
  axi_uartlite: uart,
  axi_timer: timer,
  axi_fifo_mm_s: fifo,
  axi_bram_ctrl: memoryController,
  comblock,
}
