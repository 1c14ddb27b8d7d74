// A card's files: the kernel's description against the registers, its packaging in tclsh, and both hosts on the kernel.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { kernelMap } from '../../rtl/axi/register-map.ts'
import { boards, findBoard } from '../boards.ts'
import { goldenFiles } from '../pynq/index.ts'
import { memorySubject } from '../pynq/testing/memory-subject.ts'
import { runMemoryPython } from '../pynq/testing/run-python.ts'
import { pythonMissing } from '../testing/spawn-python.ts'
import { noTclsh } from '../vivado/testing/record.ts'
import { sampleDescription } from '../vivado/testing/sample.ts'
import { linkConfig, makefile, packageKernelTcl, platformOf } from './build.ts'
import { alveoFiles, alveoSteps } from './index.ts'
import { kernelArguments, kernelXml } from './kernel.ts'
import { printAlveoDriver } from './python-host.ts'
import { checkIpCalls, runPackaging } from './testing/packaging.ts'
import { buildHost, cardMissing, writeCard } from './testing/verilated-card.ts'

const noPython = pythonMissing()
const noCard = cardMissing()
for (const missing of [noPython, noCard]) if (missing !== undefined) console.log(`skipped: ${missing}`)

const cards = boards.filter(({ kind }) => kind === 'alveo')
const sample = (name = 'alveo-u250', differences = {}) => sampleDescription(findBoard(name), differences)

test('cards are those of the lists', () => {
  expect(cards.map(({ name }) => name)).toEqual([
    'alveo-u200',
    'alveo-u250',
    'alveo-u280',
    'alveo-u50',
    'alveo-u55c',
  ])
})

