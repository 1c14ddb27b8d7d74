// A package's Verilog, ComBlock's FIFOs and all, run on the rows that lie in it.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseNpy } from '../../../formats/npy.ts'
import type { PackageDescription } from '../../package-description.ts'
import { type WholeOptions, wholeBench } from './bench.ts'

type Pace = Pick<WholeOptions, 'depth' | 'latency' | 'pace'>

/** Runs so many rows of a package of float words; gives what the bench says, and what it is to say. */
export function runWhole(
  folder: string,
  files: readonly string[],
  rows: number,
  pace: Pace,
  tool: 'iverilog' | 'verilator',
): { readonly said: string; readonly wanted: string } {
  const { project, buildHash, input, output } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as PackageDescription
  const sent = floatWords(folder, 'X_test.npy', rows * input.types.length)
  const expected = floatWords(folder, 'y_test.npy', rows * output.types.length)
  const rtl = join(folder, 'rtl')
  writeFileSync(join(rtl, 'sent.hex'), hex(sent))
  writeFileSync(join(rtl, 'expected.hex'), hex(expected))
  writeFileSync(join(rtl, 'bench.sv'), wholeBench({ project, ...pace, sent, expected }))
  const verilog = files.filter(path => path.endsWith('.v')).map(path => path.replace('rtl/', ''))
  const options = { cwd: rtl, encoding: 'utf8', stdio: 'pipe' } as const
  const [command, ...flags] = commands[tool]
  execFileSync(command, [...flags, 'bench.sv', ...verilog], options)
  const said = execFileSync(tool === 'iverilog' ? './run' : './obj_dir/run', [], options)
  return {
    said: said.split('\n')[0]!,
    wanted: `DONE ${expected.length} words; ${rows} frames in, ${rows} out; status 0; hash ${buildHash}; id 4c545241; control 1`,
  }
}

const commands = {
  iverilog: ['iverilog', '-g2012', '-Wno-timescale', '-s', 'bench', '-o', 'run'],
  // The random seed is an argument that $random changes, beside assignments of the same block.
  verilator: [
    ...['verilator', '--binary', '-j', '1', '--timing', '--top-module', 'bench', '-o', 'run'],
    ...['-Wno-fatal', '-Wno-WIDTH', '-Wno-BLKANDNBLK'],
  ],
} as const

function floatWords(folder: string, name: string, count: number): number[] {
  const scratch = new DataView(new ArrayBuffer(4))
  const { data } = parseNpy(new Uint8Array(readFileSync(join(folder, 'data', name))), name)
  return Array.from(data, value => {
    scratch.setFloat32(0, Number(value))
    return scratch.getUint32(0)
  }).slice(0, count)
}

const hex = (words: readonly number[]) => words.map(word => `${word.toString(16)}\n`).join('')
