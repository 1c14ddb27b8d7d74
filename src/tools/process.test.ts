import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeEnd, findTool, requireTool, runProcess, toolVersion } from './process.ts'

const node = process.execPath
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-process-'))
  await writeFile(join(folder, 'iverilog'), '#!/bin/sh\necho "Icarus Verilog version 99"\n')
  await writeFile(join(folder, 'broken'), '#!/bin/sh\necho "cannot load library" >&2\nexit 3\n')
  await chmod(join(folder, 'iverilog'), 0o755)
  await chmod(join(folder, 'broken'), 0o755)
})
afterAll(() => rm(folder, { recursive: true }))

describe('finding a tool', () => {
  it('looks along PATH', async () => {
    const found = findTool('iverilog', { PATH: `/nowhere:${folder}` })
    expect(found).toEqual({ name: 'iverilog', path: join(folder, 'iverilog'), source: 'path' })
    expect(await toolVersion(found!)).toBe('Icarus Verilog version 99')
    expect(findTool('yosys', { PATH: folder })).toBeUndefined()
  })

  it('takes the variable first, as a path or as a name on PATH', () => {
    const path = join(folder, 'iverilog')
    expect(findTool('yosys', { PATH: '', LUTRA_YOSYS: path })).toEqual({
      name: 'yosys',
      path,
      source: 'environment',
    })
    expect(findTool('yosys', { PATH: folder, LUTRA_YOSYS: 'iverilog' })?.path).toBe(path)
  })

  it('says which variable is wrong, and which would help', () => {
    expect(() => findTool('yosys', { PATH: '', LUTRA_YOSYS: '/no/such/yosys' })).toThrow(
      /tool\/not-found: LUTRA_YOSYS: '\/no\/such\/yosys'/,
    )
    expect(() => findTool('yosys', { PATH: '', LUTRA_YOSYS: folder })).toThrow(/tool\/not-found/)
    expect(() => requireTool('g++', { PATH: '' })).toThrow(/tool\/missing: g\+\+: .*LUTRA_CXX/)
  })

  it('reports a tool that cannot tell its version', async () => {
    const found = findTool('yosys', { LUTRA_YOSYS: join(folder, 'broken') })!
    await expect(toolVersion(found)).rejects.toThrow(
      /tool\/not-working: yosys .*exited with code 3 and said 'cannot load library'.*LUTRA_YOSYS/,
    )
  })
})

describe('running a process', () => {
  it('keeps both streams, the exit code and the order', async () => {
    const pieces: string[] = []
    const run = await runProcess({
      command: '/bin/sh',
      args: ['-c', 'cat; echo err >&2; exit 7'],
      stdin: 'in\n',
      onOutput: (text, stream) => pieces.push(`${stream}:${text}`),
    })
    expect(run).toMatchObject({
      outcome: 'exited',
      exitCode: 7,
      stdout: 'in\n',
      stderr: 'err\n',
      killedBy: null,
    })
    expect(pieces.sort()).toEqual(['stderr:err\n', 'stdout:in\n'])
    expect(describeEnd(run)).toBe('exited with code 7')
  })

  it('keeps the last of a long output', async () => {
    const run = await runProcess({
      command: node,
      args: ['-e', 'for (let i = 0; i < 1e5; i++) console.log(i)'],
      keep: 100,
    })
    expect(run.stdout).toHaveLength(100)
    expect(run.stdout.endsWith('99999\n')).toBe(true)
  })

  it('ends the whole group at the time limit', async () => {
    const run = await runProcess({
      command: '/bin/sh',
      args: ['-c', 'sleep 60 & echo $!; wait'],
      timeoutMs: 300,
    })
    expect(run.outcome).toBe('timeout')
    const grandchild = Number(run.stdout)
    expect(grandchild).toBeGreaterThan(1)
    await expect.poll(() => alive(grandchild)).toBe(false)
  })

  it('ends when told to, even a process that does not listen', async () => {
    const stop = new AbortController()
    const run = await runProcess({
      command: '/bin/sh',
      args: ['-c', 'trap "" TERM; echo up; while true; do sleep 0.05; done'],
      signal: stop.signal,
      onOutput: () => stop.abort(),
    })
    expect(run).toMatchObject({ outcome: 'cancelled', killedBy: 'SIGKILL' })
    expect((await runProcess({ command: '/bin/sh', args: [], signal: stop.signal })).outcome).toBe(
      'cancelled',
    )
  })

  it('names the tool and its variable when it cannot start', async () => {
    const run = runProcess({ command: '/no/such/tool', args: [], label: 'yosys', variable: 'LUTRA_YOSYS' })
    await expect(run).rejects.toThrow(/tool\/not-started: yosys \(\/no\/such\/tool\): .*ENOENT.*LUTRA_YOSYS/)
  })
})

// A process that has ended but was not yet waited for still answers to signals: its state tells.
async function alive(pid: number): Promise<boolean> {
  const { stdout } = await runProcess({ command: 'ps', args: ['-o', 'stat=', '-p', String(pid)] })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}
