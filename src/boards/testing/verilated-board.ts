// A package's accelerator, Verilated, within the model of a board (board.cpp): programs in C are linked to it, others
// speak to it by lines (server.cpp). Builds are kept in a folder of the system's temporary one, by their contents.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerMap } from '../../rtl/axi/register-map.ts'
import { contentKey } from '../../tools/cache.ts'
import { findTool } from '../../tools/process.ts'
import { carrierOf } from '../baremetal/frame.ts'
import { registerBase } from '../bus.ts'
import { comblockTop } from '../comblock/bridge.ts'
import { comblockWords, fifoDepths } from '../comblock/fifos.ts'
import type { PackageDescription } from '../package-description.ts'
import { addressMap } from '../vivado/addresses.ts'

const here = import.meta.dirname
const cache = join(tmpdir(), 'lutra-board')

export interface BoardDesign {
  readonly description: PackageDescription
  /** Verilog and its tables (`.mem`) by file name, with the shell `<project>_accel.v`. */
  readonly verilog: Readonly<Record<string, string>>
}

/** A model that is built, for the linker. */
export interface VerilatedBoard {
  readonly folder: string
  readonly objects: readonly string[]
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Why models of boards cannot be built here; undefined where they can. */
export function boardMissing(): string | undefined {
  const absent = (['verilator', 'g++'] as const).filter(name => findTool(name) === undefined)
  return absent.length === 0 ? undefined : `no ${absent.join(' and no ')} on PATH`
}

/** Runs a command to its end, whatever that is. */
export function run(
  command: string,
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 1 << 26 }
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

async function must(command: string, args: readonly string[], folder: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, folder)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}${stdout}`.slice(0, 4000))
  return stdout
}

/** Builds the model, or finds it built. `optimise` is g++'s level: 0 builds soonest, for short runs. */
export async function buildBoard(
  { description, verilog }: BoardDesign,
  optimise: 0 | 1 = 0,
): Promise<VerilatedBoard> {
  const config = boardConfig(description)
  const own = await Promise.all(ownFiles.map(name => readFile(join(here, name), 'utf8')))
  const top = topOf(description)
  const texts = Object.entries(verilog).sort().flat()
  const key = contentKey([top, config, String(optimise), ...own, ...texts])
  const kept = join(cache, key.slice(0, 32))
  if (!existsSync(kept)) await makeBoard(kept, top, config, verilog, optimise)
  return { folder: kept, objects: [join(kept, 'board.o'), await verilatedLibrary()] }
}

const ownFiles = ['board.cpp', 'board.h', 'server.cpp'] as const

/** The program that answers lines for the board; built when first asked for. */
export async function buildServer({ folder, objects }: VerilatedBoard): Promise<string> {
  const kept = join(folder, 'server')
  if (existsSync(kept)) return kept
  const aside = `${kept}.${process.pid}`
  await must('g++', ['-Wall', '-Werror', '-o', aside, 'server.cpp', ...objects, '-lpthread'], folder)
  await rename(aside, kept)
  return kept
}

async function makeBoard(
  kept: string,
  top: string,
  config: string,
  verilog: BoardDesign['verilog'],
  optimise: 0 | 1,
): Promise<void> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'making-'))
  const rtl = join(folder, 'rtl')
  await mkdir(rtl)
  for (const [name, text] of Object.entries(verilog)) await writeFile(join(rtl, name), text)
  const files = Object.keys(verilog).filter(name => name.endsWith('.v'))
  const args = ['--cc', '--prefix', 'Vboard', '--top-module', top, '--Mdir', '../model']
  const strict = [
    '-Wall',
    '-Wno-UNUSEDSIGNAL',
    '-Wno-SYMRSVDWORD',
    '--x-initial',
    'unique',
    '--output-split',
    '5000',
  ]
  await must('verilator', [...args, ...strict, ...files], rtl)
  for (const name of ownFiles) await cp(join(here, name), join(folder, name))
  await writeFile(join(folder, 'board_config.h'), config)
  const classes = await readFile(join(folder, 'model', 'Vboard_classes.mk'), 'utf8')
  const names = [...classes.matchAll(/^\s+(Vboard\w*)\s*\\?$/gm)].map(match => `model/${match[1]}.cpp`)
  const sources = [...new Set([...names, 'board.cpp'])]
  await writeFile(join(folder, 'all.cpp'), sources.map(name => `#include "${name}"\n`).join(''))
  const include = await verilatedInclude()
  const paths = ['-I.', '-Imodel', `-I${include}`, `-I${join(include, 'vltstd')}`]
  const flags = [`-O${optimise}`, '-std=gnu++17', '-w', ...paths]
  await must('g++', [...flags, '-c', 'all.cpp', '-o', 'board.o'], folder)
  await rename(folder, kept).catch(async (cause: unknown) => {
    // Another test may have built the same meanwhile.
    await rm(folder, { recursive: true })
    if (!existsSync(kept)) throw cause
  })
}

