// From a config in any of its spellings to a `ModelConfig`: text, JSON or YAML, or what it holds.

import type { ModelConfig } from './model-config.ts'
import { parseConfigValues } from './parse-values.ts'
import { parseText } from './source-text.ts'

/**
 * Reads a config from its text or its object; fails with every `config/…` and `precision/…` problem found. `file` is
 * what messages call it. A config is Lutra's own, and held to stricter rules, when `origin` says so or it has a
 * `$schema`.
 */
export function parseConfig(source: unknown, file: string, origin?: 'hls4ml' | 'lutra'): ModelConfig {
  return parseConfigValues(typeof source === 'string' ? parseText(source, file) : source, file, origin)
}
