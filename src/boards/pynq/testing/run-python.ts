// Runs Python beside a simulated design: a child process whose stub of PYNQ asks this one over a socket.

import { execFileSync, spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { DesignServer } from './design-server.ts'

export interface PythonRun {
  readonly folder: string
  readonly code: string
  readonly project: string
  readonly server: DesignServer
}

export interface PythonResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Why Python tests cannot run here; undefined where they can. */
export function pythonMissing(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'pipe' })
    return undefined
  } catch {
    return 'no python3 with numpy on PATH (python3-numpy)'
  }
}

/** Runs `code` in the folder, with the stub as `pynq`. */
export function runPython({ folder, code, project, server }: PythonRun): Promise<PythonResult> {
  const child = spawn('python3', ['-c', code], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PYTHONPATH: import.meta.dirname,
      PYTHONDONTWRITEBYTECODE: '1',
      DESIGN_SOCKET: '3',
      DESIGN_NAME: project,
    },
  })
  const texts = { stdout: '', stderr: '' }
  child.stdout!.on('data', chunk => {
    texts.stdout += chunk
  })
  child.stderr!.on('data', chunk => {
    texts.stderr += chunk
  })
  answerLines(child.stdio[3] as Duplex, server)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => resolve({ code: status, ...texts }))
  })
}

/** Answers what comes over the socket, one request after another. */
export function answerLines(bus: Duplex, server: DesignServer): void {
  const parts: string[] = []
  bus.setEncoding('utf8')
  bus.on('data', async (chunk: string) => {
    parts.push(chunk)
    if (!chunk.includes('\n')) return
    const answered = await Promise.resolve(server.answer(parts.splice(0).join(''))).catch(String)
    bus.write(`${answered}\n`)
  })
}
