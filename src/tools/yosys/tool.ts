// One Yosys run, native or embedded: files into a folder of its own, the script, and the counts read back. The two
// kinds of tool differ in the command alone.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bug, fail } from '../../diagnostics/diagnostic.ts'
import type { CellCounts } from '../../estimate/cell-counts.ts'
import { parseStat } from '../../estimate/cell-counts.ts'
import type { ProcessResult } from '../process.ts'
import { describeEnd, runProcess } from '../process.ts'
import type { ScriptOptions } from './script.ts'
import { carryChainMap, stepMark, yosysFiles, yosysScript } from './script.ts'

export interface YosysTool {
  readonly name: 'yosys'
  readonly kind: 'native' | 'wasm'
  /** As the tool tells it, e.g. `0.23`. */
  readonly version: string
  readonly command: string
  /** The command's arguments, for a script lying in the folder it is started in. */
  readonly args: (script: string) => readonly string[]
  /** The largest design it may be given, see `sizeOf`; undefined when only time limits it. */
  readonly bound: DesignSize | undefined
}

/** Size as far as it can be told without elaborating: bytes of Verilog, full-adder bits (0: not told), bytes of other files. */
export interface DesignSize {
  readonly verilogBytes: number
  readonly adderBits: number
  readonly dataBytes: number
}

export interface YosysRequest extends ScriptOptions {
  /** Path to contents: Verilog, and the memory files it reads by the same paths. */
  readonly files: Readonly<Record<string, string | Uint8Array>>
  /** Full-adder bits when the caller knows them, see `bound`. */
  readonly adderBits?: number
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Called with the name of each step as it begins. */
  readonly onProgress?: (step: string) => void
}

export interface YosysOutput extends CellCounts {
  /** LUT, carry and wide-mux cells in series on the longest path; present when asked for and found. */
  readonly logicLevels?: number
  readonly log: string
  readonly seconds: number
  readonly tool: Pick<YosysTool, 'name' | 'version' | 'kind'>
}

/** Why there are no counts: the run was cut short by its time limit, or refused for its size. */
export interface YosysUnfinished {
  readonly unfinished: 'timeout' | 'too-large'
  readonly detail: string
  readonly log: string
  readonly seconds: number
}

/** Exit code by which the embedded tool says that its memory has passed what it can address. */
export const memoryExceeded = 97

/** The log of a failed run, for the caller to keep. */
export class YosysFailure extends Error {
  override readonly name = 'YosysFailure'
  readonly log: string

  constructor(message: string, log: string) {
    super(message)
    this.log = log
  }
}

/**
 * Synthesises one design. Returns counts, or why there are none; throws `YosysFailure` when the tool rejects the
 * design or breaks, `synth/corrupt-output` when what it wrote is not to be trusted, the signal's reason when aborted.
 */
export async function runYosys(
  tool: YosysTool,
  request: YosysRequest,
): Promise<YosysOutput | YosysUnfinished> {
  const oversize = tool.bound === undefined ? undefined : exceeds(sizeOf(request), tool.bound)
  if (oversize !== undefined) return { unfinished: 'too-large', detail: oversize, log: '', seconds: 0 }
  const folder = await mkdtemp(join(tmpdir(), 'lutra-yosys-'))
  try {
    await writeInputs(folder, request)
    const run = await start(tool, request, folder)
    request.signal?.throwIfAborted()
    const log = withoutMarks(run.output)
    const early = cutShort(run, log)
    if (early !== undefined) return early
    if (run.outcome !== 'exited' || run.exitCode !== 0)
      throw new YosysFailure(`yosys ${describeEnd(run)}`, log)
    return await readOutputs(tool, request, folder, log, run.seconds)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The size of a design as `bound` measures it. */
export function sizeOf(request: Pick<YosysRequest, 'files' | 'adderBits'>): DesignSize {
  let verilogBytes = 0
  let dataBytes = 0
  for (const [path, contents] of Object.entries(request.files)) {
    if (path.endsWith('.v')) verilogBytes += contents.length
    else dataBytes += contents.length
  }
  return { verilogBytes, dataBytes, adderBits: request.adderBits ?? 0 }
}

function exceeds(size: DesignSize, bound: DesignSize): string | undefined {
  const names = {
    verilogBytes: 'bytes of Verilog',
    adderBits: 'full-adder bits',
    dataBytes: 'bytes of memory files',
  }
  for (const key of ['verilogBytes', 'adderBits', 'dataBytes'] as const) {
    if (size[key] > bound[key])
      return `it has ${size[key]} ${names[key]}, of which the built-in Yosys is given at most ${bound[key]}`
  }
  return undefined
}

async function writeInputs(folder: string, request: YosysRequest): Promise<void> {
  const inputs = {
    ...request.files,
    [yosysFiles.adders]: carryChainMap,
    [yosysFiles.script]: yosysScript(Object.keys(request.files), request),
  }
  for (const [path, contents] of Object.entries(inputs)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), contents)
  }
}

