// A config as it was read, whatever it was written in, as JSON that stands alone: what a package keeps of it, so that its
// model is typed again as it was.

import { basename } from 'node:path'
import { emptyConfig, type ModelConfig, type RunOptions } from '../config/model-config.ts'
import { fail } from '../diagnostics/diagnostic.ts'

/** The text of a config, without what names files, of which a package has its own, and without where a board is reached. */
export function writeResolvedConfig(config: ModelConfig): string {
  const { model, data, labelColumn, labels, scaler, board, boards, out, deploy, ...run } = config.run
  return `${JSON.stringify({ ...config, file: basename(config.file), run }, asPlain, 2)}\n`
}

/** The config that `writeResolvedConfig` wrote. Fails with `config/not-a-config` for any other text. */
export function readResolvedConfig(text: string, place: string): ModelConfig {
  try {
    const read = JSON.parse(text, asWritten) as Partial<ModelConfig> | null
    if (read?.layerName instanceof Map && read.layerType instanceof Map && isRun(read.run))
      return { ...emptyConfig, ...read }
  } catch {
    // Told below, as any other text that is no such config.
  }
  return fail({
    code: 'config/not-a-config',
    place,
    problem: 'the file is not a config as Lutra keeps it in a package',
    expected: 'the file that lutra package wrote',
    remedy: 'Package the model again.',
  })
}

function isRun(run: unknown): run is RunOptions {
  return typeof run === 'object' && run !== null
}

function asPlain(_key: string, value: unknown): unknown {
  return value instanceof Map ? { $map: [...value] } : value
}

function asWritten(_key: string, value: unknown): unknown {
  const map = typeof value === 'object' && value !== null && '$map' in value ? value.$map : undefined
  return Array.isArray(map) ? new Map(map as [string, unknown][]) : value
}
