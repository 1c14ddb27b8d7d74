// Outside programs: where they are, which version they have, and one way to run them. Every run is bounded by a
// time limit and an AbortSignal, keeps what was printed, and takes its whole process group with it when it ends.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'

/** The programs Lutra knows, each with the variable that overrides its place and how it tells its version. */
const tools = {
  yosys: { variable: 'LUTRA_YOSYS', version: ['-V'] },
  iverilog: { variable: 'LUTRA_IVERILOG', version: ['-V'] },
  vvp: { variable: 'LUTRA_VVP', version: ['-V'] },
  verilator: { variable: 'LUTRA_VERILATOR', version: ['--version'] },
  'g++': { variable: 'LUTRA_CXX', version: ['--version'] },
  vivado: { variable: 'LUTRA_VIVADO', version: ['-version'] },
  vitis: { variable: 'LUTRA_VITIS', version: ['--version'] },
  'vitis-run': { variable: 'LUTRA_VITIS_RUN', version: ['--version'] },
  vitis_hls: { variable: 'LUTRA_VITIS_HLS', version: ['-version'] },
  vivado_hls: { variable: 'LUTRA_VIVADO_HLS', version: ['-version'] },
  'v++': { variable: 'LUTRA_VPP', version: ['--version'] },
  ssh: { variable: 'LUTRA_SSH', version: ['-V'] },
  scp: { variable: 'LUTRA_SCP', version: ['-V'] },
  quartus_sh: { variable: 'LUTRA_QUARTUS', version: ['--version'] },
} as const

export type ToolName = keyof typeof tools

export interface FoundTool {
  readonly name: ToolName
  readonly path: string
  /** Whether the user named it or it was met on PATH. */
  readonly source: 'environment' | 'path'
}

/** The environment variable that overrides where a tool is. */
export function toolVariable(name: ToolName): string {
  return tools[name].variable
}

/** Finds a tool by its variable, then on PATH; undefined when there is none. A variable that leads nowhere is an error. */
export function findTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): FoundTool | undefined {
  const named = env[tools[name].variable]
  if (named === undefined || named === '') {
    const path = onPath(name, env)
    return path === undefined ? undefined : { name, path, source: 'path' }
  }
  const path = isAbsolute(named) || /[\\/]/.test(named) ? executable(resolve(named)) : onPath(named, env)
  if (path !== undefined) return { name, path, source: 'environment' }
  return fail({
    code: 'tool/not-found',
    place: tools[name].variable,
    problem: `'${named}' is not an executable file`,
    expected: `the path of ${name}`,
    remedy: 'Correct the variable, or unset it to use what is on PATH.',
  })
}

/** Like `findTool`, for callers that cannot go on without; fails with `tool/missing`. */
export function requireTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): FoundTool {
  const found = findTool(name, env)
  if (found !== undefined) return found
  return fail({
    code: 'tool/missing',
    place: name,
    problem: `${name} is not on PATH`,
    remedy: `Install it, or set ${tools[name].variable} to its path.`,
  })
}

/** The first line a tool prints about its version; fails with `tool/not-working` when it cannot say. */
export async function toolVersion(tool: FoundTool): Promise<string> {
  const run = await runProcess({
    command: tool.path,
    args: tools[tool.name].version,
    timeoutMs: 60_000,
    label: tool.name,
    variable: tools[tool.name].variable,
  })
  const line = run.output.split('\n').find(text => text.trim() !== '')
  if (run.outcome === 'exited' && run.exitCode === 0 && line !== undefined) return line.trim()
  return fail({
    code: 'tool/not-working',
    place: `${tool.name} (${tool.path})`,
    problem: `asked for its version it ${describeEnd(run)}${line === undefined ? '' : ` and said '${line.trim()}'`}`,
    expected: 'a version line and exit code 0',
    remedy: `Repair the installation, or set ${tools[tool.name].variable} to another one.`,
  })
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : ['']
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue
    for (const suffix of suffixes) {
      const path = executable(join(folder, name + suffix))
      if (path !== undefined) return path
    }
  }
  return undefined
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile() ? path : undefined
  } catch {
    return undefined
  }
}

export interface ProcessRequest {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Replaces the environment whole; the caller's own by default. */
  readonly env?: NodeJS.ProcessEnv
  readonly stdin?: string | Uint8Array
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Called with each piece of output as it arrives. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void
  /** Characters kept of each stream, the latest ones; 16 million by default. */
  readonly keep?: number
  /** How messages name the program, and the variable that overrides its place. */
  readonly label?: string
  readonly variable?: string
}

export interface ProcessResult {
  readonly outcome: 'exited' | 'timeout' | 'cancelled'
  readonly exitCode: number | null
  /** The signal that ended it, when one did. */
  readonly killedBy: string | null
  readonly stdout: string
  readonly stderr: string
  /** Both streams in order of arrival. */
  readonly output: string
  readonly seconds: number
}

