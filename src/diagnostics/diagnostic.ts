// What Lutra says when something is wrong or worth knowing. A diagnostic names its code, its place, what was
// found, what was expected and what to do, so that every road (terminal, --json, report) prints the same facts.

/** `error` stops the verb (exit 2); `finding` is reported and, where the verb says so, sets exit 1. */
export type Severity = 'error' | 'finding'

export interface Diagnostic {
  /** Area-prefixed kebab-case code, e.g. `config/unknown-key`. */
  readonly code: string
  readonly severity: Severity
  /** Where: a layer, a file, a config key. Empty only when the whole run is meant. */
  readonly place: string
  /** What was found, one sentence without a full stop at the end. */
  readonly problem: string
  /** What would have been right, when it can be said. */
  readonly expected?: string
  /** What the user can do about it. */
  readonly remedy?: string
}

/** Thrown for anything the user can mend; carries all diagnostics found, at least one. */
export class CompileError extends Error {
  override readonly name = 'CompileError'
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: Diagnostic | readonly Diagnostic[], options?: ErrorOptions) {
    const all = Array.isArray(diagnostics) ? diagnostics : [diagnostics as Diagnostic]
    super(all.map(renderDiagnostic).join('\n'), options)
    this.diagnostics = all
  }
}

/** Makes an `error` diagnostic; `throw new CompileError(problem({...}))`. */
export function error(parts: Omit<Diagnostic, 'severity'>): Diagnostic {
  return { severity: 'error', ...parts }
}

/** Makes a `finding` diagnostic. */
export function finding(parts: Omit<Diagnostic, 'severity'>): Diagnostic {
  return { severity: 'finding', ...parts }
}

/** Throws a `CompileError` with a single error. */
export function fail(parts: Omit<Diagnostic, 'severity'>, cause?: unknown): never {
  throw new CompileError(error(parts), cause === undefined ? undefined : { cause })
}

/** One diagnostic as the terminal shows it: `code: place: problem; expected …. Remedy.` */
export function renderDiagnostic(d: Diagnostic): string {
  const head = d.place === '' ? d.code : `${d.code}: ${d.place}`
  const expected = d.expected === undefined ? '' : `; expected ${d.expected}`
  const remedy = d.remedy === undefined ? '' : ` ${d.remedy}`
  return `${head}: ${d.problem}${expected}.${remedy}`
}

/** For what cannot happen: an invariant of Lutra itself is broken. */
export function bug(message: string): never {
  throw new Error(
    `internal error: ${message}. This is a fault in Lutra; please report it with the model and config.`,
  )
}
