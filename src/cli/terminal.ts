// What the command line shows and how it ends: results on stdout, everything else on stderr.
// Exit 0 done; 1 a finding that this verb must not pass over; 2 usage or fatal.

import { CompileError, type Diagnostic, renderDiagnostic } from '../diagnostics/diagnostic.ts'

export interface OutputFlags {
  readonly json?: boolean
  readonly quiet?: boolean
}

export const exitDone = 0
export const exitFinding = 1
export const exitFatal = 2

/** Findings on stderr, one a line; nothing with --quiet. */
export function showFindings(findings: readonly Diagnostic[], flags: OutputFlags): void {
  if (flags.quiet === true) return
  for (const found of findings) process.stderr.write(`finding: ${renderDiagnostic(found)}\n`)
}

/** The result: JSON with --json, text otherwise. */
export function showResult(flags: OutputFlags, text: string, json: unknown): void {
  if (flags.json === true) process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`)
  else if (flags.quiet !== true && text !== '') process.stdout.write(`${text}\n`)
}

/** Tells what stopped a verb and gives its exit code. */
export function showFailure(problem: unknown): number {
  if (problem instanceof CompileError) {
    for (const found of problem.diagnostics) process.stderr.write(`error: ${renderDiagnostic(found)}\n`)
  } else {
    process.stderr.write(
      `${problem instanceof Error ? (process.env.LUTRA_DEBUG ? problem.stack : problem.message) : String(problem)}\n`,
    )
  }
  return exitFatal
}

/** A line of progress on a terminal, rewritten in place; plain lines elsewhere; nothing with --quiet or --json. */
export function progress(flags: OutputFlags): (text: string) => void {
  if (flags.quiet === true) return () => {}
  if (!process.stderr.isTTY) return text => void process.stderr.write(`${text}\n`)
  return text => void process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`)
}

/** Ends a rewritten progress line. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}