describe('kernel.xml', () => {
  it('has the arguments at the addresses of the registers', () => {
    expect(kernelArguments(sample()).map(({ name, offset }) => [name, offset])).toEqual([
      ['x', kernelMap.INPUT_LOW.address],
      ['y', kernelMap.OUTPUT_LOW.address],
      ['frames', kernelMap.FRAMES.address],
    ])
    expect([0x10, 0x1c, 0x28]).toEqual(kernelArguments(sample()).map(({ offset }) => offset))
    expect(kernelMap.INPUT_HIGH.address).toBe(kernelMap.INPUT_LOW.address + 4)
    expect(kernelMap.OUTPUT_HIGH.address).toBe(kernelMap.OUTPUT_LOW.address + 4)
  })

  test.skipIf(noPython !== undefined)('is well-formed, and says what the kernel has', () => {
    const code = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.read())
print(json.dumps([[element.tag, dict(element.attrib)] for element in root.iter()]))
`
    const read = (text: string) =>
      JSON.parse(execFileSync('python3', ['-c', code], { input: text, encoding: 'utf8' })) as [
        string,
        Record<string, string>,
      ][]
    const all = read(kernelXml(sample('alveo-u50', { wordsPerBeat: 4, form: 'raw' })))
    const named = (tag: string) => all.filter(([own]) => own === tag).map(([, attributes]) => attributes)
    expect(named('kernel')[0]).toMatchObject({
      name: 'pulse_kernel',
      vlnv: 'user.org:kernel:pulse_kernel:1.0',
      interrupt: 'true',
      hwControlProtocol: 'ap_ctrl_hs',
    })
    expect(named('port').map(({ name, mode, dataWidth }) => [name, mode, dataWidth])).toEqual([
      ['s_axi_control', 'slave', '32'],
      ['m_axi_gmem', 'master', '128'],
    ])
    expect(
      named('arg').map(({ name, id, port, offset, size, hostSize, type, addressQualifier }) =>
        [name, id, port, offset, size, hostSize, type, addressQualifier].join(' '),
      ),
    ).toEqual([
      'x 0 m_axi_gmem 0x10 0x8 0x8 int* 1',
      'y 1 m_axi_gmem 0x1C 0x8 0x8 int* 1',
      'frames 2 s_axi_control 0x28 0x4 0x4 unsigned int 0',
    ])
  })
})

describe('linking', () => {
  test.each(cards.map(({ name }) => name))('%s: one unit with a bank of its platform', name => {
    const description = sample(name)
    const { memory, name: platform } = platformOf(description)
    expect(linkConfig(description)).toContain(
      `[connectivity]\nnk=pulse_kernel:1:pulse_0123456789abcdef\nsp=pulse_0123456789abcdef.m_axi_gmem:${memory}\n`,
    )
    expect(platform).toContain(name.replace('alveo-', 'xilinx_'))
    expect(memory).toMatch(/^(HBM|DDR)\[0\]$/)
    expect(makefile(description)).toContain(`PLATFORM ?= ${platform}\n`)
  })

  it('is made by make, with another platform too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lutra-make-'))
    try {
      writeFileSync(join(folder, 'Makefile'), makefile(sample('alveo-u50')))
      for (const name of ['pulse_kernel.v', 'kernel.xml', 'package_kernel.tcl', 'link.cfg', 'host.cpp'])
        writeFileSync(join(folder, name), '')
      writeFileSync(join(folder, 'sources.mk'), '')
      const said = (...words: string[]) =>
        spawnSync('make', ['-n', '-o', '../rtl/pulse_accel.v', '-o', '../rtl/pulse.v', ...words], {
          cwd: folder,
          encoding: 'utf8',
        })
      const usual = said('xclbin', 'host')
      expect(usual.stderr).toBe('')
      expect(usual.stdout).toContain('vivado -mode batch')
      expect(usual.stdout).toMatch(
        /v\+\+ --link --target hw --platform xilinx_u50_gen3x16_xdma_5_202210_1 --config link\.cfg --kernel_frequency 200 /,
      )
      expect(usual.stdout).toContain('-o build/pulse.hw.xclbin build/pulse_kernel.xo')
      const other = said('check', 'TARGET=hw_emu', 'PLATFORM=/opt/mine.xpfm').stdout
      expect(other).toContain('--target hw_emu --platform /opt/mine.xpfm')
      expect(other).toContain('XCL_EMULATION_MODE=hw_emu')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe.skipIf(noTclsh !== undefined)(`package_kernel.tcl ${noTclsh ?? ''}`, () => {
  test.each(cards.map(({ name }) => name))('%s: packages the kernel for the part', name => {
    const description = sample(name)
    const { calls, stderr, status } = runPackaging(description, packageKernelTcl(description))
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(checkIpCalls(calls)).toEqual([])
    expect(calls).toContainEqual([
      'create_project',
      description.board.part,
      'package_kernel',
      'alveo/build/project',
    ])
    expect(calls).toContainEqual([
      'package_xo',
      'alveo/build/pulse_kernel.xo',
      'pulse_kernel',
      'alveo/build/ip',
      'alveo/kernel.xml',
    ])
    expect(calls.filter(([command]) => command === 'add_files').map(([, , file]) => file)).toEqual([
      'rtl/pulse_accel.v',
      'rtl/pulse.v',
      'alveo/pulse_kernel.v',
    ])
  })

  const spoiled = (from: string, to: string, knobs = {}) => {
    const text = packageKernelTcl(sample())
    expect(text).toContain(from)
    return runPackaging(sample(), text.replace(from, to), knobs)
  }

  test.each([
    ['a bus without a clock', '    ipx::associate_bus_interfaces', '    #', 'm_axi_gmem has no clock'],
    [
      'registers without a map',
      'slave_memory_map_ref s_axi_control',
      'slave_memory_map_ref s_axi',
      'busif:s_axi_control: slave_memory_map_ref cannot be s_axi',
    ],
    ['no kernel', 'set_property sdx_kernel true $core\n', '', 'sdx_kernel is not set'],
    [
      'a kernel of another kind',
      'sdx_kernel_type rtl',
      'sdx_kernel_type hls',
      'core: sdx_kernel_type cannot be hls',
    ],
    [
      'a property that is not there',
      'set_property range 16E',
      'set_property ranges 16E',
      'space has no property ranges',
    ],
  ])('the check finds %s', (_, from, to, found) => {
    expect(checkIpCalls(spoiled(from, to).calls).join('\n')).toContain(found)
  })

  test.each([
    [
      'a source that is missing',
      '  rtl/pulse.v',
      '  rtl/pulses.v',
      {},
      /package the kernel: rtl\/pulses\.v is missing/,
    ],
    [
      'a port that Vivado does not know',
      'set kernel',
      'set kernel',
      { INTERFACES: 's_axi_control m_axi_gmem ap_clk ap_rst_n' },
      /found no interface interrupt/,
    ],
    [
      'a part that is not installed',
      'set kernel',
      'set kernel',
      { PARTS: 'xc7a35tcpg236-1' },
      /failed to find the part: xcu250/,
    ],
    ['an unknown option', '-kernel_name $kernel', '-kernel $kernel', {}, /unknown option '-kernel'/],
  ])('stops at %s', (_, from, to, knobs, message) => {
    const { status, stderr } = spoiled(from, to, knobs)
    expect(status).toBe(1)
    expect(stderr).toMatch(message)
  })
})

const xclbin = 'tiny.hw.xclbin'
const unit = 'tiny_0123456789abcdef'

describe.skipIf(noPython !== undefined)('the host in Python', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lutra-alveo-'))
    writeFileSync(join(folder, xclbin), unit)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = async (from: ReturnType<typeof memorySubject>, args: string[], env = {}) => {
    const { description, inputs, golden } = from
    // A simulated card is slower than any, and slower still where other work goes on.
    const driver = printAlveoDriver(description, inputs).replace(
      'timeout_floor = 2.0',
      'timeout_floor = 60.0',
    )
    writeFileSync(join(folder, 'alveo_driver.py'), driver)
    for (const [name, content] of Object.entries(goldenFiles(description, golden)))
      writeFileSync(join(folder, name), content)
    const server = from.server()
    const own = { DESIGN_UNIT: unit, ...env }
    const result = await runMemoryPython({ folder, args, project: 'tiny', server, env: own })
    return { ...result, strays: server.strays }
  }
  const code = (text: string) => [
    '-c',
    `
import numpy as np, design
from alveo_driver import *
X, y = np.load('X_test.npy'), np.load('y_test.npy')
def told(action):
    try:
        action()
    except Exception as error:
        print(type(error).__name__ + ': ' + str(error))
${text}`,
  ]
  const subject = (differences = {}) =>
    memorySubject({ bus: 'axi_master', board: 'alveo-u250', ...differences })

  it.each([
    ['float', 1],
    ['raw', 4],
  ] as const)('runs the golden data: %s words, %i a beat', async (form, wordsPerBeat) => {
    const args = ['alveo_driver.py', xclbin, '.']
    const { stdout, stderr, code: exit, strays } = await run(subject({ form, wordsPerBeat }), args)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^Classified 300 samples in .*\n0 of 900 values differ\n$/)
    expect([exit, strays]).toEqual([0, []])
  })

  it('takes any number of rows, with registers that can be read or not', async () => {
    for (const OLD_XRT of ['', '1']) {
      const { stdout, stderr } = await run(
        subject(),
        code(`
nn = AlveoDriver('${xclbin}', X.shape, y.shape)
print(nn._read is not None, [np.array_equal(nn.predict(X[:rows]), y[:rows]) for rows in (1, 7, 300, 3, 0)])
nn._rows_at_once = lambda: 70
print(np.array_equal(nn.predict(X, debug=True), y))
`),
        { OLD_XRT },
      )
      expect(stderr).toBe('')
      const lines = stdout.trim().split('\n')
      expect(lines[0]).toBe(`${OLD_XRT === '' ? 'False' : 'True'} [True, True, True, True, True]`)
      expect(lines.at(-1)).toBe('True')
      if (OLD_XRT !== '') expect(lines.at(-2)).toContain('300 rows done; 611 frames came in')
    }
  })

  it('refuses another build, another kernel, and what it cannot take', async () => {
    const other = subject()
    const spelled = { ...other, description: { ...other.description, buildHash: 'fedcba9876543210' } }
    const open = code(`told(lambda: AlveoDriver('${xclbin}', X.shape, y.shape))`)
    expect((await run(spelled, open)).stdout).toMatch(
      /^BuildMismatch: the compute unit tiny_fedcba9876543210 cannot be opened \(No compute units matching/,
    )
    const registers = await run(spelled, open, { OLD_XRT: '1', DESIGN_UNIT: 'tiny_fedcba9876543210' })
    expect(registers.stdout).toContain(
      'BuildMismatch: the .xclbin is of build 0123456789abcdef, this driver of build fedcba9876543210',
    )
    const { stdout } = await run(
      subject(),
      code(`
nn = AlveoDriver('${xclbin}', X.shape, y.shape)
told(lambda: nn.predict(X[:, :4]))
bad = X[:9].copy()
bad[3, 2] = np.nan
told(lambda: nn.predict(bad))
told(lambda: AlveoDriver('${xclbin}', (9, 4), y.shape))
`),
    )
    expect(stdout.trim().split('\n')).toEqual([
      'ValueError: X has shape (300, 4), expected (rows, 5)',
      'ValueError: X has nan in row 3, element 2: the network takes finite numbers',
      'ValueError: x_shape is (9, 4), expected (rows, 5)',
    ])
    const missing = await run(subject(), ['alveo_driver.py', 'nothing.xclbin', '.'])
    expect(missing.code).not.toBe(0)
  })

  it('gives up what hangs, and tells values that differ', async () => {
    const { stdout } = await run(
      subject(),
      code(`
nn = AlveoDriver('${xclbin}', X.shape, y.shape)
nn.timeout_floor = 0.2
design.ask(op='fault', faults={'deaf': True})
told(lambda: nn.predict(X[:20]))
told(lambda: nn.predict(X[:20]))
`),
      { OLD_XRT: '1' },
    )
    expect(stdout.trim().split('\n')).toEqual([
      'AcceleratorTimeout: no result after 0.2 s; 0 frames came in and 0 results went out since the card was loaded; STATUS 0x0. Reset the card (xrt-smi reset) and open the driver again',
      'AcceleratorError: a run did not end: reset the card (xrt-smi reset) and open the driver again',
    ])
    const from = subject()
    const raw = Array.from(from.golden.raw, Number)
    raw[7] = raw[7]! + 1
    const wrong = await run({ ...from, golden: { ...from.golden, raw } }, ['alveo_driver.py', xclbin, '.'])
    expect(wrong.code).toBe(1)
    expect(wrong.stdout).toMatch(/1 of 900 values differ\n\(2, 1\): \S+ on the card, \S+ expected\n/)
  })
})

describe.skipIf(noCard !== undefined)('the host in C++, on the Verilated kernel', () => {
  const folders: string[] = []
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true })
  })
  const build = (form: 'float' | 'raw', wordsPerBeat: number, more = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'lutra-card-'))
    folders.push(folder)
    const from = memorySubject({ bus: 'axi_master', board: 'alveo-u250', form, wordsPerBeat, ...more })
    writeCard(folder, from)
    writeFileSync(join(folder, xclbin), unit)
    const program = buildHost(folder, from)
    return (words: string[], env = {}) =>
      spawnSync(program, words, {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, ...env },
        timeout: 60_000,
      })
  }
  const golden = [xclbin, 'alveo/x_words.bin', 'alveo/y_words.bin']

  it('compiles without a warning and finds all words equal; says what is wrong', { timeout: 120_000 }, () => {
    const host = build('float', 1)
    const good = host(golden)
    expect([good.stderr, good.status]).toEqual(['', 0])
    expect(good.stdout).toMatch(
      /^300 frames in \S+ s, transfers included: \S+ frames \/ s\n\d+ cycles in the kernel, \S+ a frame\n0 of 900 words differ\n$/,
    )
    const spoiled = host(golden, { CARD_SPOILS: '1' })
    expect(spoiled.status).toBe(1)
    expect(spoiled.stdout).toMatch(/^frame 0, word 0: \S+ on the card, \S+ expected\n/)
    expect(spoiled.stdout).toContain('1 of 900 words differ')
    const hung = host(golden, { CARD_DEAF: '1' })
    expect([hung.status, hung.stderr]).toEqual([
      2,
      expect.stringMatching(/^the run of 300 frames ended in state 8 after at most 2\.\d+ s: reset the card/),
    ])
    expect(host([xclbin]).status).toBe(2)
    expect(host([xclbin, xclbin, 'alveo/y_words.bin']).stderr).toContain(
      'has 21 bytes, expected frames of 20',
    )
    expect(host([xclbin, 'alveo/x_words.bin', 'alveo/x_words.bin']).stderr).toContain(
      'the files have different numbers of frames',
    )
    expect(host(['alveo/kernel.xml', ...golden.slice(1)]).stderr).toContain('No compute units matching')
    expect(host([...golden, '1']).stderr).toContain('Could not open device')
  })

  it('scales rows itself, and makes integers of them', { timeout: 120_000 }, () => {
    const host = build('raw', 2, { scaled: 'element' })
    const good = host([xclbin, 'alveo/x_rows.bin', 'alveo/y_words.bin'])
    expect([good.stderr, good.status]).toEqual(['', 0])
    expect(good.stdout).toContain('0 of 900 words differ')
  })
})

it('the steps name the package’s own files', () => {
  const from = memorySubject({ bus: 'axi_master', board: 'alveo-u55c' })
  const files = alveoFiles(from.description, from.inputs, from.golden)
  const steps = alveoSteps(from.description, 'alveo')
  for (const name of ['alveo_driver.py', 'x_words.bin', 'package_kernel.tcl', 'kernel.xml'])
    expect(Object.keys(files)).toContain(`alveo/${name}`)
  expect(steps).toContain('xilinx_u55c_gen3x16_xdma_3_202210_1')
  for (const text of [steps, ...Object.values(files).map(String)])
    expect(text).not.toMatch(/undefined|\[object/)
  expect(alveoFiles({ ...from.description, board: findBoard('pynq-z2') }, from.inputs, from.golden)).toEqual(
    {},
  )
})
