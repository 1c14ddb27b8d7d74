// The road by an HLS tool: the wrapper in g++ against the emulator's words, both scripts in tclsh, the driver in Python.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { programOf } from '../../backends/graph-program.ts'
import { buildAccelerator } from '../../backends/verilog/accelerator.ts'
import { createFixedEngine } from '../../engines/fixed/fixed.ts'
import type { HlsProgram, HlsTensor } from '../../hls/call.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { elementTypes, sizeOf } from '../../ir/tensor-type.ts'
import { prepareDesign } from '../../node/hardware.ts'
import { packageModel } from '../../node/package.ts'
import type { OpNode } from '../../ops/index.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { WordForm } from '../../rtl/axi/word-stream.ts'
import { withCxxProgram } from '../../tools/cxx.ts'
import { goldenWords } from '../alveo/golden-words.ts'
import { findBoard } from '../boards.ts'
import type { PackageDescription } from '../package-description.ts'
import { goldenFiles } from '../pynq/index.ts'
import { createDesignServer } from '../pynq/testing/design-server.ts'
import { runPython } from '../pynq/testing/run-python.ts'
import { pythonMissing } from '../testing/spawn-python.ts'
import { checkDesign } from '../vivado/testing/check-design.ts'
import { readDesign } from '../vivado/testing/read-design.ts'
import { noTclsh, runProject } from '../vivado/testing/record.ts'
import { hlsFiles } from './index.ts'

const noPython = pythonMissing()
if (noPython !== undefined) console.log(`skipped: ${noPython}`)
const noCxx = spawnSync('g++', ['--version']).status === 0 ? undefined : 'no g++ on PATH'
if (noCxx !== undefined) console.log(`skipped: ${noCxx}`)

const project = 'tiny'
const rows = 200
const example = join(import.meta.dirname, '../../../examples/pulse-shape')

/** The example's network, 32 elements in and 2 out: each tensor of it has one type, as C++ arrays want it. */
const made = await prepareDesign({
  model: join(example, 'pulse-shape.h5'),
  data: [join(example, 'pulses.csv')],
  labelColumn: 'label',
  board: 'pynq-z2',
  project,
})

function subject(
  form: WordForm,
  differences: Partial<PackageDescription> = {},
  graph: OpGraph = made.prepared.compiled.typed,
) {
  const buildHash = '0123456789abcdef'
  const accelerator = buildAccelerator(graph, made.design, { form, wordsPerBeat: 1, buildHash })
  const { input, output, conversions } = accelerator
  const x = Float64Array.from(made.vectors[0]!.data.subarray(0, 32 * rows), Math.fround)
  const batch = { rows, shape: [32], data: x }
  const { raw } = createFixedEngine(graph).run([batch], [output.name]).get(output.name)!
  const frame = ({ name, shape }: typeof output) => ({
    name,
    shape,
    types: elementTypes(typeOfNode(nodeNamed(graph, name))),
  })
  const description: PackageDescription = {
    project,
    board: findBoard('pynq-z2'),
    buildHash,
    lutra: '0.0.0',
    clockMhz: 100,
    interface: 'axi_stream',
    link: 'mover',
    form,
    wordsPerBeat: 1,
    input: frame(input),
    output: frame(output),
    latencyCycles: 40,
    intervalCycles: 32,
    sources: [],
    ...differences,
  }
  const program = programOf(graph, project) as HlsProgram
  const golden = { rows, x, raw }
  const files = () => hlsFiles(description, conversions, program)
  return { description, conversions, program, golden, files, module: accelerator.module }
}

