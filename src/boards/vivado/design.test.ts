// Every board's project script, run in tclsh on stand-ins for Vivado's commands, and the design that comes of it.

import { describe, expect, it, test } from 'vitest'
import { findBoard } from '../boards.ts'
import { type AddressRange, addressMap, vivadoFiles } from './index.ts'
import { checkDesign } from './testing/check-design.ts'
import { callsOf, readDesign } from './testing/read-design.ts'
import { noTclsh, type RunOptions, runProject } from './testing/record.ts'
import { designed, sampleDescription, withSources } from './testing/sample.ts'

function run(name: string, options: RunOptions = {}, differences = {}) {
  const description = sampleDescription(findBoard(name), differences)
  const files = withSources(vivadoFiles(description), description)
  return { description, recorded: runProject(files, options) }
}

const cases = designed.flatMap(({ name, kind }) =>
  (kind === 'fpga' ? [1] : [1, 2, 4]).map(words => [name, words] as const),
)

describe.skipIf(noTclsh !== undefined)(`project.tcl ${noTclsh ?? ''}`, () => {
  test.each(cases)('%s with %i words in each beat makes a whole design', (name, wordsPerBeat) => {
    const look = ['hw/pulse.bit', 'hw/pulse.hwh']
    const { description, recorded } = run(name, { look }, { wordsPerBeat })
    expect(recorded.stderr).toBe('')
    expect(recorded.status).toBe(0)
    const design = readDesign(recorded.calls, 32 * wordsPerBeat)
    expect(checkDesign(design)).toEqual([])
    expect(callsOf(recorded.calls, 'validate_bd_design')).toHaveLength(1)
    expect(recorded.left).toEqual(description.board.kind === 'fpga' ? look.slice(0, 1) : look)
  })

  test.each(
    designed.flatMap(({ name }) => (['axi_lite', 'axi_master'] as const).map(kind => [name, kind] as const)),
  )('%s with %s makes a whole design', (name, kind) => {
    for (const wordsPerBeat of kind === 'axi_lite' ? [1] : [1, 4]) {
      const { description, recorded } = run(name, {}, { interface: kind, wordsPerBeat })
      expect(recorded.stderr).toBe('')
      const design = readDesign(recorded.calls, 32, kind)
      expect(checkDesign(design)).toEqual([])
      const types = [...design.cells.values()].map(({ type }) => type)
      expect(types).not.toContain('axi_dma')
      expect(types).not.toContain('axi_fifo_mm_s')
      for (const { cell, interface: port, base } of Object.values(addressMap(description)) as AddressRange[])
        expect(design.assigned.find(({ segment }) => segment.startsWith(`${cell}/${port}/`))?.base).toBe(base)
    }
  })

  it('gives a master all memory and the first interrupt, and nothing else', () => {
    const { recorded } = run('aup-zu3', {}, { interface: 'axi_master' })
    const { assigned, wires } = readDesign(recorded.calls, 32, 'axi_master')
    const own = assigned.filter(({ space }) => space === 'pulse_accel_0/m_axi')
    expect(own.map(({ segment, excluded }) => [segment.split('/').at(-1), excluded])).toEqual([
      ['HP0_DDR_LOW', false],
      ['HP0_DDR_HIGH', false],
      ['HP0_QSPI', true],
      ['HP0_LPS_OCM', true],
    ])
    expect(wires).toContainEqual(['pulse_accel_0/interrupt', 'zynq_ultra_ps_e_0/pl_ps_irq0'])
    const zynq = run('pynq-z2', {}, { interface: 'axi_master' }).recorded
    expect(readDesign(zynq.calls, 32, 'axi_master').wires).toContainEqual([
      'pulse_accel_0/interrupt',
      'processing_system7_0/IRQ_F2P',
    ])
    expect(zynq.calls).toContainEqual(['ipx::add_address_space', 'm_axi'])
    expect(zynq.calls).toContainEqual(['ipx::associate_bus_interfaces', 'm_axi', 'aclk'])
  })

  test.each(designed.map(({ name }) => name))('%s is made for its own part and board files', name => {
    const board = findBoard(name)
    const alone = run(name).recorded
    const parts = callsOf(alone.calls, 'create_project').map(([, part]) => part)
    expect(parts).toEqual([board.part, board.part])
    expect(alone.calls.filter(([, property]) => property === 'board_part')).toEqual([])
    expect(alone.stdout).toContain('no board files installed, part alone')
    if (board.boardPart === undefined) return
    const { recorded } = run(name, { knobs: { BOARDS: board.boardPart, BOARD_PART_NAME: board.part } })
    expect(recorded.calls).toContainEqual(['set_property', 'board_part', board.boardPart, 'project'])
    expect(checkDesign(readDesign(recorded.calls, 32))).toEqual([])
  })

  test.each(designed.map(({ name }) => name))(
    '%s has the accelerator and what carries frames where drivers look',
    name => {
      const { description, recorded } = run(name)
      const { assigned } = readDesign(recorded.calls, 32)
      const at = ({ cell, interface: port }: AddressRange) =>
        assigned.filter(({ segment }) => segment.startsWith(`${cell}/${port}/`))
      for (const range of Object.values(addressMap(description)) as AddressRange[])
        expect(at(range)).toEqual([expect.objectContaining({ base: range.base, size: range.size })])
    },
  )

  it('writes the build hash into the bitstream, and the pins of a board by itself', () => {
    const { calls } = run('arty-a7-100t').recorded
    expect(calls).toContainEqual(['set_property', 'BITSTREAM.CONFIG.USR_ACCESS', '0x01234567', 'design'])
    expect(calls).toContainEqual(['set_property', 'BITSTREAM.CONFIG.USERID', '0x89ABCDEF', 'design'])
    const pins = calls
      .filter(([, property]) => property === 'PACKAGE_PIN')
      .map(([, , pin, port]) => [port, pin])
    expect(pins).toEqual([
      ['port:sys_clk', 'E3'],
      ['port:uart_rxd', 'A9'],
      ['port:uart_txd', 'D10'],
    ])
  })

  it('packages the accelerator as an IP without a clock of its own', () => {
    const { calls } = run('zcu104').recorded
    expect(calls).toContainEqual(['ipx::package_project', 'ip', 'user.org', 'user'])
    expect(calls).toContainEqual(['ipx::remove_bus_parameter', 'FREQ_HZ', 'busif:aclk'])
    expect(calls).toContainEqual(['set_property', 'name', 'pulse_accel', 'core'])
    expect(calls).toContainEqual(['set_property', 'range', '65536', 'block'])
  })

  it('differs between models by names, widths, clock, sources and hash alone', () => {
    const board = findBoard('pynq-z2')
    const one = vivadoFiles(sampleDescription(board))['vivado/project.tcl']!
    const other = vivadoFiles(sampleDescription(board, { input: sampleDescription(board).output }))
    expect(other['vivado/project.tcl']).toBe(one)
  })
})

