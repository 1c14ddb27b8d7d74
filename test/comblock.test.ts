// A package behind a ComBlock, as a user makes it: its Verilog whole, FIFOs and all, against the emulator.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { wholeBench } from '../src/boards/comblock/testing/bench.ts'
import type { PackageDescription } from '../src/boards/package-description.ts'
import { parseNpy } from '../src/formats/npy.ts'
import { packageModel } from '../src/node/package.ts'

const example = resolve(import.meta.dirname, '../examples/pulse-shape')
const missing = spawnSync('iverilog', ['-V']).status === 0 ? undefined : 'skipped: no iverilog on PATH'
if (missing !== undefined) console.info(missing)

let folder = ''
let files: readonly string[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-comblock-'))
  const result = await packageModel({
    model: join(example, 'pulse-shape.h5'),
    data: [join(example, 'pulses.csv')],
    labelColumn: 'label',
    board: 'hyperfpga-4ge21',
    link: 'comblock',
    roads: ['netlist'],
    out: folder,
  })
  expect(result.good).toBe(true)
  files = result.files
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const hex = (words: readonly number[]) => words.map(word => word.toString(16)).join('\n')
const scratch = new DataView(new ArrayBuffer(4))
const floatWord = (value: number) => {
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}

describe.skipIf(missing !== undefined)(`Verilog of a whole package ${missing ?? ''}`, () => {
  const rows = 40
  const words = (name: string, size: number) =>
    Array.from(parseNpy(new Uint8Array(readFileSync(join(folder, 'data', name))), name).data, Number)
      .slice(0, rows * size)
      .map(floatWord)

  it.each([
    [1, [16, 16, 16, 16]],
    [2, [10, 16, 16, 7]],
    [1, [16, 16, 16, 1]],
  ] as const)('gives the emulator’s words, FIFOs of latency %i, pace %j', (latency, pace) => {
    const project = 'myproject'
    const [sent, expected] = [words('X_test.npy', 32), words('y_test.npy', 2)]
    writeFileSync(join(folder, 'rtl/sent.hex'), hex(sent))
    writeFileSync(join(folder, 'rtl/expected.hex'), hex(expected))
    writeFileSync(
      join(folder, 'rtl/bench.sv'),
      wholeBench({ project, depth: 16, latency, pace, sent, expected }),
    )
    const verilog = files.filter(path => path.endsWith('.v')).map(path => path.replace('rtl/', ''))
    execFileSync(
      'iverilog',
      ['-g2012', '-Wno-timescale', '-s', 'bench', '-o', 'run', 'bench.sv', ...verilog],
      {
        cwd: join(folder, 'rtl'),
      },
    )
    const said = execFileSync('vvp', ['-n', 'run'], { cwd: join(folder, 'rtl'), encoding: 'utf8' })
    const { buildHash } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageDescription
    expect(said.trim()).toBe(
      `DONE ${2 * rows} words; ${rows} frames in, ${rows} out; status 0; hash ${buildHash}; id 4c545241; control 1`,
    )
  })
})

test('the package has what its page names', () => {
  const page = readFileSync(join(folder, 'steps/cluster.md'), 'utf8')
  const described = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageDescription
  expect(described.sources).toContain('rtl/myproject_comblock.v')
  expect(described.sources.every(path => existsSync(join(folder, path)))).toBe(true)
  for (const path of ['cluster.py', 'comblock_accelerator.py', 'comblock_driver.py', 'udma_driver.py'])
    expect(files).toContain(`comblock/${path}`)
  expect(files.filter(path => path.startsWith('pynq/'))).toEqual([])
  for (const text of [
    '`hw/myproject-4ge21.xsa`',
    '`myproject_cluster.ipynb`',
    'git clone https://gitlab.com/ictp-mlab/core-comblock',
    'udma.connect({ host:',
  ])
    expect(page).toContain(text)
  expect(page).not.toContain('pynq/')
})

test.skipIf(spawnSync('verilator', ['--version']).status !== 0)('is Verilog without a warning', () => {
  const verilog = files.filter(path => path.endsWith('.v')).map(path => path.replace('rtl/', ''))
  const flags = ['-Wno-UNUSEDSIGNAL', '-Wno-SYMRSVDWORD', '--top-module', 'myproject_comblock']
  const { stderr } = spawnSync('verilator', ['--lint-only', '-Wall', ...flags, ...verilog], {
    cwd: join(folder, 'rtl'),
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
})
