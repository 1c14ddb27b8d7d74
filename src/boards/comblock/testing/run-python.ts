// Runs a package's Python beside a simulated ComBlock, which its stand-ins ask over a socket.

import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { ComblockModel } from './model.ts'

export interface PythonResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

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

export function runPython(folder: string, code: string, model: ComblockModel): Promise<PythonResult> {
  const child = spawn('python3', ['-c', code], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', COMBLOCK_SOCKET: '3' },
  })
  const texts = { stdout: '', stderr: '' }
  child.stdout!.on('data', chunk => {
    texts.stdout += chunk
  })
  child.stderr!.on('data', chunk => {
    texts.stderr += chunk
  })
  answerLines(child.stdio[3] as Duplex, model)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => resolve({ code: status, ...texts }))
  })
}

function answerLines(bus: Duplex, model: ComblockModel): void {
  const parts: string[] = []
  bus.setEncoding('utf8')
  bus.on('data', (chunk: string) => {
    parts.push(chunk)
    if (!chunk.includes('\n')) return
    const request = JSON.parse(parts.splice(0).join('')) as Request
    bus.write(`${JSON.stringify({ value: answer(request, model) })}\n`)
  })
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
