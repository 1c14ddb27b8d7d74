// Packages as users make them: the C program in each, run against the Verilated accelerator in a model of its board.

import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runC } from '../../src/boards/testing/c-program.ts'
import { boardMissing, buildBoard } from '../../src/boards/testing/verilated-board.ts'
import { type PackageOptions, packageModel } from '../../src/node/package.ts'

const missing = boardMissing()
if (missing !== undefined) console.log(`skipped: ${missing}`)

const example = resolve(import.meta.dirname, '../../examples/pulse-shape')
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-c-package-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function textsIn(path: string, ending: RegExp): Promise<Record<string, string>> {
  const names = (await readdir(path)).filter(name => ending.test(name))
  return Object.fromEntries(names.map(name => [name, readFileSync(join(path, name), 'utf8')]))
}

type Asked = Partial<PackageOptions> & { readonly board: string }

describe.skipIf(missing !== undefined)('the pulse-shape example', () => {
  it.each<Asked>([
    { board: 'pynq-z2' },
    { board: 'pynq-z1', words: 'raw', wordsPerBeat: 4 },
    { board: 'aup-zu3', words: 'raw' },
    { board: 'kv260', wordsPerBeat: 2 },
    { board: 'basys3' },
    { board: 'arty-a7-100t', words: 'raw' },
    { board: 'hyperfpga-3be11', words: 'raw' },
    { board: 'arty-a7-100t', link: 'comblock' },
    { board: 'zedboard', interface: 'axi_lite', words: 'raw' },
    { board: 'basys3', interface: 'axi_lite' },
    { board: 'ultra96v2', interface: 'axi_master', wordsPerBeat: 4 },
    { board: 'zedboard', interface: 'axi_master', words: 'raw' },
    { board: 'arty-a7-100t', interface: 'axi_master', wordsPerBeat: 2 },
  ])('gets the emulator’s words: %j', async asked => {
    const out = join(folder, 'package')
    const { description } = await packageModel({
      model: join(example, 'pulse-shape.h5'),
      data: [join(example, 'pulses.csv')],
      labelColumn: 'label',
      roads: ['netlist'],
      out,
      ...asked,
    })
    const verilog = await textsIn(join(out, 'rtl'), /\.(v|mem)$/)
    const files = await textsIn(join(out, 'baremetal/src'), /\.[ch]$/)
    const rows = Number(/GOLDEN_ROWS (\d+)u/.exec(files['lutra_golden.h']!)![1])
    const board = await buildBoard({ description, verilog }, 1)
    for (const stall of [0, 9]) {
      const { code, stdout, stderr } = await runC(board, { files, stall })
      expect(stdout.replaceAll('\r', '')).toMatch(/PASSED\n$/)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toContain(`0 of ${rows * description.output.types.length} words differ`)
      expect(stdout).toMatch(/accuracy: \d\.\d{4}, \d+ of \d+ rows\r\n/)
      if (stall === 0) console.log(`${JSON.stringify(asked)}:${stdout.replaceAll('\r', '')}`)
    }
    expect(rows).toBeGreaterThan(150)
  })
})
