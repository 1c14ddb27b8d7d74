// Runs emitted Verilog in Icarus Verilog or Verilator on the same vectors, stalls and resets as the built-in
// simulator, and reads back the same kind of result. Verilator's builds are kept in a folder, by their contents.

import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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
import { contentKey } from './cache.ts'
import {
  describeEnd,
  type ProcessRequest,
  requireTool,
  runProcess,
  type ToolName,
  toolVariable,
} from './process.ts'

export interface VerilogSimRequest {
  /** Name and ports of the top; its streams as design and Verilog call them. */
  readonly top: StreamTop
  /** `.v` and `.mem` files by name, as `printVerilog` gives them or as they lie in a project's folder. */
  readonly files: Readonly<Record<string, string>>
  readonly frames: StreamFrames
  readonly options?: StreamOptions
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface VerilatorRequest extends VerilogSimRequest {
  /** Where builds are kept; a folder of the system's temporary one by default. */
  readonly cacheFolder?: string
  /** g++'s level: 0 builds soonest, 2 runs fastest; 0 by default. */
  readonly optimise?: 0 | 1 | 2
}

/** Runs frames through the Verilog in Icarus. Fails as `runStream` does, with `rtl/unknown-bits` for unknown values. */
export async function runIcarus(request: VerilogSimRequest): Promise<StreamRun> {
  const compiler = requireTool('iverilog')
  const runner = requireTool('vvp')
  const setup = benchSetup(request.top, request.frames, request.options ?? {})
  return inFolder(async folder => {
    const bench = `${request.top.name}_tb.v`
    await writeFiles(folder, { ...request.files, [bench]: printVerilogBench(setup) })
    await writeVectors(folder, setup, request.frames)
    const sources = [...verilogFiles(request.files), bench]
    const args = ['-g2005', '-Wall', '-s', `${request.top.name}_tb`, '-o', 'bench.vvp', ...sources]
    const built = await step(request, 'iverilog', { command: compiler.path, args, cwd: folder })
    if (built.output.trim() !== '') warned('iverilog', request.top.name, built.output)
    await step(request, 'vvp', { command: runner.path, args: ['-n', 'bench.vvp'], cwd: folder })
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
    await step(request, 'verilator', { command: program, args, cwd: folder })
    return readBenchLog(setup, request.frames, await streamLog('verilator', setup, folder))
  })
}

async function buildVerilator(request: VerilatorRequest, setup: BenchSetup): Promise<string> {
  const verilator = requireTool('verilator')
  const compiler = requireTool('g++')
  const bench = printCppBench(withoutNumbers(setup))
  const flags = [`-O${request.optimise ?? 0}`, '-std=gnu++17', '-w']
  const contents = Object.entries(request.files)
    .filter(([name]) => name.endsWith('.v'))
    .flat()
  const key = contentKey([verilator.path, compiler.path, request.top.name, bench, ...flags, ...contents])
  const cache = request.cacheFolder ?? join(tmpdir(), 'lutra-verilator')
  const kept = join(cache, `${key.slice(0, 32)}.exe`)
  if (await exists(kept)) return kept
  await mkdir(cache, { recursive: true })
  return inFolder(async folder => {
    await writeFiles(folder, { ...request.files, 'bench.cpp': bench })
    await verilate(request, verilator.path, folder)
    await compileModel(request, compiler.path, flags, folder, cache)
    await rename(join(folder, 'bench.exe'), kept)
    return kept
  }, cache)
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

async function verilate(request: VerilatorRequest, command: string, folder: string): Promise<void> {
  const args = [
    ...['--cc', '--prefix', 'Vtop', '--top-module', request.top.name, '--Mdir', 'model'],
    ...['-Wall', '-Wno-UNUSEDSIGNAL', '--x-initial', 'unique', '--output-split', '5000'],
    ...verilogFiles(request.files),
  ]
  await step(request, 'verilator', { command, args, cwd: folder })
}

/**
 * Two translation units, compiled side by side, hold all of the model: headers are then read twice instead of once
 * per file. Verilator's own library is compiled once and kept.
 */
async function compileModel(
  request: VerilatorRequest,
  command: string,
  flags: readonly string[],
  folder: string,
  cache: string,
): Promise<void> {
  const include = await verilatorInclude(request)
  const paths = ['-I.', '-Imodel', `-I${include}`, `-I${join(include, 'vltstd')}`]
  const classes = await readFile(join(folder, 'model', 'Vtop_classes.mk'), 'utf8')
  const parts = splitInTwo(modelSources(classes))
  await Promise.all(
    [...parts.entries()].map(async ([k, sources]) => {
      const text = sources.map(name => `#include "${name}"\n`).join('')
      await writeFile(join(folder, `part${k}.cpp`), text)
      const args = [...flags, ...paths, '-c', `part${k}.cpp`, '-o', `part${k}.o`]
      await step(request, 'g++', { command, args, cwd: folder })
    }),
  )
  const library = await verilatorLibrary(request, command, flags, include, cache)
  const objects = parts.map((_, k) => `part${k}.o`)
  const args = ['-o', 'bench.exe', ...objects, ...library, '-lpthread']
  await step(request, 'g++', { command, args, cwd: folder })
}

function modelSources(classes: string): string[] {
  const names = [...classes.matchAll(/^\s+(Vtop\w*)\s*\\?$/gm)].map(match => `${match[1]}.cpp`)
  return [...new Set(names), 'bench.cpp'].sort()
}

function splitInTwo(sources: readonly string[]): string[][] {
  if (sources.length < 12) return [[...sources]]
  return [sources.filter((_, k) => k % 2 === 0), sources.filter((_, k) => k % 2 === 1)]
}

async function verilatorInclude(request: VerilatorRequest): Promise<string> {
  const command = requireTool('verilator').path
  const run = await step(request, 'verilator', { command, args: ['--getenv', 'VERILATOR_ROOT'] })
  return join(run.stdout.trim(), 'include')
}

async function verilatorLibrary(
  request: VerilatorRequest,
  command: string,
  flags: readonly string[],
  include: string,
  cache: string,
): Promise<string[]> {
  const key = contentKey([include, command, ...flags]).slice(0, 16)
  const objects: string[] = []
  for (const name of ['verilated', 'verilated_threads']) {
    const source = join(include, `${name}.cpp`)
    if (!(await exists(source))) continue
    const kept = join(cache, `${name}-${key}.o`)
    objects.push(kept)
    if (await exists(kept)) continue
    const aside = `${kept}.${process.pid}.tmp`
    const args = [...flags, `-I${include}`, `-I${join(include, 'vltstd')}`, '-c', source, '-o', aside]
    await step(request, 'g++', { command, args })
    await rename(aside, kept)
  }
  return objects
}

function verilogFiles(files: Readonly<Record<string, string>>): string[] {
  return Object.keys(files)
    .filter(name => name.endsWith('.v'))
    .sort()
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}

async function writeVectors(folder: string, setup: BenchSetup, frames: StreamFrames): Promise<void> {
  for (const channel of setup.inputs)
    if (channel.width > 0) await writeFile(join(folder, inputFile(channel)), vectorFile(channel, frames))
}

async function inFolder<T>(work: (folder: string) => Promise<T>, parent = tmpdir()): Promise<T> {
  const folder = await mkdtemp(join(parent, 'lutra-sim-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

async function step(request: VerilogSimRequest, tool: ToolName, process: ProcessRequest) {
  const { timeoutMs, signal } = request
  const run = await runProcess({
    ...process,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
    label: tool,
    variable: toolVariable(tool),
  })
  if (run.outcome === 'exited' && run.exitCode === 0) return run
  signal?.throwIfAborted()
  return fail({
    code: 'tool/failed',
    place: `${tool} on ${request.top.name}`,
    problem: `it ${describeEnd(run)}: ${run.output.trim().slice(0, 4000)}`,
    remedy: 'If the Verilog is as Lutra wrote it, please report this with the model and config.',
  })
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