/** Feeds words to the wrapper, the last of all marked, frame by frame as a free-running block would, and prints beats. */
const bench = `#include "tiny_axi.h"
#include <cstdio>
int main() {
    hls::stream<beat_t> in("in"), out("out");
    unsigned char bytes[4];
    bool some = false;
    beat_t beat;
    unsigned count = 0;
    while (std::fread(bytes, 1, 4, stdin) == 4) {
        if (some) in.write(beat);
        beat.data = uint32_t(bytes[0]) | uint32_t(bytes[1]) << 8 | uint32_t(bytes[2]) << 16 | uint32_t(bytes[3]) << 24;
        beat.keep = 15;
        beat.strb = 15;
        beat.last = 0;
        some = true;
        count++;
    }
    beat.last = 1;
    in.write(beat);
    for (unsigned frame = 0; frame < count / 32; frame++) tiny_axi(in, out);
    while (!out.empty()) {
        const beat_t own = out.read();
        const unsigned word = own.data.to_uint();
        const unsigned last = own.last != 0 ? 1 : 0;
        for (unsigned k = 0; k < 4; k++) std::putchar(int(word >> (8 * k) & 255));
        std::putchar(int(last | (own.keep.to_uint() << 1)));
    }
    return in.empty() ? 0 : 1;
}
`

describe.skipIf(noCxx !== undefined)('the wrapper', () => {
  it.each([
    { title: 'tensors of one type, float', form: 'float' as const, make: subject },
    { title: 'tensors of one type, raw', form: 'raw' as const, make: subject },
    { title: 'a type for every element, float', form: 'float' as const, make: byElement },
    { title: 'a type for every element, raw', form: 'raw' as const, make: byElement },
  ])('gives the emulator’s words in g++: $title', async ({ form, make }) => {
    const own = make(form)
    const words = goldenWords(own.description, own.conversions, own.golden)
    const files = Object.fromEntries(
      Object.entries(own.files()).map(([path, text]) => [path.replace('hls/', ''), text]),
    )
    const sources = Object.fromEntries(Object.entries(files).filter(([path]) => /\.(h|cpp)$/.test(path)))
    const flags = ['-Wall', '-Wextra', '-Werror', '-Wno-unknown-pragmas', '-Wno-unused-label']
    const beats = await withCxxProgram(sources, bench, run => run(words['x_words.bin']!), { flags })
    expect(beats.length).toBe(rows * 2 * 5)
    const got = beats.filter((_, k) => k % 5 < 4)
    expect(Buffer.from(got).equals(Buffer.from(words['y_words.bin']!))).toBe(true)
    const marks = [...beats.filter((_, k) => k % 5 === 4)]
    // Bytes are all kept; only the last result of the transfer is marked.
    expect(new Set(marks.slice(0, -1))).toEqual(new Set([30]))
    expect(marks.at(-1)).toBe(31)
  })
})

/** The example's network with a type of its own for every element of its input and of its output. */
function byElement(form: WordForm) {
  const graph = made.prepared.compiled.typed
  const own = (node: OpNode): OpNode => {
    const { to, ...modes } = node.resolved.result!
    const types = Array.from({ length: sizeOf(node.shape) }, (_, k) => {
      const { width, frac } = to.types[0]!
      return k === 0
        ? { signed: true, width: 0, frac }
        : { signed: true, width: width - (k % 3), frac: frac - (k % 2) }
    })
    return { ...node, resolved: { ...node.resolved, result: { ...modes, to: { shape: node.shape, types } } } }
  }
  const isEnd = (node: OpNode) => node.kind === 'input' || graph.outputs.includes(node.name)
  return subject(form, {}, { ...graph, nodes: graph.nodes.map(node => (isEnd(node) ? own(node) : node)) })
}

describe('refusals', () => {
  const refused = (differences: Partial<PackageDescription>) => () => subject('float', differences).files()
  it.each([
    [{ board: findBoard('basys3') }, /^package\/ip: --ip: Digilent Basys 3 has no processor system/],
    [{ interface: 'axi_master' as const }, /axi_master was asked for/],
    [{ link: 'comblock' as const }, /a ComBlock was asked for/],
    [{ wordsPerBeat: 2 }, /one word in each beat, not 2/],
  ])('%#', (differences, message) => {
    expect(refused(differences)).toThrow(message)
  })

  it('of words that do not hold the output', () => {
    const { description, conversions, program } = subject('float')
    const widened = ({ type, ...own }: HlsTensor) => ({
      ...own,
      type: { ...type, to: { ...type.to, width: 25 } },
    })
    const tensors = program.tensors.map(own => (program.outputs.includes(own.name) ? widened(own) : own))
    const wide = { ...program, tensors }
    expect(() => hlsFiles(description, conversions, wide)).toThrow(/has 25 bits, of which float32 holds 24/)
  })
})

