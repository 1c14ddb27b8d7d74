// Runs Python beside a simulated design without a DMA, with the stand-ins for PYNQ and XRT of `memory/`.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { DesignServer } from './design-server.ts'
import { answerLines, type PythonResult } from './run-python.ts'

export interface MemoryRun {
  readonly folder: string
  /** Arguments of `python3`. */
  readonly args: readonly string[]
  readonly project: string
  readonly server: DesignServer
  readonly env?: Readonly<Record<string, string>>
}

/** Runs Python in the folder to its end. */
export function runMemoryPython({ folder, args, project, server, env }: MemoryRun): Promise<PythonResult> {
  const child = spawn('python3', args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PYTHONPATH: join(import.meta.dirname, 'memory'),
      PYTHONDONTWRITEBYTECODE: '1',
      DESIGN_SOCKET: '3',
      DESIGN_NAME: project,
      DESIGN_UNIT: '',
      ...env,
    },
  })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.on('data', chunk => {
      texts[name] += chunk
    })
  answerLines(child.stdio[3] as Duplex, server)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => resolve({ code: status, ...texts }))
  })
}
