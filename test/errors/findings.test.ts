// What `build` and `verify` must not pass over: the result is there, is said to be bad, and the exit code is 1.

import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { findTool } from '../../src/tools/process.ts'
import { lutra, useFolder, writeModel } from './command-line.ts'
import { program, withEnvironment, yosys } from './fake-tools.ts'

const vvp = findTool('vvp')?.path
const iverilog = findTool('iverilog')?.path

useFolder()
beforeAll(() => writeModel('model.h5'))

const model = ['model.h5', '--input-type', 'fixed<8,2>']

describe('synthesis', () => {
  it('a design that does not fit', async () => {
    const tool = await yosys('huge', '0.80', 'stat({ LUT6: 9000, FDRE: 10, DSP48E1: 20 })')
    const build = ['build', ...model, '--out', 'out', '--part', 'xc7a15tcpg236-1', '--threads', '1']
    expect(await withEnvironment({ LUTRA_YOSYS: tool }, () => lutra(build))).toMatchInlineSnapshot(`
      "exit 1
      reading and typing the model
      verify: netlist, 256 vectors
      synthesis 1/4: myproject_core_fc_free started
      synthesis 1/4: myproject_core_fc_free done
      synthesis 2/4: myproject_core_x_free started
      synthesis 2/4: myproject_core_x_free done
      synthesis 3/4: myproject_core_prob_free started
      synthesis 3/4: myproject_core_prob_free done
      synthesis 4/4: myproject started
      synthesis 4/4: myproject done
      writing the report
      finding: verify/random-vectors: --data: no vectors were given: verified on 256 random ones of the input types. Give --data to verify on your own.
      finding: fit/exceeds-device: xc7a15tcpg236-1: the design takes 36000 LUT and the device has 10400. Use narrower types, prune, or choose a larger device.
      finding: fit/exceeds-device: xc7a15tcpg236-1: the design takes 80 DSP and the device has 45. Use narrower types, prune, or choose a larger device.
      stdout: latency 16 cycles, II 1, at 5 ns
      256 vectors: netlist equal, icarus skipped (iverilog is not on PATH; LUTRA_IVERILOG may name it), verilator skipped (verilator is not on PATH; LUTRA_VERILATOR may name it)
      36000 LUT, 40 FF, 80 DSP, 0 BRAM (18 kb)
      out/report.html"
    `)
    expect(existsSync('out/report.json')).toBe(true)
  })

  it('a module that does not finish is told, and left out of the sum', async () => {
    const tool = await yosys(
      'slow',
      '0.81',
      "if (top.includes('prob')) setTimeout(() => {}, 60_000); else stat({ LUT6: 7 })",
    )
    const build = ['build', ...model, '--out', 'slow-out', '--synth-timeout', '1', '--threads', '1']
    expect(await withEnvironment({ LUTRA_YOSYS: tool }, () => lutra(build))).toMatchInlineSnapshot(`
      "exit 0
      reading and typing the model
      verify: netlist, 256 vectors
      synthesis 1/4: myproject_core_fc_free started
      synthesis 1/4: myproject_core_fc_free done
      synthesis 2/4: myproject_core_x_free started
      synthesis 2/4: myproject_core_x_free done
      synthesis 3/4: myproject_core_prob_free started
      synthesis 3/4: myproject_core_prob_free unfinished
      synthesis 4/4: myproject started
      synthesis 4/4: myproject done
      writing the report
      finding: verify/random-vectors: --data: no vectors were given: verified on 256 random ones of the input types. Give --data to verify on your own.
      finding: synth/timeout: module 'myproject_core_prob_free': synthesis was not done after 1 s; the module is not in the sum. Allow more time, or fold the layer further.
      stdout: latency 16 cycles, II 1, at 5 ns
      256 vectors: netlist equal, icarus skipped (iverilog is not on PATH; LUTRA_IVERILOG may name it), verilator skipped (verilator is not on PATH; LUTRA_VERILATOR may name it)
      21 LUT, 0 FF, 0 DSP, 0 BRAM (18 kb), not all layers finished
      slow-out/report.html"
    `)
  })
})

