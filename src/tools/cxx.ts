// The C++ compiler (g++, or what LUTRA_CXX names), run in a temporary folder that is removed afterwards. Compiled
// programs read stdin and write stdout; both go through files, since they are binary and may be long.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import {
  describeEnd,
  type FoundTool,
  findTool,
  type ProcessResult,
  requireTool,
  runProcess,
  toolVariable,
} from './process.ts'

export interface CxxOptions {
  /** Added to `-std=c++14 -O1`; later flags win. */
  readonly flags?: readonly string[]
  /** For compiling and, separately, for each run; default 300 s. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Runs the compiled program once: stdin in, stdout out. */
export type RunProgram = (stdin: Uint8Array) => Promise<Uint8Array>

/** The compiler to use, or undefined when there is none; a LUTRA_CXX that leads nowhere is an error. */
export function findCxx(): FoundTool | undefined {
  return findTool('g++')
}

/** Compiles `files` (path → text) with `main` as main.cpp, runs the program once, and gives its stdout. */
export async function compileAndRun(
  files: Readonly<Record<string, string>>,
  main: string,
  stdin: Uint8Array,
  options: CxxOptions = {},
): Promise<Uint8Array> {
  return withCxxProgram(files, main, run => run(stdin), options)
}

/** As `compileAndRun`, for a program that `use` may run many times; it is gone when `use` has ended. */
export async function withCxxProgram<T>(
  files: Readonly<Record<string, string>>,
  main: string,
  use: (run: RunProgram) => Promise<T>,
  options: CxxOptions = {},
): Promise<T> {
  const compiler = requireTool('g++')
  const folder = await mkdtemp(join(tmpdir(), 'lutra-cxx-'))
  try {
    const sources = { ...files, 'main.cpp': main }
    await writeSources(folder, sources)
    await compile(compiler, folder, Object.keys(sources), options)
    return await use(stdin => runProgram(folder, stdin, options))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeSources(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

const defaultTimeoutMs = 300_000

async function compile(
  compiler: FoundTool,
  folder: string,
  paths: readonly string[],
  options: CxxOptions,
): Promise<void> {
  const sources = paths.filter(path => /\.(cpp|cc|cxx)$/.test(path)).sort()
  const result = await runProcess({
    command: compiler.path,
    args: [
      '-std=c++14',
      '-O1',
      '-Wno-unknown-pragmas',
      '-I.',
      ...(options.flags ?? []),
      ...sources,
      '-o',
      'program',
    ],
    ...limits(folder, options),
    label: 'g++',
    variable: toolVariable('g++'),
  })
  if (succeeded(result)) return
  fail({
    code: failureCode(result, 'tool/cxx-failed'),
    place: `g++ (${compiler.path})`,
    problem: `compiling the generated C++ ${describeEnd(result)}${messages(result)}`,
    expected: 'g++ 5 or later (C++14)',
    remedy: `Check the compiler, or set ${toolVariable('g++')} to another; if it is recent, please report this.`,
  })
}

// A shell redirects; the paths are our own and hold nothing it could misread.
async function runProgram(folder: string, stdin: Uint8Array, options: CxxOptions): Promise<Uint8Array> {
  await writeFile(join(folder, 'stdin.bin'), stdin)
  const line = 'program < stdin.bin > stdout.bin'
  const windows = process.platform === 'win32'
  const result = await runProcess({
    command: windows ? 'cmd' : '/bin/sh',
    args: windows ? ['/d', '/c', line] : ['-c', `exec ./${line}`],
    ...limits(folder, options),
    label: 'C simulation',
  })
  if (succeeded(result)) return new Uint8Array(await readFile(join(folder, 'stdout.bin')))
  return fail({
    code: failureCode(result, 'tool/cxx-program-failed'),
    place: 'C simulation',
    problem: `the compiled program ${describeEnd(result)}${messages(result)}`,
    remedy: 'Please report it with the model and config, or use fewer rows if it ran out of time.',
  })
}

function limits(folder: string, options: CxxOptions) {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  return { cwd: folder, timeoutMs, ...(options.signal === undefined ? {} : { signal: options.signal }) }
}

function succeeded(result: ProcessResult): boolean {
  return result.outcome === 'exited' && result.exitCode === 0
}

function failureCode(result: ProcessResult, ended: string): string {
  return result.outcome === 'timeout'
    ? 'tool/timeout'
    : result.outcome === 'cancelled'
      ? 'tool/cancelled'
      : ended
}

/** The lines that say what went wrong, at most eight. */
function messages(result: ProcessResult): string {
  const lines = result.stderr.split('\n').filter(line => line.trim() !== '')
  const errors = lines.filter(line => /\berror\b/i.test(line))
  const shown = (errors.length > 0 ? errors : lines).slice(0, 8)
  return shown.length === 0 ? '' : `:\n${shown.join('\n')}`
}
