// Packages as users make them: the C program in each, run against the Verilated accelerator in a model of its board.

import { existsSync, readFileSync } from 'node:fs'
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

/** The package's C program on the model of its board, as it comes and with stalls; rows compiled in, and what it tells. */
async function programOf(options: Omit<PackageOptions, 'out'>) {
  const out = join(folder, 'package')
  const { description } = await packageModel({ roads: ['netlist'], ...options, out })
  const verilog = await textsIn(join(out, 'rtl'), /\.(v|mem)$/)
  const files = await textsIn(join(out, 'baremetal/src'), /\.[ch]$/)
  const rows = Number(/GOLDEN_ROWS (\d+)u/.exec(files['lutra_golden.h']!)![1])
  const board = await buildBoard({ description, verilog }, 1)
  const said: string[] = []
  for (const stall of [0, 9]) {
    const { code, stdout, stderr } = await runC(board, { files, stall })
    const text = stdout.replaceAll('\r', '')
    expect(text).toMatch(/PASSED\n$/)
    expect([code, stderr]).toEqual([0, ''])
    expect(text).toContain(`\n0 of ${rows * description.output.types.length} words differ\n`)
    said.push(text)
  }
  console.log(said[0])
  return { rows, text: said[0]! }
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
    const { rows, text } = await programOf({
      model: join(example, 'pulse-shape.h5'),
      data: [join(example, 'pulses.csv')],
      labelColumn: 'label',
      ...asked,
    })
    expect(rows).toBeGreaterThan(150)
    expect(text).toMatch(/\naccuracy: \d\.\d{4}, \d+ of \d+ rows\n/)
  })
})

const reference = resolve(import.meta.dirname, '../../../shared/reference')
describe.skipIf(missing !== undefined || !existsSync(reference))('networks of others', () => {
  const pulses = join(reference, 'real/gamma-neutron')
  const folded = join(reference, 'hls4ml/autoencoder_resource_rf64')

  it.each<Asked>([{ board: 'pynq-z2' }, { board: 'aup-zu3', words: 'raw' }, { board: 'basys3' }])(
    'a pulse classifier: %j',
    async asked => {
      const model = join(pulses, 'studentModel_GN.h5')
      await programOf({ model, data: [join(pulses, 'traces.csv')], labelColumn: '-1', ...asked })
    },
  )

  it.each<Asked>([{ board: 'pynq-z2' }, { board: 'arty-a7-100t' }])(
    'an autoencoder at reuse 64: %j',
    async asked => {
      const [model, config] = [join(folded, 'model.h5'), join(folded, 'config.json')]
      await programOf({ model, config, data: [join(folded, 'X.npy')], ...asked })
    },
  )
})
