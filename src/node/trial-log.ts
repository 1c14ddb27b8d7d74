// The log of a search: a file that lines are only added to, so that an interruption anywhere costs one trial at most. Its
// first line says what was searched; a search that is something else does not go on with it.

import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import { failWriting, readIfThere } from './file-problems.ts'
import { diskFileSystem } from './files.ts'

export interface TrialLog<Trial> {
  /** What was tried in earlier runs, by key. */
  readonly known: ReadonlyMap<string, Trial>
  /** Lines that an interruption cut off; their trials are not known. */
  readonly cut: number
  add(key: string, trial: Trial): Promise<void>
}

/** Opens the log of the search that `hash` names, or begins it. Fails with `otherCode` for another's. */
export async function openTrialLog<Trial>(
  path: string,
  hash: string,
  otherCode: 'tune/other-log' | 'search/other-log',
): Promise<TrialLog<Trial>> {
  const found = new TextDecoder().decode(await readIfThere(path, diskFileSystem))
  const search = parsed(found.split('\n', 1)[0]!)?.search
  // A first line that was cut off is no search, and a search without a trial is none to go on with.
  const isBegun = found.includes('\n') && !(search !== undefined && found.trimEnd().split('\n').length === 1)
  const text = isBegun ? found : ''
  if (isBegun && search !== hash) refuseLog(path, otherCode)
  const lines = text.split('\n').slice(1)
  const known = new Map<string, Trial>()
  let cut = 0
  for (const line of lines) {
    const entry = parsed(line)
    if (typeof entry?.key === 'string') known.set(entry.key, entry.trial as Trial)
    else if (line !== '') cut++
  }
  const append = (line: string) =>
    appendFile(path, `${line}\n`).catch((problem: unknown) => failWriting(path, problem))
  if (text === '') {
    const begin = async () => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, `${JSON.stringify({ search: hash })}\n`)
    }
    await begin().catch((problem: unknown) => failWriting(path, problem))
  } else if (!text.endsWith('\n')) await append('')
  return { known, cut, add: (key, trial) => append(JSON.stringify({ key, trial })) }
}

/** A line that was cut off is none. */
function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function refuseLog(path: string, code: string): never {
  return fail({
    code,
    place: path,
    problem:
      'it is the log of another search: of another model, other data, config or flags, or another version',
    expected: 'the log of this search, or none',
    remedy: 'Give another --out, or remove the file to begin anew.',
  })
}
