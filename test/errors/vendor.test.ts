// Vivado and its kin on a package, as the command line runs them: what they leave, and every way in which they fail.

import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync } from 'fflate'
import { parseTar } from 'nanotar'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { writeFolderAtomic } from '../../src/node/files.ts'
import { contents, lutra, useFolder, writeModel } from './command-line.ts'
import { program, withEnvironment } from './fake-tools.ts'
import { largeVivado, lateVivado, vivado, workingVivado } from './fake-vivado.ts'

const folder = useFolder()
const pack = ['package', 'model.h5', '--input-type', 'fixed<8,2>', '--board', 'pynq-z2', '--out', 'out']
const synth = (set: Record<string, string>, ...more: string[]) =>
  withEnvironment(set, () => lutra(['synth', 'out', ...more]))
const with_ = async (ending: string, upTo?: number) => ({
  LUTRA_VIVADO: await vivado('vivado', '2023.2', ending, upTo),
})

beforeAll(async () => {
  await writeModel('model.h5')
  expect(await lutra([...pack, '--quiet'])).toBe('exit 0')
})
afterEach(async () => {
  for (const left of ['hw', 'reports', 'vitis', 'package.tar.gz'])
    await rm(join('out', left), { recursive: true, force: true })
})

describe('synth', () => {
  it('runs Vivado, tells its stages, reads its reports, packs the bitstream', async () => {
    const before = await contents('out')
    const set = { LUTRA_VIVADO: await workingVivado('vivado') }
    expect(await synth(set)).toMatchInlineSnapshot(`
      "exit 0
      vivado 2023.2: starting
      vivado 2023.2: find the part
      vivado 2023.2: package the accelerator
      vivado 2023.2: create the project
      vivado 2023.2: build the block design
      vivado 2023.2: make the wrapper
      vivado 2023.2: synthesise
      vivado 2023.2: place and route
      vivado 2023.2: write reports
      vivado 2023.2: meet the clock
      vivado 2023.2: write the bitstream
      vivado 2023.2: collect results
      stdout: vivado 2023.2
      LUT 6123 of 53200 (11.5 %), FF 8250 of 106400 (7.8 %), DSP 12 of 220 (5.5 %), BRAM (36 kb) 3.5 of 140 (2.5 %)
      slack 1.214 ns setup, 0.021 ns hold: the clock is met
      out/hw/myproject.bit
      out/hw/myproject.hwh
      out/hw/myproject.xsa
      out/package.tar.gz
      out/reports/vivado.json"
    `)
    const { 'out/reports/vivado.json': record, ...after } = await contents('out')
    expect(JSON.parse(record!)).toMatchObject({
      project: 'myproject',
      part: 'xc7z020clg400-1',
      ImplementationReport: { TotLUTs: 6123, DSPs: 12 },
      TimingReport: { WNS: 1.214 },
    })
    expect(after).toMatchObject(before)
    const packed = parseTar(gunzipSync(await readFile('out/package.tar.gz')))
    const names = packed.map(({ name }) => name)
    expect(names).toEqual([...names].sort())
    expect(names).toEqual(
      expect.arrayContaining([
        ...['hls4ml_nn.bit', 'hls4ml_nn.hwh', 'axi_stream_driver.py'],
        ...['X_test.npy', 'y_test.npy', 'myproject.ipynb'],
      ]),
    )
    const file = (name: string) => packed.find(own => own.name === name)!.text
    expect(file('hls4ml_nn.bit')).toBe('bit of vivado/project.tcl')
    expect(file('myproject.ipynb')).toContain("NeuralNetworkOverlay('hls4ml_nn.bit', X.shape, y.shape)")
    expect(file('myproject.ipynb')).not.toMatch(/myproject\.(bit|hwh)/)

    const first = await readFile('out/package.tar.gz')
    expect(await synth({}, '--collect', '--quiet')).toBe('exit 0')
    expect(await readFile('out/package.tar.gz')).toEqual(first)
  })

  it('packs what a node of a cluster asks for, and what a board without Linux has', async () => {
    const packed = async (board: string, made: readonly string[]) => {
      const args = pack.map(word => (word === 'pynq-z2' ? board : word === 'out' ? board : word))
      expect(await lutra([...args, '--quiet'])).toBe('exit 0')
      await mkdir(join(board, 'hw'))
      for (const name of made) await writeFile(join(board, 'hw', name), name)
      expect(await lutra(['synth', board, '--collect', '--quiet'])).toBe('exit 0')
      return parseTar(gunzipSync(await readFile(join(board, 'package.tar.gz')))).map(({ name }) => name)
    }
    const made = ['bit', 'hwh', 'xsa'].map(ending => `myproject.${ending}`)
    expect(await packed('hyperfpga-4ge21', [...made, 'myproject-4ge21.xsa'])).toEqual(
      expect.arrayContaining(['hls4ml_nn.bit', 'myproject-4ge21.xsa', 'cluster.py', 'X_test.npy']),
    )
    const alone = ['X_test.npy', 'hls4ml_nn.bit', 'hls4ml_nn.xsa', 'y_test.npy']
    expect(await packed('basys3', ['myproject.bit', 'myproject.xsa'])).toEqual(alone)
  })

  it('--log shows all, --json gives the reports', async () => {
    const set = { LUTRA_VIVADO: await workingVivado('vivado') }
    expect(await synth(set, '--log', '--quiet')).toContain(
      '****** Vivado v2023.2 (64-bit)\nlutra: find the part\n',
    )
    const said = await synth(set, '--json', '--quiet')
    expect(JSON.parse(said.slice(said.indexOf('{')))).toMatchObject({
      kind: 'package',
      tools: ['vivado 2023.2'],
      good: true,
      files: [
        'hw/myproject.bit',
        'hw/myproject.hwh',
        'hw/myproject.xsa',
        'package.tar.gz',
        'reports/vivado.json',
      ],
    })
  })

  it('a version that is newer is told, one that is older refused', async () => {
    expect(await synth({ LUTRA_VIVADO: await workingVivado('new', '2027.1') }, '--json')).toContain(
      'finding: vendor/newer-version: vivado: its version is 2027.1',
    )
    expect(await synth({ LUTRA_VIVADO: await workingVivado('old', '2019.2') })).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/older-version: vivado (<folder>/old): its version is 2019.2, which lacks what the project's script uses; expected 2020.2 or later. Install a later one, or set LUTRA_VIVADO to it."
    `)
    const odd = await program('odd', "console.log('Vivado, some version')")
    expect(await synth({ LUTRA_VIVADO: odd })).toMatchInlineSnapshot(`
      "exit 2
      error: tool/not-working: vivado (<folder>/odd): asked for its version it said 'Vivado, some version'; expected a version such as v2023.2. Set LUTRA_VIVADO to another one."
    `)
  })

  it('nothing to run, or nothing to run it on', async () => {
    expect(await synth({})).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/no-tool: vivado: vivado is not on PATH; expected vivado 2020.2 or later. Run settings64.sh of its installation first, or set LUTRA_VIVADO to its path. The package is complete without it: copy the folder to a machine that has it, build there as its README.md says, and read the results with lutra synth FOLDER --collect."
    `)
    expect(await synth({}, '--collect')).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/no-bitstream: out: there is no hw/myproject.bit; expected a package whose bitstream is built. Build it first, as the README.md of the package says, or with lutra synth."
    `)
    await mkdir('empty', { recursive: true })
    expect(await lutra(['synth', 'empty'])).toMatchInlineSnapshot(`
      "exit 2
      error: synth/no-project: empty: the folder holds nothing that a tool could be run on; expected a package (package.json), or an HLS project (build_prj.tcl). Name the folder that lutra package or hls4ml wrote."
    `)
    await writeFolderAtomic('built', { 'lutra.lock.json': '{}' })
    expect(await lutra(['synth', 'built'])).toMatchInlineSnapshot(`
      "exit 2
      error: synth/nothing-to-run: built: the folder is a build, which is synthesised already; its counts are in report.txt; expected a package, or an HLS project. For a bitstream, package the model: lutra package MODEL --board BOARD --out FOLDER."
    `)
  })

  it('a clock that is not met, a design too large: findings, exit 1, no archive', async () => {
    const late = { LUTRA_VIVADO: await lateVivado('late') }
    expect(await synth(late)).toMatchInlineSnapshot(`
      "exit 1
      vivado 2023.2: starting
      vivado 2023.2: find the part
      vivado 2023.2: package the accelerator
      vivado 2023.2: create the project
      vivado 2023.2: build the block design
      vivado 2023.2: make the wrapper
      vivado 2023.2: synthesise
      vivado 2023.2: place and route
      vivado 2023.2: write reports
      vivado 2023.2: meet the clock
      finding: vendor/timing: vivado 2023.2, meet the clock: at 100 MHz the worst setup path lacks 0.412 ns; no bitstream was written; expected no path longer than the clock period. Package again with a slower --clock; reports/timing.rpt names the paths.
      stdout: vivado 2023.2
      LUT 6123 of 53200 (11.5 %), FF 8250 of 106400 (7.8 %), DSP 12 of 220 (5.5 %), BRAM (36 kb) 3.5 of 140 (2.5 %)
      slack -0.412 ns setup, 0.021 ns hold: the clock is NOT met"
    `)
    const large = { LUTRA_VIVADO: await largeVivado('large') }
    expect(await synth(large, '--quiet', '--json')).toContain('vendor/over-utilised')
    expect(await synth(large)).toContain('takes 61243 LUT as Logic where the device has 53200')
    expect(Object.keys(await contents('out'))).not.toContain('out/package.tar.gz')
  })

  it('failures of machine and installation: causes, exit 2', async () => {
    const said = async (...lines: string[]) =>
      (
        await synth(await with_(`fail(${lines.map(line => JSON.stringify(line)).join(', ')})`, 6), '--quiet')
      ).replaceAll('\n', ' | ')
    expect(
      await said(
        "ERROR: [Common 17-345] A valid license was not found for feature 'Synthesis' and/or device 'xc7z020'. Please run the Vivado License Manager for assistance",
      ),
    ).toMatchInlineSnapshot(
      `"exit 2 | error: vendor/no-licence: vivado 2023.2, synthesise: no licence was found for Synthesis on xc7z020; expected a licence that covers the device. Look with the Vivado License Manager, and name the licence with XILINXD_LICENSE_FILE. Small devices need none in the free editions: another board may do."`,
    )
    expect(
      await said(
        'lutra: failed to find the part: xc7z020clg400-1 is not installed in this Vivado; add its device family with the installer',
      ),
    ).toMatchInlineSnapshot(
      `"exit 2 | error: vendor/no-part: vivado 2023.2, synthesise: the part xc7z020clg400-1 is not installed; expected an installation with its device family. Add the family with the installer (Help > Add Design Tools or Devices)."`,
    )
    expect(
      await said("terminate called after throwing an instance of 'std::bad_alloc'"),
    ).toMatchInlineSnapshot(
      `"exit 2 | error: vendor/out-of-memory: vivado 2023.2, synthesise: memory ran out; expected memory for the device: from 4 GB for small parts to 32 GB and more for cards. Close other programs, add swap space, or build with fewer jobs (set jobs 1 in the project script)."`,
    )
    expect(
      await said('ERROR: [Common 17-1293] The path is bad: No space left on device'),
    ).toMatchInlineSnapshot(
      `"exit 2 | error: vendor/disk-full: vivado 2023.2, synthesise: the disk is full. Free some gigabytes where the project lies and in the folder for temporary files (TMPDIR)."`,
    )
    expect(
      await said(
        "lutra: failed to build the block design: this Vivado's catalogue has no axi_dma for the part",
      ),
    ).toMatchInlineSnapshot(
      `"exit 2 | error: vendor/missing-ip: vivado 2023.2, synthesise: the catalogue has no axi_dma; expected an installation with the IP that the block design uses. Install the whole IP catalogue, or a version of the tool that has it."`,
    )
    expect(await said('ERROR: [Odd 1-1] something new', 'ERROR: [Odd 1-2] and more')).toMatchInlineSnapshot(
      `"exit 2 | error: vendor/failed: vivado 2023.2, synthesise: vivado exited with code 1. It said: |   ERROR: [Odd 1-1] something new |   ERROR: [Odd 1-2] and more"`,
    )
    expect(
      await synth(await with_("process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 9000)"), '--quiet'),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/out-of-memory: vivado 2023.2, place and route: it was ended by the system, most often because memory ran out; expected memory for the device: from 4 GB for small parts to 32 GB and more for cards. Close other programs, add swap space, or build with fewer jobs (set jobs 1 in the project script)."
    `)
  })

  it('ends well and leaves no bitstream, or a report that is none', async () => {
    expect(await synth(await with_("say('lutra: done')"), '--quiet')).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/no-bitstream: out: there is no hw/myproject.bit; expected a package whose bitstream is built. Build it first, as the README.md of the package says, or with lutra synth."
    `)
    const cut = "results('myproject'); writeFileSync('reports/timing.rpt', 'nothing')"
    expect(await synth(await with_(cut), '--quiet')).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/report-unreadable: out/reports/timing.rpt: the tables that reports have are not in it. Look at the file; if the tool wrote it whole, please report this with its version."
    `)
  })

  it('a time limit and an abort end it with all that it started', async () => {
    const endless = await with_(
      `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
require('node:fs').writeFileSync('pids', process.pid + ' ' + child.pid)
setInterval(() => {}, 1000)`,
    )
    expect(await synth(endless, '--timeout', '0.03', '--quiet')).toMatchInlineSnapshot(`
      "exit 2
      error: tool/timeout: vivado 2023.2, place and route: vivado did not finish within its time limit (2 s). Allow more time with --timeout, or make the design smaller."
    `)
    await allGone()
    const controller = new AbortController()
    const running = withEnvironment(endless, () =>
      lutra(['synth', 'out', '--quiet'], { signal: controller.signal }),
    )
    while ((await readFile('out/pids', 'utf8').catch(() => '')) === '') await pause(20)
    controller.abort(new Error('interrupted'))
    expect(await running).toMatchInlineSnapshot(`
      "exit 2
      error: run/interrupted: interrupted."
    `)
    await allGone()
  })
})

