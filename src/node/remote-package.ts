// A package on a board: copied beside its place, held against its hashes there, moved into place, run, results brought
// back.

import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { runLine } from '../boards/pynq/index.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { ProcessResult } from '../tools/process.ts'
import type { SshSession } from '../tools/ssh.ts'
import { fileHash } from './file-hash.ts'
import { folderMark, readFileBytes } from './files.ts'

export interface RemoteOptions {
  readonly signal?: AbortSignal | undefined
  /** What is printed on the board, as it comes. */
  readonly onOutput?: ((text: string) => void) | undefined
}

/** What `run_board.py` tells in its last line. */
export interface BoardRun {
  readonly rows: number
  readonly seconds: number
  /** Rows each second, encoding and decoding included. */
  readonly rate: number
  readonly build: string
  /** SHA-256 of the results' file. */
  readonly hash: string
  /** Values that differ from the golden ones. */
  readonly differ?: number
  readonly cycles: Readonly<Record<string, number>>
}

/** A file as it shall lie on the board: a local one, or its contents. */
export type Upload = Readonly<
  Record<string, { readonly path: string } | { readonly content: string | Uint8Array }>
>

/**
 * Copies files into a folder of the board, which is replaced when they are all there and their hashes agree: an earlier one
 * stays whole until then. Gives the folder's absolute path. Fails with `deploy/*`.
 */
export async function uploadFolder(
  session: SshSession,
  folder: string,
  files: Upload,
  { signal }: RemoteOptions,
): Promise<string> {
  const staged = await mkdtemp(join(tmpdir(), 'lutra-deploy-'))
  let draft: string | undefined
  try {
    const sums = await stage(staged, files)
    draft = await makeDraft(session, folder, signal)
    await session.copyTo(staged, [...Object.keys(files), folderMark], draft, { signal })
    const placed = await moveIntoPlace(session, draft, basename(folder), sums, signal)
    draft = undefined
    return placed
  } finally {
    await rm(staged, { recursive: true, force: true })
    // The connection may be gone: then a folder whose name says so stays behind, and harms nothing.
    if (draft !== undefined) await session.run(`rm -rf '${draft}'`, { timeoutMs: 15_000 }).catch(() => {})
  }
}

/** Puts the files together, and gives their hashes as `sha256sum` reads them. */
async function stage(folder: string, files: Upload): Promise<string> {
  const mark = 'This folder is written by lutra deploy and replaced as a whole by the next one.\n'
  await writeFile(join(folder, folderMark), mark)
  const lines = [`${fileHash(mark)}  ${folderMark}\n`]
  for (const [name, file] of Object.entries(files)) {
    const target = join(folder, name)
    if ('path' in file) await copyFile(file.path, target)
    else await writeFile(target, file.content)
    lines.push(`${fileHash(await readFileBytes(target))}  ${name}\n`)
  }
  return lines.join('')
}

