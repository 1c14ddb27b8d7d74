// A package behind a ComBlock, as a user makes it: its Verilog whole, FIFOs and all, against the emulator.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { runWhole } from '../src/boards/comblock/testing/whole.ts'
import type { PackageDescription } from '../src/boards/package-description.ts'
import { packageModel } from '../src/node/package.ts'

const example = resolve(import.meta.dirname, '../examples/pulse-shape')
const missing = spawnSync('iverilog', ['-V']).status === 0 ? undefined : 'skipped: no iverilog on PATH'
if (missing !== undefined) console.info(missing)

let folder = ''
let files: readonly string[] = []
const make = async (out: string, link: 'mover' | 'comblock') =>
  packageModel({
    model: join(example, 'pulse-shape.h5'),
    data: [join(example, 'pulses.csv')],
    labelColumn: 'label',
    board: 'hyperfpga-4ge21',
    link,
    roads: ['netlist'],
    out,
  })
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-comblock-'))
  const result = await make(join(folder, 'package'), 'comblock')
  expect(result.good).toBe(true)
  files = result.files
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const read = (path: string) => readFileSync(join(folder, path), 'utf8')

describe.skipIf(missing !== undefined)(`Verilog of a whole package ${missing ?? ''}`, () => {
  it.each([
    [1, [16, 16, 16, 16]],
    [2, [10, 16, 16, 7]],
    [1, [16, 16, 16, 1]],
  ] as const)('gives the emulator’s words, FIFOs of latency %i, pace %j', (latency, pace) => {
    const own = join(folder, 'package')
    const { said, wanted } = runWhole(own, files, 40, { depth: 16, latency, pace }, 'iverilog')
    expect(said).toBe(wanted)
  })
})

test('the package has what its page names', () => {
  const page = read('package/steps/cluster.md')
  const described = JSON.parse(read('package/package.json')) as PackageDescription
  expect(described.sources).toContain('rtl/myproject_comblock.v')
  expect(described.sources.every(path => existsSync(join(folder, 'package', path)))).toBe(true)
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

test('behind a DMA or a ComBlock it is the same network, and the same results', async () => {
  const moved = await make(join(folder, 'moved'), 'mover')
  const same = files.filter(path => /^rtl\/myproject(_core\w*)?\.(v|mem)$/.test(path))
  expect(same.length).toBeGreaterThan(5)
  for (const path of same) expect(read(`moved/${path}`)).toBe(read(`package/${path}`))
  expect(read('moved/pynq/y_test.npy')).toBe(read('package/data/y_test.npy'))
  expect(moved.files.filter(path => /comblock/.test(path))).toEqual([])
})

test.skipIf(spawnSync('verilator', ['--version']).status !== 0)('is Verilog without a warning', () => {
  const verilog = files.filter(path => path.endsWith('.v')).map(path => path.replace('rtl/', ''))
  const flags = ['-Wno-UNUSEDSIGNAL', '-Wno-SYMRSVDWORD', '--top-module', 'myproject_comblock']
  const { stderr } = spawnSync('verilator', ['--lint-only', '-Wall', ...flags, ...verilog], {
    cwd: join(folder, 'package/rtl'),
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
})
