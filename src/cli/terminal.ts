// What the command line shows and how it ends: results on stdout, everything else on stderr.
// Exit 0 done; 1 a finding that this verb must not pass over; 2 usage or fatal.

import { CompileError, type Diagnostic, error } from '../diagnostics/diagnostic.ts'
import { gather } from './gather.ts'
import type { TextStream, World } from './shell.ts'

export interface OutputFlags {
  readonly json?: boolean
  readonly quiet?: boolean
}

export const exitDone = 0
export const exitFinding = 1
export const exitFatal = 2

export interface Terminal {
  /** Findings on stderr, alike ones in one line; nothing with --quiet. */
  findings(list: readonly Diagnostic[], flags: OutputFlags): void
  /** The result: JSON with --json, text otherwise. */
  result(flags: OutputFlags, text: string, json: unknown): void
  /** How far a verb is: a line rewritten in place on a terminal, plain lines elsewhere; nothing with --quiet. */
  progress(flags: OutputFlags): (text: string) => void
  /** Tells what stopped the command line, as JSON too where `json` says so, and gives the exit code. */
  failure(problem: unknown, json: boolean): number
}

export function createTerminal({ stdout, stderr, signal }: World): Terminal {
  const line = progressLine(stderr)
  const say = (text: string) => {
    line.clear()
    stderr.write(`${text}\n`)
  }
  return {
    findings: (list, { quiet }) => {
      line.clear()
      if (quiet === true) return
      for (const text of gather(list)) say(`finding: ${text}`)
    },
    result: ({ json, quiet }, text, value) => {
      line.clear()
      if (json === true) stdout.write(`${JSON.stringify(value, withoutBigints, 2)}\n`)
      else if (quiet !== true && text !== '') stdout.write(`${text}\n`)
    },
    progress: ({ quiet }) => (quiet === true ? () => {} : line.show),
    failure: (problem, json) => {
      const errors = signal?.aborted === true ? [interruption(signal)] : diagnosticsOf(problem)
      for (const text of gather(errors)) say(`error: ${text}`)
      if (process.env.LUTRA_DEBUG && problem instanceof Error) say(problem.stack ?? '')
      if (json) stdout.write(`${JSON.stringify({ errors }, undefined, 2)}\n`)
      return exitFatal
    },
  }
}

/** JSON has no big integers: they are texts there. */
function withoutBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function progressLine(stderr: TextStream) {
  let shown = false
  return {
    show: (text: string) => {
      if (stderr.isTTY !== true) return void stderr.write(`${text}\n`)
      shown = true
      stderr.write(`\r\u001b[K${text.slice(0, (stderr.columns ?? 80) - 1)}`)
    },
    clear: () => {
      if (shown) stderr.write('\r\u001b[K')
      shown = false
    },
  }
}

function interruption({ reason }: AbortSignal): Diagnostic {
  return error({
    code: 'run/interrupted',
    place: '',
    problem: reason instanceof Error ? reason.message : String(reason),
  })
}

function diagnosticsOf(problem: unknown): readonly Diagnostic[] {
  if (problem instanceof CompileError) return problem.diagnostics
  const message = problem instanceof Error ? problem.message : String(problem)
  return [systemError(problem, message) ?? faultOf(message)]
}

/** A refusal of the system that no function foresaw, most often of its folder for temporary files. */
function systemError(problem: unknown, message: string): Diagnostic | undefined {
  if (!(problem instanceof Error) || !('syscall' in problem) || !('code' in problem)) return undefined
  const place = 'path' in problem && typeof problem.path === 'string' ? problem.path : ''
  if (problem.code === 'ENOSPC' || problem.code === 'EDQUOT') {
    return error({
      code: 'file/disk-full',
      place: place === '' ? 'folder for temporary files' : place,
      problem: 'the disk is full; earlier output is unchanged',
      remedy: 'Free some space, or name another folder for temporary files with TMPDIR.',
    })
  }
  return error({
    code: 'file/system-error',
    place,
    problem: `the system refused: ${message}`,
    remedy: 'Check the file or folder and its permissions.',
  })
}

function faultOf(message: string): Diagnostic {
  return error({
    code: 'internal/fault',
    place: '',
    problem: message.replace(/^internal error: /, '').replace(/\. This is a fault in Lutra.*$/s, ''),
    remedy:
      'This is a fault in Lutra; please report it with the model and config. LUTRA_DEBUG=1 shows where it happened.',
  })
}