describe.skipIf(noTclsh !== undefined)(`board files ${noTclsh ?? ''}`, () => {
  const ask = (BOARDS: string, BOARD_PART_NAME: string) =>
    run('zcu102', { knobs: { BOARDS, BOARD_PART_NAME } }).recorded.calls.find(
      ([, name]) => name === 'board_part',
    )?.[2]
  const part = findBoard('zcu102').part

  it('of the version named are taken before newer ones, newer ones before none', () => {
    expect(ask('xilinx.com:zcu102:part0:3.4 xilinx.com:zcu102:part0:3.5', part)).toBe(
      'xilinx.com:zcu102:part0:3.4',
    )
    expect(ask('xilinx.com:zcu102:part0:3.3 xilinx.com:zcu102:part0:3.5', part)).toBe(
      'xilinx.com:zcu102:part0:3.5',
    )
  })

  it('for another part are left alone', () => {
    expect(ask('xilinx.com:zcu102:part0:3.4', 'xczu9eg-ffvb1156-1-e')).toBeUndefined()
  })
})

describe.skipIf(noTclsh !== undefined)(`failures ${noTclsh ?? ''}`, () => {
  const failure = (knobs: Record<string, string>, differences = {}) => {
    const { recorded } = run('pynq-z2', { knobs, look: ['hw/pulse.bit'] }, differences)
    expect(recorded.status).toBe(1)
    expect(recorded.left).toEqual([])
    return recorded.stderr
  }

  it('name the step and the cause', () => {
    expect(failure({ VERSION: '2019.2' })).toContain(
      'failed to find the part: Vivado 2020.2 or later is needed',
    )
    expect(failure({ PARTS: 'xc7a35tcpg236-1' })).toContain('xc7z020clg400-1 is not installed in this Vivado')
    expect(failure({ INTERFACES: 's_axis m_axis aclk' })).toContain(
      'failed to package the accelerator: Vivado found no interface s_axi',
    )
    expect(failure({ FAIL: 'synth_1' })).toMatch(
      /failed to synthesise: place_design ERROR; first errors of .*runme\.log:\nERROR: \[Place 30-640\] too many LUTs/,
    )
    expect(failure({ FAIL: 'impl_1' })).toContain('failed to place and route')
  })

  it('of timing keep the reports and write no bitstream', () => {
    expect(failure({ SLACK: '-0.42' })).toMatch(
      /the worst setup path lacks 0\.42 ns at 100 MHz \(reports\/timing\.rpt\)/,
    )
  })
})
