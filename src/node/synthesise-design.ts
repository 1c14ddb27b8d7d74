// Synthesises a design piece by piece and adds the pieces up by layer.

import type { Design } from '../backends/verilog/design.ts'
import {
  glueLayer,
  type SynthesisPiece,
  synthesisPieces,
  wholeDesign,
} from '../backends/verilog/synthesis-modules.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { noResources, type ResourceCount, sumCounts } from '../estimate/cell-counts.ts'
import type { DeviceFamily } from '../estimate/devices.ts'
import { type Cache, diskCache } from '../tools/cache.ts'
import { type SynthesisRequest, type SynthesisResult, synthesise } from '../tools/yosys/synthesise.ts'
import type { YosysTool } from '../tools/yosys/tool.ts'

export interface LayerResources {
  readonly layer: string
  /** Sum over the layer's modules that finished. */
  readonly counts: ResourceCount
  /** False when a module of the layer did not finish. */
  readonly complete: boolean
  readonly adderBits: number
}

export interface DesignResources {
  readonly layers: readonly LayerResources[]
  readonly glue: ResourceCount
  readonly total: ResourceCount
  readonly complete: boolean
  readonly tool: SynthesisResult['tool']
  readonly findings: readonly Diagnostic[]
  /** Script and log by file name, for `<out>/synth/`. */
  readonly files: Readonly<Record<string, string>>
}

export interface SynthesiseOptions {
  readonly family: DeviceFamily
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly threads?: number
  readonly cache?: Cache
  /** The one that `chooseYosys` finds, unless given. */
  readonly tool?: YosysTool
  /** One run of the whole design: no counts by layer. */
  readonly flat?: boolean
  readonly onProgress?: (text: string) => void
}

const defaultCache = (): Cache => diskCache('.lutra/cache')

export async function synthesiseDesign(design: Design, options: SynthesiseOptions): Promise<DesignResources> {
  const pieces = options.flat === true ? [wholeDesign(design)] : synthesisPieces(design)
  const result = await synthesise(requestFor(pieces, options))
  const names = [...new Set(pieces.map(({ layer }) => layer))].filter(layer => layer !== glueLayer)
  const { total, complete, tool, findings } = result
  return {
    layers: names.map(layer => countsOf(layer, pieces, result)),
    glue: countsOf(glueLayer, pieces, result).counts,
    total,
    complete,
    tool,
    findings,
    files: recordsOf(result),
  }
}

function requestFor(pieces: readonly SynthesisPiece[], options: SynthesiseOptions): SynthesisRequest {
  return {
    modules: pieces.map(({ module, files, blackBoxes, adderBits, dsp }) => ({
      name: module,
      top: module,
      files,
      blackBoxes,
      adderBits,
      dsp,
    })),
    family: options.family,
    cache: options.cache ?? defaultCache(),
    threads: options.threads ?? 2,
    ...(options.tool === undefined ? {} : { tool: options.tool }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: event => {
      if (event.state === 'step') return
      options.onProgress?.(`synthesis ${event.index + 1}/${event.count}: ${event.module} ${event.state}`)
    },
  }
}

/** What a layer's pieces take together; those that did not finish count as nothing. */
function countsOf(
  layer: string,
  pieces: readonly SynthesisPiece[],
  { modules }: SynthesisResult,
): LayerResources {
  const own = pieces
    .map((piece, k) => ({ piece, run: modules[k]! }))
    .filter(({ piece }) => piece.layer === layer)
  return {
    layer,
    counts: sumCounts(own.map(({ run }) => (run.status === 'done' ? run.counts : noResources))),
    complete: own.every(({ run }) => run.status === 'done'),
    adderBits: own.reduce((sum, { piece }) => sum + piece.adderBits, 0),
  }
}

/** Each module's script, and what it came to. */
function recordsOf({ modules }: SynthesisResult): Record<string, string> {
  return Object.fromEntries(
    modules.flatMap(run => [
      [`synth/${run.name}.ys`, run.script],
      [
        `synth/${run.name}.json`,
        JSON.stringify(run.status === 'done' ? run.counts : { unfinished: run.reason }, undefined, 2),
      ],
    ]),
  )
}