/** Waits until the processes that a stand-in noted are gone. */
async function allGone(): Promise<void> {
  const pids = (await readFile(join(folder(), 'out/pids'), 'utf8')).split(' ').map(Number)
  await rm(join(folder(), 'out/pids'))
  const alive = (pid: number) => {
    try {
      return !execFileSync('/bin/ps', ['-o', 'stat=', '-p', `${pid}`])
        .toString()
        .startsWith('Z')
    } catch {
      return false
    }
  }
  while (pids.some(alive)) await pause(20)
}

describe('package --bitstream', () => {
  it('looks for Vivado first, and builds when it is there', async () => {
    const other = [...pack.slice(0, -1), 'other', '--bitstream']
    expect(await lutra(other)).toContain('exit 2\nerror: vendor/no-tool: vivado: vivado is not on PATH')
    expect(Object.keys(await contents('.')).some(path => path.startsWith('other'))).toBe(false)
    const set = { LUTRA_VIVADO: await workingVivado('vivado') }
    const said = await withEnvironment(set, () => lutra([...other, '--json', '--quiet']))
    expect(JSON.parse(said.slice(said.indexOf('{'))).synth.ImplementationReport.TotLUTs).toBe(6123)
    expect(Object.keys(await contents('other'))).toContain('other/package.tar.gz')
  })
})

