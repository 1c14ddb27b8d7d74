// Tools that are missing, fail, print rubbish or never end. The earlier build stays whole in every case.

import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findTool } from '../../src/tools/process.ts'
import { contents, lutra, useFolder, writeModel } from './command-line.ts'
import { program, withEnvironment, yosys } from './fake-tools.ts'

const vvp = findTool('vvp')?.path
const iverilog = findTool('iverilog')?.path

useFolder()
let earlier: Record<string, string>

const build = (set: Readonly<Record<string, string>>, ...more: string[]) =>
  withEnvironment(set, () =>
    lutra([
      'build',
      'model.h5',
      '--input-type',
      'fixed<8,2>',
      '--out',
      'out',
      '--quiet',
      '--threads',
      '1',
      ...more,
    ]),
  )

beforeAll(async () => {
  await writeModel('model.h5')
  expect(await build({}, '--no-synth')).toBe('exit 0')
  earlier = await contents('out')
})
afterEach(async () => expect(await contents('out')).toEqual(earlier))

describe('Yosys', () => {
  it('not where it is said to be', async () => {
    expect(await build({ LUTRA_YOSYS: '/nowhere/yosys' })).toMatchInlineSnapshot(`
      "exit 2
      error: tool/not-found: LUTRA_YOSYS: '/nowhere/yosys' is not an executable file; expected the path of yosys. Correct the variable, or unset it to use what is on PATH."
    `)
    expect(await build({ LUTRA_YOSYS: 'yosis' })).toMatchInlineSnapshot(`
      "exit 2
      error: tool/not-found: LUTRA_YOSYS: 'yosis' is not an executable file; expected the path of yosys. Correct the variable, or unset it to use what is on PATH."
    `)
  })

  it('that does not run', async () => {
    const fails = await program('fails', "console.error('cannot open shared object file'); process.exit(127)")
    expect(await build({ LUTRA_YOSYS: fails })).toMatchInlineSnapshot(`
      "exit 2
      error: tool/not-working: yosys (<folder>/fails): asked for its version it exited with code 127 and said 'cannot open shared object file'; expected a version line and exit code 0. Repair the installation, or set LUTRA_YOSYS to another one."
    `)
    const other = await program('other', "console.log('GNU bison 3.8')")
    expect(await build({ LUTRA_YOSYS: other })).toMatchInlineSnapshot(`
      "exit 2
      error: tool/not-working: yosys (<folder>/other): asked for its version it said 'GNU bison 3.8'; expected a line beginning with 'Yosys' and a number. Set LUTRA_YOSYS to a Yosys, or to wasm for the built-in one."
    `)
    const silent = await program('silent', '')
    expect(await build({ LUTRA_YOSYS: silent })).toMatchInlineSnapshot(`
      "exit 2
      error: tool/not-working: yosys (<folder>/silent): asked for its version it exited with code 0; expected a version line and exit code 0. Repair the installation, or set LUTRA_YOSYS to another one."
    `)
  })

  it('that fails on a module', async () => {
    const tool = await yosys('breaks', '0.90', "console.log('ERROR: Out of luck.'); process.exit(1)")
    expect(await build({ LUTRA_YOSYS: tool })).toMatchInlineSnapshot(`
      "exit 2
      error: synth/tool-failed: module 'myproject_core_fc_free': yosys exited with code 1 (native Yosys 0.90, <folder>/breaks). LUTRA_YOSYS names another Yosys, or wasm for the built-in one. Its last lines:
        ERROR: Out of luck."
    `)
    const killed = await yosys(
      'killed',
      '0.91',
      "process.kill(process.pid, 'SIGSEGV'); setTimeout(() => {}, 9000)",
    )
    expect(await build({ LUTRA_YOSYS: killed })).toMatchInlineSnapshot(`
      "exit 2
      error: synth/tool-failed: module 'myproject_core_fc_free': yosys was ended by SIGSEGV (native Yosys 0.91, <folder>/killed). LUTRA_YOSYS names another Yosys, or wasm for the built-in one. It said nothing."
    `)
  })

  it('that writes rubbish', async () => {
    const nothing = await yosys('nothing', '0.92', '')
    expect(await build({ LUTRA_YOSYS: nothing })).toMatchInlineSnapshot(`
      "exit 2
      error: synth/corrupt-output: module 'myproject_core_fc_free': the statistics are not JSON and begin with ''; expected the JSON that Yosys 0.23 to 0.55 writes for a flattened Xilinx netlist. Set LUTRA_YOSYS to a native Yosys, or to wasm for the built-in one; no count was taken from this run."
    `)
    const rubbish = await yosys('rubbish', '0.93', "writeFileSync('lutra_stat.json', 'segfault at 0x0')")
    expect(await build({ LUTRA_YOSYS: rubbish })).toMatchInlineSnapshot(`
      "exit 2
      error: synth/corrupt-output: module 'myproject_core_fc_free': the statistics are not JSON and begin with 'segfault at 0x0'; expected the JSON that Yosys 0.23 to 0.55 writes for a flattened Xilinx netlist. Set LUTRA_YOSYS to a native Yosys, or to wasm for the built-in one; no count was taken from this run."
    `)
    const unknown = await yosys('unknown', '0.94', 'stat({ FOO: 3 })')
    expect(await build({ LUTRA_YOSYS: unknown })).toMatchInlineSnapshot(`
      "exit 2
      error: synth/corrupt-output: module 'myproject_core_fc_free': cell 'FOO' is not one whose cost is known; expected the JSON that Yosys 0.23 to 0.55 writes for a flattened Xilinx netlist. Set LUTRA_YOSYS to a native Yosys, or to wasm for the built-in one; no count was taken from this run."
    `)
  })
})

