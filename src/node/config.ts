// `lutra config`: the config that a user starts from.

import { checkConfig } from '../config/check.ts'
import { parseConfig } from '../config/parse.ts'
import { type Granularity, type ProjectConfigOptions, printConfig, projectConfigOf } from '../config/write.ts'
import { CompileError } from '../diagnostics/diagnostic.ts'
import type { Graph } from '../ir/graph.ts'
import { type FileSystem, writeFileAtomic } from './files.ts'
import { loadConfig } from './load-config.ts'
import { loadModel } from './load-model.ts'

export interface ConfigOptions extends ProjectConfigOptions {
  readonly model: string
  readonly weights?: string
  /** A config whose own operators read the model; nothing else of it is taken over. */
  readonly config?: string
  readonly granularity?: Granularity
  readonly format?: 'yaml' | 'json'
  /** File to write; absent: only returned. */
  readonly out?: string
  /** The disk that it is written to; the real one by default. */
  readonly disk?: FileSystem
}

/** The config's text, written where asked. */
export async function writeConfig(options: ConfigOptions): Promise<string> {
  if (options.config !== undefined) await loadConfig(options.config)
  const { graph } = await loadModel(options.model, options.weights)
  const format = options.format ?? (options.out?.endsWith('.json') === true ? 'json' : 'yaml')
  const text = printConfig(projectConfigOf(graph, options.granularity ?? 'name', options), format)
  checkWritten(text, graph, options.out ?? `config.${format}`)
  if (options.out !== undefined) await writeFileAtomic(options.out, text, options.disk)
  return text
}

/** What was asked for must be a config that can be read back: no unknown strategy, no impossible precision. */
function checkWritten(text: string, graph: Graph, file: string): void {
  const errors = checkConfig(parseConfig(text, file), graph).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new CompileError(errors)
}
