// `lutra deploy`: a package goes to a board and runs there, by SSH with PYNQ's Python, or word by word to a board whose
// program speaks UDMA; results come back.

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { WordRows } from '../assess/compare-rows.ts'
import { compareWords, valuesOfWords } from '../assess/compare-rows.ts'
import type { PackageManifest } from '../assess/manifest.ts'
import { CompileError, type Diagnostic, fail, finding } from '../diagnostics/diagnostic.ts'
import { writeNpy } from '../formats/npy.ts'
import { openSsh, type SshSession } from '../tools/ssh.ts'
import { connectUdma } from '../tools/udma/client.ts'
import { runFrames } from '../tools/udma/run-frames.ts'
import { referenceOf } from './assess-roads.ts'
import { assessSubject } from './assess-subject.ts'
import { type DeployTarget, remoteFolder, resolveDeployTarget, sshTargetOf } from './deploy-target.ts'
import { fileHash } from './file-hash.ts'
import { checkOutputFolder, type FileSystem, readFileBytes, writeFolderAtomic } from './files.ts'
import { bitstreamFiles, needFiles, type OpenPackage, openPackage } from './open-package.ts'
import { type BoardRun, runRemote, type Upload, uploadFolder } from './remote-package.ts'

export interface DeployOptions extends DeployTarget {
  /** Folder of a package. */
  readonly dir: string
  /** Runs it on the board and brings results back; with UDMA there is nothing else to do. */
  readonly run?: boolean
  /** The bitstream, its `.hwh` beside it; `hw/<project>.bit` of the package unless said otherwise. */
  readonly bitstream?: string
  /** Boards that speak UDMA instead of SSH: `address` or `address:port`. */
  readonly udma?: readonly string[]
  /** Folder for results: y_hw.npy and run.json; `<dir>-board` unless said otherwise. */
  readonly out?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
  /** What is printed on the board, as it comes. */
  readonly onOutput?: (text: string) => void
  readonly disk?: FileSystem
}

/** One board's run. */
export interface Deployed {
  /** `user@host`, or the UDMA address. */
  readonly board: string
  readonly run?: BoardRun
  /** Words of the results that differ from the golden ones, or the emulator's. */
  readonly differ?: number
  readonly error?: Diagnostic
}

export interface DeployResult {
  readonly road: 'ssh' | 'udma'
  /** Folder on the board, by SSH. */
  readonly folder?: string
  readonly boards: readonly Deployed[]
  /** Where results lie here. */
  readonly out?: string
  readonly findings: readonly Diagnostic[]
  /** Whether every board gave the golden results, where it was asked to run. */
  readonly good: boolean
}

/** Deploys a package. Fails with `deploy/*`, `package/*` or `udma/*`; nothing is left half-written on the board. */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const out = options.out ?? `${resolve(options.dir)}-board`
  if (options.run === true || options.udma !== undefined) await checkOutputFolder(out, options.disk)
  const opened = await openPackage(options.dir)
  return options.udma === undefined
    ? deployBySsh(opened, options, out)
    : deployByUdma(opened, options, options.udma, out)
}

async function deployBySsh(opened: OpenPackage, options: DeployOptions, out: string): Promise<DeployResult> {
  const { manifest } = opened
  const placed = await placeOnBoard(opened, options)
  const common = { road: 'ssh', folder: placed.folder } as const
  if (options.run !== true) {
    const boards = [{ board: placed.session.name }]
    return { ...common, boards, findings: opened.findings, good: true }
  }
  options.onProgress?.(`running on ${placed.session.name}`)
  const run = await runOnBoard(placed, options)
  const results = await fetchResults(placed.session, placed.folder, options)
  const differ = run.differ ?? 0
  const board = { board: placed.session.name, run, differ }
  await writeFolderAtomic(out, { 'y_hw.npy': results, 'run.json': runText(manifest, [board]) }, options.disk)
  const findings = [...opened.findings, ...differences([board])]
  return { ...common, boards: [board], out, findings, good: differ === 0 }
}

export interface PlacedPackage {
  readonly session: SshSession
  /** Absolute, on the board. */
  readonly folder: string
  readonly target: DeployTarget
}

