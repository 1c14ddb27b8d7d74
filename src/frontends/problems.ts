// Collects what is wrong with a source file, so that a user learns of everything at once.

import { CompileError, type Diagnostic, error } from '../diagnostics/diagnostic.ts'

export interface Problems {
  readonly list: readonly Diagnostic[]
  add(parts: Omit<Diagnostic, 'severity'>): void
  /** Throws a `CompileError` with all problems, if there are any. */
  throwIfAny(): void
}

export function collectProblems(): Problems {
  const list: Diagnostic[] = []
  const known = new Set<string>()
  return {
    list,
    // Once, although a layer that is called several times is read as often.
    add: parts => {
      const key = JSON.stringify(parts)
      if (!known.has(key)) list.push(error(parts))
      known.add(key)
    },
    throwIfAny: () => {
      if (list.length > 0) throw new CompileError([...list])
    },
  }
}