/** Runs a program to its end, its time limit or the caller's abort; fails only when it cannot be started. */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  if (request.signal?.aborted === true) return neverStarted
  const started = performance.now()
  const { command, args } = launchOf(request)
  const child = spawn(command, args, {
    cwd: request.cwd,
    env: request.env ?? process.env,
    // A group of its own, so that helpers the program starts (yosys runs yosys-abc) end with it.
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const kept = collectOutput(child, request)
  feed(child, request.stdin)
  const limits = limitProcess(child, request)
  try {
    const end = await whenClosed(child, request)
    return {
      outcome: limits.outcome(),
      ...end,
      ...kept.texts(),
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    limits.clear()
  }
}

/** Batch files, as the vendors' tools are on Windows, are run by its command interpreter. */
function launchOf({ command, args }: ProcessRequest): Pick<ProcessRequest, 'command' | 'args'> {
  if (process.platform !== 'win32' || !/\.(bat|cmd)$/i.test(command)) return { command, args }
  return { command: process.env.ComSpec ?? 'cmd.exe', args: ['/d', '/c', command, ...args] }
}

/** How a run ended, as the end of a sentence: `exited with code 1`. */
export function describeEnd(result: ProcessResult): string {
  if (result.outcome === 'timeout')
    return `did not finish within its time limit (${result.seconds.toFixed(0)} s)`
  if (result.outcome === 'cancelled') return 'was cancelled'
  return result.killedBy === null ? `exited with code ${result.exitCode}` : `was ended by ${result.killedBy}`
}

const neverStarted: ProcessResult = {
  outcome: 'cancelled',
  exitCode: null,
  killedBy: null,
  stdout: '',
  stderr: '',
  output: '',
  seconds: 0,
}

function whenClosed(child: ChildProcess, request: ProcessRequest) {
  return new Promise<Pick<ProcessResult, 'exitCode' | 'killedBy'>>((settle, reject) => {
    child.on('close', (exitCode, killedBy) => settle({ exitCode, killedBy }))
    child.on('error', cause => {
      try {
        notStarted(request, cause)
      } catch (problem) {
        reject(problem)
      }
    })
  })
}

function notStarted(request: ProcessRequest, cause: Error): never {
  const variable = request.variable
  fail(
    {
      code: 'tool/not-started',
      place: request.label === undefined ? request.command : `${request.label} (${request.command})`,
      problem: `the program could not be started: ${cause.message}`,
      remedy:
        variable === undefined
          ? 'Check that it is installed.'
          : `Check the installation, or set ${variable}.`,
    },
    cause,
  )
}

function feed(child: ChildProcess, stdin: string | Uint8Array | undefined): void {
  // A program that ends without reading its input breaks the pipe; its exit code tells the story.
  child.stdin?.on('error', () => {})
  child.stdin?.end(stdin ?? '')
}

function collectOutput(child: ChildProcess, request: ProcessRequest) {
  const limit = request.keep ?? 16_000_000
  const all = { stdout: lastText(limit), stderr: lastText(limit), output: lastText(limit) }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8')
    child[stream]?.on('data', (text: string) => {
      all[stream].add(text)
      all.output.add(text)
      request.onOutput?.(text, stream)
    })
  }
  return {
    texts: () => ({ stdout: all.stdout.text(), stderr: all.stderr.text(), output: all.output.text() }),
  }
}

function lastText(limit: number) {
  const pieces: string[] = []
  let length = 0
  return {
    add(piece: string): void {
      pieces.push(piece)
      length += piece.length
      while (length - (pieces[0] ?? '').length > limit) length -= pieces.shift()!.length
    },
    text: () => pieces.join('').slice(-limit),
  }
}

const graceMs = 1_000

function limitProcess(child: ChildProcess, request: ProcessRequest) {
  let outcome: ProcessResult['outcome'] = 'exited'
  let killer: NodeJS.Timeout | undefined
  const end = (why: ProcessResult['outcome']): void => {
    if (outcome !== 'exited') return
    outcome = why
    signalGroup(child, 'SIGTERM')
    killer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
  }
  const abort = (): void => end('cancelled')
  const timer =
    request.timeoutMs === undefined ? undefined : setTimeout(() => end('timeout'), request.timeoutMs)
  request.signal?.addEventListener('abort', abort, { once: true })
  watch(child)
  return {
    outcome: () => outcome,
    clear(): void {
      clearTimeout(timer)
      clearTimeout(killer)
      request.signal?.removeEventListener('abort', abort)
      unwatch(child)
      // What the program may have left behind in its group has no reason to live on.
      if (outcome !== 'exited') signalGroup(child, 'SIGKILL')
    },
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32')
      spawn('taskkill', ['/pid', `${child.pid}`, '/t', '/f'], { stdio: 'ignore' }).on('error', () =>
        child.kill(signal),
      )
    else process.kill(-child.pid, signal)
  } catch {
    // Already gone.
  }
}

// Children stand in groups of their own, so the terminal's Ctrl-C does not reach them: it is passed on here.
const running = new Set<ChildProcess>()
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

function watch(child: ChildProcess): void {
  if (running.size === 0) {
    process.on('exit', endAll)
    for (const signal of endings) process.on(signal, passOn)
  }
  running.add(child)
}

function unwatch(child: ChildProcess): void {
  if (!running.delete(child) || running.size > 0) return
  process.off('exit', endAll)
  for (const signal of endings) process.off(signal, passOn)
}

function endAll(): void {
  for (const child of running) signalGroup(child, 'SIGKILL')
}

function passOn(signal: NodeJS.Signals): void {
  endAll()
  // With a handler of its own (say, to abort in good order) the program decides; else the signal does what it does.
  if (process.listenerCount(signal) > 1) return
  process.off(signal, passOn)
  process.kill(process.pid, signal)
}