async function verilatedInclude(): Promise<string> {
  return join((await must('verilator', ['--getenv', 'VERILATOR_ROOT'], tmpdir())).trim(), 'include')
}

/** Verilator's own library in one object, compiled once. */
async function verilatedLibrary(): Promise<string> {
  const include = await verilatedInclude()
  const kept = join(cache, `verilated-${contentKey([include]).slice(0, 16)}.o`)
  if (existsSync(kept)) return kept
  const sources = (await readdir(include)).filter(name => /^verilated(_threads)?\.cpp$/.test(name)).sort()
  const text = sources.map(name => `#include "${join(include, name)}"\n`).join('')
  const aside = `${kept}.${process.pid}`
  await writeFile(`${aside}.cpp`, text)
  const paths = [`-I${include}`, `-I${join(include, 'vltstd')}`]
  await must('g++', ['-O1', '-std=gnu++17', '-w', ...paths, '-c', `${aside}.cpp`, '-o', `${aside}.o`], cache)
  await rename(`${aside}.o`, kept)
  await rm(`${aside}.cpp`)
  return kept
}

/** The block that stands in the block design. */
function topOf(description: PackageDescription): string {
  return carrierOf(description) === 'comblock' ? comblockTop(description) : `${description.project}_accel`
}

/** What of the board stands around this accelerator, and where. */
function boardConfig(description: PackageDescription): string {
  const map = addressMap(description)
  const carrier = carrierOf(description)
  const ranges = Object.entries(map).flatMap(([name, { base, size }]) => [
    `#define ${name.toUpperCase()}_BASE 0x${base.toString(16)}u`,
    `#define ${name.toUpperCase()}_BYTES 0x${size.toString(16)}u`,
  ])
  const control =
    map.accelerator === undefined
      ? map.comblock!.base + 4 * comblockWords.OREG0
      : map.accelerator.base + registerBase(description) + registerMap.CONTROL.address
  const depths = carrier === 'comblock' ? fifoDepths(description) : axiFifoDepths(description)
  return `#ifndef BOARD_CONFIG_H
#define BOARD_CONFIG_H
${ranges.join('\n')}
#define CARRIER_${carrier.toUpperCase()} 1
#define CONTROL_ADDRESS 0x${control.toString(16)}u
#define WORDS_PER_BEAT ${description.wordsPerBeat}
#define FIFO_SEND_DEPTH ${depths.out}
#define FIFO_RECEIVE_DEPTH ${depths.in}
#endif
`
}

/** As the block design of a MicroBlaze sets them. */
function axiFifoDepths({ input, output }: PackageDescription) {
  const depth = (words: number) => Math.max(512, 2 ** Math.ceil(Math.log2(words + 8)))
  return { out: depth(input.types.length), in: depth(output.types.length) }
}
