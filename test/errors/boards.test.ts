// Bad boards, and networks that a board cannot carry, as the command line tells them.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  denseLayer,
  floats,
  functional,
  inputLayer,
  kerasFile,
} from '../../src/frontends/keras/testing/models.ts'
import { contents, lutra, useFolder, writeModel } from './command-line.ts'
import { withEnvironment } from './fake-tools.ts'

useFolder()
beforeAll(() => writeModel('model.h5'))

const pack = (...more: string[]) =>
  lutra(['package', 'model.h5', '--input-type', 'fixed<8,2>', '--out', 'out', '--quiet', ...more])

const mine = {
  name: 'mine',
  title: 'My board',
  part: 'xc7a15tcpg236-1',
  kind: 'fpga',
  clockMhz: 100,
  oscillator: { mhz: 12, pin: 'L17', standard: 'LVCMOS33' },
  uart: { rx: 'J17', tx: 'J18', standard: 'LVCMOS33' },
}
const board = (change: object = {}, file = 'mine.json') =>
  writeFile(file, JSON.stringify({ ...mine, ...change }, undefined, 2))

describe('boards', () => {
  it('that are not known', async () => {
    expect(await pack('--board', 'pynq-z3')).toMatchInlineSnapshot(`
      "exit 2
      error: board/unknown: --board: no board 'pynq-z3' is known; expected one of alveo-u200, alveo-u250, alveo-u280, alveo-u50, alveo-u55c, arty-a7-100t, aup-zu3, basys3, hyperfpga-3be11, hyperfpga-4ge21, kv260, pynq-z1, pynq-z2, ultra96v2, zcu102, zcu104, zedboard. Did you mean 'pynq-z1'? A board of your own is a file, --board ./my-board.json (docs/boards.md); its part alone goes with --part."
    `)
    // Before anybody asks what enters the network.
    expect(await lutra(['package', 'model.h5', '--board', 'pynq-z3', '--out', 'out'])).toContain(
      'board/unknown',
    )
    expect(await lutra(['boards', 'alveo-u52'])).toContain("Did you mean 'alveo-u50'?")
    expect(await pack('--board', './mien.json')).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: ./mien.json: there is no such file. Check the path; it is read from the current folder."
    `)
    await board()
    expect(await pack('--board', './mien.json')).toContain("Did you mean 'mine.json'?")
    expect(await pack('--board', './mine.json', '--part', 'xc7a35tcpg236-1')).toMatchInlineSnapshot(`
      "exit 2
      error: board/other-part: --part: the part is xc7a35tcpg236-1, and board 'mine' carries xc7a15tcpg236-1; expected the board, or the part. Leave one of them out."
    `)
  })

  it('whose file is wrong: all at once', async () => {
    await writeFile('mine.json', '{ name: "mine" }')
    expect(await pack('--board', './mine.json')).toMatchInlineSnapshot(`
      "exit 2
      error: board/not-json: ./mine.json: the file is not JSON: line 1 cannot be read; expected a board's file. Begin with one that works: lutra boards pynq-z2 --out my-board.json."
    `)
    await board({ clock: 100, uart: { rx: 'J17' }, kind: 'artix' })
    expect(await pack('--board', './mine.json')).toMatchInlineSnapshot(`
      "exit 2
      error: board/unknown-key: ./mine.json: clock: boards have no key 'clock'; expected one of name, title, part, kind, clockMhz, boardPart, link, oscillator, uart, memory, platform, notes, sources, $schema.
      error: board/wrong-value: ./mine.json: kind: it is 'artix'; expected zynq or zynqmp or alveo or fpga.
      error: board/missing-key: ./mine.json: uart.tx, ./mine.json: uart.standard: the key is missing; expected a value."
    `)
    await board({ part: 'xc7a15tcpg236', uart: undefined })
    expect(await pack('--board', './mine.json')).toMatchInlineSnapshot(`
      "exit 2
      error: board/part: ./mine.json: part: 'xc7a15tcpg236' has no package and speed grade; expected the whole name that Vivado knows, e.g. xc7z020clg400-1.
      error: board/pins: ./mine.json: no processor stands beside the FPGA, and 'uart' is not given; expected pins of an oscillator and of a UART. Look them up in the board's master constraints (.xdc) or schematic."
    `)
    await board({ part: 'xc7a17tcpg236-1' })
    expect(await pack('--board', './mine.json')).toMatchInlineSnapshot(`
      "exit 2
      error: device/unknown-part: ./mine.json: part: 'xc7a17tcpg236-1': no device of that name is in the table; expected a part number that begins with xc7a15t, xc7a100t, xc7a35t or another known device. Correct the part, or name a device of the same family and similar size."
    `)
    await board({ name: 'basys3' })
    expect(await pack('--board', './mine.json')).toMatchInlineSnapshot(`
      "exit 2
      error: board/name-taken: ./mine.json: name: the board is called 'basys3', and Lutra has a board of that name; expected a name of its own."
    `)
  })

  it('in a folder of one’s own', async () => {
    await mkdir('my-boards', { recursive: true })
    await board({}, 'my-boards/a.json')
    const set = (folder: string, args: string[]) =>
      withEnvironment({ LUTRA_BOARDS: folder }, () => lutra([...args, '--quiet']))
    expect(await set('no-boards', ['boards'])).toMatchInlineSnapshot(`
      "exit 2
      error: board/no-folder: LUTRA_BOARDS: 'no-boards' is not a folder that can be read; expected a folder of boards' files (.json)."
    `)
    expect(await set('my-boards', ['boards', 'mine', '--json'])).toContain('"origin": "my-boards/a.json"')
    expect(await set('my-boards', ['boards', 'mien'])).toContain("Did you mean 'mine'?")
    await board({}, 'my-boards/b.json')
    expect(await set('my-boards', ['boards'])).toMatchInlineSnapshot(`
      "exit 2
      error: board/name-taken: my-boards/b.json: name: the board is called 'mine', and my-boards/a.json has it too; expected a name of its own."
    `)
    expect(await lutra(['boards', '--out', 'x.json'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/command-line: lutra boards: option '--out' needs a board. See lutra boards --help."
    `)
  })
})