/** Vitis HLS's commands for a plain tclsh. */
const hlsCommands = `
set log [open [lindex $argv 1] w]
proc note {args} { puts $::log $args }
proc options {name args flags} {
  foreach word $args { if {[string match -* $word] && $word ni $flags} { error "$name: unknown option '$word'" } }
}
proc open_project {args} { options open_project $args {-reset}; note open_project {*}$args }
proc set_top {name} { note set_top $name }
proc add_files {file args} { options add_files [lindex $args 0] {-cflags}; if {![file exists $file]} { error "no $file" }; note add_files $file {*}$args }
proc open_solution {args} { options open_solution $args {-reset -flow_target}; note open_solution {*}$args }
proc set_part {part} { note set_part $part }
proc create_clock {args} { options create_clock $args {-period -name}; note create_clock {*}$args }
proc csynth_design {} { note csynth_design; file mkdir build/solution1/syn/report; close [open build/solution1/syn/report/tiny_axi_csynth.rpt w] }
proc export_design {args} {
  options export_design $args {-rtl -format -vendor -library -ipname -version}
  note export_design {*}$args
  file mkdir build/solution1/impl/ip
  close [open build/solution1/impl/ip/component.xml w]
}
source [lindex $argv 0]
`

describe.skipIf(noTclsh !== undefined)(`scripts ${noTclsh ?? ''}`, () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lutra-hls-'))
    for (const [path, text] of Object.entries(subject('float').files())) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    writeFileSync(join(folder, 'stubs.tcl'), hlsCommands)
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const hls = () =>
    spawnSync('tclsh', ['stubs.tcl', 'hls/build_hls.tcl', 'log'], { cwd: folder, encoding: 'utf8' })

  it('build_hls.tcl synthesises the wrapper and leaves an IP of the name that the design asks for', () => {
    const { status, stderr } = hls()
    expect([stderr, status]).toEqual(['', 0])
    const log = readFileSync(join(folder, 'log'), 'utf8')
    expect(log).toContain('set_top tiny_axi\n')
    expect(log).toContain('set_part xc7z020clg400-1\ncreate_clock -period 10 -name default\n')
    expect(log).toContain('-DLUTRA_VENDOR_TYPES')
    expect(log).toContain('-vendor xilinx.com -library hls -ipname tiny_axi -version 1.0')
    expect(readFileSync(join(folder, 'hls/ip/component.xml'), 'utf8')).toBe('')
  })

  it('and says what is missing', () => {
    rmSync(join(folder, 'hls/tiny_axi.cpp'))
    expect(hls().stderr).toContain('lutra: failed to create the project: tiny_axi.cpp is missing')
  })

  const vivado = (board: string, ip: boolean, spoil = (text: string) => text) => {
    const files = Object.entries(subject('float', { board: findBoard(board) }).files())
      .filter(([path]) => path.startsWith('hls/vivado/'))
      .map(([path, text]) => [path.replace('hls/', ''), spoil(text)] as const)
    return runProject(
      { ...Object.fromEntries(files), ...(ip ? { 'ip/component.xml': '' } : {}) },
      { look: ['hw/tiny.bit'] },
    )
  }

  test.each(['pynq-z2', 'zedboard', 'zcu104', 'kv260'])(
    '%s: a whole design around the exported IP',
    board => {
      const { calls, stderr, left } = vivado(board, true)
      expect(stderr).toBe('')
      expect(checkDesign(readDesign(calls, 32))).toEqual([])
      expect(calls).toContainEqual(['create_bd_cell', 'ip', 'xilinx.com:hls:tiny_axi:1.0', 'tiny_accel_0'])
      expect(calls.some(([command]) => command === 'ipx::package_project')).toBe(false)
      expect(left).toEqual(['hw/tiny.bit'])
    },
  )

  it('asks for the IP, and mistakes are found', () => {
    expect(vivado('pynq-z2', false).stderr).toContain(
      'failed to find the exported IP: ip/component.xml is missing: run build_hls.tcl with Vitis HLS first',
    )
    const check = (from: string, to: string) =>
      checkDesign(readDesign(vivado('pynq-z2', true, text => text.replace(from, to)).calls, 32)).join('\n')
    expect(check('tiny_accel_0/ap_clk tiny_accel_0/ap_rst_n}', '}')).toContain(
      'clock tiny_accel_0/ap_clk comes from nowhere',
    )
    expect(check('bus hier_0/M_AXIS_MM2S tiny_accel_0/s_axis\n', '')).toContain(
      'interface tiny_accel_0/s_axis is connected 0 times',
    )
    expect(check('set vlnv xilinx.com:hls:tiny_axi:1.0', 'set vlnv user.org:user:tiny_axi:1.0')).toContain(
      'clock tiny_accel_0/aclk comes from nowhere',
    )
  })
})

