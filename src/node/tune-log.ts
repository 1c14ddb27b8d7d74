// The log of a search: a file that lines are only added to, so that an interruption anywhere costs one trial at most. Its
// first line says what was searched; a search that is something else does not go on with it.

import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import type { Trial } from '../search/tune.ts'
import { failWriting } from './file-problems.ts'

export interface TuneLog {
  /** What was tried in earlier runs, by key. */
  readonly known: ReadonlyMap<string, Trial>
  add(key: string, trial: Trial): Promise<void>
}

/** Opens the log of the search that `hash` names, or begins it. Fails with `tune/other-log` for another's. */
export async function openTuneLog(path: string, hash: string): Promise<TuneLog> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [head, ...lines] = text.split('\n')
  const begun = parsed(head ?? '')
  if (text !== '' && begun?.search !== hash) refuseLog(path)
  const known = new Map<string, Trial>()
  for (const line of lines) {
    const entry = parsed(line)
    if (typeof entry?.key === 'string') known.set(entry.key, entry.trial as Trial)
  }
  const append = (line: string) =>
    appendFile(path, `${line}\n`).catch((problem: unknown) => failWriting(path, problem))
  const write = (line: object) => append(JSON.stringify(line))
  if (text === '') {
    await mkdir(dirname(path), { recursive: true }).catch((problem: unknown) => failWriting(path, problem))
    await write({ search: hash })
  } else if (!text.endsWith('\n')) await append('')
  return { known, add: (key, trial) => write({ key, trial }) }
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

function refuseLog(path: string): never {
  return fail({
    code: 'tune/other-log',
    place: path,
    problem:
      'it is the log of another search: of another model, other data, config or flags, or another version',
    expected: 'the log of this search, or none',
    remedy: 'Give another --out, or remove the file to begin anew.',
  })
}
