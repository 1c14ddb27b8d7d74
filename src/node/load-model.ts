// Reads a model from disk: one file, an architecture and its weights, or a file and those that it names.

import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { importModel, partsOf } from '../frontends/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { readFileBytes } from './files.ts'

export interface LoadedModel {
  readonly graph: OpGraph
  /** File name of the model, without its folder. */
  readonly file: string
  /** All bytes read, for the build hash. */
  readonly bytes: readonly Uint8Array[]
  /** Of each file read, its name seen from the model and where it was; none for a network that a program defines. */
  readonly sources: readonly ModelSource[]
}

export interface ModelSource {
  readonly name: string
  readonly path: string
}

/**
 * Imports MODEL, and the file of its weights where they stand apart. Files that MODEL itself names are read beside it,
 * or in the folder `weights`.
 */
export async function loadModel(model: string, weights?: string): Promise<LoadedModel> {
  const first = { name: basename(model), bytes: await readFileBytes(model) }
  const named = partsOf(first)?.names
  const others = named === undefined ? pathsOf(weights) : await partPaths(named, model, weights)
  const rest = await Promise.all(
    others.map(async ([name, path]) => ({ name, bytes: await readFileBytes(path) })),
  )
  const files = [first, ...rest]
  const sources = [[first.name, model] as const, ...others].map(([name, path]) => ({ name, path }))
  const bytes = files.map(file => file.bytes)
  return { graph: await importModel(files), file: first.name, bytes, sources }
}

type Named = readonly (readonly [name: string, path: string])[]

function pathsOf(weights: string | undefined): Named {
  return weights === undefined ? [] : [[basename(weights), weights]]
}

/** One file of weights may be given by its own name. */
async function partPaths(
  names: readonly string[],
  model: string,
  weights: string | undefined,
): Promise<Named> {
  const isFile = weights !== undefined && (await stat(weights).catch(() => undefined))?.isFile() === true
  if (isFile && names.length === 1) return [[names[0]!, weights]]
  const folder = weights === undefined || isFile ? dirname(model) : weights
  return names.map(name => [name, join(folder, name)])
}
