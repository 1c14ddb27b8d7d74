// The checker is checked: each mistake, put into a project script by hand, is found.

import { describe, expect, test } from 'vitest'
import { findBoard } from '../boards.ts'
import type { BusInterface } from '../bus.ts'
import { vivadoFiles } from './index.ts'
import { checkDesign } from './testing/check-design.ts'
import { readDesign } from './testing/read-design.ts'
import { noTclsh, runProject } from './testing/record.ts'
import { sampleDescription, withSources } from './testing/sample.ts'

const script = 'vivado/project.tcl'

function withMistake(board: string, from: string, to: string, kind: BusInterface = 'axi_stream') {
  const description = sampleDescription(findBoard(board), { interface: kind })
  const files = withSources(vivadoFiles(description), description)
  const text = files[script]!
  if (!text.includes(from)) throw new Error(`nothing to spoil: ${from}`)
  return runProject({ ...files, [script]: text.replace(from, to) })
}

const designMistakes: readonly (readonly [
  what: string,
  board: string,
  from: string,
  to: string,
  found: string,
])[] = [
  [
    'a clock left out',
    'pynq-z2',
    'wire processing_system7_0/FCLK_CLK0 axi_memory/M00_ACLK\n',
    '',
    'clock axi_memory/M00_ACLK comes from nowhere',
  ],
  [
    'a reset left out',
    'pynq-z2',
    'wire hier_0/aresetn hier_0/axi_dma_0/axi_resetn\n',
    '',
    'reset hier_0/axi_dma_0/axi_resetn comes from nowhere',
  ],
  [
    'a hierarchy without its clock',
    'zcu104',
    '{hier_0/aclk hier_0/aresetn pulse',
    '{pulse',
    'clock hier_0/axi_dma_0/s_axi_lite_aclk comes from nowhere',
  ],
  [
    'a port that the preset leaves on',
    'zcu104',
    '  CONFIG.PSU__USE__M_AXI_GP1 0\n',
    '',
    'clock zynq_ultra_ps_e_0/maxihpm1_fpd_aclk comes from nowhere',
  ],
  [
    'a port of memory left off',
    'pynq-z2',
    'PCW_USE_S_AXI_HP0 1',
    'PCW_USE_S_AXI_HP0 0',
    'no interface processing_system7_0/S_AXI_HP0',
  ],
  [
    'a reset of the wrong polarity',
    'basys3',
    'proc_sys_reset_0/mb_reset microblaze_0/Reset',
    'proc_sys_reset_0/peripheral_aresetn microblaze_0/Reset',
    'reset microblaze_0/Reset is active high, proc_sys_reset_0/peripheral_aresetn active low',
  ],
  [
    'a clock for a reset',
    'basys3',
    'wire clk_wiz_0/clk_out1 microblaze_0/Clk',
    'wire proc_sys_reset_0/mb_reset microblaze_0/Clk',
    'clock microblaze_0/Clk is driven by reset proc_sys_reset_0/mb_reset',
  ],
  [
    'two sources',
    'basys3',
    'wire sys_clk clk_wiz_0/clk_in1',
    'wire sys_clk clk_wiz_0/clk_in1\nwire sys_clk microblaze_0/Clk',
    'microblaze_0/Clk is driven by clk_wiz_0/clk_out1 and sys_clk',
  ],
  [
    'an interface connected twice',
    'pynq-z2',
    'bus hier_0/M_AXIS_MM2S pulse_accel_0/s_axis',
    'bus hier_0/M_AXIS_MM2S pulse_accel_0/s_axis\nbus hier_0/M_AXIS_MM2S pulse_accel_0/s_axis',
    'interface pulse_accel_0/s_axis is connected 2 times, not 1',
  ],
  [
    'an interface left open',
    'kv260',
    'bus pulse_accel_0/m_axis hier_0/S_AXIS_S2MM\n',
    '',
    'interface pulse_accel_0/m_axis is connected 0 times, not 1',
  ],
  [
    'an external interface left open',
    'pynq-z1',
    'make_external {FIXED_IO, DDR}',
    'make_external {FIXED_IO}',
    'interface processing_system7_0/DDR is connected 0 times, not 1',
  ],
  [
    'two masters on one another',
    'pynq-z2',
    'bus hier_0/M_AXIS_MM2S pulse_accel_0/s_axis\nbus pulse_accel_0/m_axis hier_0/S_AXIS_S2MM',
    'bus hier_0/M_AXIS_MM2S pulse_accel_0/m_axis\nbus pulse_accel_0/s_axis hier_0/S_AXIS_S2MM',
    'are 2 masters and 0 slaves',
  ],
  [
    'a stream on registers',
    'basys3',
    'bus axi_fifo_mm_s_0/AXI_STR_TXD pulse_accel_0/s_axis',
    'bus axi_fifo_mm_s_0/AXI_STR_TXD pulse_accel_0/s_axi',
    'are of different kinds: axi, axis',
  ],
  [
    'a way through a wall',
    'pynq-z2',
    'bus hier_0/M_AXIS_MM2S pulse_accel_0/s_axis',
    'bus hier_0/axi_dma_0/M_AXIS_MM2S pulse_accel_0/s_axis',
    'lie in different hierarchies',
  ],
  [
    'a stream of another width',
    'pynq-z2',
    'c_m_axis_mm2s_tdata_width 32',
    'c_m_axis_mm2s_tdata_width 64',
    'hier_0/axi_dma_0/M_AXIS_MM2S has 64 bits',
  ],
  [
    'a stream back of another width',
    'aup-zu3',
    'c_s_axis_s2mm_tdata_width 32',
    'c_s_axis_s2mm_tdata_width 128',
    'hier_0/axi_dma_0/S_AXIS_S2MM has 128 bits',
  ],
  [
    'addresses that overlap',
    'pynq-z2',
    's_axi 0x43C00000',
    's_axi 0x40400000',
    'overlap in processing_system7_0/Data',
  ],
  [
    'memory under a peripheral',
    'basys3',
    's_axi 0x44A10000',
    's_axi 0x00000000',
    'overlap in microblaze_0/Data',
  ],
  [
    'an address out of the range of the port',
    'ultra96v2',
    's_axi 0x80010000',
    's_axi 0xA0010000',
    'at 0xa0010000 is outside zynq_ultra_ps_e_0/Data',
  ],
  [
    'an address that is no multiple',
    'pynq-z2',
    's_axi 0x43C00000',
    's_axi 0x43C08000',
    'is no multiple of its size',
  ],
  [
    'an address left out',
    'pynq-z2',
    'address processing_system7_0/Data hier_0/axi_dma_0/S_AXI_LITE 0x40400000 0x00010000\n',
    '',
    'processing_system7_0/Data has no address for hier_0/axi_dma_0/S_AXI_LITE/Reg',
  ],
  [
    'a DMA without memory',
    'pynq-z2',
    'memory {hier_0/axi_dma_0/Data_MM2S hier',
    'memory {hier',
    'hier_0/axi_dma_0/Data_MM2S has no address for processing_system7_0/S_AXI_HP0/HP0_DDR_LOWOCM',
  ],
  [
    'memory beyond what the DMA reaches',
    'zcu102',
    '{wanted *DDR_LOW*}',
    '{wanted *DDR*}',
    'HP0_DDR_HIGH at 0x800000000 is outside hier_0/axi_dma_0/Data_MM2S',
  ],
  [
    'an address in a space that does not lead there',
    'basys3',
    'address microblaze_0/Instruction ilmb',
    'address microblaze_0/Instruction dlmb',
    'microblaze_0/Instruction does not reach dlmb_bram_if_cntlr/SLMB/Mem',
  ],
  [
    'a setting that is not there',
    'pynq-z2',
    'CONFIG.c_sg_length_width 26',
    'CONFIG.c_sg_length 26',
    'hier_0/axi_dma_0 has no setting CONFIG.c_sg_length',
  ],
  [
    'a value that is not allowed',
    'pynq-z2',
    'CONFIG.c_sg_length_width 26',
    'CONFIG.c_sg_length_width 27',
    'CONFIG.c_sg_length_width cannot be 27',
  ],
  [
    'scatter and gather left on',
    'pynq-z2',
    '  CONFIG.c_include_sg 0\n',
    '',
    'interface hier_0/axi_dma_0/M_AXI_SG is connected 0 times, not 1',
  ],
  [
    'a second cell of one name',
    'basys3',
    'cell axi_timer axi_timer_0 {}',
    'cell axi_timer axi_timer_0 {}\ncell axi_timer axi_timer_0 {}',
    'cell axi_timer_0 is made twice',
  ],
  [
    'a property that is not there',
    'pynq-z2',
    'set_property target_language',
    'set_property target_languages',
    'project has no property target_languages',
  ],
  [
    'a value that a property does not take',
    'pynq-z2',
    'usage register',
    'usage registers',
    'block: usage cannot be registers',
  ],
]

