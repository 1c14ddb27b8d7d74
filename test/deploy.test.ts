// Packages on a board over SSH: Debian's sshd on loopback, PYNQ's stub in the Python behind it, the accelerator simulated.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildAccelerator } from '../src/backends/verilog/accelerator.ts'
import { createComblockModel } from '../src/boards/comblock/testing/model.ts'
import { startUdmaServer } from '../src/boards/comblock/testing/udma-server.ts'
import { createDesignServer, type DesignServer } from '../src/boards/pynq/testing/design-server.ts'
import { pythonMissing } from '../src/boards/testing/spawn-python.ts'
import { runCommandLine } from '../src/cli/run.ts'
import { CompileError } from '../src/diagnostics/diagnostic.ts'
import { parseNpy } from '../src/formats/npy.ts'
import {
  denseLayer,
  floats,
  inputLayer,
  kerasFile,
  sequential,
} from '../src/frontends/keras/testing/models.ts'
import { assess } from '../src/node/assess.ts'
import { type AssessSubject, assessSubject } from '../src/node/assess-subject.ts'
import { type DeployOptions, deploy } from '../src/node/deploy.ts'
import { resolveDeployTarget } from '../src/node/deploy-target.ts'
import { openPackage } from '../src/node/open-package.ts'
import { packageModel } from '../src/node/package.ts'
import { program, withEnvironment } from './errors/fake-tools.ts'
import { findSshd, freePort, type SshServer, startCutter, startSshServer } from './support/ssh-server.ts'

const missing = findSshd() === undefined ? 'no sshd (openssh-server)' : pythonMissing()
if (missing !== undefined) console.log(`skipped: ${missing}`)

/** Enough for several transfers of the stub. */
const rows = 60

/** A small model of three inputs and two classes, a scaler before it, and rows as they were measured, in a folder. */
async function modelIn(home: string) {
  const weights = { kernel: floats([3, 2], 1, -0.5, 0.25, 2, -1, 0.75), bias: floats([2], 0.5, -1) }
  const layers = [inputLayer('x', 3), { ...denseLayer('fc', [3, 2]), weights }]
  await writeFile(join(home, 'model.h5'), await kerasFile(layers, sequential(layers)))
  const scaler = { kind: 'standard', per: 'channel', offset: [1000, 0, -3], factor: [0.125, 2, 0.5] }
  const file = join(home, 'scale.json')
  await writeFile(file, JSON.stringify({ format: 'lutra-scaler-1', inputs: [{ name: 'x', scaler }] }))
  const line = (k: number) => [1000 + 8 * (k % 7), ((k % 5) - 2.5) / 2, -k / 8 - 3, k % 2].join()
  const lines = Array.from({ length: rows }, (_, k) => line(k))
  await writeFile(join(home, 'rows.csv'), ['a,b,c,label', ...lines].join('\n'))
  const data = [join(home, 'rows.csv')]
  return { model: join(home, 'model.h5'), inputType: 'fixed<9,4>', data, labelColumn: 'label', scaler: file }
}

let folder = ''
let ssh: SshServer
let board: { design: DesignServer; close(): void; quiet: boolean }
let subject: AssessSubject
const dir = () => join(folder, 'package')
const remote = () => join(folder, 'remote/pulses')

type Answer = (line: string) => string | Promise<string>

/** What is wrong with the board: words that it changes, a design of another build. */
let answer: Answer

beforeAll(async () => {
  if (missing !== undefined) return
  folder = await mkdtemp(join(tmpdir(), 'lutra-deploy-test-'))
  await packageModel({
    ...(await modelIn(folder)),
    board: 'pynq-z2',
    project: 'pulses',
    roads: ['netlist'],
    out: dir(),
  })
  await mkdir(join(dir(), 'hw'))
  for (const ending of ['bit', 'hwh'])
    await writeFile(join(dir(), `hw/pulses.${ending}`), 'x'.repeat(200_000))
  subject = await assessSubject(await openPackage(dir()), {})
  const socket = join(folder, 'board')
  board = startBoard(socket)
  ssh = await startSshServer(folder, {
    PYTHONPATH: resolve(import.meta.dirname, '../src/boards/pynq/testing'),
    DESIGN_SOCKET: socket,
    DESIGN_NAME: 'pulses',
  })
}, 120_000)
afterAll(async () => {
  if (missing !== undefined) return
  ssh.close()
  board.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  if (missing !== undefined) return
  const design = createDesignServer(subject.accelerator.module, 1)
  answer = line => design.answer(line)
  board.quiet = false
})

