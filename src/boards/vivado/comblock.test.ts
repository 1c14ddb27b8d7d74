// The block design around a ComBlock, on every board that has one, and each mistake in it found.

import { describe, expect, it, test } from 'vitest'
import { findBoard } from '../boards.ts'
import { addressHeader, addressMap, vivadoFiles, vivadoReadme } from './index.ts'
import { checkDesign } from './testing/check-design.ts'
import { callsOf, readDesign } from './testing/read-design.ts'
import { noTclsh, type RunOptions, runProject } from './testing/record.ts'
import { designed, sampleDescription, withSources } from './testing/sample.ts'

const script = 'vivado/project.tcl'

function run(name: string, options: RunOptions = {}, spoil = (text: string) => text) {
  const description = sampleDescription(findBoard(name), { link: 'comblock' })
  const files = withSources(vivadoFiles(description), description)
  return { description, recorded: runProject({ ...files, [script]: spoil(files[script]!) }, options) }
}

describe.skipIf(noTclsh !== undefined)(`a ComBlock ${noTclsh ?? ''}`, () => {
  test.each(designed.map(({ name }) => name))('%s: a whole design, and nothing that moves data', name => {
    const { description, recorded } = run(name)
    expect(recorded.stderr).toBe('')
    const design = readDesign(recorded.calls, 32)
    expect(checkDesign(design)).toEqual([])
    const types = [...design.cells.values()].map(({ type }) => type)
    expect(types).toContain('comblock')
    expect(types).toContain('pulse_comblock')
    for (const other of ['axi_dma', 'axi_fifo_mm_s', 'pulse_accel']) expect(types).not.toContain(other)
    const { base, size } = addressMap(description).comblock!
    expect(design.assigned).toContainEqual(
      expect.objectContaining({ segment: 'comblock_0/AXIL/AXIL', base, size, excluded: false }),
    )
  })

  it('is set by the core’s own names', () => {
    const settings = run('hyperfpga-4ge21').recorded.calls.filter(([, , , cell]) => cell === 'comblock_0')
    const of = (name: string) => settings.find(([, own]) => own === `CONFIG.${name}`)?.[2]
    expect(of('FIFO_OUT_ENA')).toBe('true')
    expect(of('DRAM_IO_ENA')).toBe('false')
    expect([of('FIFO_IN_DWIDTH'), of('FIFO_IN_DEPTH'), of('FIFO_IN_AFOFFSET')]).toEqual(['32', '1024', '4'])
  })

  it('packages the block with its FIFO pins, which has no registers to address', () => {
    const { calls } = run('zedboard').recorded
    expect(calls).toContainEqual(['set_property', 'name', 'pulse_comblock', 'core'])
    expect(calls).toContainEqual(['set_property', 'top', 'pulse_comblock', 'fileset'])
    expect(callsOf(calls, 'ipx::associate_bus_interfaces')).toEqual([])
    expect(calls.filter(([, name]) => name === 'slave_memory_map_ref')).toEqual([])
  })

  it('that is not installed is asked for, with the command that brings it', () => {
    const { recorded } = run('pynq-z2', { knobs: { COMBLOCK: '' } })
    expect(recorded.status).toBe(1)
    expect(recorded.stderr).toMatch(
      /^lutra: failed to find the ComBlock: no www\.ictp\.it:user:comblock:2\.0 in the catalogue\. Clone it \(git clone https:\/\/gitlab\.com\/ictp-mlab\/core-comblock\) into .*core-comblock, or let LUTRA_IP_REPO name the folder src of a clone\n$/,
    )
  })

  it('is looked for in the folder that LUTRA_IP_REPO names', () => {
    const there = run('pynq-z2', { env: { LUTRA_IP_REPO: '/' } }).recorded
    expect(there.calls).toContainEqual([
      'set_property',
      'ip_repo_paths',
      expect.stringMatching(/ \/$/),
      'project',
    ])
    const { stderr } = run('pynq-z2', { env: { LUTRA_IP_REPO: '/no/such' } }).recorded
    expect(stderr).toBe(
      'lutra: failed to find the ComBlock: LUTRA_IP_REPO names /no/such, which is no folder\n',
    )
  })
})