describe('synth --app', () => {
  const vitis = (name: string, ending: string) =>
    program(
      name,
      `const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
if (process.argv.includes('--version')) {
  console.log('****** Vitis v2024.1 (64-bit)')
  process.exit(0)
}
readFileSync('hw/myproject.xsa')
for (const [, stage] of readFileSync(process.argv.at(-1), 'utf8').matchAll(/^stage\\("(.*)"\\)$/gm)) console.log('lutra: ' + stage)
${ending}`,
    )
  const elf = 'vitis/myproject_app/build/myproject_app.elf'

  it('lets Vitis make platform and program once Vivado is done', async () => {
    const set = {
      LUTRA_VIVADO: await workingVivado('vivado'),
      LUTRA_VITIS: await vitis(
        'vitis',
        `mkdirSync('vitis/myproject_app/build', { recursive: true })
writeFileSync('${elf}', 'elf')`,
      ),
    }
    const said = await synth(set, '--app')
    expect(said.slice(0, said.indexOf('LUT '))).toMatchInlineSnapshot(`
      "exit 0
      vivado 2023.2: starting
      vivado 2023.2: find the part
      vivado 2023.2: package the accelerator
      vivado 2023.2: create the project
      vivado 2023.2: build the block design
      vivado 2023.2: make the wrapper
      vivado 2023.2: synthesise
      vivado 2023.2: place and route
      vivado 2023.2: write reports
      vivado 2023.2: meet the clock
      vivado 2023.2: write the bitstream
      vivado 2023.2: collect results
      vitis 2024.1: starting
      vitis 2024.1: make the platform
      vitis 2024.1: build the platform
      vitis 2024.1: make the application
      vitis 2024.1: build the program
      stdout: vivado 2023.2, vitis 2024.1
      "
    `)
    expect(said).toContain(`out/package.tar.gz\nout/${elf}\n`)
    expect(await synth({}, '--app', '--collect', '--quiet')).toBe('exit 0')
  })

  it('looks for both first, and tells what Vitis did not make', async () => {
    const LUTRA_VIVADO = await workingVivado('vivado')
    expect(await synth({ LUTRA_VIVADO }, '--app')).toContain(
      'vendor/no-tool: vitis: vitis is not on PATH; expected vitis 2023.2 or later.',
    )
    expect(Object.keys(await contents('out'))).not.toContain('out/hw/myproject.bit')
    expect(
      await synth({ LUTRA_VIVADO, LUTRA_VITIS: await vitis('lazy', '') }, '--app', '--quiet'),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/no-elf: out: there is no vitis/myproject_app/build/myproject_app.elf; expected a program that Vitis built. Build it with lutra synth --app or vitis -s baremetal/create_app.py; the log of Vitis says more."
    `)
    const LUTRA_VITIS = await vitis('failing', "console.log('main.c:3: error: odd'); process.exit(1)")
    expect(await synth({ LUTRA_VIVADO, LUTRA_VITIS }, '--app', '--quiet')).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/failed: vitis 2024.1, build the program: vitis exited with code 1. It said:
        lutra: make the platform
        lutra: build the platform
        lutra: make the application
        lutra: build the program
        main.c:3: error: odd"
    `)
  })

  it('is refused where no program runs', async () => {
    const args = pack.map(word => (word === 'pynq-z2' ? 'alveo-u50' : word === 'out' ? 'other-card' : word))
    expect(await lutra([...args, '--quiet'])).toBe('exit 0')
    expect(await lutra(['synth', 'other-card', '--app'])).toMatchInlineSnapshot(`
      "exit 2
      error: synth/no-program: other-card: a bare-metal program is asked for, and alveo-u50 runs none; expected a package for a board with a processor and memory, with baremetal/create_app.py. Leave --app out, or package for another board."
    `)
    await writeFolderAtomic('hls', { 'build_prj.tcl': '' })
    expect(await lutra(['synth', 'hls', '--app'])).toContain('synth/no-program: hls')
  })
})

