// Checkpoints of a training run on disk: the newest, and the one before it.

import { join } from 'node:path'
import { CompileError, type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { readCheckpoint } from '../train/checkpoint.ts'
import type { Snapshot } from '../train/loop.ts'
import { readIfThere } from './file-problems.ts'
import { type FileSystem, writeFileAtomic } from './files.ts'

const checkpointNames = ['checkpoint.lutra', 'checkpoint-before.lutra'] as const

export const isCheckpointName = (name: string): boolean =>
  (checkpointNames as readonly string[]).includes(name)

/** The new one in its place, the one that stood there beside it: one of them is whole at any moment. */
export async function keepCheckpoint(out: string, bytes: Uint8Array, disk: FileSystem): Promise<void> {
  const [now, before] = checkpointNames.map(name => join(out, name)) as [string, string]
  const previous = await readIfThere(now, disk)
  if (previous !== undefined) await writeFileAtomic(before, previous, disk)
  await writeFileAtomic(now, bytes, disk)
}

export interface FoundCheckpoint {
  readonly snapshot: Snapshot | undefined
  readonly findings: readonly Diagnostic[]
}

export const noCheckpoint: FoundCheckpoint = { snapshot: undefined, findings: [] }

/** The newest whole checkpoint; what is damaged is told, and the one before it taken. */
export async function lastCheckpoint(out: string, run: string, disk: FileSystem): Promise<FoundCheckpoint> {
  const findings: Diagnostic[] = []
  for (const name of checkpointNames) {
    const path = join(out, name)
    const bytes = await readIfThere(path, disk)
    if (bytes === undefined) continue
    try {
      return { snapshot: readCheckpoint(bytes, path, run), findings }
    } catch (problem) {
      const [own] = problem instanceof CompileError ? problem.diagnostics : []
      if (own?.code !== 'train/checkpoint-damaged') throw problem
      findings.push(finding(own))
    }
  }
  return { snapshot: undefined, findings }
}
