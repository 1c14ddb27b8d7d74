// The built-in simulation beside Verilator: cycles per second of processor time on the same designs and vectors, in
// one run, results compared. Verilator's model is made and compiled at -O3 beforehand, by two jobs, which is told apart.
//
//   npx tsx bench/simulation.ts [--frames 20000] [name …]
//
// "streams" is a test bench with valid and ready, one line of log per beat in Verilator's, result arrays in ours;
// "bare" is the model alone with new data on its ports in every cycle. Both keep the best of several rounds, taken in
// turns. Seconds are the process's user time: ours with compilation, collection and all threads.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { buildDesign, type Design } from '../src/index.ts'
import { createAheadSimulator } from '../src/netlist/simulate/ahead.ts'
import { prepareDesign } from '../src/node/hardware.ts'
import { benchSetup, inputFile, readBenchLog, vectorFile } from '../src/rtl/bench-setup.ts'
import { cppBenchArguments, printCppBench } from '../src/rtl/cpp-bench.ts'
import { flatten } from '../src/rtl/flatten.ts'
import type { RtlModule } from '../src/rtl/module.ts'
import { printVerilogProject } from '../src/rtl/print-module.ts'
import { createStreamSimulation } from '../src/rtl/run-stream.ts'
import type { StreamFrames } from '../src/rtl/stream-ports.ts'
import type { StreamRun } from '../src/rtl/stream-result.ts'
import { findTool, requireTool, runProcess } from '../src/tools/process.ts'
import { referenceNetworks } from './reference-networks.ts'

const recorded = '../shared/reference/hls4ml'
const rounds = 3

/**
 * Functions and files of so many statements: g++ takes minutes for the larger ones that Verilator makes by itself, whose
 * code is no faster. What runs once, before the first cycle, is not optimised.
 */
const split = ['--output-split', '5000', '--output-split-cfuncs', '1000']

async function designOf(name: string): Promise<Design> {
  const network = referenceNetworks()?.find(each => each.name === name)
  if (network !== undefined)
    return buildDesign(network.define().typed, { project: 'tagger', clockNs: 5, family: 'xcu' })
  const folder = `${recorded}/${name}`
  const options = { model: `${folder}/model.h5`, config: `${folder}/config.json` }
  return (await prepareDesign({ ...options, part: 'xcu250-figd2104-2L-e', clock: 5 })).design
}

/** Raw values over the whole range of each element, from a fixed seed. */
function randomFrames({ inputs }: Design, count: number): StreamFrames {
  let state = 0x2545f491
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  return Object.fromEntries(
    inputs.map(({ dataPort, types }) => [
      dataPort,
      Array.from({ length: count }, () => [
        types.map(({ signed, width }) => {
          const bits = (BigInt(next()) << 32n) | BigInt(next())
          return signed ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits)
        }),
      ]),
    ]),
  )
}

function cpuSeconds<T>(work: () => T): { result: T; seconds: number } {
  const start = process.cpuUsage()
  const result = work()
  const { user } = process.cpuUsage(start)
  return { result, seconds: user / 1e6 }
}

/** The model alone: new data in every cycle, all outputs summed. */
function bareProgram(module: RtlModule, cycles: number): string {
  const port = (name: string) => module.ports.some(each => each.name === name)
  return `#include <cstdio>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>
#include <ctime>
#include "Vtop.h"
#include "verilated.h"
template <typename T> void put(T& port, const uint32_t* w, int n) {
  port = static_cast<T>(w[0] | (n > 1 ? static_cast<uint64_t>(w[1]) << 32 : 0));
}
template <size_t N> void put(VlWide<N>& port, const uint32_t* w, int n) {
  for (size_t k = 0; k < N; k++) port[k] = static_cast<int>(k) < n ? w[k] : 0;
}
template <typename T> uint32_t fold(const T& port) { return static_cast<uint32_t>(port); }
template <size_t N> uint32_t fold(const VlWide<N>& port) { uint32_t s = 0; for (size_t k = 0; k < N; k++) s ^= port[k]; return s; }
int main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  std::vector<uint32_t> beats; int words = 0; long count = 0;
  std::ifstream file("s_data.mem");
  for (std::string line; std::getline(file, line); count++) {
    words = (line.size() + 7) / 8;
    for (int k = 0; k < words; k++) {
      size_t end = line.size() - 8 * k, begin = end > 8 ? end - 8 : 0;
      beats.push_back(std::strtoul(line.substr(begin, end - begin).c_str(), nullptr, 16));
    }
  }
  static Vtop top;
  top.clk = 0; top.rst = 1; top.s_valid = 0;
  ${port('m_ready') ? 'top.m_ready = 1;' : ''}
  for (int k = 0; k < 4; k++) { top.clk = 0; top.eval(); top.clk = 1; top.eval(); }
  top.rst = 0; top.s_valid = 1;
  uint32_t sum = 0;
  clock_t start = clock();
  for (long cycle = 0; cycle < ${cycles}; cycle++) {
    put(top.s_data, &beats[cycle % count * words], words);
    top.clk = 0; top.eval();
    sum += top.m_valid ? fold(top.m_data) : 0;
    top.clk = 1; top.eval();
  }
  std::printf("SECONDS %f %u\\n", static_cast<double>(clock() - start) / CLOCKS_PER_SEC, sum);
}
`
}

