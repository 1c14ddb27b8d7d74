// Runs Python beside a simulated design: a child process whose stand-ins ask this one over a socket, in lines.

import { execFileSync, spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'

export interface PythonResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface PythonChild {
  readonly folder: string
  /** Arguments of `python3`. */
  readonly args: readonly string[]
  /** Beside this process's variables; one of them tells the stand-ins that their socket is 3. */
  readonly env: Readonly<Record<string, string>>
  /** A line for a line. */
  answer(line: string): string | Promise<string>
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

/** Runs Python in a folder to its end. */
export function spawnPython({ folder, args, env, answer }: PythonChild): Promise<PythonResult> {
  const child = spawn('python3', args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
  })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.on('data', chunk => {
      texts[name] += chunk
    })
  answerLines(child.stdio[3] as Duplex, answer)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => resolve({ code: status, ...texts }))
  })
}

/** Answers what comes over the socket, one request after another. */
function answerLines(bus: Duplex, answer: PythonChild['answer']): void {
  const parts: string[] = []
  bus.setEncoding('utf8')
  bus.on('data', async (chunk: string) => {
    parts.push(chunk)
    if (!chunk.includes('\n')) return
    const answered = await Promise.resolve(answer(parts.splice(0).join(''))).catch(String)
    bus.write(`${answered}\n`)
  })
}
