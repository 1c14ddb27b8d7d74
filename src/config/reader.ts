// What reading a config shares: the file's name for messages, and the list of what is wrong, told all at once.

import { CompileError, type Diagnostic, error } from '../diagnostics/diagnostic.ts'

export interface ConfigReader {
  readonly file: string
  /** A path of keys as messages name it: `config.yml: LayerName.fc1`. */
  place(path: string): string
  add(code: string, path: string, parts: Pick<Diagnostic, 'problem' | 'expected' | 'remedy'>): void
  /** Runs a part that may fail; what it fails with is added, and the answer is then undefined. */
  attempt<T>(part: () => T): T | undefined
  /** Throws a `CompileError` with all problems, if there are any. */
  throwIfAny(): void
}

export function configReader(file: string): ConfigReader {
  const found: Diagnostic[] = []
  const place = (path: string) => placeIn(file, path)
  return {
    file,
    place,
    add: (code, path, parts) => {
      found.push(error({ code, place: place(path), ...parts }))
    },
    attempt: part => {
      try {
        return part()
      } catch (failure) {
        if (!(failure instanceof CompileError)) throw failure
        found.push(...failure.diagnostics)
        return undefined
      }
    },
    throwIfAny: () => {
      if (found.length > 0) throw new CompileError([...found])
    },
  }
}

/** A path of keys with the file it stands in, either of which may be empty. */
export function placeIn(file: string, path: string): string {
  return [file, path].filter(part => part !== '').join(': ')
}
