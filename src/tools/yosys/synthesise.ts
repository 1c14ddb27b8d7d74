// Synthesis of a whole design, module by module: each one is looked up in the cache, run if it is not there, and
// added up. A module that is too large or too slow is left out of the sum and named; the rest still counts.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { CompileError, finding } from '../../diagnostics/diagnostic.ts'
import type { ResourceCount } from '../../estimate/cell-counts.ts'
import { isResourceCount, sumCounts } from '../../estimate/cell-counts.ts'
import type { DeviceFamily } from '../../estimate/devices.ts'
import type { Cache } from '../cache.ts'
import { contentKey, noCache } from '../cache.ts'
import { nativeYosys } from './native.ts'
import { carryChainMap, yosysScript } from './script.ts'
import type { YosysOutput, YosysTool, YosysUnfinished } from './tool.ts'
import { runYosys, toolFailed, YosysFailure } from './tool.ts'
import { wasmYosys } from './wasm.ts'

/** One module to be synthesised with all it contains. */
export interface SynthesisModule {
  /** How reports name it, e.g. the layer's name. */
  readonly name: string
  readonly top: string
  /** Its Verilog and memory files, those of the modules inside it included. */
  readonly files: Readonly<Record<string, string | Uint8Array>>
  /** Modules inside it that are synthesised apart and not counted here. */
  readonly blackBoxes?: readonly string[]
  readonly adderBits?: number
  readonly dsp?: boolean
}

export interface SynthesisRequest {
  readonly modules: readonly SynthesisModule[]
  readonly family: DeviceFamily
  readonly logicLevels?: boolean
  /** For each module; 15 minutes by default. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly cache?: Cache
  /** The native Yosys when there is one, else the embedded one, unless given. */
  readonly tool?: YosysTool
  /** Modules run at once; 1 by default. */
  readonly threads?: number
  /** Where the log of a module that fails is put, as `<module>.log`. */
  readonly logFolder?: string
  readonly onProgress?: (event: SynthesisProgress) => void
}

export interface SynthesisProgress {
  readonly module: string
  /** Place among the modules, from 0, and how many there are. */
  readonly index: number
  readonly count: number
  readonly state: 'started' | 'step' | 'cached' | 'done' | 'unfinished'
  /** The step's name when one has begun. */
  readonly step?: string
}

export interface SynthesisedModule {
  readonly name: string
  readonly status: 'done'
  readonly counts: ResourceCount
  readonly cells: Readonly<Record<string, number>>
  readonly logicLevels?: number
  /** Whether the result was there already; `seconds` is then what it took at the time. */
  readonly cached: boolean
  readonly seconds: number
  readonly log: string
  readonly script: string
}

export interface UnfinishedModule {
  readonly name: string
  readonly status: 'unfinished'
  /** Code `synth/timeout` or `synth/too-large`. */
  readonly reason: Diagnostic
  readonly seconds: number
  readonly log: string
  readonly script: string
}

export interface SynthesisResult {
  readonly tool: Pick<YosysTool, 'name' | 'version' | 'kind'>
  /** In the order asked for. */
  readonly modules: readonly (SynthesisedModule | UnfinishedModule)[]
  /** The sum over the finished modules. */
  readonly total: ResourceCount
  /** Whether no module is missing from the sum. */
  readonly complete: boolean
  /** The reasons of the unfinished modules, and a cache that could not be written. */
  readonly findings: readonly Diagnostic[]
}

/** Chooses the Yosys to use: the one `LUTRA_YOSYS` names (`wasm`: the embedded one), one on PATH, the embedded one. */
export async function chooseYosys(env: NodeJS.ProcessEnv = process.env): Promise<YosysTool> {
  if (env.LUTRA_YOSYS === 'wasm') return wasmYosys()
  return (await nativeYosys(env)) ?? wasmYosys()
}

/**
 * Synthesises the modules and adds them up. Fails with `synth/tool-failed` or `synth/corrupt-output`; rejects with
 * the signal's reason when aborted, leaving no process behind.
 */
export async function synthesise(request: SynthesisRequest): Promise<SynthesisResult> {
  request.signal?.throwIfAborted()
  const tool = request.tool ?? (await chooseYosys())
  const findings: Diagnostic[] = []
  const modules = await inOrder(request, (module, index, signal) =>
    synthesiseModule({ ...request, signal }, tool, module, index, findings),
  )
  const done = modules.filter(module => module.status === 'done')
  return {
    tool: { name: tool.name, version: tool.version, kind: tool.kind },
    modules,
    total: sumCounts(done.map(module => module.counts)),
    complete: done.length === modules.length,
    findings: [
      ...modules.flatMap(module => (module.status === 'unfinished' ? [module.reason] : [])),
      ...findings,
    ],
  }
}

type Outcome = SynthesisedModule | UnfinishedModule
type Work = (module: SynthesisModule, index: number, signal: AbortSignal) => Promise<Outcome>

