// Blocks that are not in Vivado's catalogue: a package's own, and the ComBlock between them and the processor.

import type { BusInterface } from '../../bus.ts'
import { type CellType, clock, master, none, output, type Pin, resetLow, slave, truth } from './cell-type.ts'

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
export const comblock: CellType = {
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