/** Answers the stub of PYNQ, line by line. */
function startBoard(path: string): typeof board {
  const own = { design: undefined as never, quiet: false, close: () => void server.close() }
  const server: Server = createServer(socket => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on('data', (chunk: string) => {
      text += chunk
      const lines = text.split('\n')
      text = lines.pop()!
      if (own.quiet) return
      for (const line of lines) void Promise.resolve(answer(line)).then(told => socket.write(`${told}\n`))
    })
  })
  server.listen(path)
  return own
}

const options = (more: Partial<DeployOptions> = {}): DeployOptions => ({
  dir: dir(),
  host: '127.0.0.1',
  port: ssh.port,
  user: ssh.user,
  key: ssh.key,
  knownHosts: ssh.knownHosts,
  folder: remote(),
  out: join(folder, 'results'),
  python: python(),
  ...more,
})

function boardOptions(more: Partial<DeployOptions> = {}): Omit<DeployOptions, 'dir' | 'udma' | 'out'> {
  const { dir: _, udma: __, out: ___, ...target } = options(more)
  return target
}

let interpreter: string | undefined
function python(): string {
  interpreter ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)']).toString().trim()
  return interpreter
}

async function refusal(run: Promise<unknown>): Promise<string> {
  const told = await run.then(
    () => undefined,
    problem => problem as unknown,
  )
  if (!(told instanceof CompileError)) throw told ?? new Error('it was done')
  return told.message
}