// Takes the modules in order, some at a time. The first failure stops those still running: their signal fires.
async function inOrder(request: SynthesisRequest, work: Work): Promise<Outcome[]> {
  const stop = new AbortController()
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([request.signal, stop.signal])
  const outcomes: Outcome[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < request.modules.length) {
      signal.throwIfAborted()
      const index = next++
      outcomes[index] = await work(request.modules[index]!, index, signal)
    }
  }
  const workers = Array.from({ length: Math.max(1, request.threads ?? 1) }, () =>
    worker().catch((problem: unknown) => {
      stop.abort(problem)
      throw problem
    }),
  )
  const ends = await Promise.allSettled(workers)
  request.signal?.throwIfAborted()
  // The one that failed first gave the reason; what the others say is its echo.
  if (ends.some(end => end.status === 'rejected')) throw stop.signal.reason
  return outcomes
}

async function synthesiseModule(
  request: SynthesisRequest,
  tool: YosysTool,
  module: SynthesisModule,
  index: number,
  findings: Diagnostic[],
): Promise<Outcome> {
  const cache = request.cache ?? noCache
  const tell = (state: SynthesisProgress['state'], step?: string): void =>
    request.onProgress?.({
      module: module.name,
      index,
      count: request.modules.length,
      state,
      ...(step === undefined ? {} : { step }),
    })
  const script = scriptOf(request, module)
  const key = keyOf(tool, module, script)
  const known = knownResult(await cache.read(cacheArea, key))
  if (known !== undefined) {
    tell('cached')
    return { ...known, name: module.name, status: 'done', cached: true, script }
  }
  tell('started')
  const output = await run(request, tool, module, step => tell('step', step))
  if ('unfinished' in output) {
    tell('unfinished')
    return unfinished(module.name, output, script)
  }
  const { tool: _, ...result } = output
  findings.push(...(await keep(cache, key, result)))
  tell('done')
  return { ...result, name: module.name, status: 'done', cached: false, script }
}

async function run(
  request: SynthesisRequest,
  tool: YosysTool,
  module: SynthesisModule,
  onProgress: (step: string) => void,
): Promise<YosysOutput | YosysUnfinished> {
  const { signal } = request
  try {
    return await runYosys(tool, {
      ...scriptOptions(request, module),
      files: module.files,
      timeoutMs: request.timeoutMs ?? 15 * 60_000,
      onProgress,
      ...(module.adderBits === undefined ? {} : { adderBits: module.adderBits }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (problem) {
    if (!(problem instanceof YosysFailure)) throw problem
    return toolFailed(module.name, tool, problem, await keepLog(request.logFolder, module.name, problem.log))
  }
}

function scriptOptions(request: SynthesisRequest, module: SynthesisModule) {
  return {
    top: module.top,
    family: request.family,
    blackBoxes: module.blackBoxes ?? [],
    dsp: module.dsp ?? false,
    logicLevels: request.logicLevels ?? false,
  }
}

function scriptOf(request: SynthesisRequest, module: SynthesisModule): string {
  return yosysScript(Object.keys(module.files), scriptOptions(request, module))
}

const cacheArea = 'yosys-1'

function keyOf(tool: YosysTool, module: SynthesisModule, script: string): string {
  const files = Object.keys(module.files).sort()
  return contentKey([
    `${tool.name} ${tool.kind} ${tool.version}`,
    script,
    carryChainMap,
    ...files.flatMap(path => [path, module.files[path]!]),
  ])
}

type KeptResult = Pick<SynthesisedModule, 'counts' | 'cells' | 'logicLevels' | 'seconds' | 'log'>

function knownResult(value: unknown): KeptResult | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { counts, cells, logicLevels, seconds, log } = value as Partial<KeptResult>
  if (!isResourceCount(counts) || typeof cells !== 'object' || cells === null) return undefined
  if (typeof seconds !== 'number' || typeof log !== 'string') return undefined
  return { counts, cells, seconds, log, ...(typeof logicLevels === 'number' ? { logicLevels } : {}) }
}

// A result that cannot be kept is still a result.
async function keep(cache: Cache, key: string, result: KeptResult): Promise<Diagnostic[]> {
  try {
    await cache.write(cacheArea, key, result)
    return []
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    return problem.diagnostics.map(diagnostic => ({ ...diagnostic, severity: 'finding' as const }))
  }
}

async function keepLog(folder: string | undefined, module: string, log: string): Promise<string | undefined> {
  if (folder === undefined) return undefined
  const path = join(folder, `${module}.log`)
  await mkdir(folder, { recursive: true })
  await writeFile(path, log)
  return path
}

function unfinished(name: string, output: YosysUnfinished, script: string): UnfinishedModule {
  const timeout = output.unfinished === 'timeout'
  const reason = finding({
    code: timeout ? 'synth/timeout' : 'synth/too-large',
    place: `module '${name}'`,
    problem: timeout
      ? `synthesis was ${output.detail}; the module is not in the sum`
      : `${output.detail}; the module is not in the sum`,
    remedy: timeout
      ? 'Allow more time, or fold the layer further.'
      : 'Install a native Yosys or name one with LUTRA_YOSYS, or fold the layer further.',
  })
  return { name, status: 'unfinished', reason, seconds: output.seconds, log: output.log, script }
}