describe('cards', () => {
  it('are packaged by Vivado and linked by v++, both looked for first', async () => {
    const args = pack.map(word => (word === 'pynq-z2' ? 'alveo-u250' : word === 'out' ? 'card' : word))
    expect(await lutra([...args, '--quiet'])).toBe('exit 0')
    const LUTRA_VIVADO = await vivado(
      'vivado',
      '2023.2',
      "writeFileSync('build/myproject_kernel.xo', 'xo')",
      2,
    )
    const synthCard = (set: Record<string, string>) =>
      withEnvironment({ LUTRA_VIVADO, ...set }, () => lutra(['synth', 'card']))
    expect(await synthCard({})).toContain(
      'error: vendor/no-tool: v++: v++ is not on PATH; expected v++ 2020.2',
    )
    const LUTRA_VPP = await program(
      'vpp',
      `const { readFileSync, writeFileSync } = require('node:fs')
if (process.argv.includes('--version')) {
  console.log('****** v++ v2023.2 (64-bit)')
  process.exit(0)
}
const value = flag => process.argv[process.argv.indexOf(flag) + 1]
console.log('INFO: [v++ 60-1441] [20:46:16] Run run_link: Step system_link: Started')
console.log('INFO: [v++ 60-1441] [20:46:46] Run run_link: Step vpl: Started')
readFileSync(value('--config'))
writeFileSync(value('-o'), readFileSync(process.argv.at(-1), 'utf8') + ' ' + value('--platform') + ' ' + value('--kernel_frequency'))`,
    )
    expect(await synthCard({ LUTRA_VPP })).toMatchInlineSnapshot(`
      "exit 0
      vivado 2023.2: starting
      vivado 2023.2: find the part
      vivado 2023.2: package the accelerator
      v++ 2023.2: starting
      v++ 2023.2: link: system_link
      v++ 2023.2: link: vpl
      stdout: vivado 2023.2, v++ 2023.2
      card/alveo/build/myproject.hw.xclbin
      card/package.tar.gz
      card/reports/vivado.json"
    `)
    const packed = parseTar(gunzipSync(await readFile('card/package.tar.gz')))
    expect(packed.find(({ name }) => name === 'hls4ml_nn.xclbin')!.text).toMatch(/^xo xilinx_u250_\w+ 200$/)
    expect(packed.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['X_test.npy', 'alveo_driver.py', 'y_test.npy']),
    )
  })
})

