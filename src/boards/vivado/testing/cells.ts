// The cells of the block designs as their product guides and public designs name them: which pins and interfaces there
// are under which settings, what clocks them, and which settings there are at all. Only what the designs use is here; a
// name that is not here is a mistake in the design, or a line to add.

import type { BusInterface } from '../../bus.ts'

export type Settings = Readonly<Record<string, string>>

export type Bus = 'axi' | 'axis' | 'lmb' | 'bram' | 'debug' | 'uart' | 'external'

export interface Interface {
  readonly name: string
  readonly bus: Bus
  readonly mode: 'master' | 'slave'
  /** Pin that clocks it, where the other end's clock must be the same. */
  readonly clock?: string
  /** Bits of data of a stream. */
  readonly bits?: number
}

export interface Pin {
  readonly name: string
  readonly direction: 'in' | 'out'
  /** A plain signal may be both: `locked` holds a reset. */
  readonly signal: 'clock' | 'reset' | 'signal'
  /** Width of a plain signal, where both ends have one. */
  readonly bits?: number
  /** Polarity of a reset. */
  readonly active?: 'low' | 'high'
  /** May stay open: an output, or an input that the IP ties off itself. */
  readonly open?: true
}

export interface Segment {
  /** As `get_bd_addr_segs` names it behind the cell. */
  readonly path: string
  readonly interface: string
  /** Fixed by the IP for memory of a processor system. */
  readonly base?: number
  readonly size?: number
}

/** Addresses that a cell itself can reach. */
export interface Space {
  readonly name: string
  readonly through: readonly string[]
  readonly least: number
  readonly most: number
}

export interface Cell {
  readonly pins: readonly Pin[]
  readonly interfaces: readonly Interface[]
  readonly segments: readonly Segment[]
  readonly spaces: readonly Space[]
  /** From any slave to any master, as interconnects and LMB buses let pass. */
  readonly passes?: true
}

export interface CellType {
  /** Versions in the catalogue. */
  readonly versions: readonly string[]
  readonly settings: Readonly<Record<string, RegExp>>
  readonly cell: (settings: Settings) => Cell
}

const clock = (name: string): Pin => ({ name, direction: 'in', signal: 'clock' })
const resetLow = (name: string): Pin => ({ name, direction: 'in', signal: 'reset', active: 'low' })
const resetHigh = (name: string): Pin => ({ name, direction: 'in', signal: 'reset', active: 'high' })
const output = (name: string, signal: Pin['signal'], active?: Pin['active']): Pin => ({
  name,
  direction: 'out',
  signal,
  open: true,
  ...(active === undefined ? {} : { active }),
})
const master = (name: string, bus: Bus, clockPin?: string, bits?: number): Interface => ({
  name,
  bus,
  mode: 'master',
  ...(clockPin === undefined ? {} : { clock: clockPin }),
  ...(bits === undefined ? {} : { bits }),
})
const slave = (...parts: Parameters<typeof master>): Interface => ({ ...master(...parts), mode: 'slave' })
const interruptIn = (name: string): Pin => ({ name, direction: 'in', signal: 'signal', open: true })
const none = { segments: [], spaces: [] }
const on = /^[01]$/
const truth = /^(true|false)$/
const megahertz = /^\d+(\.\d+)?$/
const streamBits = /^(8|16|32|64|128|256|512|1024)$/