describe('Icarus', () => {
  it('not where it is said to be', async () => {
    expect(await build({ LUTRA_IVERILOG: './no-such' }, '--no-synth')).toMatchInlineSnapshot(`
      "exit 2
      error: tool/not-found: LUTRA_IVERILOG: './no-such' is not an executable file; expected the path of iverilog. Correct the variable, or unset it to use what is on PATH."
    `)
  })

  it('that fails', async () => {
    const fails = await program('fails', "console.error('bench.v:1: syntax error'); process.exit(3)")
    expect(await build({ LUTRA_IVERILOG: fails, LUTRA_VVP: fails }, '--no-synth')).toMatchInlineSnapshot(`
      "exit 2
      error: tool/failed: iverilog on myproject: it exited with code 3: bench.v:1: syntax error. If the Verilog is as Lutra wrote it, please report this with the model and config."
    `)
  })

  it('that warns', async () => {
    const warns = await program('warns', "console.error('warning: timescale inherited')")
    expect(await build({ LUTRA_IVERILOG: warns, LUTRA_VVP: warns }, '--no-synth')).toMatchInlineSnapshot(`
      "exit 2
      error: tool/warned: iverilog on myproject: warning: timescale inherited; expected no warnings. If the Verilog is as Lutra wrote it, please report this with the model and config."
    `)
  })

  it('that leaves no result, or rubbish', async () => {
    const silent = await program('silent', '')
    expect(await build({ LUTRA_IVERILOG: silent, LUTRA_VVP: silent }, '--no-synth')).toMatchInlineSnapshot(`
      "exit 2
      error: tool/no-result: vvp on myproject: it ended without an error and wrote no log; expected a log of beats with a verdict at its end. Repair the installation, or set LUTRA_VVP to another one."
    `)
    const rubbish = await program(
      'rubbish',
      "require('node:fs').writeFileSync('stream.log', 'out of memory\\n')",
    )
    expect(await build({ LUTRA_IVERILOG: silent, LUTRA_VVP: rubbish }, '--no-synth')).toMatchInlineSnapshot(`
      "exit 2
      error: tool/no-result: vvp on myproject: it ended without an error, but its log has the line 'out of memory'; expected a log of beats with a verdict at its end. Repair the installation, or set LUTRA_VVP to another one."
    `)
    const partial = await program(
      'partial',
      "require('node:fs').writeFileSync('stream.log', 'in s_data 3\\n')",
    )
    expect(await build({ LUTRA_IVERILOG: silent, LUTRA_VVP: partial }, '--no-synth')).toMatchInlineSnapshot(`
      "exit 2
      error: tool/no-result: vvp on myproject: it ended without an error, but its log breaks off after 'in s_data 3'; expected a log of beats with a verdict at its end. Repair the installation, or set LUTRA_VVP to another one."
    `)
  })
})

it('absent from PATH: the road is skipped, and says why', async () => {
  const args = ['verify', 'model.h5', '--input-type', 'fixed<8,2>']
  expect(await lutra(args)).toMatchInlineSnapshot(`
    "exit 0
    reading and typing the model
    verify: netlist, 256 vectors
    finding: verify/random-vectors: --data: no vectors were given: verified on 256 random ones of the input types. Give --data to verify on your own.
    stdout: 256 vectors against the bit-accurate emulator
    float      largest difference 0.00378, mean 0.00128
    netlist    equal   latency 16, II 1   undisturbed; random stalls; random stalls, reset in mid-stream
    icarus     skipped: iverilog is not on PATH; LUTRA_IVERILOG may name it
    verilator  skipped: verilator is not on PATH; LUTRA_VERILATOR may name it"
  `)
})

it.skipIf(iverilog === undefined || vvp === undefined)('a part of a tool absent: skipped too', async () => {
  const args = ['verify', 'model.h5', '--input-type', 'fixed<8,2>', '--quiet', '--json']
  const said = await withEnvironment({ LUTRA_IVERILOG: iverilog! }, () => lutra(args))
  const { roads } = JSON.parse(said.slice(said.indexOf('{')))
  expect(roads[1]).toEqual({
    road: 'icarus',
    vectors: 0,
    equal: false,
    runs: [],
    skipped: 'vvp is not on PATH; LUTRA_VVP may name it',
  })
})
