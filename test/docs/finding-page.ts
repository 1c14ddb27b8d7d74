// Reads and runs the pages of docs/findings: files that they show, command lines, and what these say.
//
// A page is Markdown. A fenced block is either a file, whose name stands last in the line before it (`narrow.yml`:), or
// a `console` block: lines `$ …` are commands, the lines behind each are what a terminal shows. A line `…` stands for any
// lines, and `…` at a line's end for its rest. A `text` block is only shown. Models and other binary files that a page names are made by finding-models.ts.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommandLine } from '../../src/cli/run.ts'
import { withEnvironment } from '../errors/fake-tools.ts'
import { makeNamedFiles, toolVariables } from './finding-models.ts'

/** A file that a page shows. */
export interface ShownFile {
  readonly kind: 'file'
  readonly name: string
  readonly text: string
}

/** A command with the lines that the page shows of its output. */
export interface ShownCommand {
  readonly kind: 'command'
  readonly command: string
  readonly shown: readonly string[]
  /** Index in the page's lines of the first shown one. */
  readonly line: number
}

export type Step = ShownFile | ShownCommand

/** What a page does, in its order. */
export function stepsOf(page: string): Step[] {
  const lines = page.split('\n')
  const steps: Step[] = []
  for (let at = 0; at < lines.length; at++) {
    if (!lines[at]!.startsWith('```')) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`line ${at + 1}: the block does not end`)
    const body = lines.slice(at + 1, end)
    if (lines[at] === '```console') steps.push(...commandsOf(body, at + 1))
    else if (lines[at] !== '```text')
      steps.push({ kind: 'file', name: fileName(lines, at), text: `${body.join('\n')}\n` })
    at = end
  }
  return steps
}

function commandsOf(body: readonly string[], first: number): ShownCommand[] {
  const starts = body.flatMap((line, k) => (line.startsWith('$ ') ? [k] : []))
  return starts.map((start, k) => ({
    kind: 'command',
    command: body[start]!.slice(2),
    shown: body.slice(start + 1, starts[k + 1]),
    line: first + start + 1,
  }))
}

function fileName(lines: readonly string[], fence: number): string {
  const before = lines.slice(0, fence).findLast(line => line !== '') ?? ''
  const name = /`([\w.-]+)`:$/.exec(before)?.[1]
  if (name === undefined) throw new Error(`line ${fence + 1}: no file name stands before the block`)
  return name
}

/** What each command says, run one after another in a folder of their own with no tools on PATH. */
export async function runSteps(page: string, steps: readonly Step[]): Promise<string[][]> {
  const before = process.cwd()
  const folder = await mkdtemp(join(tmpdir(), 'lutra-page-'))
  process.chdir(folder)
  try {
    await makeNamedFiles(page)
    const environment = { PATH: join(folder, 'no-tools'), ...toolVariables(page) }
    return await withEnvironment(environment, () => runAll(steps))
  } finally {
    process.chdir(before)
    await rm(folder, { recursive: true, force: true })
  }
}

async function runAll(steps: readonly Step[]): Promise<string[][]> {
  const said: string[][] = []
  let code = 0
  for (const step of steps) {
    if (step.kind === 'file') await writeFile(step.name, step.text)
    else if (step.command === 'echo $?') said.push([`${code}`])
    else if (step.command.startsWith('rm ')) said.push(await removed(step.command.slice(3)))
    else {
      const run = await runLutra(step.command)
      code = run.code
      said.push(run.lines)
    }
  }
  return said
}

async function removed(name: string): Promise<string[]> {
  await rm(name)
  return []
}

/** A line of progress, and what clears it. */
const overwritten = new RegExp(`[^\\n]*\\r${String.fromCharCode(27)}\\[K`, 'g')

/** Runs `NAME=value lutra …` as on a terminal, where lines of progress are overwritten. */
async function runLutra(command: string): Promise<{ code: number; lines: string[] }> {
  const words = shellWords(command)
  const at = words.findIndex(word => !/^[A-Z_]+=/.test(word))
  if (words[at] !== 'lutra') throw new Error(`'${command}' is no command that pages may run`)
  const set = Object.fromEntries(words.slice(0, at).map(word => word.split('=', 2)))
  let text = ''
  const screen = { write: (more: string) => (text += more), isTTY: true, columns: 1000 }
  const world = { stdout: screen, stderr: screen }
  const code = await withEnvironment(set, () => runCommandLine(words.slice(at + 1), world))
  const seen = text.replaceAll(overwritten, '').trimEnd()
  return { code, lines: seen === '' ? [] : seen.split('\n').map(line => line.trimEnd()) }
}

/** Words as a shell splits them, with quotes and without anything else. */
function shellWords(command: string): string[] {
  return [...command.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replace(/['"]/g, ''))
}

const anyText = '…'

/** Whether the shown lines are the ones said, a line `…` standing for any, and `…` at a line's end for its rest. */
export function isSaid(shown: readonly string[], said: readonly string[]): boolean {
  const [first, ...rest] = shown
  if (first === undefined) return said.length === 0
  if (first === anyText) return said.some((_, k) => isSaid(rest, said.slice(k))) || isSaid(rest, [])
  return said[0] !== undefined && isLine(first, said[0]) && isSaid(rest, said.slice(1))
}

function isLine(shown: string, said: string): boolean {
  return shown === said || (shown.endsWith(anyText) && said.startsWith(shown.slice(0, -anyText.length)))
}

/** The lines to show instead: what was said, without what `…` left out around the lines most like those shown. */
export function renewed(shown: readonly string[], said: readonly string[]): string[] {
  if (isSaid(shown, said)) return [...shown]
  const left = [...said]
  const lines = shown.flatMap((line, k) => {
    if (line === anyText) return [anyText]
    const likeness = left.map(own => commonStart(own, line))
    const best = likeness.indexOf(Math.max(1, ...likeness))
    if (best < 0) return []
    const passed = left.splice(0, best + 1)
    const own = isLine(line, passed.at(-1)!) ? line : passed.at(-1)!
    return shown[k - 1] === anyText ? [own] : [...passed.slice(0, -1), own]
  })
  return shown.at(-1) === anyText ? lines : [...lines, ...left]
}

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}