/** Copies what PYNQ needs of a package to its board; `extra` are files beside it. */
export async function placeOnBoard(
  opened: OpenPackage,
  options: Omit<DeployOptions, 'dir'>,
  extra: Upload = {},
): Promise<PlacedPackage> {
  const { manifest } = opened
  const target = await resolveDeployTarget(options)
  const session = await openSsh(sshTargetOf(target))
  const files = { ...(await filesForBoard(opened, options.bitstream)), ...extra }
  options.onProgress?.(`copying ${Object.keys(files).length} files to ${session.name}`)
  const folder = await uploadFolder(session, remoteFolder(target, manifest.project), files, options)
  return { session, folder, target }
}

/** Runs a package on its board, which must not take longer than its time. */
export function runOnBoard(
  { session, folder, target }: PlacedPackage,
  { signal, onOutput }: Pick<DeployOptions, 'signal' | 'onOutput'>,
  args: readonly string[] = [],
): Promise<BoardRun> {
  const { python = 'python3', timeout: seconds = 600 } = target
  if (!/^[\w./+-]+$/.test(python)) {
    fail({
      code: 'deploy/bad-target',
      place: 'python',
      problem: `it is '${python}'`,
      expected: 'the path of a Python, of letters, digits and . _ / + -',
    })
  }
  return runRemote(session, folder, { python, seconds, args }, { signal, onOutput })
}

/** The board's results, as the bytes of an .npy file. */
export async function fetchResults(
  session: SshSession,
  folder: string,
  { signal }: Pick<DeployOptions, 'signal'>,
): Promise<Uint8Array> {
  const local = await mkdtemp(join(tmpdir(), 'lutra-results-'))
  try {
    await session.copyFrom(folder, ['y_hw.npy'], local, { signal })
    return await readFileBytes(join(local, 'y_hw.npy'))
  } finally {
    await rm(local, { recursive: true, force: true })
  }
}

/** Driver, rows and bitstream; fails where the board has no Linux, or the bitstream is not made yet. */
async function filesForBoard(opened: OpenPackage, bitstream: string | undefined): Promise<Upload> {
  const { folder, manifest } = opened
  const paths = Object.keys(manifest.files).filter(path => /^pynq\/[^/]+$/.test(path))
  if (!paths.includes('pynq/run_board.py')) refuseBoard(opened)
  needFiles(opened, paths)
  const [image, handoff] = bitstreamOf(opened, bitstream)
  return {
    ...Object.fromEntries(paths.map(path => [basename(path), { path: join(folder, path) }])),
    [`${manifest.project}.bit`]: { path: image },
    [`${manifest.project}.hwh`]: { path: handoff },
  }
}

function refuseBoard({ folder, manifest }: OpenPackage): never {
  return fail({
    code: 'deploy/no-linux',
    place: folder,
    problem: `nothing in the package runs on ${manifest.board.title} over SSH`,
    expected: 'a board with PYNQ, or one that speaks UDMA',
    remedy: 'Its README.md says how the board is loaded and run.',
  })
}

/** The `.bit` and its `.hwh`: those that a flag names, else the package's own. Fails with `deploy/no-bitstream`. */
function bitstreamOf({ folder, manifest }: OpenPackage, named: string | undefined): [string, string] {
  const own = bitstreamFiles(manifest).map(path => join(folder, path)) as [string, string]
  const files: [string, string] = named === undefined ? own : [named, named.replace(/\.bit$/, '.hwh')]
  const isBit = named === undefined || named.endsWith('.bit')
  const absent = files.find(path => !existsSync(path))
  if (isBit && absent === undefined) return files
  const parts =
    named === undefined
      ? {
          problem: 'the bitstream of the package is not made yet',
          remedy: `Make it with Vivado: cd ${folder} && vivado -mode batch -source vivado/project.tcl; or name it with --bitstream.`,
        }
      : {
          problem: isBit ? 'there is no such file' : 'the file is no .bit',
          remedy: 'Name the .bit with --bitstream, or leave the flag out for the one in hw/ of the package.',
        }
  return fail({
    code: 'deploy/no-bitstream',
    place: isBit ? absent! : named,
    expected: 'the .bit, and the .hwh of the same build beside it',
    ...parts,
  })
}

