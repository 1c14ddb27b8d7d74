// Packages as a user makes them: words through the wrapper on every road, and what lies in the folder.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageModel } from '../src/node/package.ts'
import { findTool } from '../src/tools/process.ts'

const example = resolve(import.meta.dirname, '../examples/pulse-shape')
const model = join(example, 'pulse-shape.h5')
const data = [join(example, 'pulses.csv')]
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-package-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(['float', 'raw'] as const)('%s words', words => {
  it.each([1, 4])('%i a beat give the emulator’s, from pulses to classes', async wordsPerBeat => {
    const out = join(folder, `${words}-${wordsPerBeat}`)
    const result = await packageModel({
      model,
      data,
      labelColumn: 'label',
      board: 'pynq-z2',
      words,
      wordsPerBeat,
      // Verilog of one form is enough: the others differ in cells alone.
      roads: words === 'float' && wordsPerBeat === 1 ? ['netlist', 'verilator'] : ['netlist'],
      out,
    })
    expect(result.verification.roads[0]).toEqual({ road: 'netlist', equal: true })
    expect(result.good).toBe(true)
    expect(result.description.intervalCycles).toBe(32 / wordsPerBeat)
    const written = (await readdir(out, { recursive: true })).filter(path => /\.\w+$/.test(path))
    expect(written.filter(path => path !== '.lutra').sort()).toEqual(
      [...result.files].filter(path => path !== '.lutra').sort(),
    )
    const described = JSON.parse(readFileSync(join(out, 'package.json'), 'utf8'))
    expect(described.sources.every((path: string) => existsSync(join(out, path)))).toBe(true)
    const top = readFileSync(join(out, 'rtl/myproject_accel.v'), 'utf8')
    expect(top).toContain(result.description.buildHash)
  })
})

describe('every interface', () => {
  const make = async (name: string, options: Partial<Parameters<typeof packageModel>[0]>) => {
    const out = join(folder, name)
    const shared = { model, data, labelColumn: 'label', board: 'pynq-z2', roads: ['netlist'] as const, out }
    const { description, good } = await packageModel({ ...shared, ...options })
    return { description, good, shell: readFileSync(join(out, 'rtl/myproject_accel.v'), 'utf8') }
  }
  const busesOf = (shell: string) => /ASSOCIATED_BUSIF ([^,]+),/.exec(shell)![1]

  it.each([
    ['axi_lite', 'mover', 's_axi'],
    ['axi_master', 'mover', 's_axi:m_axi'],
    ['axi_stream', 'comblock', 's_axis:m_axis'],
  ] as const)('%s with %s', async (chosen, link, buses) => {
    const { description, good, shell } = await make(`${chosen}-${link}`, { interface: chosen, link })
    expect([description.interface, description.link, good]).toEqual([chosen, link, true])
    expect(busesOf(shell)).toBe(buses)
  })

  it('comes from the config, where no flag says it', async () => {
    const config = join(folder, 'config.json')
    await writeFile(config, '{ "AcceleratorConfig": { "Board": "pynq-z2", "Interface": "axi_lite" } }')
    expect((await make('by-config', { config })).description.interface).toBe('axi_lite')
    const flagged = await make('by-flag', { config, interface: 'axi_stream' })
    expect(flagged.description.interface).toBe('axi_stream')
  })
})

describe('the build hash', () => {
  const hashOf = async (home: string, options: Partial<Parameters<typeof packageModel>[0]> = {}) => {
    const out = join(folder, home, 'package')
    const types = options.data === undefined ? { inputType: 'ufixed<8,0>' } : {}
    const shared = { model, board: 'pynq-z2', roads: ['netlist'] as const, out, ...types }
    return (await packageModel({ ...shared, ...options })).description.buildHash
  }
  const configIn = async (home: string, text: string) => {
    await mkdir(join(folder, home), { recursive: true })
    await writeFile(join(folder, home, 'own.json'), text)
    return { config: join(folder, home, 'own.json') }
  }

  it('tells apart what is built, by whatever made it another', async () => {
    const hashes = [
      await hashOf('as-it-is'),
      await hashOf('type', { inputType: 'ufixed<8,1>' }),
      await hashOf('effort', { effort: 0 }),
      await hashOf('words', { words: 'raw' }),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
    // The types that these rows lead to are those of the first.
    expect(await hashOf('data', { data, labelColumn: 'label' })).toBe(hashes[0])
  })

  it('is the same wherever things lie', async () => {
    const text = '{ "$schema": "x", "out": "out", "projectName": "same" }'
    const one = await hashOf('here', await configIn('here', text))
    expect(await hashOf('there', await configIn('there', text))).toBe(one)
    expect(await hashOf('flag', { project: 'same' })).not.toBe(await hashOf('flag', { project: 'another' }))
  })
})

const verilator = findTool('verilator')
describe.skipIf(verilator === undefined)('the accelerator as Vivado takes it', () => {
  it.each(['float-1', 'axi_lite-mover', 'axi_master-mover', 'axi_stream-comblock'])(
    'is Verilog without a warning: %s',
    async name => {
      const rtl = join(folder, name, 'rtl')
      const files = (await readdir(rtl)).filter(
        own => own === 'myproject_accel.v' || !own.includes('comblock'),
      )
      const sources = files.filter(own => own.endsWith('.v'))
      const warnings = ['-Wall', '-Wno-UNUSEDSIGNAL', '-Wno-SYMRSVDWORD']
      const args = ['--lint-only', ...warnings, '--top-module', 'myproject_accel', ...sources]
      expect(execFileSync(verilator!.path, args, { cwd: rtl, stdio: 'pipe' }).toString()).toBe('')
    },
  )
})

it('two packages of the same model are the same bytes', async () => {
  const make = async (name: string) => {
    const out = join(folder, name)
    await packageModel({
      model,
      inputType: 'ufixed<8,0>',
      board: 'zcu104',
      words: 'raw',
      roads: ['netlist'],
      out,
    })
    return (
      readFileSync(join(out, 'package.json'), 'utf8') + readFileSync(join(out, 'rtl/myproject_axi.v'), 'utf8')
    )
  }
  expect(await make('one')).toBe(await make('two'))
})
