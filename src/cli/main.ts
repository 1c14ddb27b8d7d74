#!/usr/bin/env node
// The command line `lutra <verb> …` as a process.

import { runCommandLine } from './run.ts'

const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('interrupted; the earlier output is untouched')))
process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
})
