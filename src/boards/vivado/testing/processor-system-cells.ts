// Processor systems of Zynq-7000 and Zynq UltraScale+.

import {
  type CellType,
  clock,
  interruptIn,
  master,
  megahertz,
  on,
  output,
  type Segment,
  slave,
} from './cell-type.ts'

/** Zynq-7000: S_AXI_HP0 sees the DDR from 0, AXI GP0 has the second gigabyte. */
export const zynq: CellType = {
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
export const zynqmp: CellType = {
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
