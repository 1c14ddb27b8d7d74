// Reads a model from disk: one file, or an architecture and its weights.

import { basename } from 'node:path'
import { importModel } from '../frontends/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { readFileBytes } from './files.ts'

export interface LoadedModel {
  readonly graph: OpGraph
  /** File name of the model, without its folder. */
  readonly file: string
  /** All bytes read, for the build hash. */
  readonly bytes: readonly Uint8Array[]
}

/** Imports MODEL, and the file of its weights where they stand apart. */
export async function loadModel(model: string, weights?: string): Promise<LoadedModel> {
  const paths = weights === undefined ? [model] : [model, weights]
  const bytes = await Promise.all(paths.map(path => readFileBytes(path)))
  const graph = await importModel(paths.map((path, k) => ({ name: basename(path), bytes: bytes[k]! })))
  return { graph, file: basename(model), bytes }
}
