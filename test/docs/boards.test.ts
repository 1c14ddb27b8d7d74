// docs/boards.md as a user follows it: from a folder outside the project, with the file and the commands that it shows.

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/run.ts'

const root = resolve(import.meta.dirname, '../..')
const example = join(root, 'examples/pulse-shape')
const before = { folder: process.cwd(), path: process.env.PATH }
let folder = ''
let page = ''
let commands: string[] = []

beforeAll(async () => {
  page = await readFile(join(root, 'docs/boards.md'), 'utf8')
  commands = [...page.matchAll(/^ {3}lutra (.*)$/gm)].map(([, words]) => words!)
  folder = await mkdtemp(join(tmpdir(), 'lutra-boards-'))
  process.chdir(folder)
  // The built-in simulation is enough here.
  process.env.PATH = folder
  await copyFile(join(example, 'pulse-shape.h5'), 'model.h5')
  await copyFile(join(example, 'pulses.csv'), 'pulses.csv')
})
afterAll(async () => {
  process.chdir(before.folder)
  process.env.PATH = before.path
  delete process.env.LUTRA_BOARDS
  await rm(folder, { recursive: true, force: true })
})

async function lutra(words: string): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' }
  const code = await runCommandLine(words.split(' '), {
    stdout: { write: (text: string) => (said.out += text) },
    stderr: { write: (text: string) => (said.err += text) },
  })
  return { code, ...said }
}

it('adds the board that it shows, step by step', async () => {
  const [begin, show, check, make, list, byName] = commands
  expect(await lutra(begin!)).toMatchObject({ code: 0, err: '' })
  await readFile('cmod-a7-35t.json')
  await writeFile('cmod-a7-35t.json', /```json\n([\s\S]*?)```/.exec(page)![1]!)
  const shown = await lutra(show!)
  expect(shown).toMatchObject({ code: 0, err: '' })
  expect(shown.out).toMatch(/oscillator .*mhz 12, pin L17, standard LVCMOS33 .*Cmod-A7-Master\.xdc/)
  expect((await lutra(`${check} --quiet`)).code).toBe(0)

  expect(await lutra(`${make} --quiet`)).toMatchObject({ code: 0, err: '' })
  const pins = await readFile('package/vivado/myproject.xdc', 'utf8')
  expect(pins).toMatch(/PACKAGE_PIN L17 IOSTANDARD LVCMOS33\} \[get_ports sys_clk\]/)
  expect(pins).toMatch(/PACKAGE_PIN J17 .*uart_rxd[\s\S]*PACKAGE_PIN J18 .*uart_txd/)
  const script = await readFile('package/vivado/project.tcl', 'utf8')
  expect(script).toContain('set part xc7a35tcpg236-1')
  expect(script).toContain('CONFIG.PRIM_IN_FREQ 12\n')

  await mkdir('my-boards')
  await copyFile('cmod-a7-35t.json', 'my-boards/cmod-a7-35t.json')
  process.env.LUTRA_BOARDS = 'my-boards'
  expect((await lutra(list!)).out).toMatch(/cmod-a7-35t .*my-boards\/cmod-a7-35t\.json/)
  expect((await lutra(`${byName} --quiet`)).code).toBe(0)
})

it('has a board by name from the config’s folder too', async () => {
  delete process.env.LUTRA_BOARDS
  await writeFile(
    'lutra.config.ts',
    "export default { model: 'model.h5', board: 'cmod-a7-35t', boards: 'my-boards', inputType: 'ufixed<8,0>' }\n",
  )
  const made = await lutra('estimate model.h5 --config lutra.config.ts --json')
  expect(made.code, made.err).toBe(0)
  expect(JSON.parse(made.out).part).toBe('xc7a35tcpg236-1')
  expect((await lutra('boards --config lutra.config.ts --json')).out).toContain('my-boards/cmod-a7-35t.json')
})