/** Zynq-7000: S_AXI_HP0 sees the DDR from 0, AXI GP0 has the second gigabyte. */
const zynq: CellType = {
  versions: ['5.5'],
  settings: {
    PCW_EN_CLK0_PORT: on,
    PCW_EN_RST0_PORT: on,
    PCW_FPGA0_PERIPHERAL_FREQMHZ: megahertz,
    PCW_USE_M_AXI_GP0: on,
    PCW_USE_M_AXI_GP1: on,
    PCW_USE_S_AXI_GP0: on,
    PCW_USE_S_AXI_GP1: on,
    PCW_USE_S_AXI_ACP: on,
    PCW_USE_S_AXI_HP0: on,
    PCW_USE_S_AXI_HP1: on,
    PCW_USE_S_AXI_HP2: on,
    PCW_USE_S_AXI_HP3: on,
    PCW_S_AXI_HP0_DATA_WIDTH: /^(32|64)$/,
    PCW_USE_FABRIC_INTERRUPT: on,
    PCW_IRQ_F2P_INTR: on,
  },
  cell: settings => {
    // What a preset may leave on counts as on until the design sets it.
    const used = (port: string) => (settings[`PCW_USE_${port}`] ?? '1') === '1'
    const general = ['M_AXI_GP0', 'M_AXI_GP1'].filter(used)
    const slaves = ['S_AXI_GP0', 'S_AXI_GP1', 'S_AXI_ACP', 'S_AXI_HP0', 'S_AXI_HP1', 'S_AXI_HP2', 'S_AXI_HP3']
    const memory = slaves.filter(used)
    return {
      pins: [
        ...[...general, ...memory].map(port => clock(`${port}_ACLK`)),
        output('FCLK_CLK0', 'clock'),
        output('FCLK_RESET0_N', 'reset', 'low'),
        ...(settings.PCW_IRQ_F2P_INTR === '1' && settings.PCW_USE_FABRIC_INTERRUPT === '1'
          ? [interruptIn('IRQ_F2P')]
          : []),
      ],
      interfaces: [
        ...general.map(port => master(port, 'axi', `${port}_ACLK`)),
        ...memory.map(port => slave(port, 'axi', `${port}_ACLK`)),
        master('DDR', 'external'),
        master('FIXED_IO', 'external'),
      ],
      segments: memory
        .filter(port => port === 'S_AXI_HP0')
        .map(port => ({
          path: `${port}/HP0_DDR_LOWOCM`,
          interface: port,
          base: 0,
          size: 0x2000_0000,
        })),
      spaces: [{ name: 'Data', through: ['M_AXI_GP0'], least: 0x4000_0000, most: 0x7fff_ffff }],
    }
  },
}

/** Zynq UltraScale+: GP2 as master is the low-power domain's port, GP2 as slave is HP0. */
const zynqmp: CellType = {
  versions: ['3.3', '3.5'],
  settings: {
    PSU__FPGA_PL0_ENABLE: on,
    PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ: megahertz,
    PSU__USE__M_AXI_GP0: on,
    PSU__USE__M_AXI_GP1: on,
    PSU__USE__M_AXI_GP2: on,
    ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map(port => [`PSU__USE__S_AXI_GP${port}`, on])),
    PSU__USE__S_AXI_ACE: on,
    PSU__USE__S_AXI_ACP: on,
    PSU__MAXIGP2__DATA_WIDTH: /^(32|64|128)$/,
    PSU__SAXIGP2__DATA_WIDTH: /^(32|64|128)$/,
    PSU__USE__IRQ0: on,
  },
  cell: settings => {
    // What a preset may leave on counts as on until the design sets it.
    const used = (port: string) => (settings[`PSU__USE__${port}`] ?? '1') === '1'
    const masters = Object.entries(zynqmpMasters).filter(([port]) => used(port))
    const slaves = Object.entries(zynqmpSlaves).filter(([port]) => used(port))
    return {
      pins: [
        ...[...masters, ...slaves].map(([, { clock: name }]) => clock(name)),
        output('pl_clk0', 'clock'),
        output('pl_resetn0', 'reset', 'low'),
        // On unless it is switched off, and tied off where nothing is connected.
        ...((settings.PSU__USE__IRQ0 ?? '1') === '1' ? [interruptIn('pl_ps_irq0')] : []),
      ],
      interfaces: [
        ...masters.map(([, port]) => master(port.name, 'axi', port.clock)),
        ...slaves.map(([, port]) => slave(port.name, 'axi', port.clock)),
      ],
      segments: used('S_AXI_GP2') ? zynqmpMemory : [],
      spaces: [{ name: 'Data', through: ['M_AXI_HPM0_LPD'], least: 0x8000_0000, most: 0x9fff_ffff }],
    }
  },
}

const zynqmpMasters: Readonly<Record<string, { name: string; clock: string }>> = {
  M_AXI_GP0: { name: 'M_AXI_HPM0_FPD', clock: 'maxihpm0_fpd_aclk' },
  M_AXI_GP1: { name: 'M_AXI_HPM1_FPD', clock: 'maxihpm1_fpd_aclk' },
  M_AXI_GP2: { name: 'M_AXI_HPM0_LPD', clock: 'maxihpm0_lpd_aclk' },
}