describe.skipIf(missing !== undefined)('lutra deploy', () => {
  it('copies a package, runs it, and brings the emulator’s results back', async () => {
    const said: string[] = []
    const before = readFileSync(join(dir(), 'package.json'), 'utf8')
    const result = await deploy(options({ run: true, onOutput: text => said.push(text) }))
    expect(result).toMatchObject({ road: 'ssh', folder: remote(), good: true, findings: [] })
    expect(result.boards[0]).toMatchObject({ differ: 0, run: { rows, differ: 0 } })
    expect(result.boards[0]!.run!.build).toBe(subject.manifest.buildHash)
    expect(said.join('')).toMatch(/^Classified 60 samples in [\d.]+ seconds \([\d.]+ inferences \/ s\)\n$/)
    const results = await readFile(join(folder, 'results/y_hw.npy'))
    expect(parseNpy(results, 'y')).toEqual(parseNpy(await readFile(join(dir(), 'pynq/y_test.npy')), 'y'))
    expect(readdirSync(remote()).sort()).toEqual(
      [
        ...['.lutra', 'X_test.npy', 'axi_stream_driver.py', 'labels.npy', 'pulses.bit', 'pulses.hwh'],
        ...['pulses.ipynb', 'run_board.py', 'y_hw.npy', 'y_test.npy'],
      ].sort(),
    )
    // Nothing of the board is kept in the package.
    expect(readFileSync(join(dir(), 'package.json'), 'utf8')).toBe(before)
    expect(readFileSync(join(folder, 'results/run.json'), 'utf8')).toContain('"rows": 60')
  })

  it('replaces what it copied before, and only that', async () => {
    await deploy(options())
    expect(existsSync(join(remote(), 'y_hw.npy'))).toBe(false)
    expect(readdirSync(join(folder, 'remote'))).toEqual(['pulses'])
    const foreign = join(folder, 'remote/own')
    await mkdir(foreign)
    await writeFile(join(foreign, 'thesis.txt'), 'mine')
    expect(await refusal(deploy(options({ folder: foreign })))).toMatch(
      /^deploy\/foreign-folder: .*remote\/own: /,
    )
    expect(readdirSync(foreign)).toEqual(['thesis.txt'])
    await rm(foreign, { recursive: true })
  })

  it('goes by flags, else by the environment, else by a config', async () => {
    const config = join(folder, 'config.json')
    const deployed = { host: '127.0.0.1', port: ssh.port, user: 'nobody', folder: 'x', key: ssh.key }
    await writeFile(config, JSON.stringify({ $schema: 'lutra', deploy: deployed }))
    const environment = { LUTRA_USER: ssh.user, LUTRA_FOLDER: 'y', LUTRA_KEY: '' }
    expect(await resolveDeployTarget({ config, folder: remote() }, environment)).toEqual({
      ...deployed,
      user: ssh.user,
      folder: remote(),
      config,
    })
    const { host, port, user, key, ...rest } = options()
    const result = await withEnvironment({ LUTRA_USER: ssh.user }, () => deploy({ ...rest, config }))
    expect(result.boards[0]!.board).toBe(`${ssh.user}@127.0.0.1:${ssh.port}`)
  })

  it('says what is wrong with the way there', async () => {
    const closed = await freePort()
    const told = [
      await refusal(deploy({ dir: dir() })),
      await refusal(deploy(options({ key: ssh.strangeKey }))),
      await refusal(deploy(options({ key: join(folder, 'no-key') }))),
      await refusal(deploy(options({ knownHosts: ssh.emptyHosts }))),
      await refusal(deploy(options({ knownHosts: ssh.otherHosts }))),
      await refusal(deploy(options({ knownHosts: ssh.otherHosts, acceptNewHostKey: true }))),
      await refusal(deploy(options({ port: closed }))),
      await refusal(deploy(options({ host: 'no-such-board.invalid' }))),
      await refusal(deploy(options({ host: '-oProxyCommand=id' }))),
      await refusal(deploy(options({ folder: '../up' }))),
      await refusal(deploy(options({ folder: 'a b' }))),
      await refusal(deploy(options({ run: true, python: 'a b' }))),
      await refusal(deploy(options({ run: true, python: '/no/python3' }))),
    ]
    expect(told.map(text => text.split(': ', 2).join(': '))).toEqual([
      'deploy/no-host: --host',
      `deploy/permission: ${ssh.user}@127.0.0.1:${ssh.port}`,
      `deploy/no-key: ${join(folder, 'no-key')}`,
      `deploy/host-key-unknown: ${ssh.user}@127.0.0.1:${ssh.port}`,
      `deploy/host-key-changed: ${ssh.user}@127.0.0.1:${ssh.port}`,
      `deploy/host-key-changed: ${ssh.user}@127.0.0.1:${ssh.port}`,
      `deploy/unreachable: ${ssh.user}@127.0.0.1:${closed}`,
      `deploy/unreachable: ${ssh.user}@no-such-board.invalid:${ssh.port}`,
      'deploy/bad-target: host',
      'deploy/bad-target: folder',
      'deploy/bad-target: folder',
      'deploy/bad-target: python',
      `deploy/no-python: ${ssh.user}@127.0.0.1:${ssh.port}`,
    ])
    const { port: _, ...others } = options()
    expect(await withEnvironment({ LUTRA_PORT: 'usb' }, () => refusal(deploy(others)))).toBe(
      "deploy/bad-target: LUTRA_PORT: it is 'usb'; expected a whole number from 1 to 65535.",
    )
    const accepted = await deploy(options({ knownHosts: ssh.emptyHosts, acceptNewHostKey: true }))
    expect(accepted.good).toBe(true)
    expect(readFileSync(ssh.emptyHosts, 'utf8')).toContain('ssh-ed25519')
  })

  it('leaves the earlier copy whole where the connection is cut', async () => {
    await mkdir(remote(), { recursive: true })
    await writeFile(join(remote(), '.lutra'), '')
    await writeFile(join(remote(), 'y_hw.npy'), 'earlier')
    // Enough for the commands before, and a part of the bitstream.
    const cutter = await startCutter(ssh.port, 120_000)
    const hosts = join(folder, 'cut_hosts')
    const line = readFileSync(ssh.knownHosts, 'utf8').replace(`${ssh.port}`, `${cutter.port}`)
    await writeFile(hosts, line)
    expect(await refusal(deploy(options({ port: cutter.port, knownHosts: hosts })))).toMatch(
      /^deploy\/connection-lost: .*: the connection was cut .*what stood there before is whole\.$/,
    )
    cutter.close()
    expect(readFileSync(join(remote(), 'y_hw.npy'), 'utf8')).toBe('earlier')
    const others = readdirSync(join(folder, 'remote')).filter(name => name !== 'pulses')
    expect(others.every(name => /^\.pulses\.new-/.test(name))).toBe(true)
    for (const name of others) await rm(join(folder, 'remote', name), { recursive: true })
  })

  it('tells of files that came otherwise than they were sent', async () => {
    const scp = join(folder, 'scp')
    await program(
      scp,
      `const { execFileSync } = require('node:child_process')
const args = process.argv.slice(2)
execFileSync('scp', args)
require('node:fs').appendFileSync(args.at(-1).replace(/^.*?:/, '') + 'run_board.py', '#')`,
    )
    const told = await withEnvironment({ LUTRA_SCP: scp }, () => refusal(deploy(options())))
    expect(told).toMatch(/^deploy\/copy-damaged: .*: files came otherwise .*: run_board\.py; expected /)
    expect(readdirSync(join(folder, 'remote'))).toEqual(['pulses'])
  })

  it('ends a run that hangs, there and here', async () => {
    board.quiet = true
    expect(await refusal(deploy(options({ run: true, timeout: 1 })))).toMatch(
      /^deploy\/timeout: .*: the run on the board was not done after 1 s, and was ended there/,
    )
  })

  it('refuses a bitstream of another build', async () => {
    const { made, manifest } = subject
    const other = buildAccelerator(made.prepared.compiled.typed, made.design, {
      ...manifest,
      buildHash: 'fedcba9876543210',
    })
    const design = createDesignServer(other.module, 1)
    answer = line => design.answer(line)
    expect(await refusal(deploy(options({ run: true })))).toMatch(
      new RegExp(
        `^deploy/other-build: .*: the bitstream is of build fedcba9876543210, this driver of build ${manifest.buildHash}: `,
      ),
    )
  })

  it('needs the whole package and its bitstream', async () => {
    const half = join(folder, 'half')
    await cp(dir(), half, { recursive: true })
    await rm(join(half, 'hw/pulses.hwh'))
    expect(await refusal(deploy(options({ dir: half })))).toMatch(
      /^deploy\/no-bitstream: .*pulses\.hwh: .*vivado -mode batch -source vivado\/project\.tcl/,
    )
    const named = join(folder, 'named.bit')
    expect(await refusal(deploy(options({ bitstream: named })))).toMatch(
      /^deploy\/no-bitstream: .*named\.bit: there is no such file; expected the \.bit, /,
    )
    expect(await refusal(deploy(options({ bitstream: join(folder, 'named.xsa') })))).toMatch(
      /^deploy\/no-bitstream: .*named\.xsa: the file is no \.bit; /,
    )
    await rm(join(half, 'pynq/X_test.npy'))
    expect(await refusal(deploy(options({ dir: half })))).toMatch(/^package\/damaged: .*X_test\.npy: /)
    await rm(join(half, 'package.json'))
    expect(await refusal(deploy(options({ dir: half })))).toMatch(/^package\/not-a-package: .*half: /)
  })

  it('tells of results that are not the golden ones, exit code 1', async () => {
    answer = wrongWord(answer)
    const result = await deploy(options({ run: true }))
    expect(result.good).toBe(false)
    expect(result.findings.map(({ code }) => code)).toEqual(['assess/mismatch'])
    answer = wrongWord(createAnswer())
    const texts: string[] = []
    const stream = { write: (text: string) => texts.push(text) }
    const flags = ['--host', '127.0.0.1', '--port', `${ssh.port}`, '--user', ssh.user, '--key', ssh.key]
    const code = await runCommandLine(
      ['deploy', dir(), '--run', ...flags, '--known-hosts', ssh.knownHosts, '--folder', remote()].concat([
        '--python',
        python(),
        '--out',
        join(folder, 'results'),
      ]),
      { stdout: stream, stderr: stream },
    )
    expect(code).toBe(1)
    expect(texts.join('')).toMatch(/60 rows in .* rows\/s; 1 values DIFFER/)
  })
})