describe('networks', () => {
  it('too large for the board: what exceeds, what would fit, exit 1', async () => {
    await board()
    const kernel = Array.from(
      { length: 36 * 40 },
      (_, k) => ((Math.imul(k + 1, 0x9e3779b1) >>> 13) & 255) - 128,
    )
    const dense = {
      ...denseLayer('fc', [36, 40], { use_bias: false }),
      weights: { kernel: floats([36, 40], ...kernel.map(value => value / 8)) },
    }
    await writeModel('large.h5', [inputLayer('x', 36), dense])
    const args = [
      'large.h5',
      '--input-type',
      'fixed<8,2>',
      '--board',
      './mine.json',
      '--effort',
      '0',
      '--out',
      'large',
    ]
    const said = await lutra(['package', ...args])
    expect(
      said
        .split('\n')
        .filter(line => /^exit|fit\//.test(line))
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "exit 1
      finding: fit/exceeds-device: xc7a15tcpg236-1: by its estimate the design takes 18927 LUT and the device has 10400. Strategy: Resource with ReuseFactor: 32 takes 2608 LUT and 40 DSP (II 36); xc7a35t has room; layer 'fc' takes most. Boards with room: basys3, arty-a7-100t."
    `)
    // Still written: a board with the same pins and a larger part is often at hand.
    expect(Object.keys(await contents('large'))).toContain('large/vivado/project.tcl')
  })

  it('of more inputs or outputs than the interface carries', async () => {
    const layers = [
      inputLayer('x', 3),
      { ...denseLayer('left', [3, 4]), reads: ['x'] },
      { ...denseLayer('right', [3, 2]), reads: ['x'] },
    ]
    await writeFile('branch.h5', await kerasFile(layers, functional(layers, ['x'], ['left', 'right'])))
    for (const kind of ['axi_stream', 'axi_lite', 'axi_master']) {
      const args = [
        '--input-type',
        'fixed<8,2>',
        '--board',
        'pynq-z2',
        '--interface',
        kind,
        '--out',
        'branch',
      ]
      expect(await lutra(['package', 'branch.h5', ...args, '--quiet'])).toBe(
        'exit 2\nerror: package/several-streams: myproject: the network has 1 inputs and 2 outputs; expected one of each: an accelerator has a stream in and a stream out. Concatenate them in the model.',
      )
    }
    expect(Object.keys(await contents('.')).some(path => path.startsWith('branch/'))).toBe(false)
  })
})

describe('what hls4ml’s AcceleratorConfig asks for', () => {
  const ask = async (section: object, ...more: string[]) => {
    const config = {
      HLSConfig: { Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 } },
      AcceleratorConfig: { Board: 'pynq-z2', ...section },
    }
    await writeFile('accel.json', JSON.stringify(config))
    const said = await lutra([
      'package',
      'model.h5',
      '--config',
      'accel.json',
      '--out',
      'accel',
      '--quiet',
      ...more,
    ])
    if (said !== 'exit 0') return said
    const { board, form, clockMhz } = JSON.parse(await readFile('accel/package.json', 'utf8'))
    return [board.name, board.platform?.name, form, clockMhz].filter(part => part !== undefined).join(' ')
  }
  const types = (Input: string, Output: string) => ({ Precision: { Input, Output } })

  it('is done: words, platform, the board’s clock', async () => {
    expect(await ask({})).toBe('pynq-z2 float 100')
    expect(await ask(types('float', 'float'))).toBe('pynq-z2 float 100')
    expect(await ask(types('ap_fixed<16,6>', 'ap_fixed<16,6>'))).toBe('pynq-z2 raw 100')
    expect(await ask(types('ap_fixed<16,6>', 'ap_fixed<16,6>'), '--words', 'float')).toBe('pynq-z2 float 100')
    expect(await ask({ Board: 'alveo-u50', Platform: 'mine' })).toBe('alveo-u50 mine float 200')
    expect(await ask({ Board: 'alveo-u50', Platform: 'mine' }, '--board', 'alveo-u280')).toBe(
      'alveo-u280 xilinx_u280_gen3x16_xdma_1_202211_1 float 200',
    )
  })

  it('is refused where words would mean something else, or nothing', async () => {
    expect(await ask(types('fixed<16,8>', 'fixed<16,6>'))).toMatchInlineSnapshot(`
      "exit 2
      error: config/value: accel.json: AcceleratorConfig.Precision.Input: words of fixed<16,8> have 8 fraction bits, and elements of 'x' have 10; expected float, or a type with 10 fraction bits. Give --words raw for integers of the elements' own types, or --words float; drivers convert either way."
    `)
    expect(await ask(types('float', 'fixed<16,6>'))).toMatchInlineSnapshot(`
      "exit 2
      error: config/value: accel.json: AcceleratorConfig.Precision: words of float go in and words of fixed<16,6> come out; expected float on both sides, or fixed-point types on both. Give --words raw for integers of the elements' own types, or --words float; drivers convert either way."
    `)
    expect(await ask({ Platform: 'mine' })).toMatchInlineSnapshot(`
      "exit 2
      error: config/value: accel.json: AcceleratorConfig.Platform: a platform is of cards in a host, and the board is TUL PYNQ-Z2; expected none. Leave the key out."
    `)
  })
})