function start(tool: YosysTool, request: YosysRequest, folder: string): Promise<ProcessResult> {
  return runProcess({
    command: tool.command,
    args: tool.args(yosysFiles.script),
    cwd: folder,
    env: environment(folder),
    label: tool.kind === 'native' ? 'yosys' : 'built-in yosys',
    variable: 'LUTRA_YOSYS',
    onOutput: stepListener(request.onProgress),
    ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
}

// Scratch files of Yosys and ABC go where they are cleared away even if the run is cut short. Options meant for
// this Node process (loaders, inspectors) are not for the embedded tool's.
function environment(folder: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env
  return { ...env, TMPDIR: folder }
}

function stepListener(onProgress: ((step: string) => void) | undefined): (text: string) => void {
  let rest = ''
  return text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith(stepMark)) onProgress?.(line.slice(stepMark.length).trim())
  }
}

function withoutMarks(log: string): string {
  return log.replaceAll(stepMark, '-- ')
}

function cutShort(run: ProcessResult, log: string): YosysUnfinished | undefined {
  const { seconds } = run
  if (run.outcome === 'timeout') {
    const steps = log.split('\n').filter(line => line.startsWith('-- '))
    const during = steps.length === 0 ? '' : ` during '${steps.at(-1)!.slice(3)}'`
    return { unfinished: 'timeout', detail: `not done after ${seconds.toFixed(0)} s${during}`, log, seconds }
  }
  if (run.outcome === 'exited' && run.exitCode === memoryExceeded) {
    const detail = 'its memory passed the 2 GiB that the built-in Yosys can be trusted with'
    return { unfinished: 'too-large', detail, log, seconds }
  }
  return undefined
}

async function readOutputs(
  tool: YosysTool,
  request: YosysRequest,
  folder: string,
  log: string,
  seconds: number,
): Promise<YosysOutput> {
  const stat = await readFile(join(folder, yosysFiles.stat), 'utf8').catch(() => '')
  const counted = parseStat(stat, request.top, request.blackBoxes)
  const { name, version, kind } = tool
  const done = { ...counted, log, seconds, tool: { name, version, kind } }
  if (request.logicLevels !== true) return done
  const levels = parseLevels(
    await readFile(join(folder, yosysFiles.levels), 'utf8').catch(() => ''),
    request.top,
  )
  return levels === undefined ? done : { ...done, logicLevels: levels }
}

/** The length that `ltp` found, 0 where nothing lies between registers; undefined for a design with a loop. */
export function parseLevels(text: string, top: string): number | undefined {
  const found = /Longest topological path in (\S+) \(length=(-?\d+)\)/.exec(text)
  if (found === null) return undefined
  if (found[1] !== top) bug(`the path is one of module '${found[1]}', not '${top}'`)
  return Math.max(0, Number(found[2]))
}

/** Turns a `YosysFailure` into the error a user sees: the log's last lines and where the whole of it is. */
export function toolFailed(
  module: string,
  tool: YosysTool,
  failure: YosysFailure,
  logPath: string | undefined,
): never {
  const last = failure.log.trim().split('\n').slice(-8).join('\n  ')
  fail(
    {
      code: 'synth/tool-failed',
      place: `module '${module}'`,
      problem: `${failure.message} (${tool.kind} Yosys ${tool.version}, ${tool.command})`,
      remedy: `LUTRA_YOSYS names another Yosys, or wasm for the built-in one. ${
        last === '' ? 'It said nothing.' : `Its last lines:\n  ${last}`
      }${logPath === undefined ? '' : `\nThe whole log is in ${logPath}.`}`,
    },
    failure,
  )
}
