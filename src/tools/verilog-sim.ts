// Runs emitted Verilog in Icarus Verilog or Verilator on the same vectors, stalls and resets as the built-in
// simulator, and reads back the same kind of result. Verilator's builds are kept in a folder, by their contents.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import {
  type BenchChannel,
  type BenchSetup,
  benchSetup,
  inputFile,
  readBenchLog,
  vectorFile,
} from '../rtl/bench-setup.ts'
import { cppBenchArguments, printCppBench } from '../rtl/cpp-bench.ts'
import type { StreamFrames, StreamTop } from '../rtl/stream-ports.ts'
import type { StreamOptions, StreamRun } from '../rtl/stream-result.ts'
import { printVerilogBench } from '../rtl/verilog-bench.ts'
import { requireTool, type ToolName, toolVariable } from './process.ts'
import {
  buildModel,
  inFolder,
  type ModelRequest,
  type SimulationLimits,
  sourceFiles,
  step,
  writeFiles,
} from './verilator-build.ts'

export interface VerilogSimRequest extends SimulationLimits {
  /** Name and ports of the top; its streams as design and Verilog call them. */
  readonly top: StreamTop
  /** `.v` and `.mem` files by name, as `printVerilog` gives them or as they lie in a project's folder. */
  readonly files: Readonly<Record<string, string>>
  readonly frames: StreamFrames
  readonly options?: StreamOptions
}

export interface VerilatorRequest extends VerilogSimRequest, Pick<ModelRequest, 'cacheFolder' | 'optimise'> {}

/** Runs frames through the Verilog in Icarus. Fails as `runStream` does, with `rtl/unknown-bits` for unknown values. */
export async function runIcarus(request: VerilogSimRequest): Promise<StreamRun> {
  const compiler = requireTool('iverilog')
  const runner = requireTool('vvp')
  const setup = benchSetup(request.top, request.frames, request.options ?? {})
  return inFolder(async folder => {
    const bench = `${request.top.name}_tb.v`
    await writeFiles(folder, { ...request.files, [bench]: printVerilogBench(setup) })
    await writeVectors(folder, setup, request.frames)
    const sources = [...sourceFiles(request.files), bench]
    const args = ['-g2005', '-Wall', '-s', `${request.top.name}_tb`, '-o', 'bench.vvp', ...sources]
    const built = await step(request, request.top.name, 'iverilog', {
      command: compiler.path,
      args,
      cwd: folder,
    })
    if (built.output.trim() !== '') warned('iverilog', request.top.name, built.output)
    await step(request, request.top.name, 'vvp', {
      command: runner.path,
      args: ['-n', 'bench.vvp'],
      cwd: folder,
    })
    return readBenchLog(setup, request.frames, await streamLog('vvp', setup, folder))
  })
}

/** Runs frames through the Verilog in Verilator, with registers that have no reset starting at random values. */
export async function runVerilator(request: VerilatorRequest): Promise<StreamRun> {
  const setup = benchSetup(request.top, request.frames, request.options ?? {})
  const program = await buildVerilator(request, setup)
  return inFolder(async folder => {
    const images = Object.entries(request.files).filter(([name]) => name.endsWith('.mem'))
    await writeFiles(folder, Object.fromEntries(images))
    await writeVectors(folder, setup, request.frames)
    const seed = 1 + ((request.options?.stall?.seed ?? 0) % 1000)
    const args = [...cppBenchArguments(setup), '+verilator+rand+reset+2', `+verilator+seed+${seed}`]
    await step(request, request.top.name, 'verilator', { command: program, args, cwd: folder })
    return readBenchLog(setup, request.frames, await streamLog('verilator', setup, folder))
  })
}

function buildVerilator(request: VerilatorRequest, setup: BenchSetup): Promise<string> {
  const { options: _, ...rest } = request
  return buildModel({ ...rest, top: rest.top.name, bench: printCppBench(withoutNumbers(setup)) })
}

/** The setup with every number that the bench takes as an argument made equal, so that one build serves all runs. */
function withoutNumbers(setup: BenchSetup): BenchSetup {
  const plain = (channel: BenchChannel) => ({ ...channel, beatsPerFrame: 1, seed: 1 })
  return { ...setup, inputs: setup.inputs.map(plain), outputs: setup.outputs.map(plain) }
}

/** The log that the test bench left; fails with `tool/no-result` when there is none, or not one of ours. */
async function streamLog(tool: ToolName, setup: BenchSetup, folder: string): Promise<string> {
  const log = await readFile(join(folder, 'stream.log'), 'utf8').catch(() => undefined)
  const names = [...setup.inputs, ...setup.outputs].map(({ name }) => name).join('|')
  const line = new RegExp(`^(reset|in (${names}) \\d+|out (${names}) \\d+ \\d+( \\S+)?|extra (${names}))$`)
  const lines = log?.split('\n').map(text => text.trim()) ?? []
  const verdict = lines.findIndex(text => /^(done|hang|too-long|unknown .*|extra .*)$/.test(text))
  const stray = lines
    .slice(0, verdict < 0 ? undefined : verdict)
    .find(text => text !== '' && !line.test(text))
  if (log !== undefined && verdict >= 0 && stray === undefined) return log
  const last = lines.filter(text => text !== '').at(-1)
  return fail({
    code: 'tool/no-result',
    place: `${tool} on ${setup.top.name}`,
    problem:
      log === undefined
        ? 'it ended without an error and wrote no log'
        : `it ended without an error, but its log ${stray === undefined ? `breaks off after '${last ?? ''}'` : `has the line '${stray.slice(0, 80)}'`}`,
    expected: 'a log of beats with a verdict at its end',
    remedy: `Repair the installation, or set ${toolVariable(tool)} to another one.`,
  })
}

async function writeVectors(folder: string, setup: BenchSetup, frames: StreamFrames): Promise<void> {
  for (const channel of setup.inputs)
    if (channel.width > 0) await writeFile(join(folder, inputFile(channel)), vectorFile(channel, frames))
}

function warned(tool: ToolName, name: string, output: string): never {
  return fail({
    code: 'tool/warned',
    place: `${tool} on ${name}`,
    problem: output.trim().slice(0, 4000),
    expected: 'no warnings',
    remedy: 'If the Verilog is as Lutra wrote it, please report this with the model and config.',
  })
}