describe('HLS projects', () => {
  const hls = (body: string) =>
    program(
      'vitis_hls',
      `const { mkdirSync, writeFileSync } = require('node:fs')
if (process.argv.includes('-version') || process.argv.includes('--version')) {
  console.log('****** Vitis HLS - High-Level Synthesis from C, C++ and OpenCL v2023.2 (64-bit)')
  process.exit(0)
}
console.log('***** C SYNTHESIS *****')
const folder = 'jets_prj/solution1/syn/report'
${body}`,
    )
  beforeAll(async () => {
    await mkdir('hls', { recursive: true })
    await writeFile('hls/build_prj.tcl', '# as hls4ml writes it\n')
    await writeFile(
      'hls/project.tcl',
      'variable project_name\nset project_name "jets"\nvariable backend\nset backend "vitis"\n',
    )
  })
  const run = (tool: string) => withEnvironment({ LUTRA_VITIS_HLS: tool }, () => lutra(['synth', 'hls']))
  const xml =
    '<profile><UserAssignments><TargetClockPeriod>5.00</TargetClockPeriod></UserAssignments><PerformanceEstimates><SummaryOfTimingAnalysis><EstimatedClockPeriod>4.049</EstimatedClockPeriod></SummaryOfTimingAnalysis><SummaryOfOverallLatency><Best-caseLatency>10</Best-caseLatency><Worst-caseLatency>12</Worst-caseLatency><Interval-min>8</Interval-min><Interval-max>8</Interval-max></SummaryOfOverallLatency></PerformanceEstimates><AreaEstimates><Resources><BRAM_18K>4</BRAM_18K><DSP>73</DSP><FF>7969</FF><LUT>2532</LUT><URAM>0</URAM></Resources></AreaEstimates></profile>'

  it('are synthesised, and what the tool expects is read', async () => {
    const tool = await hls(
      `mkdirSync(folder, { recursive: true }); writeFileSync(folder + '/jets_csynth.xml', ${JSON.stringify(xml)})`,
    )
    expect(await run(tool)).toMatchInlineSnapshot(`
      "exit 0
      vitis_hls 2023.2: starting
      vitis_hls 2023.2: c synthesis
      stdout: vitis_hls 2023.2
      C synthesis: latency 10 to 12 cycles, interval 8 to 8, 4.049 ns; 2532 LUT, 7969 FF, 73 DSP, 4 BRAM (18 kb)
      hls/jets_prj/solution1/syn/report/jets_csynth.xml"
    `)
  })

  it('fail with their causes, and without a tool with what to do', async () => {
    const part = await hls(
      'console.log("ERROR: [HLS 200-1023] Part \'xcvu13p-flga2577-2-e\' is not installed."); process.exit(1)',
    )
    expect(await run(part)).toMatchInlineSnapshot(`
      "exit 2
      vitis_hls 2023.2: starting
      vitis_hls 2023.2: c synthesis
      error: vendor/no-part: vitis_hls 2023.2, c synthesis: the part xcvu13p-flga2577-2-e is not installed; expected an installation with its device family. Add the family with the installer (Help > Add Design Tools or Devices)."
    `)
    await rm('hls/jets_prj', { recursive: true })
    expect(await run(await hls(''))).toMatchInlineSnapshot(`
      "exit 2
      vitis_hls 2023.2: starting
      vitis_hls 2023.2: c synthesis
      error: vendor/no-report: hls/jets_prj/solution1/syn/report: the tool ended without an error and left no report of a synthesis; expected csynth.xml. Look whether build_opt.tcl asks for a synthesis, and at the log of the tool."
    `)
    expect(await lutra(['synth', 'hls'])).toMatchInlineSnapshot(`
      "exit 2
      error: vendor/no-tool: vitis-run: vitis-run or vitis_hls is not on PATH; expected vitis-run 2023.2 or later. Run settings64.sh of its installation first, or set LUTRA_VITIS_RUN to its path. Resources without it: lutra estimate --backend vitis MODEL."
    `)
  })
})