const zynqmpSlaves: Readonly<Record<string, { name: string; clock: string }>> = {
  S_AXI_GP0: { name: 'S_AXI_HPC0_FPD', clock: 'saxihpc0_fpd_aclk' },
  S_AXI_GP1: { name: 'S_AXI_HPC1_FPD', clock: 'saxihpc1_fpd_aclk' },
  S_AXI_GP2: { name: 'S_AXI_HP0_FPD', clock: 'saxihp0_fpd_aclk' },
  S_AXI_GP3: { name: 'S_AXI_HP1_FPD', clock: 'saxihp1_fpd_aclk' },
  S_AXI_GP4: { name: 'S_AXI_HP2_FPD', clock: 'saxihp2_fpd_aclk' },
  S_AXI_GP5: { name: 'S_AXI_HP3_FPD', clock: 'saxihp3_fpd_aclk' },
  S_AXI_GP6: { name: 'S_AXI_LPD', clock: 'saxi_lpd_aclk' },
  S_AXI_ACP: { name: 'S_AXI_ACP_FPD', clock: 'saxiacp_fpd_aclk' },
  S_AXI_ACE: { name: 'S_AXI_ACE_FPD', clock: 'sacefpd_aclk' },
}

const hp0 = 'S_AXI_HP0_FPD'
const zynqmpMemory: readonly Segment[] = [
  { path: 'SAXIGP2/HP0_DDR_LOW', interface: hp0, base: 0, size: 0x8000_0000 },
  { path: 'SAXIGP2/HP0_QSPI', interface: hp0, base: 0xc000_0000, size: 0x2000_0000 },
  { path: 'SAXIGP2/HP0_LPS_OCM', interface: hp0, base: 0xff00_0000, size: 0x100_0000 },
  { path: 'SAXIGP2/HP0_DDR_HIGH', interface: hp0, base: 0x8_0000_0000, size: 0x8000_0000 },
]

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

/** The packaged block by its interface: streams of `bits`, windows alone, or a master of memory. */
export function acceleratorType(bits: number, kind: BusInterface = 'axi_stream'): CellType {
  const streams = [slave('s_axis', 'axis', 'aclk', bits), master('m_axis', 'axis', 'aclk', bits)]
  return {
    versions: ['1.0'],
    settings: {},
    cell: () => ({
      pins: [
        clock('aclk'),
        resetLow('aresetn'),
        ...(kind === 'axi_master' ? [output('interrupt', 'signal')] : []),
      ],
      interfaces: [
        ...(kind === 'axi_stream' ? streams : []),
        ...(kind === 'axi_master' ? [master('m_axi', 'axi', 'aclk')] : []),
        slave('s_axi', 'axi', 'aclk'),
      ],
      segments: [{ path: 's_axi/reg0', interface: 's_axi' }],
      spaces:
        kind === 'axi_master' ? [{ name: 'm_axi', through: ['m_axi'], least: 0, most: 2 ** 64 - 1 }] : [],
    }),
  }
}

const plain = (name: string, direction: Pin['direction'], bits = 1): Pin => ({
  name,
  direction,
  signal: 'signal',
  bits,
  ...(direction === 'out' ? { open: true as const } : {}),
})

const sixteen = [...Array(16).keys()]
const registerCount = /^([1-9]|1[0-6])$/
const dataWidth = /^([1-9]|[12]\d|3[0-2])$/
const depth = /^(1024|2048|4096|8192)$/

