// Runs the command line as a user does, in a folder of its own, and gives all that is seen as one text to compare.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { runCommandLine } from '../../src/cli/run.ts'
import type { World } from '../../src/cli/shell.ts'
import {
  denseLayer,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../../src/frontends/keras/testing/models.ts'

/** Makes a folder for the file's tests and works in it, with no tool on PATH. Gives its path. */
export function useFolder(): () => string {
  const before = { folder: process.cwd(), path: process.env.PATH }
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lutra-errors-'))
    await mkdir(join(folder, 'no-tools'))
    process.chdir(folder)
    process.env.PATH = join(folder, 'no-tools')
  })
  afterAll(async () => {
    process.chdir(before.folder)
    process.env.PATH = before.path
    await rm(folder, { recursive: true, force: true })
  })
  return () => folder
}

/** What a command line says: exit code, then stderr, then stdout, the folder's path left out. */
export async function lutra(args: readonly string[], world: Partial<World> = {}): Promise<string> {
  let out = ''
  let err = ''
  const stdout = { write: (text: string) => (out += text) }
  const stderr = { write: (text: string) => (err += text) }
  const code = await runCommandLine(args, { stdout, stderr, ...world })
  return shown(code, err, out)
}

/** One text of all that a process left. */
export function shown(code: number | string | null, err: string, out: string): string {
  const parts = [`exit ${code}`, err.trimEnd(), ...(out === '' ? [] : [`stdout: ${out.trimEnd()}`])]
  return parts
    .filter(part => part !== '')
    .join('\n')
    .replaceAll(process.cwd(), '<folder>')
}

/** `x` of three values → dense `fc` of two → softmax `prob`. */
export function smallLayers(more: Parameters<typeof denseLayer>[2] = {}): TestLayer[] {
  return [inputLayer('x', 3), denseLayer('fc', [3, 2], more), layer('Softmax', 'prob', { axis: -1 })]
}

export async function writeModel(name: string, layers: readonly TestLayer[] = smallLayers()): Promise<void> {
  await writeFile(name, await kerasFile(layers, sequential(layers)))
}

/** Rows of three values and a class. */
export const rows = 'a,b,c,label\n0.5,0.25,-0.5,0\n-1,0.75,0.125,1\n0.25,0.5,1,1\n-0.5,-0.25,0.375,0\n'

/** Every file of a folder with its contents, hidden ones beside it included: what must stay whole. */
export async function contents(folder = '.'): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const pairs = paths.sort().map(async path => [path, await readFile(path, 'latin1')] as const)
  return Object.fromEntries(await Promise.all(pairs))
}