describe.skipIf(vvp === undefined || iverilog === undefined)('verification', () => {
  const wrong = (change: string) =>
    program(
      'wrong',
      `const { readFileSync, writeFileSync } = require('node:fs')
const { status } = require('node:child_process').spawnSync(${JSON.stringify(vvp)}, process.argv.slice(2), { stdio: 'inherit' })
const lines = readFileSync('stream.log', 'utf8').split('\\n')
writeFileSync('stream.log', lines.map(line => ${change}).join('\\n'))
process.exit(status)`,
    )

  const verify = async (verb: readonly string[], change: string) => {
    const tool = await wrong(change)
    return withEnvironment({ LUTRA_IVERILOG: iverilog!, LUTRA_VVP: tool }, () => lutra([...verb, ...model]))
  }

  it('a simulator that differs', async () => {
    const change = "line.replace(/^(out \\S+ \\d+ \\d+) .*$/, '$1 0')"
    expect(await verify(['verify'], change)).toMatchInlineSnapshot(`
      "exit 1
      reading and typing the model
      verify: netlist, 256 vectors
      verify: icarus, 256 vectors
      finding: verify/mismatch: myproject: pipeline or streams: icarus differs from the emulator on row 0, element 0: 0 instead of 167 (raw). The other roads agree: look first at icarus and its version. Else: This is a fault in Lutra; please report it with the model and config.
      finding: verify/random-vectors: --data: no vectors were given: verified on 256 random ones of the input types. Give --data to verify on your own.
      stdout: 256 vectors against the bit-accurate emulator
      float      largest difference 0.00378, mean 0.00128
      netlist    equal   latency 16, II 1   undisturbed; random stalls; random stalls, reset in mid-stream
      icarus     DIFFERS   latency 16, II 1   undisturbed; random stalls, reset in mid-stream
      verilator  skipped: verilator is not on PATH; LUTRA_VERILATOR may name it"
    `)
    expect(await verify(['build', '--out', 'differs', '--no-synth'], change)).toMatchInlineSnapshot(`
      "exit 1
      reading and typing the model
      verify: netlist, 256 vectors
      verify: icarus, 256 vectors
      writing the report
      finding: verify/mismatch: myproject: pipeline or streams: icarus differs from the emulator on row 0, element 0: 0 instead of 167 (raw). The other roads agree: look first at icarus and its version. Else: This is a fault in Lutra; please report it with the model and config.
      finding: verify/random-vectors: --data: no vectors were given: verified on 256 random ones of the input types. Give --data to verify on your own.
      stdout: latency 16 cycles, II 1, at 5 ns
      256 vectors: netlist equal, icarus DIFFERS, verilator skipped (verilator is not on PATH; LUTRA_VERILATOR may name it)
      differs/report.html"
    `)
  })

  it('a latency that does not hold', async () => {
    const change =
      "line.replace(/^out (\\S+) (\\d+)/, (_, name, cycle) => 'out ' + name + ' ' + (Number(cycle) + 1))"
    expect(await verify(['verify'], change)).toMatchInlineSnapshot(`
      "exit 1
      reading and typing the model
      verify: netlist, 256 vectors
      verify: icarus, 256 vectors
      finding: verify/timing: myproject: latency or interval as simulated (netlist 16/1, icarus 17/1) is not as stated (16/1). This is a fault in Lutra; please report it with the model and config.
      finding: verify/random-vectors: --data: no vectors were given: verified on 256 random ones of the input types. Give --data to verify on your own.
      stdout: 256 vectors against the bit-accurate emulator
      float      largest difference 0.00378, mean 0.00128
      netlist    equal   latency 16, II 1   undisturbed; random stalls; random stalls, reset in mid-stream
      icarus     equal   latency 17, II 1   undisturbed; random stalls, reset in mid-stream
      verilator  skipped: verilator is not on PATH; LUTRA_VERILATOR may name it"
    `)
  })
})

it('vectors that were made up are told, and no fault', async () => {
  expect(await lutra(['verify', ...model])).toMatchInlineSnapshot(`
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
