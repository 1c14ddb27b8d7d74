// The hash that a build carries from Verilog to report: of model, config and version.

import { createHash } from 'node:crypto'
import { operatorTexts } from '../ops/own-operators.ts'
import { version } from '../version.ts'
import type { PreparedDesign } from './hardware.ts'

/** SHA-256 of one or more byte strings, each counted with its length. */
export function sha256(parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : part
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('hex')
}

/**
 * What decides what is built of a model: settings, every type that came of them and of the data, the design's options, the
 * part. Where files lie does not, nor how a config is spelt.
 */
export function decidedBy({ prepared, design, part }: Pick<PreparedDesign, 'prepared' | 'design' | 'part'>) {
  const { file: _, run: __, ...settings } = prepared.config
  return { config: settings, types: typesOf(prepared), options: design.options, part }
}

/** Types and choices of every layer. */
export function typesOf({ compiled }: Pick<PreparedDesign['prepared'], 'compiled'>) {
  return compiled.typed.nodes.map(({ name, resolved, choices }) => ({ name, resolved, choices }))
}

/**
 * The build hash of a model's bytes and everything that decides what is built from it, a user's own operators among it;
 * where a board is reached does not.
 */
export function buildHashOf(model: readonly Uint8Array[], decided: unknown): string {
  const text = JSON.stringify(decided, (key, value) =>
    key === 'deploy'
      ? undefined
      : typeof value === 'bigint'
        ? value.toString()
        : value instanceof Map
          ? [...value]
          : value,
  )
  return sha256([version, text, ...model, ...operatorTexts()])
}