interface Verilated {
  readonly buildSeconds: number
  stream(): Promise<{ run: StreamRun; seconds: number }>
  bare(): Promise<number>
  close(): Promise<void>
}

async function command(folder: string, path: string, args: readonly string[], label: 'verilator' | 'g++') {
  const run = await runProcess({ command: path, args, cwd: folder, label, timeoutMs: 1_800_000 })
  if (run.outcome !== 'exited' || run.exitCode !== 0)
    throw new Error(`${label} ${run.outcome} ${run.exitCode}: ${run.output.slice(-2000)}`)
  return run.stdout
}

async function verilate(module: RtlModule, frames: StreamFrames, cycles: number): Promise<Verilated> {
  const folder = await mkdtemp(join(tmpdir(), 'lutra-bench-'))
  const setup = benchSetup(module, frames, {})
  const { files } = printVerilogProject(module)
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  for (const channel of setup.inputs)
    await writeFile(join(folder, inputFile(channel)), vectorFile(channel, frames))
  const timed = printCppBench(setup)
    .replace('#include <cstdint>', '#include <cstdint>\n#include <ctime>')
    .replace(
      'if (!run(top, number("reset_at", -1)))',
      'clock_t started = clock();\n  if (!run(top, number("reset_at", -1)))',
    )
    .replace(
      /( {2}std::fprintf\(stream_log, "%s\\n", verdict\);)/,
      '  std::printf("SECONDS %f\\n", static_cast<double>(clock() - started) / CLOCKS_PER_SEC);\n$1',
    )
  await writeFile(join(folder, 'streams.cpp'), timed)
  await writeFile(join(folder, 'bare.cpp'), bareProgram(module, cycles))
  const verilator = requireTool('verilator').path
  const begin = process.hrtime.bigint()
  const sources = Object.keys(files).filter(name => name.endsWith('.v'))
  await command(
    folder,
    verilator,
    [
      ...[
        '--cc',
        '--exe',
        '--build',
        '--build-jobs',
        '2',
        '-O3',
        ...split,
        '--prefix',
        'Vtop',
        '--top-module',
        module.name,
      ],
      ...['-Wno-fatal', '-Wno-UNUSEDSIGNAL', '--x-initial', 'fast', '--x-assign', 'fast'],
      ...['-CFLAGS', '-O3', '-MAKEFLAGS', 'OPT_FAST=-O3 OPT_SLOW=-O0 OPT_GLOBAL=-O3'],
      ...['--Mdir', 'made', '-o', 'streams', ...sources, 'streams.cpp'],
    ],
    'verilator',
  )
  const buildSeconds = Number(process.hrtime.bigint() - begin) / 1e9
  const include = join(
    (await command(folder, verilator, ['--getenv', 'VERILATOR_ROOT'], 'verilator')).trim(),
    'include',
  )
  const objects = ['Vtop__ALL.a', 'verilated.o', 'verilated_threads.o'].map(name => `made/${name}`)
  const paths = ['-Imade', `-I${include}`, `-I${join(include, 'vltstd')}`]
  const bareArgs = [
    '-O3',
    '-std=gnu++17',
    '-w',
    ...paths,
    'bare.cpp',
    ...objects,
    '-lpthread',
    '-o',
    'made/bare',
  ]
  await command(folder, requireTool('g++').path, bareArgs, 'g++')
  const secondsOf = (text: string) => Number(/SECONDS ([\d.]+)/.exec(text)![1])
  return {
    buildSeconds,
    stream: async () => {
      const text = await command(
        folder,
        join(folder, 'made', 'streams'),
        cppBenchArguments(setup),
        'verilator',
      )
      const log = await readFile(join(folder, 'stream.log'), 'utf8')
      return { run: readBenchLog(setup, frames, log), seconds: secondsOf(text) }
    },
    bare: async () => secondsOf(await command(folder, join(folder, 'made', 'bare'), [], 'verilator')),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Our simulator alone: new data in every cycle, the outputs of those with valid results kept. */
function bareOurs(module: RtlModule, frames: StreamFrames, cycles: number): () => number {
  const netlist = flatten(module)
  const named = (list: typeof netlist.inputs, name: string) =>
    list.flatMap((each, k) => (each.name.startsWith(name) ? [k] : []))
  const prompt = [...named(netlist.outputs, 'm_valid'), ...named(netlist.outputs, 's_ready')]
  const simulator = createAheadSimulator(netlist, prompt)
  const data = named(netlist.inputs, 's_data')
  const results = named(netlist.outputs, 'm_data')
  const rows = frames.s_data!.map(frame => Float64Array.from(frame[0]!, Number))
  const [valid, ready] = [named(netlist.inputs, 's_valid')[0]!, named(netlist.inputs, 'm_ready')[0]]
  return () => {
    simulator.restart()
    for (let k = 0; k < 4; k++) simulator.tick(true)
    simulator.set(valid, 1)
    if (ready !== undefined) simulator.set(ready, 1)
    let seen = 0
    for (let cycle = 0; cycle < cycles; cycle++) {
      const row = rows[cycle % rows.length]!
      for (let k = 0; k < row.length; k++) simulator.set(data[k]!, row[k]!)
      simulator.settle()
      if (simulator.getNumber(prompt[0]!) === 1) seen += simulator.capture(results[0]!, results.length).length
      simulator.tick()
    }
    simulator.finish()
    return seen
  }
}

const rate = (cycles: number, seconds: number) => Math.round(cycles / seconds).toLocaleString('en')

async function measure(name: string, count: number): Promise<void> {
  const design = await designOf(name)
  const module = design.top.top
  const frames = randomFrames(design, count)
  const cycles = 5 * count
  const verilated = await verilate(module, frames, cycles)
  const cells = flatten(module).kind.length
  const made = cpuSeconds(() => createStreamSimulation(module, 'ahead'))
  const plain = createStreamSimulation(module, 'plain')
  const few = { s_data: frames.s_data!.slice(0, Math.min(count, 2000)) }
  const [best, first] = [{ ours: 0, theirs: 0, bare: 0, theirBare: 0, plain: 0 }, { seconds: 0 }]
  let equal = true
  const bare = bareOurs(module, frames, cycles)
  for (let round = 0; round < rounds; round++) {
    const ours = cpuSeconds(() => made.result.run(frames))
    if (round === 0) first.seconds = made.seconds + ours.seconds
    const theirs = await verilated.stream()
    equal &&= isDeepStrictEqual(ours.result, theirs.run)
    const slow = cpuSeconds(() => plain.run(few))
    const length = (run: StreamRun) => run.stamps.delivered.m_data!.at(-1)! + 17
    best.ours = Math.max(best.ours, length(ours.result) / ours.seconds)
    best.theirs = Math.max(best.theirs, length(theirs.run) / theirs.seconds)
    best.plain = Math.max(best.plain, length(slow.result) / slow.seconds)
    best.bare = Math.max(best.bare, cycles / cpuSeconds(bare).seconds)
    best.theirBare = Math.max(best.theirBare, cycles / (await verilated.bare()))
  }
  await verilated.close()
  if (!equal) process.exitCode = 1
  console.log(
    [
      `${name}: ${cells} cells, ${count} frames, ${equal ? 'results and cycle stamps equal' : 'DIFFERENT'}`,
      `  streams: ours ${rate(best.ours, 1)} cycles/s, Verilator ${rate(best.theirs, 1)}, ratio ${(best.ours / best.theirs).toFixed(2)}`,
      `  bare:    ours ${rate(best.bare, 1)} cycles/s, Verilator ${rate(best.theirBare, 1)}, ratio ${(best.bare / best.theirBare).toFixed(2)}`,
      `  ours from nothing, streams: ${first.seconds.toFixed(2)} s for ${count} frames; single cycles: ${rate(best.plain, 1)} cycles/s`,
      `  Verilator's build: ${verilated.buildSeconds.toFixed(1)} s (wall)`,
    ].join('\n'),
  )
}

const { values, positionals } = parseArgs({
  options: { frames: { type: 'string', default: '20000' } },
  allowPositionals: true,
})
const names =
  positionals.length > 0
    ? positionals
    : ['jet_mlp_default', 'jet_mlp_model_gran', 'hgq_76.86', 'probe_accum_sat_resource']
if (referenceNetworks() === undefined) console.log('skipped: no reference data beside the project')
else if (findTool('verilator') === undefined) console.log('skipped: no Verilator on PATH')
else
  for (const name of names)
    await measure(name, Number(values.frames)).catch(problem => {
      console.log(`${name} failed: ${problem instanceof Error ? problem.message : problem}`)
      process.exitCode = 1
    })
