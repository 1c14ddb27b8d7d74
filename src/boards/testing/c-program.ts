// Compiles C as strictly as it gets, against stand-ins for the board support package, links it to a board, runs it.

import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ran, run, type VerilatedBoard } from './verilated-board.ts'

const here = import.meta.dirname
const strict = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-Wpedantic', '-Wconversion']

export interface CProgram {
  /** Sources and headers by name. */
  readonly files: Readonly<Record<string, string>>
  readonly defines?: readonly string[]
  /** 1 and up: stalls at random. */
  readonly stall?: number
}

/**
 * The program's exit code and output; without a board it is compiled as it stands. Throws with the compiler's words
 * where it does not compile.
 */
export async function runC(
  board: VerilatedBoard | undefined,
  { files, defines = [], stall = 0 }: CProgram,
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'lutra-c-'))
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const own = Object.keys(files).filter(name => name.endsWith('.c'))
    const sources = board === undefined ? own : [...own, await placeStandIns(board, folder)]
    // Addresses of variables below 2 GiB, as the bus of the board has them.
    const flags = [...strict, '-O1', '-fno-pie', '-Ibsp', ...defines.map(text => `-D${text}`)]
    await compiled('gcc', [...flags, '-c', ...sources], folder)
    const objects = sources.map(name => name.replace(/^.*\//, '').replace(/\.c$/, '.o'))
    await compiled(
      'g++',
      ['-no-pie', '-o', 'program', ...objects, ...(board?.objects ?? []), '-lpthread'],
      folder,
    )
    return await run('./program', [], folder, stall === 0 ? {} : { BOARD_STALL: String(stall) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function placeStandIns(board: VerilatedBoard, folder: string): Promise<string> {
  const bsp = join(folder, 'bsp')
  await mkdir(bsp)
  await cp(join(here, 'bsp'), bsp, { recursive: true })
  await cp(join(here, 'board.h'), join(bsp, 'board.h'))
  await cp(join(board.folder, 'board_config.h'), join(bsp, 'board_config.h'))
  // Tables that the Verilog reads when it starts.
  for (const name of await readdir(join(board.folder, 'rtl')))
    if (name.endsWith('.mem')) await cp(join(board.folder, 'rtl', name), join(folder, name))
  return 'bsp/xil_printf.c'
}

async function compiled(command: string, args: readonly string[], folder: string): Promise<void> {
  const { code, stderr } = await run(command, args, folder)
  if (code !== 0) throw new Error(stderr)
}