function createAnswer(): Answer {
  const design = createDesignServer(subject.accelerator.module, 1)
  return line => design.answer(line)
}

/** The third word of every result is another one. */
function wrongWord(from: Answer): Answer {
  return async line => {
    const told = JSON.parse(await from(line)) as { words?: string }
    if (told.words === undefined) return JSON.stringify(told)
    const bytes = Buffer.from(told.words, 'base64')
    bytes[4 * 2 + 2]! ^= 0x40
    return JSON.stringify({ ...told, words: bytes.toString('base64') })
  }
}

describe.skipIf(missing !== undefined)('lutra assess on a board', () => {
  it('gives the emulator’s words there too', async () => {
    const target = boardOptions()
    const { assessment, good } = await assess({ dir: dir(), roads: ['board'], ...target })
    expect(good).toBe(true)
    expect(assessment.roads[1]).toMatchObject({ road: 'board', verdict: 'equal', rows, mismatches: 0 })
    expect(assessment.roads[1]!.score).toEqual(assessment.roads[0]!.score)
  })

  it('names row, output and word where the board parts', async () => {
    answer = wrongWord(answer)
    const target = boardOptions()
    const { assessment, good, findings } = await assess({ dir: dir(), roads: ['board'], ...target })
    expect(good).toBe(false)
    expect(assessment.roads[1]).toMatchObject({
      verdict: 'differs',
      mismatches: 1,
      first: { row: 1, output: 0 },
    })
    expect(findings[0]!.code).toBe('assess/mismatch')
  })

  it('tells of a board that is not reached, beside the roads that are', async () => {
    const target = boardOptions({ port: await freePort() })
    const { assessment, good } = await assess({ dir: dir(), roads: ['netlist', 'board'], ...target })
    expect(good).toBe(false)
    expect(assessment.roads.map(({ verdict }) => verdict)).toEqual(['reference', 'equal', 'failed'])
    expect(assessment.roads[2]!.reason).toMatch(/^deploy\/unreachable: /)
  })
})

