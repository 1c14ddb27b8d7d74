#!/usr/bin/env node
// The command line `lutra <verb> …` as a process, or rather two: verbs compute for many seconds without a pause, in
// which a process hears nothing, so the one that the user started only watches. On Ctrl-C it asks the other to stop
// and, should that be deaf, ends it. What is written takes its place in one move, so either way is safe.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { warmUp } from '../node/warm-up.ts'

const interrupted = 'interrupted; the earlier output is untouched'
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How long a verb may take to stop its tools and clear up. */
const graceMs = 2_000

function watch(): void {
  const command = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const child = spawn(process.execPath, command, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, LUTRA_WATCHED: '1' },
  })
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    if (child.connected) child.send('stop', () => {})
    setTimeout(() => child.kill('SIGKILL'), graceMs).unref()
  }
  for (const signal of endings) process.on(signal, stop)
  child.on('error', problem => end('tool/not-started', `node (${process.execPath}): ${problem.message}`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 2
    else if (stopping) end('run/interrupted', interrupted)
    else end('run/killed', `ended by ${signal}. ${killedRemedy}`)
  })
}

const killedRemedy =
  'If memory ran out, give Node more, e.g. NODE_OPTIONS=--max-old-space-size=8192; the earlier output is untouched'

function end(code: string, text: string): void {
  process.stderr.write(`error: ${code}: ${text}.\n`)
  process.exitCode = 2
}

async function work(): Promise<void> {
  const controller = new AbortController()
  const stop = () => controller.abort(new Error(interrupted))
  process.once('message', stop)
  process.once('disconnect', stop)
  // Ctrl-C reaches both processes; the watching one passes it on.
  for (const signal of endings) process.on(signal, () => {})
  // A reader that has seen enough (`| head`) is no fault.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (problem: NodeJS.ErrnoException) => process.exit(problem.code === 'EPIPE' ? 0 : 2))
  warmUp(process.argv)
  const { runCommandLine } = await import('./run.ts')
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    signal: controller.signal,
  })
  process.off('disconnect', stop)
  if (process.connected) process.disconnect()
}

if (process.env.LUTRA_WATCHED === '1' && process.send !== undefined) {
  // The tools that are started shall not inherit it.
  delete process.env.LUTRA_WATCHED
  await work()
} else watch()
