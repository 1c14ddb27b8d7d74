// Runs Python beside a simulated design, with stand-ins for PYNQ: that of this folder, whose frames go through a DMA, or
// those of `memory/` (and for XRT), whose frames do not.

import { join } from 'node:path'
import { type PythonResult, spawnPython } from '../../testing/spawn-python.ts'
import type { DesignServer } from './design-server.ts'

interface Run {
  readonly folder: string
  readonly project: string
  readonly server: DesignServer
}

export interface PythonRun extends Run {
  readonly code: string
}

export interface MemoryRun extends Run {
  /** Arguments of `python3`. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Runs `code` in the folder, with the stub as `pynq`. */
export function runPython({ code, ...run }: PythonRun): Promise<PythonResult> {
  return start(run, ['-c', code], { PYTHONPATH: import.meta.dirname })
}

/** Runs Python in the folder to its end, frames not going through a DMA. */
export function runMemoryPython({ args, env, ...run }: MemoryRun): Promise<PythonResult> {
  return start(run, args, { PYTHONPATH: join(import.meta.dirname, 'memory'), DESIGN_UNIT: '', ...env })
}

function start(
  { folder, project, server }: Run,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<PythonResult> {
  const own = { DESIGN_SOCKET: '3', DESIGN_NAME: project, ...env }
  return spawnPython({ folder, args, env: own, answer: line => server.answer(line) })
}