const mistakes: readonly (readonly [what: string, board: string, from: string, to: string, found: string])[] =
  [
    [
      'words on the wrong side',
      'hyperfpga-4ge21',
      'wire pulse_comblock_0/in_fifo_data comblock_0/fifo_data_i',
      'wire pulse_comblock_0/in_fifo_data comblock_0/fifo_data_o',
      'drive one another',
    ],
    [
      'a FIFO that nobody reads',
      'pynq-z2',
      'wire pulse_comblock_0/out_fifo_re comblock_0/fifo_re_i\n',
      '',
      'signal comblock_0/fifo_re_i comes from nowhere',
    ],
    [
      'a FIFO whose end is not seen',
      'pynq-z2',
      'wire comblock_0/fifo_empty_o pulse_comblock_0/out_fifo_empty\n',
      '',
      'signal pulse_comblock_0/out_fifo_empty comes from nowhere',
    ],
    [
      'a FIFO without a clock',
      'basys3',
      'wire comblock_0/axil_aclk comblock_0/fifo_clk_i\n',
      '',
      'clock comblock_0/fifo_clk_i comes from nowhere',
    ],
    [
      'a ComBlock without a reset',
      'basys3',
      'comblock_0/axil_aclk comblock_0/axil_aresetn pulse',
      'comblock_0/axil_aclk comblock_0/axil_aclk pulse',
      'reset comblock_0/axil_aresetn comes from nowhere',
    ],
    [
      'words of the core’s usual 16 bits',
      'zcu104',
      '  CONFIG.FIFO_OUT_DWIDTH 32\n',
      '',
      'pulse_comblock_0/out_fifo_data has 32 bits, comblock_0/fifo_data_o 16',
    ],
    [
      'a FIFO left off',
      'zcu104',
      'CONFIG.FIFO_OUT_ENA true',
      'CONFIG.FIFO_OUT_ENA false',
      'no pin comblock_0/fifo_re_i',
    ],
    [
      'fewer registers than the map has',
      'kv260',
      'CONFIG.REGS_IN_DEPTH 16',
      'CONFIG.REGS_IN_DEPTH 11',
      'no pin comblock_0/reg11_i',
    ],
    [
      'a RAM left on',
      'hyperfpga-3be11',
      'CONFIG.DRAM_IO_ENA false',
      'CONFIG.DRAM_IO_ENA true',
      'interface comblock_0/AXIF is connected 0 times, not 1',
    ],
    [
      'a setting of another version',
      'zedboard',
      'CONFIG.FIFO_IN_DEPTH',
      'CONFIG.C_FIFO_DEPTH',
      'comblock_0 has no setting CONFIG.C_FIFO_DEPTH',
    ],
    [
      'another version',
      'zedboard',
      'create_bd_cell -type ip -vlnv www.ictp.it:user:comblock:2.0',
      'create_bd_cell -type ip -vlnv www.ictp.it:user:comblock:1.0',
      'catalogue has no www.ictp.it:user:comblock:1.0',
    ],
    [
      'an address left out',
      'ultra96v2',
      'address zynq_ultra_ps_e_0/Data comblock_0/AXIL 0x80010000 0x00010000\n',
      '',
      'zynq_ultra_ps_e_0/Data has no address for comblock_0/AXIL/AXIL',
    ],
    [
      'a port of memory that nothing needs',
      'zcu102',
      'PSU__USE__S_AXI_GP2 0',
      'PSU__USE__S_AXI_GP2 1',
      'interface zynq_ultra_ps_e_0/S_AXI_HP0_FPD is connected 0 times, not 1',
    ],
  ]

test.skipIf(noTclsh !== undefined).each(mistakes)('%s (%s)', (_, board, from, to, found) => {
  const { recorded } = run(board, {}, text => {
    expect(text).toContain(from)
    return text.replace(from, to)
  })
  expect(recorded.stderr).toBe('')
  expect(checkDesign(readDesign(recorded.calls, 32)).join('\n')).toContain(found)
})

test('addresses stand in the header and on the page', () => {
  const description = sampleDescription(findBoard('zedboard'), { link: 'comblock' })
  expect(addressHeader(description)).toContain('#define LUTRA_COMBLOCK_BASE 0x43C00000u\n')
  expect(addressHeader(description)).not.toContain('ACCELERATOR')
  expect(vivadoReadme(description)).toContain('| comblock | `comblock_0` | `0x43c00000` | 64 KiB |')
  expect(vivadoReadme(description)).toContain('`user.org:user:pulse_comblock:1.0`')
  expect(vivadoReadme(description)).toContain('git clone https://gitlab.com/ictp-mlab/core-comblock')
})
