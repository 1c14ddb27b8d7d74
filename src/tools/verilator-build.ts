// Builds Verilog with a C++ test bench in Verilator, and runs what simulators need of folders and processes. Builds
// are kept in a folder, by their contents.

import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import { contentKey } from './cache.ts'
import {
  describeEnd,
  type ProcessRequest,
  requireTool,
  runProcess,
  type ToolName,
  toolVariable,
} from './process.ts'

/** What a simulation needs to be told to end, and to say which design failed. */
export interface SimulationLimits {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface ModelRequest extends SimulationLimits {
  /** Name of the top module. */
  readonly top: string
  /** `.v`, `.sv` and `.mem` files by name. */
  readonly files: Readonly<Record<string, string>>
  /** The bench, for a model of prefix `Vtop`. */
  readonly bench: string
  /** Verilator's options besides. */
  readonly options?: readonly string[]
  /** Where builds are kept; a folder of the system's temporary one by default. */
  readonly cacheFolder?: string
  /** g++'s level: 0 builds soonest, 2 runs fastest; 0 by default. */
  readonly optimise?: 0 | 1 | 2
}

/** Compiles a model with its bench, or finds the one made before; gives the program's path. */
export async function buildModel(request: ModelRequest): Promise<string> {
  const verilator = requireTool('verilator')
  const compiler = requireTool('g++')
  const flags = [`-O${request.optimise ?? 0}`, '-std=gnu++17', '-w']
  const options = request.options ?? []
  const contents = Object.entries(request.files)
    .filter(([name]) => isSource(name))
    .flat()
  const parts = [verilator.path, compiler.path, request.top, request.bench, ...flags, ...options, ...contents]
  const cache = request.cacheFolder ?? join(tmpdir(), 'lutra-verilator')
  const kept = join(cache, `${contentKey(parts).slice(0, 32)}.exe`)
  if (await exists(kept)) return kept
  await mkdir(cache, { recursive: true })
  return inFolder(async folder => {
    await writeFiles(folder, { ...request.files, 'bench.cpp': request.bench })
    await verilate(request, verilator.path, folder)
    await compileModel(request, compiler.path, flags, folder, cache)
    await rename(join(folder, 'bench.exe'), kept)
    return kept
  }, cache)
}

async function verilate(request: ModelRequest, command: string, folder: string): Promise<void> {
  const args = [
    ...['--cc', '--prefix', 'Vtop', '--top-module', request.top, '--Mdir', 'model'],
    ...['-Wall', '-Wno-UNUSEDSIGNAL', '--x-initial', 'unique', '--output-split', '5000'],
    ...(request.options ?? []),
    ...sourceFiles(request.files),
  ]
  await step(request, request.top, 'verilator', { command, args, cwd: folder })
}

/**
 * Two translation units, compiled side by side, hold all of the model: headers are then read twice instead of once
 * per file. Verilator's own library is compiled once and kept.
 */
async function compileModel(
  request: ModelRequest,
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
      await step(request, request.top, 'g++', { command, args, cwd: folder })
    }),
  )
  const library = await verilatorLibrary(request, command, flags, include, cache)
  const objects = parts.map((_, k) => `part${k}.o`)
  const args = ['-o', 'bench.exe', ...objects, ...library, '-lpthread']
  await step(request, request.top, 'g++', { command, args, cwd: folder })
}

function modelSources(classes: string): string[] {
  const names = [...classes.matchAll(/^\s+(Vtop\w*)\s*\\?$/gm)].map(match => `${match[1]}.cpp`)
  return [...new Set(names), 'bench.cpp'].sort()
}

function splitInTwo(sources: readonly string[]): string[][] {
  if (sources.length < 12) return [[...sources]]
  return [sources.filter((_, k) => k % 2 === 0), sources.filter((_, k) => k % 2 === 1)]
}

async function verilatorInclude(request: ModelRequest): Promise<string> {
  const command = requireTool('verilator').path
  const run = await step(request, request.top, 'verilator', { command, args: ['--getenv', 'VERILATOR_ROOT'] })
  return join(run.stdout.trim(), 'include')
}

async function verilatorLibrary(
  request: ModelRequest,
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
    await step(request, request.top, 'g++', { command, args })
    await rename(aside, kept)
  }
  return objects
}

const isSource = (name: string): boolean => /\.s?v$/.test(name)

/** The Verilog among files, sorted. */
export function sourceFiles(files: Readonly<Record<string, string>>): string[] {
  return Object.keys(files).filter(isSource).sort()
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}

/** Does its work in a folder that is gone afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>, parent = tmpdir()): Promise<T> {
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

/** Runs a program of a simulator; fails with `tool/failed` where it ends badly. */
export async function step(
  { timeoutMs, signal }: SimulationLimits,
  name: string,
  tool: ToolName,
  process: ProcessRequest,
) {
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
    place: `${tool} on ${name}`,
    problem: `it ${describeEnd(run)}: ${run.output.trim().slice(0, 4000)}`,
    remedy: 'If the Verilog is as Lutra wrote it, please report this with the model and config.',
  })
}