/** Makes an empty folder beside the one that it will replace. */
async function makeDraft(
  session: SshSession,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = basename(folder)
  const script = [
    'set -e',
    `if [ -e '${folder}' ] && [ ! -e '${folder}/${folderMark}' ] && [ -n "$(ls -A '${folder}')" ]; then exit 64; fi`,
    `mkdir -p "$(dirname '${folder}')"`,
    `cd "$(dirname '${folder}')"`,
    `mktemp -d "$(pwd -P)/.${name}.new-XXXXXX"`,
  ].join('\n')
  const result = await session.run(script, { signal })
  const path = result.stdout.trim().split('\n').at(-1) ?? ''
  if (result.exitCode === 0 && /^\/[^'\s]+$/.test(path)) return path
  if (result.exitCode === 64) {
    fail({
      code: 'deploy/foreign-folder',
      place: `${session.name}:${folder}`,
      problem: 'the folder holds files that lutra deploy did not write, and copying would replace it',
      expected: 'a new or empty folder, or an earlier package',
      remedy: 'Name another folder with --folder, or remove this one.',
    })
  }
  return refuse(session, `${session.name}:${folder}`, 'the folder cannot be made', result)
}

async function moveIntoPlace(
  session: SshSession,
  draft: string,
  name: string,
  sums: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const checked = await session.run(`cd '${draft}' && sha256sum -c --quiet - 2>&1`, { stdin: sums, signal })
  if (checked.exitCode !== 0) {
    const files = [...checked.stdout.matchAll(/^(.+): FAILED/gm)].map(([, file]) => file)
    if (files.length === 0) refuse(session, session.name, 'the copied files cannot be checked', checked)
    fail({
      code: 'deploy/copy-damaged',
      place: `${session.name}:${draft}`,
      problem: `files came otherwise than they were sent, or not at all: ${files.join(', ')}`,
      expected: 'the SHA-256 of the files here',
      remedy: 'Copy again; if it happens again, look at the card of the board.',
    })
  }
  const target = `'${name}'`
  const previous = `'.${name}.previous'`
  const script = [
    'set -e',
    `cd "$(dirname '${draft}')"`,
    `rm -rf ${previous}`,
    `if [ -e ${target} ]; then mv ${target} ${previous}; fi`,
    `mv '${draft}' ${target} || { [ -e ${previous} ] && mv ${previous} ${target}; exit 1; }`,
    `chmod 755 ${target}`,
    `rm -rf ${previous} || true`,
    `cd ${target} && pwd -P`,
  ].join('\n')
  const moved = await session.run(script, { signal })
  if (moved.exitCode === 0) return moved.stdout.trim().split('\n').at(-1)!
  return refuse(session, session.name, 'the folder cannot be moved into place', moved)
}

function refuse(session: SshSession, place: string, problem: string, result: ProcessResult): never {
  const said = result.output.trim().split('\n').at(-1) ?? ''
  const full = /No space left/.test(result.output)
  return fail({
    code: full ? 'deploy/remote-disk-full' : 'deploy/remote-command',
    place: place === '' ? session.name : place,
    problem: `${problem}${said === '' ? '' : `: ${said}`} (exit code ${result.exitCode})`,
    remedy: full
      ? 'Free some space there, or name a folder on another disk with --folder.'
      : 'Try the same by ssh; the board needs sh, mktemp and sha256sum.',
  })
}

export interface RunRequest {
  readonly python: string
  /** Seconds that the run may take. */
  readonly seconds: number
  /** Of `run_board.py`; words without quotes. */
  readonly args: readonly string[]
}

/**
 * Runs `run_board.py` in the folder: by a login shell, whose profile knows PYNQ's Python and its libraries, as root where the
 * user may become it without a password. Fails with `deploy/*` for what does not run, and for what the driver tells.
 */
export async function runRemote(
  session: SshSession,
  folder: string,
  { python, seconds, args }: RunRequest,
  { signal, onOutput }: RemoteOptions,
): Promise<BoardRun> {
  const inner = `cd "${folder}" && PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 exec timeout -k 5 ${seconds} "${python}" run_board.py ${args.join(' ')}`
  const script = [
    'root=',
    'if [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; then root="sudo -n"; fi',
    `$root bash -lc '${inner}'`,
  ].join('\n')
  const result = await session.run(script, {
    signal,
    timeoutMs: (seconds + 30) * 1000,
    onOutput: printed(onOutput),
  })
  const told = lastLine(result.stdout)
  if (result.exitCode === 0 && told !== undefined && 'seconds' in told) return told as unknown as BoardRun
  return refuseRun(session, result, told, seconds)
}

/** Hands on whole lines, but not the one that is for us. */
function printed(onOutput: RemoteOptions['onOutput']) {
  const begun = { stdout: '', stderr: '' }
  return (text: string, stream: keyof typeof begun) => {
    const lines = (begun[stream] + text).split('\n')
    begun[stream] = lines.pop()!
    for (const line of lines) if (!line.startsWith(runLine)) onOutput?.(`${line}\n`)
  }
}

function lastLine(stdout: string): Readonly<Record<string, unknown>> | undefined {
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith(runLine)) return undefined
  try {
    return JSON.parse(line.slice(runLine.length)) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** What the driver's errors mean. */
const driverCodes: Readonly<Record<string, readonly [code: string, remedy: string]>> = {
  BuildMismatch: [
    'deploy/other-build',
    'Make the bitstream from this very package, or deploy the package that it was made from.',
  ],
  AcceleratorTimeout: [
    'deploy/accelerator-timeout',
    'Look at what it says of DMA and clock; load the bitstream again.',
  ],
}

function refuseRun(
  session: SshSession,
  result: ProcessResult,
  told: Readonly<Record<string, unknown>> | undefined,
  seconds: number,
): never {
  const place = session.name
  if (told?.error !== undefined) {
    const [code, remedy] = driverCodes[String(told.error)] ?? [
      'deploy/accelerator',
      'Run it again; if it stays so, load the bitstream again.',
    ]
    fail({ code, place, problem: String(told.message).replace(/\.$/, ''), remedy })
  }
  if (result.exitCode === 124 || result.exitCode === 137) {
    fail({
      code: 'deploy/timeout',
      place,
      problem: `the run on the board was not done after ${seconds} s, and was ended there`,
      remedy: 'Give it more time with --timeout, or fewer rows.',
    })
  }
  const said = result.stderr.trim().split('\n').at(-1) ?? ''
  if (/root permission|Permission denied|must be root/i.test(said)) {
    fail({
      code: 'deploy/no-root',
      place,
      problem: `the logic of the board is loaded as root, and this user is not (${said})`,
      remedy: 'Log in as root with --user root, or let the user become it without a password (sudoers).',
    })
  }
  if (/No module named|not found|No such file/.test(said)) {
    fail({
      code: 'deploy/no-python',
      place,
      problem: `the board lacks what the driver needs: ${said}`,
      expected: 'Python with NumPy and PYNQ, as on a PYNQ image',
      remedy: 'Install PYNQ there, or name its Python with --python.',
    })
  }
  return fail({
    code: 'deploy/run-failed',
    place,
    problem: `run_board.py ended with code ${result.exitCode}${said === '' ? '' : `: ${said}`}`,
    remedy: 'Log in and run it by hand: python3 run_board.py.',
  })
}