/** core-comblock's user guide, and axi_comblock.vhdl; what is switched off has no ports. */
const comblock: CellType = {
  versions: ['2.0'],
  settings: {
    ...Object.fromEntries(
      ['REGS_IN', 'REGS_OUT', 'DRAM_IO', 'FIFO_IN', 'FIFO_OUT'].map(part => [`${part}_ENA`, truth]),
    ),
    ...Object.fromEntries(
      ['REGS_IN', 'REGS_OUT', 'FIFO_IN', 'FIFO_OUT', 'DRAM_IO'].map(part => [`${part}_DWIDTH`, dataWidth]),
    ),
    REGS_IN_DEPTH: registerCount,
    REGS_OUT_DEPTH: registerCount,
    FIFO_IN_DEPTH: depth,
    FIFO_OUT_DEPTH: depth,
    ...Object.fromEntries(
      ['IN_AF', 'IN_AE', 'OUT_AF', 'OUT_AE'].map(flag => [`FIFO_${flag}OFFSET`, /^[1-9]\d*$/]),
    ),
    DRAM_IO_AWIDTH: dataWidth,
    DRAM_IO_DEPTH: /^\d+$/,
  },
  cell: settings => {
    const has = (part: string, otherwise = 'true') => (settings[`${part}_ENA`] ?? otherwise) === 'true'
    const width = (part: string, otherwise: number) => Number(settings[`${part}_DWIDTH`] ?? otherwise)
    const count = (part: string) => sixteen.slice(0, Number(settings[`${part}_DEPTH`] ?? 4))
    const fifos = has('FIFO_IN') || has('FIFO_OUT', 'false')
    return {
      spaces: [],
      pins: [
        clock('axil_aclk'),
        resetLow('axil_aresetn'),
        ...(has('REGS_IN')
          ? count('REGS_IN').map(k => ({
              ...plain(`reg${k}_i`, 'in', width('REGS_IN', 32)),
              open: true as const,
            }))
          : []),
        ...(has('REGS_OUT')
          ? count('REGS_OUT').map(k => plain(`reg${k}_o`, 'out', width('REGS_OUT', 32)))
          : []),
        ...(fifos ? [clock('fifo_clk_i'), plain('fifo_clear_i', 'in')] : []),
        ...(has('FIFO_IN')
          ? [
              plain('fifo_we_i', 'in'),
              plain('fifo_data_i', 'in', width('FIFO_IN', 16)),
              ...['full', 'afull', 'overflow'].map(flag => plain(`fifo_${flag}_o`, 'out')),
            ]
          : []),
        ...(has('FIFO_OUT', 'false')
          ? [
              plain('fifo_re_i', 'in'),
              plain('fifo_data_o', 'out', width('FIFO_OUT', 16)),
              ...['valid', 'empty', 'aempty', 'underflow'].map(flag => plain(`fifo_${flag}_o`, 'out')),
            ]
          : []),
        ...(has('DRAM_IO') ? [clock('ram_clk_i'), clock('axif_aclk'), resetLow('axif_aresetn')] : []),
      ],
      interfaces: [
        slave('AXIL', 'axi', 'axil_aclk'),
        ...(has('DRAM_IO') ? [slave('AXIF', 'axi', 'axif_aclk')] : []),
      ],
      segments: [
        { path: 'AXIL/AXIL', interface: 'AXIL' },
        ...(has('DRAM_IO') ? [{ path: 'AXIF/AXIF', interface: 'AXIF' }] : []),
      ],
    }
  },
}

/** The packaged block of an accelerator behind a ComBlock: nothing of it may stay open. */
export const comblockUser: CellType = {
  versions: ['1.0'],
  settings: {},
  cell: () => ({
    ...none,
    interfaces: [],
    pins: [
      clock('aclk'),
      resetLow('aresetn'),
      plain('fifo_clear', 'out'),
      plain('out_fifo_re', 'out'),
      plain('out_fifo_data', 'in', 32),
      plain('out_fifo_valid', 'in'),
      plain('out_fifo_empty', 'in'),
      plain('in_fifo_we', 'out'),
      plain('in_fifo_data', 'out', 32),
      plain('in_fifo_full', 'in'),
      plain('in_fifo_afull', 'in'),
      plain('oreg0', 'in', 32),
      ...sixteen.slice(0, 12).map(k => plain(`ireg${k}`, 'out', 32)),
    ],
  }),
}

/** A block that Vitis HLS exports without control: streams of 32 bits, and its names for clock and reset. */
export const exportedType: CellType = {
  versions: ['1.0'],
  settings: {},
  cell: () => ({
    ...none,
    pins: [clock('ap_clk'), resetLow('ap_rst_n')],
    interfaces: [slave('s_axis', 'axis', 'ap_clk', 32), master('m_axis', 'axis', 'ap_clk', 32)],
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