describe.skipIf(noPython !== undefined)('the driver', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lutra-hls-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('gives the emulator’s results without registers, ends what hangs', async () => {
    const own = subject('raw')
    writeFileSync(join(folder, 'axi_stream_driver.py'), own.files()['hls/axi_stream_driver.py']!)
    for (const [name, content] of Object.entries(goldenFiles(own.description, own.golden)))
      writeFileSync(join(folder, name), content)
    // The words of Lutra's own RTL stand for the IP's: the wrapper was shown to give the same.
    const server = createDesignServer(own.module, 1)
    const code = `
import numpy as np, pynq
pynq._Registers.read = pynq._Registers.write = None
from axi_stream_driver import *
X, y = np.load('X_test.npy'), np.load('y_test.npy')
nn = NeuralNetworkOverlay('tiny.bit', X.shape, y.shape)
nn.timeout_floor = 60
print([np.array_equal(nn.predict(X[:rows]), y[:rows]) for rows in (1, 7, 200, 3, 0)])
nn._rows_at_once = lambda: 70
print(np.array_equal(nn.predict(X), y))
pynq.ask(op='fault', faults={'unconnected': True})
nn.timeout_floor, nn.timeout_row = 0.2, 0
for _ in range(2):
    try:
        nn.predict(X[:50])
    except AcceleratorError as error:
        print(type(error).__name__ + ': ' + str(error))
nn.close()
print(pynq.Buffer.allocated)
`
    const { stdout, stderr } = await runPython({ folder, code, project, server })
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual([
      '[True, True, True, True, True]',
      'True',
      expect.stringMatching(
        /^AcceleratorTimeout: no result after 0\.2 s; DMA: .*receiving busy\. Load the bitstream again$/,
      ),
      'AcceleratorError: a transfer did not end: load the bitstream again',
      '0',
    ])
  })
})

describe('lutra package --ip hls', () => {
  const options = {
    model: join(example, 'pulse-shape.h5'),
    data: [join(example, 'pulses.csv')],
    labelColumn: 'label',
    ip: 'hls',
    roads: ['netlist'],
  } as const

  it('adds the road to a package, and leaves the rest as it is', async () => {
    const out = mkdtempSync(join(tmpdir(), 'lutra-hls-'))
    try {
      const { files, good, description } = await packageModel({
        ...options,
        board: 'pynq-z2',
        out: join(out, 'p'),
      })
      expect(good).toBe(true)
      expect(description.ip).toBeUndefined()
      for (const path of [
        'hls/build_hls.tcl',
        'hls/vivado/project.tcl',
        'vivado/project.tcl',
        'hls/README.md',
      ])
        expect(files).toContain(path)
      expect(readFileSync(join(out, 'p/README.md'), 'utf8')).toContain('(hls/README.md)')
    } finally {
      rmSync(out, { recursive: true })
    }
  })

  it('refuses what it does not lead to before anything is run', async () => {
    const asked = packageModel({ ...options, board: 'basys3', out: join(tmpdir(), 'lutra-none') })
    await expect(asked).rejects.toThrow(/^package\/ip: --ip: Digilent Basys 3 has no processor system/)
  })
})

it('the same package, the same bytes; nothing undefined', () => {
  const files = subject('float').files()
  expect(subject('float').files()).toEqual(files)
  for (const [path, text] of Object.entries(files))
    if (!path.includes('nnet_utils')) expect(text, path).not.toMatch(/undefined|\[object/)
  expect(Object.keys(files)).toContain('hls/vivado/lutra_addresses.h')
})
