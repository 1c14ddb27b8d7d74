// Runs a package's Python beside a simulated ComBlock, which its stand-ins ask over a socket.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type PythonResult, spawnPython } from '../../testing/spawn-python.ts'
import type { ComblockModel } from './model.ts'

/** Puts files of a package's `comblock/`, and the stand-ins, into a folder. */
export function layOut(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    const at = join(folder, path.replace(/^(comblock|data)\//, ''))
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, content)
  }
  copyFileSync(join(import.meta.dirname, 'python/stand_ins.py'), join(folder, 'stand_ins.py'))
}

type Request =
  | { readonly op: 'read'; readonly word: number }
  | { readonly op: 'write'; readonly word: number; readonly value: number }
  | { readonly op: 'fault'; readonly faults: Partial<ComblockModel['faults']> }

/** Runs `code` in the folder, where `layOut` has put what it needs. */
export function runPython(folder: string, code: string, model: ComblockModel): Promise<PythonResult> {
  const env = { COMBLOCK_SOCKET: '3' }
  const answered = (line: string) => JSON.stringify({ value: answer(JSON.parse(line) as Request, model) })
  return spawnPython({ folder, args: ['-c', code], env, answer: answered })
}

function answer(request: Request, model: ComblockModel): number {
  switch (request.op) {
    case 'read':
      return model.read(request.word)
    case 'write':
      model.write(request.word, request.value)
      return 0
    case 'fault':
      Object.assign(model.faults, request.faults)
      return 0
  }
}