const otherMistakes: readonly (readonly [
  what: string,
  kind: BusInterface,
  board: string,
  from: string,
  to: string,
  found: string,
])[] = [
  [
    'a DMA that is not there',
    'axi_lite',
    'pynq-z2',
    'accelerator pulse_accel_0\n',
    'accelerator pulse_accel_0\nbus hier_0/M_AXIS_MM2S pulse_accel_0/s_axis\n',
    'no interface hier_0/M_AXIS_MM2S',
  ],
  [
    'a port of memory without use',
    'axi_lite',
    'zcu104',
    'CONFIG.PSU__USE__S_AXI_GP2 0',
    'CONFIG.PSU__USE__S_AXI_GP2 1',
    'interface zynq_ultra_ps_e_0/S_AXI_HP0_FPD is connected 0 times, not 1',
  ],
  [
    'registers without an address',
    'axi_lite',
    'pynq-z2',
    'address processing_system7_0/Data pulse_accel_0/s_axi 0x43C00000 0x00010000\n',
    '',
    'processing_system7_0/Data has no address for pulse_accel_0/s_axi/reg0',
  ],
  [
    'a clock left out of the windows',
    'axi_lite',
    'zedboard',
    'foreach {clock reset} {pulse_accel_0/aclk pulse_accel_0/aresetn}',
    'foreach {clock reset} {}',
    'clock pulse_accel_0/aclk comes from nowhere',
  ],
  [
    'registers left open',
    'axi_lite',
    'arty-a7-100t',
    'bus axi_control/M00_AXI pulse_accel_0/s_axi\n',
    '',
    'interface pulse_accel_0/s_axi is connected 0 times, not 1',
  ],
  [
    'a master that is not connected',
    'axi_master',
    'pynq-z2',
    'bus pulse_accel_0/m_axi axi_memory/S00_AXI\n',
    '',
    'interface pulse_accel_0/m_axi is connected 0 times, not 1',
  ],
  [
    'a master without memory',
    'axi_master',
    'pynq-z2',
    'memory {pulse_accel_0/m_axi} processing_system7_0/S_AXI_HP0 {*DDR*}\n',
    '',
    'pulse_accel_0/m_axi has no address for processing_system7_0/S_AXI_HP0/HP0_DDR_LOWOCM',
  ],
  [
    'an interrupt that is switched off',
    'axi_master',
    'pynq-z2',
    '  CONFIG.PCW_IRQ_F2P_INTR 1\n',
    '',
    'no pin processing_system7_0/IRQ_F2P',
  ],
  [
    'an interrupt on another pin',
    'axi_master',
    'kv260',
    'wire pulse_accel_0/interrupt zynq_ultra_ps_e_0/pl_ps_irq0',
    'wire pulse_accel_0/interrupt zynq_ultra_ps_e_0/pl_clk0',
    'zynq_ultra_ps_e_0/pl_clk0 and pulse_accel_0/interrupt drive one another',
  ],
  [
    'a master on the wrong port',
    'axi_master',
    'zcu102',
    'bus axi_memory/M00_AXI zynq_ultra_ps_e_0/S_AXI_HP0_FPD',
    'bus axi_memory/M00_AXI pulse_accel_0/s_axi',
    'interface pulse_accel_0/s_axi is connected 2 times, not 1',
  ],
  [
    'shared memory that the accelerator has elsewhere',
    'axi_master',
    'basys3',
    'address pulse_accel_0/m_axi axi_bram_ctrl_0/S_AXI 0xC0000000',
    'address pulse_accel_0/m_axi axi_bram_ctrl_0/S_AXI 0xC0002000',
    'axi_bram_ctrl_0/S_AXI/Mem0 is at 0xc0000000 and 0xc0002000',
  ],
  [
    'shared memory that only one reaches',
    'axi_master',
    'basys3',
    'address pulse_accel_0/m_axi axi_bram_ctrl_0/S_AXI 0xC0000000 0x00002000\n',
    '',
    'pulse_accel_0/m_axi has no address for axi_bram_ctrl_0/S_AXI/Mem0',
  ],
  [
    'shared memory with a port too many',
    'axi_master',
    'arty-a7-100t',
    '  CONFIG.SINGLE_PORT_BRAM 1\n',
    '',
    'interface axi_bram_ctrl_0/BRAM_PORTB is connected 0 times, not 1',
  ],
]

