// Builds a package's C++ host as its users do, but for stand-ins for XRT's headers, and links it to the Verilated kernel.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printVerilogProject } from '../../../rtl/print-module.ts'
import type { MemorySubject } from '../../pynq/testing/memory-subject.ts'
import { printShell } from '../../shell.ts'
import { alveoFiles } from '../index.ts'
import { kernelName } from '../kernel.ts'

const here = import.meta.dirname

/** Why hosts in C++ cannot be run here; undefined where they can. */
export function cardMissing(): string | undefined {
  const absent = ['verilator', 'g++'].filter(
    name => spawnSync(name, ['--version'], { stdio: 'pipe' }).status !== 0,
  )
  return absent.length === 0 ? undefined : `no ${absent.join(' and no ')} on PATH`
}

/** Writes the package's files for the card and its Verilog into a folder. */
export function writeCard(folder: string, { description, inputs, golden, module }: MemorySubject): void {
  const shell = { [`rtl/${description.project}_accel.v`]: printShell(description) }
  const verilog = Object.entries(printVerilogProject(module).files)
  const files = {
    ...alveoFiles(description, inputs, golden),
    ...shell,
    ...Object.fromEntries(verilog.map(([name, text]) => [`rtl/${name}`, text])),
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** Compiles the host with all warnings as errors; gives the program's path. */
export function buildHost(folder: string, { description, module }: MemorySubject): string {
  const kernel = kernelName(description)
  const verilog = Object.keys(printVerilogProject(module).files).filter(name => name.endsWith('.v'))
  const sources = [
    `alveo/${kernel}.v`,
    `rtl/${description.project}_accel.v`,
    ...verilog.map(name => `rtl/${name}`),
  ]
  const defines = [`-DKERNEL_NAME='"${kernel}"'`, `-DWORDS=${description.wordsPerBeat}`]
  const flags = ['-std=c++17', `-I${join(here, 'xrt')}`, ...defines]
  const strict = ['-Wall', '-Wextra', '-Werror']
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, args, { cwd: folder, stdio: 'pipe', encoding: 'utf8' })
  run('sh', ['-c', `g++ ${[...flags, ...strict].join(' ')} -O1 -c alveo/host.cpp -o host.o`])
  // The port must be called so (UG1701).
  const lint = ['-Wall', '-Wno-UNUSEDSIGNAL', '-Wno-DECLFILENAME', '-Wno-SYMRSVDWORD']
  run('verilator', [
    ...['--cc', '--exe', '--build', '--prefix', 'Vkernel', '--top-module', kernel, '-Mdir', 'model'],
    ...lint,
    // Little is simulated: compiling quickly is worth more than running so.
    ...[
      '-CFLAGS',
      flags.join(' '),
      '-MAKEFLAGS',
      'OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0',
      '-o',
      'host',
      '-Irtl',
    ],
    ...sources,
    join(here, 'card.cpp'),
    join(folder, 'host.o'),
  ])
  return join(folder, 'model/host')
}
