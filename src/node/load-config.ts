// Reads a config from disk: `lutra.config.ts` and its kin run through jiti, JSON and YAML are read as text.

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isBoardPath } from '../boards/read-board.ts'
import { isJson, plainSource, readJson } from '../config/json-source.ts'
import type { ModelConfig, RunOptions } from '../config/model-config.ts'
import { parseConfigValues } from '../config/parse-values.ts'
import { CompileError, fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { registerOperators } from '../ops/register-operator.ts'

const scripts = ['.ts', '.mts', '.js', '.mjs']
const texts = ['.json', '.yml', '.yaml']

/**
 * The config in a file; fails with `config/…` codes. Scripts and files with a `$schema` are Lutra's own: their paths
 * are relative to the file. Paths in hls4ml's files stay as they are, relative to the working directory.
 */
export async function loadConfig(path: string): Promise<ModelConfig> {
  const extension = extname(path).toLowerCase()
  if (scripts.includes(extension)) {
    return withPaths(parseConfigValues(takeOperators(await runScript(path), path), path, 'lutra'), path)
  }
  if (!texts.includes(extension)) {
    fail({
      code: 'config/unknown-format',
      place: path,
      problem: extension === '' ? 'the file has no ending' : `a config cannot be a ${extension} file`,
      expected: `one of ${[...scripts, ...texts].join(', ')}`,
    })
  }
  const config = parseConfigValues(await readValues(path), path)
  return config.origin === 'lutra' ? withPaths(config, path) : config
}

/** What a config imports from `lutra` is the Lutra that runs it, wherever the config lies. */
function ownEntries(): { alias?: Record<string, string> } {
  // Beside the compiled files; a source file runs with those compiled last.
  const candidates = ['../index.js', '../../dist/index.js'].map(path =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  const entry = candidates.find(existsSync)
  return entry === undefined
    ? {}
    : { alias: { 'lutra/node': join(dirname(entry), 'node/index.js'), lutra: entry } }
}

/** Makes the operators that a config brings known, before a model is read; the config without them. */
function takeOperators(config: unknown, path: string): unknown {
  const isObject = typeof config === 'object' && config !== null
  if (!isObject || !('operators' in config)) return config
  const { operators, ...rest } = config
  registerOperators(operators, resolve(path))
  return rest
}

async function readValues(path: string): Promise<unknown> {
  const plain = plainSource(await readText(path), path)
  if (isJson(plain, path)) return readJson(plain, path)
  const { parseText } = await import('../config/source-text.ts')
  return parseText(plain, path)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const siblings = await readdir(dirname(path)).catch(() => [])
    return refuseFile(path, didYouMean(basename(path), siblings), cause)
  }
}

/** What a script exports by default, or what that function gives. */
export async function runScript(path: string): Promise<unknown> {
  await readText(path)
  // Most configs are JSON or YAML: what runs TypeScript is loaded for those that are not.
  const { createJiti } = await import('jiti')
  const jiti = createJiti(import.meta.url, { moduleCache: false, fsCache: false, ...ownEntries() })
  const exported = await evaluate(path, () => jiti.import<unknown>(resolve(path), { default: true }))
  const config = typeof exported === 'function' ? await evaluate(path, exported as () => unknown) : exported
  // A config of text would be read as YAML.
  if (typeof config !== 'string') return config
  return fail({
    code: 'config/not-a-config',
    place: path,
    problem: 'the config is a text',
    expected: 'a mapping of keys',
  })
}

async function evaluate(path: string, run: () => unknown): Promise<unknown> {
  try {
    return await run()
  } catch (cause) {
    if (cause instanceof CompileError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    return fail(
      {
        code: 'config/script',
        place: path,
        problem: `the script failed: ${message.split('\n', 1)[0]}`,
        expected: 'a default export: export default defineConfig({ … })',
      },
      cause,
    )
  }
}

function refuseFile(path: string, hint: string, cause: unknown): never {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    EACCES: 'it may not be read',
  }
  return fail(
    {
      code: 'config/unreadable',
      place: path,
      problem: reasons[code] ?? `it cannot be read (${code})`,
      expected: 'a config file',
      ...(code === 'ENOENT' && hint !== '' && { remedy: hint }),
    },
    cause,
  )
}

function withPaths(config: ModelConfig, path: string): ModelConfig {
  const folder = dirname(resolve(path))
  const absolute = (file: string) => resolve(folder, file)
  const { model, data, labels, scaler, out, board, boards, ...rest } = config.run
  const run: RunOptions = {
    ...rest,
    ...(model !== undefined && { model: model.map(absolute) }),
    ...(data !== undefined && { data: absolute(data) }),
    ...(labels !== undefined && { labels: absolute(labels) }),
    ...(scaler !== undefined && { scaler: absolute(scaler) }),
    ...(out !== undefined && { out: absolute(out) }),
    ...(board !== undefined && { board: isBoardPath(board) ? absolute(board) : board }),
    ...(boards !== undefined && { boards: absolute(boards) }),
  }
  return { ...config, run }
}