const scriptMistakes: typeof designMistakes = [
  [
    'an unknown command',
    'pynq-z2',
    'validate_bd_design',
    'validate_bd_designs',
    'invalid command name "validate_bd_designs"',
  ],
  [
    'an unknown option',
    'pynq-z2',
    'write_hw_platform -fixed',
    'write_hw_platform -fix',
    "unknown option '-fix'",
  ],
  [
    'an unknown type of cell',
    'basys3',
    'cell axi_timer',
    'cell axi_clock',
    'catalogue has no axi_clock for the part',
  ],
  ['a source that is not there', 'basys3', '  rtl/pulse.v', '  rtl/pulses.v', 'rtl/pulses.v is missing'],
  [
    'settings of no cell',
    'basys3',
    'configure $name $settings',
    'configure x$name $settings',
    'set_property: no objects',
  ],
  ['a port of no name', 'basys3', 'wire sys_clk', 'wire clk', 'the block design has no pin clk'],
]

test.skipIf(noTclsh !== undefined)('constraints of a port that is not there, or on no pin', () => {
  const description = sampleDescription(findBoard('basys3'))
  const files = withSources(vivadoFiles(description), description)
  const constraints = files['vivado/pulse.xdc']!.replace('uart_rxd', 'uart_rx').replace(
    'PACKAGE_PIN A18',
    'PACKAGE_PIN 18',
  )
  const { calls } = runProject({ ...files, 'vivado/pulse.xdc': constraints })
  const found = checkDesign(readDesign(calls, 32))
  expect(found).toContain('the wrapper has no port uart_rx')
  expect(found).toContain('port:uart_txd: PACKAGE_PIN cannot be 18')
})

describe.skipIf(noTclsh !== undefined)(`mistakes ${noTclsh ?? ''}`, () => {
  test.each(designMistakes)('%s (%s)', (_, board, from, to, found) => {
    const { calls, stderr } = withMistake(board, from, to)
    expect(stderr).toBe('')
    expect(checkDesign(readDesign(calls, 32)).join('\n')).toContain(found)
  })

  test.each(otherMistakes)('%s (%s, %s)', (_, kind, board, from, to, found) => {
    const { calls, stderr } = withMistake(board, from, to, kind)
    expect(stderr).toBe('')
    expect(checkDesign(readDesign(calls, 32, kind)).join('\n')).toContain(found)
  })

  test.each(scriptMistakes)('%s (%s)', (_, board, from, to, found) => {
    const { status, stderr } = withMistake(board, from, to)
    expect(status).toBe(1)
    expect(stderr).toContain(found)
  })
})
