// Writes the config a user starts from, in hls4ml's shape and order of keys: for the model alone, by layer class or
// by layer name, with the types that QKeras layers bring.

import { stringify } from 'yaml'
import { fail } from '../diagnostics/diagnostic.ts'
import { parsePrecision } from '../fixed/precision.ts'
import type { Graph, Node } from '../ir/graph.ts'
import { layerConfigOf } from './write-layer.ts'

export type Granularity = 'model' | 'type' | 'name'

export interface HlsConfigOptions {
  /** `fixed<16,6>` unless told otherwise; not `auto`. */
  readonly defaultPrecision?: string
  readonly defaultReuseFactor?: number
  /** Limits inferred types. */
  readonly maxPrecision?: string
  readonly strategy?: string
}

export interface ProjectConfigOptions extends HlsConfigOptions {
  readonly outputDir?: string
  readonly projectName?: string
  readonly backend?: string
  readonly part?: string
  readonly clockNs?: number
  readonly ioType?: 'io_parallel' | 'io_stream'
}

export type LayerEntry = Readonly<Record<string, unknown>>

/** hls4ml's `hls_config`. */
export interface HlsConfig {
  readonly Model: LayerEntry
  readonly LayerType?: Readonly<Record<string, LayerEntry>>
  readonly LayerName?: Readonly<Record<string, LayerEntry>>
}

/** The `hls_config` of a graph as a frontend read it; `parseConfig` reads it back. */
export function configOf(graph: Graph, granularity: Granularity, options: HlsConfigOptions = {}): HlsConfig {
  const Model = modelEntry(options)
  const nodes = graph.nodes.filter(node => node.origin.layerClass !== 'ApplyAlpha')
  const entry = (node: Node) => layerConfigOf(node, graph, options.defaultReuseFactor ?? 1)
  if (granularity === 'model') return { Model }
  if (granularity === 'name')
    return { Model, LayerName: Object.fromEntries(nodes.map(node => [node.name, entry(node)])) }
  const types = new Map<string, LayerEntry>()
  for (const node of nodes) {
    const { layerClass } = node.origin
    if (!types.has(layerClass)) types.set(layerClass, entry(node))
  }
  return { Model, LayerType: Object.fromEntries(types) }
}

/** A whole config, its top in the form of hls4ml's YAML files. */
export function projectConfigOf(
  graph: Graph,
  granularity: Granularity,
  options: ProjectConfigOptions = {},
): Readonly<Record<string, unknown>> {
  return {
    ...(options.outputDir !== undefined && { OutputDir: options.outputDir }),
    ProjectName: options.projectName ?? 'myproject',
    Backend: options.backend ?? 'Vitis',
    ...(options.part !== undefined && { Part: options.part }),
    ClockPeriod: options.clockNs ?? 5,
    IOType: options.ioType ?? 'io_parallel',
    HLSConfig: configOf(graph, granularity, options),
  }
}

/** A config as text. */
export function printConfig(config: object, format: 'yaml' | 'json'): string {
  return format === 'json' ? `${JSON.stringify(config, null, 2)}\n` : stringify(config, { lineWidth: 0 })
}

function modelEntry(options: HlsConfigOptions): LayerEntry {
  const {
    defaultPrecision = 'fixed<16,6>',
    defaultReuseFactor = 1,
    maxPrecision,
    strategy = 'Latency',
  } = options
  checkFixed(defaultPrecision, 'defaultPrecision')
  if (maxPrecision !== undefined) checkFixed(maxPrecision, 'maxPrecision')
  if (!Number.isInteger(defaultReuseFactor) || defaultReuseFactor < 1) {
    fail({
      code: 'config/reuse-factor',
      place: 'defaultReuseFactor',
      problem: `the reuse factor is ${defaultReuseFactor}`,
      expected: 'a whole number, 1 or more',
    })
  }
  return {
    Precision: { default: defaultPrecision, ...(maxPrecision !== undefined && { maximum: maxPrecision }) },
    ReuseFactor: defaultReuseFactor,
    Strategy: strategy,
    BramFactor: 1_000_000_000,
    TraceOutput: false,
  }
}

function checkFixed(text: string, place: string): void {
  if (parsePrecision(text, place).kind === 'fixed') return
  fail({
    code: 'config/value',
    place,
    problem: `the value is '${text}'`,
    expected: "a type such as 'fixed<16,6>'",
  })
}