async function deployByUdma(
  opened: OpenPackage,
  options: DeployOptions,
  addresses: readonly string[],
  out: string,
): Promise<DeployResult> {
  const { manifest } = opened
  if (manifest.link !== 'comblock') {
    fail({
      code: 'deploy/no-comblock',
      place: options.dir,
      problem: `the accelerator is behind ${manifest.interface === 'axi_stream' ? manifest.link : manifest.interface}, and UDMA reaches a ComBlock`,
      expected: 'a package made with --link comblock',
      remedy: 'Package the model again with --link comblock, or deploy by --host.',
    })
  }
  options.onProgress?.('reading and typing the model')
  const subject = await assessSubject(opened, {})
  const { sent, expected } = await referenceOf(subject)
  const runs = await Promise.all(addresses.map(address => runByUdma(address, manifest, sent, options)))
  const errors = runs.flatMap(({ error }) => error ?? [])
  if (errors.length === runs.length) throw new CompileError(errors)
  const boards = runs.map(({ words, ...board }) => ({
    ...board,
    ...(words === undefined ? {} : { differ: compareWords(expected, words).mismatches }),
  }))
  const files = Object.fromEntries(
    runs.flatMap(({ board, words }) =>
      words === undefined ? [] : [[resultsName(board, addresses), npyOf(words, manifest)]],
    ),
  )
  await writeFolderAtomic(out, { ...files, 'run.json': runText(manifest, boards) }, options.disk)
  const findings = [...opened.findings, ...differences(boards), ...boards.flatMap(({ error }) => error ?? [])]
  const good = boards.every(({ differ }) => differ === 0)
  return { road: 'udma', boards, out, findings, good }
}

function resultsName(board: string, addresses: readonly string[]): string {
  return addresses.length === 1 ? 'y_hw.npy' : `${board.replace(/[^\w.-]/g, '_')}/y_hw.npy`
}

function npyOf(words: WordRows, manifest: PackageManifest): Uint8Array {
  const values = valuesOfWords(words, words.length, manifest)
  return writeNpy({ shape: [words.length, ...manifest.output.shape], data: values }, 'float64')
}

export interface UdmaRun extends Deployed {
  readonly words?: WordRows
}

/** Words of all rows through a board by UDMA. What goes wrong with one board takes nothing from the others. */
export async function runByUdma(
  address: string,
  manifest: PackageManifest,
  sent: WordRows,
  { signal, onProgress }: Pick<DeployOptions, 'signal' | 'onProgress'>,
): Promise<UdmaRun> {
  const rows = sent.length
  try {
    const client = await connectUdma({ ...hostAndPort(address), ...(signal === undefined ? {} : { signal }) })
    try {
      onProgress?.(`${rows} rows to ${client.address}`)
      const frames = Uint32Array.from(sent.flat(), Number)
      const run = await runFrames(client, manifest, frames, signal === undefined ? {} : { signal })
      const size = manifest.output.types.length
      const words = Array.from({ length: rows }, (_, row) =>
        Array.from(run.words.subarray(row * size, (row + 1) * size), BigInt),
      )
      const { seconds, cycles } = run
      const hash = fileHash(new Uint8Array(run.words.buffer, run.words.byteOffset, run.words.byteLength))
      const told = { rows, seconds, rate: rows / seconds, build: manifest.buildHash, hash, cycles }
      return { board: client.address, run: told, words }
    } finally {
      client.close()
    }
  } catch (problem) {
    signal?.throwIfAborted()
    if (problem instanceof CompileError) return { board: address, error: problem.diagnostics[0]! }
    throw problem
  }
}

function hostAndPort(address: string): { host: string; port?: number } {
  if (isIPv6(address)) return { host: address }
  const [, host, port] = /^\[?([\w.:-]+?)\]?(?::(\d+))?$/.exec(address) ?? []
  const number = port === undefined ? undefined : Number(port)
  if (host !== undefined && (number === undefined || (number > 0 && number < 65536)))
    return { host, ...(number === undefined ? {} : { port: number }) }
  return fail({
    code: 'deploy/bad-target',
    place: '--udma',
    problem: `it is '${address}'`,
    expected: 'an address, or address:port',
  })
}

function runText({ project, buildHash }: PackageManifest, boards: readonly Deployed[]): string {
  return `${JSON.stringify({ project, buildHash, boards }, undefined, 2)}\n`
}

function differences(boards: readonly Deployed[]): Diagnostic[] {
  return boards.flatMap(({ board, differ }) =>
    differ === undefined || differ === 0
      ? []
      : [
          finding({
            code: 'assess/mismatch',
            place: board,
            problem: `${differ} values of the board differ from the golden ones`,
            remedy: 'Run lutra assess with the same board: it says where they part.',
          }),
        ],
  )
}
