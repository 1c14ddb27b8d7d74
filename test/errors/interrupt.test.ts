// Builds that are interrupted, wherever they are: the earlier build stays whole and no process is left behind.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { contents, lutra, shown, useFolder, writeModel } from './command-line.ts'
import { program, withEnvironment, yosys } from './fake-tools.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')

useFolder()
let earlier: Record<string, string>
let hangs: string

const build = ['build', 'model.h5', '--input-type', 'fixed<8,2>', '--out', 'out/small', '--threads', '1']

beforeAll(async () => {
  await writeModel('model.h5')
  expect(await lutra([...build, '--no-synth', '--quiet'])).toBe('exit 0')
  earlier = await contents('out')
  // Starts a process of its own, as Yosys starts ABC, and never ends.
  hangs = await yosys(
    'hangs',
    '0.70',
    `const helper = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
writeFileSync(${JSON.stringify(resolve('pids'))}, process.pid + ' ' + helper.pid)
setInterval(() => {}, 1000)`,
  )
})
afterEach(async () => {
  expect(await contents('out')).toEqual(earlier)
  await rm('pids', { force: true })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // One that has ended and waits for a parent to ask is gone all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(20)
}

const pids = () => readFileSync('pids', 'utf8').split(' ').map(Number)
const started = () => existsSync('pids') && readFileSync('pids', 'utf8').includes(' ')

describe('by a signal given', () => {
  /** Aborts when a line of progress says this. */
  const abortAt = (word: string, set: Readonly<Record<string, string>> = {}, more: readonly string[] = []) =>
    withEnvironment(set, async () => {
      const controller = new AbortController()
      let err = ''
      const stderr = {
        write: (text: string) => {
          err += text
          if (text.includes(word)) controller.abort(new Error('interrupted; the earlier output is untouched'))
        },
      }
      const said = await lutra([...build, ...more], { stderr, signal: controller.signal })
      return `${said}\n${err.trimEnd()}`
    })

  it('before anything', async () => {
    const signal = AbortSignal.abort(new Error('interrupted; the earlier output is untouched'))
    expect(await lutra(build, { signal })).toMatchInlineSnapshot(`
      "exit 2
      error: run/interrupted: interrupted; the earlier output is untouched."
    `)
  })

  it('while the model is read', async () => {
    expect(await abortAt('reading')).toMatchInlineSnapshot(`
      "exit 2
      reading and typing the model
      error: run/interrupted: interrupted; the earlier output is untouched."
    `)
  })

  it('during verification by the built-in simulation', async () => {
    expect(await abortAt('verify: netlist')).toMatchInlineSnapshot(`
      "exit 2
      reading and typing the model
      verify: netlist, 256 vectors
      error: run/interrupted: interrupted; the earlier output is untouched."
    `)
  })

  it('during verification by a tool', async () => {
    const waits = await program('waits', 'setInterval(() => {}, 1000)')
    const tools = { LUTRA_IVERILOG: waits, LUTRA_VVP: waits }
    expect(await abortAt('verify: icarus', tools)).toMatchInlineSnapshot(`
      "exit 2
      reading and typing the model
      verify: netlist, 256 vectors
      verify: icarus, 256 vectors
      error: run/interrupted: interrupted; the earlier output is untouched."
    `)
  })

  it('during synthesis', async () => {
    expect(await abortAt('synthesis 1', { LUTRA_YOSYS: hangs })).toMatchInlineSnapshot(`
      "exit 2
      reading and typing the model
      verify: netlist, 256 vectors
      synthesis 1/4: myproject_core_fc_free started
      error: run/interrupted: interrupted; the earlier output is untouched."
    `)
    if (started()) await until(() => pids().every(pid => !isRunning(pid)))
  })

  it('before the build takes its place', async () => {
    expect(await abortAt('writing', {}, ['--no-synth'])).toMatchInlineSnapshot(`
      "exit 2
      reading and typing the model
      verify: netlist, 256 vectors
      writing the report
      error: run/interrupted: interrupted; the earlier output is untouched."
    `)
  })
})

describe.skipIf(process.platform === 'win32')('by the system', () => {
  function start(args: readonly string[], set: Readonly<Record<string, string>>) {
    const command = ['--import', import.meta.resolve('tsx'), main, ...args]
    const child = spawn(process.execPath, command, { env: { ...process.env, ...set } })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      err += text
    })
    const said = new Promise<string>(settle => {
      child.on('close', (code, signal) => settle(shown(code ?? signal, err, out)))
    })
    return { child, said }
  }

  it.each(['SIGINT', 'SIGTERM'] as const)('%s during synthesis', async signal => {
    const { child, said } = start([...build, '--quiet'], { LUTRA_YOSYS: hangs })
    await until(started)
    child.kill(signal)
    expect(await said).toBe('exit 2\nerror: run/interrupted: interrupted; the earlier output is untouched.')
    expect(pids().filter(isRunning)).toEqual([])
  })

  it('Ctrl-C while something computes without a pause', async () => {
    await writeFile(
      'busy.mjs',
      "import { writeFileSync } from 'node:fs'\nwriteFileSync('pids', '0 0')\nfor (;;);\n",
    )
    const { child, said } = start([...build, '--quiet', '--config', 'busy.mjs'], { LUTRA_YOSYS: hangs })
    await until(started)
    child.kill('SIGINT')
    expect(await said).toBe('exit 2\nerror: run/interrupted: interrupted; the earlier output is untouched.')
  })

  it('the death of the process that watches', async () => {
    const { child, said } = start([...build, '--quiet'], { LUTRA_YOSYS: hangs })
    await until(started)
    child.kill('SIGKILL')
    expect(await said).toBe(
      'exit SIGKILL\nerror: run/interrupted: interrupted; the earlier output is untouched.',
    )
    await until(() => pids().every(pid => !isRunning(pid)))
  })
})