describe('lutra deploy --udma', () => {
  it('sends the rows to every board, and tells of one that is not reached beside the others', async () => {
    const home = await mkdtemp(join(tmpdir(), 'lutra-udma-test-'))
    const out = join(home, 'package')
    await packageModel({
      ...(await modelIn(home)),
      board: 'hyperfpga-4ge21',
      link: 'comblock',
      words: 'raw',
      roads: ['netlist'],
      out,
    })
    const { accelerator } = await assessSubject(await openPackage(out), {})
    const server = await startUdmaServer(createComblockModel(accelerator.module))
    const here = `127.0.0.1:${server.port}`
    const away = `127.0.0.1:${await freePort()}`
    const results = join(home, 'results')
    const both = await deploy({ dir: out, udma: [here, away], out: results })
    expect(both.good).toBe(false)
    expect(both.boards.map(({ board, differ, error }) => [board, differ, error?.code])).toEqual([
      [here, 0, undefined],
      [away, undefined, 'udma/unreachable'],
    ])
    const golden = parseNpy(await readFile(join(out, 'data/y_test.npy')), 'y')
    const [name] = readdirSync(results).filter(entry => entry.startsWith('127'))
    expect(parseNpy(await readFile(join(results, name!, 'y_hw.npy')), 'y').data).toEqual(golden.data)
    expect(await refusal(deploy({ dir: out, udma: [away], out: results }))).toMatch(/^udma\/unreachable: /)
    const { assessment, good } = await assess({ dir: out, roads: ['board'], udma: here })
    expect([good, assessment.roads[1]!.verdict]).toEqual([true, 'equal'])
    await server.close()
    await rm(home, { recursive: true, force: true })
  })
})
