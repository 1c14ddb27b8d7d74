// Runs a project script in tclsh on the stand-ins for Vivado's commands and reads back what they were asked.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stubs } from './stubs.ts'

/** Why tests with tclsh are skipped; undefined where it is there. */
export const noTclsh =
  spawnSync('tclsh', [], { input: 'exit 0' }).status === 0 ? undefined : 'skipped: no tclsh on PATH'
if (noTclsh !== undefined) console.info(noTclsh)

/** A command with its words: objects, options and lists taken apart as `stubs.ts` writes them down. */
export type Call = readonly [command: string, ...words: string[]]

export interface Recorded {
  readonly calls: readonly Call[]
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** Of `left`, the files that are there at the end. */
  readonly left: readonly string[]
}

export interface RunOptions {
  /** What the stand-ins answer: BOARDS, BOARD_PART_NAME, PARTS, VERSION, FAIL, SLACK, INTERFACES. */
  readonly knobs?: Readonly<Record<string, string>>
  /** Variables of the environment that the script itself reads. */
  readonly env?: Readonly<Record<string, string>>
  /** Files to look for in the package afterwards. */
  readonly look?: readonly string[]
}

/** Runs `vivado/project.tcl` among `files`, and then the constraints as Vivado does. */
export function runProject(files: Readonly<Record<string, string>>, options: RunOptions = {}): Recorded {
  const constraints = Object.keys(files).filter(path => path.endsWith('.xdc'))
  return recordScript({ ...files, 'stubs.tcl': stubs }, 'vivado/project.tcl', constraints, options)
}

/** Runs a script among `files`, of which `stubs.tcl` stands for Vivado; `more` are scripts behind it. */
export function recordScript(
  files: Readonly<Record<string, string>>,
  script: string,
  more: readonly string[],
  options: RunOptions,
): Recorded {
  const folder = mkdtempSync(join(tmpdir(), 'lutra-tcl-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const words = ['stubs.tcl', script, 'record.txt', ...more]
    const env = { ...process.env, ...options.env, ...prefixed(options.knobs ?? {}) }
    const { status, stdout, stderr } = spawnSync('tclsh', words, { cwd: folder, env, encoding: 'utf8' })
    const calls = readCalls(readFileSync(join(folder, 'record.txt'), 'utf8'), folder)
    const left = (options.look ?? []).filter(path => existsSync(join(folder, path)))
    return { calls, status, stdout, stderr, left }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function prefixed(knobs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(knobs).map(([name, value]) => [`STUB_${name}`, value]))
}

/** A line for each call, words in hexadecimal; the folder is left out of paths. */
function readCalls(text: string, folder: string): Call[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const words = line
        .split(' ')
        .map(word => Buffer.from(word, 'hex').toString('utf8').replace(`${folder}/`, ''))
      return [words[0]!, ...words.slice(1)] satisfies Call
    })
}
