// The emulator beside C++ programs of the same arithmetic, in one run, results compared bit for bit before anything is
// timed: `npm run build && npx tsx bench/emulation.ts [--rows 200000] [--rounds 7] [--threads 2] [case …]`.
//
// ours:   the compiled package (dist/), rows of float64 in, softmax out; on one thread, and on several.
// project: the C++ project that Lutra writes of the same network, with its own fixed-point classes, g++ -O3.
// plain:  loops over int16_t, int32_t and int64_t as one would write them for speed, generated; g++ -O3, also with
//         -march=native, which hls4ml's simulation does not use.
//
// All take float64 and give raw integers; each keeps the best of its rounds, taken in turns. Beside them stands what
// hls4ml's own C simulation made per second and core on such a machine (recorded with the reference cases).

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { programOf } from '../src/backends/graph-program.ts'
import type { Batch } from '../src/engines/engine.ts'
import { emitProgram } from '../src/hls/print.ts'
import { nodeNamed } from '../src/ir/graph.ts'
import { sizeOf } from '../src/ir/tensor-type.ts'
import { prepareModel } from '../src/node/prepare.ts'
import type { OpGraph } from '../src/ops/typed-node.ts'
import { printTable } from '../src/report/text-table.ts'
import { caseFolder } from '../test/support/reference.ts'
import { plainCpp } from './plain-cpp.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: '2' },
  },
})
const rounds = Number(flags.rounds)
const threads = Number(flags.threads)

/** Networks measured: rows of a round, and what hls4ml's C simulation was recorded with, where it was. */
const known: Readonly<Record<string, { readonly rows: number; readonly hls4ml?: number }>> = {
  jet_mlp_model_gran: { rows: 200_000, hls4ml: 17_000 },
  jet_mlp_default: { rows: 200_000, hls4ml: 17_000 },
  cnn_svhn_small_parallel: { rows: 10_000, hls4ml: 1_650 },
  rnn_lstm: { rows: 50_000, hls4ml: 3_400 },
  rnn_gru: { rows: 50_000, hls4ml: 5_100 },
  rnn_bidir_lstm: { rows: 50_000, hls4ml: 4_900 },
}
const cases = positionals.length > 0 ? positionals : Object.keys(known)

const fromDist = <T>(path: string): Promise<T> =>
  import(new URL(`../dist/${path}`, import.meta.url).href) as Promise<T>
const { createBatchEngine } =
  await fromDist<typeof import('../src/engines/fixed/batch.ts')>('engines/fixed/batch.js')
const { createThreadedEngine } =
  await fromDist<typeof import('../src/node/fixed-threads.ts')>('node/fixed-threads.js')

/** Reads rows of float64, runs them `argv[3]` times after one unmeasured pass, prints the seconds of each, writes the results. */
const main = (inputs: number, outputs: number, source: string) => `#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>
${source}
int main(int, char **argv) {
    const long rows = std::atol(argv[1]);
    std::vector<double> x(rows * ${inputs});
    std::vector<int64_t> y(rows * ${outputs});
    std::FILE *in = std::fopen(argv[2], "rb");
    if (std::fread(x.data(), 8, x.size(), in) != x.size()) return 1;
    for (int pass = 0; pass <= std::atoi(argv[3]); pass++) {
        const auto begin = std::chrono::steady_clock::now();
        const std::clock_t busy = std::clock();
        for (long row = 0; row < rows; row++) frame(&x[row * ${inputs}], &y[row * ${outputs}]);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        if (pass > 0) std::printf("%.9f %.9f\\n", took.count(), double(std::clock() - busy) / CLOCKS_PER_SEC);
    }
    std::FILE *out = std::fopen(argv[4], "wb");
    std::fwrite(y.data(), 8, y.size(), out);
    return 0;
}
`

/** The written project, called with values of its own types; why there is none where a layer has no C++ kernel. */
function projectSource(graph: OpGraph): { files: Record<string, string>; source: string } | string {
  const program = programOf(graph, 'network')
  if (Array.isArray(program)) return [...new Set(program.map(({ reason }) => reason))].join('; ')
  const [input, output] = [program.inputs[0]!, program.outputs[0]!]
  const size = (name: string) =>
    program.tensors.find(tensor => tensor.name === name)!.shape.reduce((a, b) => a * b, 1)
  const source = `#include "firmware/network.h"
static void frame(const double *x, int64_t *y) {
    static ${input}_t in[${size(input)}];
    static ${output}_t out[${size(output)}];
    for (int k = 0; k < ${size(input)}; k++) in[k] = ${input}_t(x[k]);
    network(in, out);
    for (int k = 0; k < ${size(output)}; k++) y[k] = int64_t(nnet::raw_word(out[k], 0));
}`
  return { files: emitProgram(program), source }
}

interface Rival {
  readonly name: string
  readonly binary: string
}

function compile(
  folder: string,
  name: string,
  source: string,
  files: Record<string, string>,
  options: string[],
): Rival {
  const own = join(folder, name.replace(/\W/g, '_'))
  for (const [path, text] of Object.entries({ ...files, 'main.cpp': source })) {
    mkdirSync(dirname(join(own, path)), { recursive: true })
    writeFileSync(join(own, path), text)
  }
  const sources = ['main.cpp', ...Object.keys(files).filter(path => path.endsWith('.cpp'))]
  const made = spawnSync('g++', ['-std=c++17', '-O3', ...options, '-I.', '-o', 'run', ...sources], {
    cwd: own,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stderr)
  return { name, binary: join(own, 'run') }
}

/** Seconds of a pass: by the clock, and of processor time, which other work on the machine disturbs less. */
interface Seconds {
  readonly wall: number
  readonly busy: number
}

const never: Seconds = { wall: Infinity, busy: Infinity }
const better = (a: Seconds, b: Seconds): Seconds => ({
  wall: Math.min(a.wall, b.wall),
  busy: Math.min(a.busy, b.busy),
})

/** Best of two passes, results left in `out`. */
function timeRival({ binary }: Rival, input: string, out: string, count: number): Seconds {
  const ran = spawnSync(binary, [`${count}`, input, '2', out], { encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`${binary} failed`)
  const passes = ran.stdout
    .trim()
    .split('\n')
    .map(line => line.split(' ').map(Number))
  return passes.map(([wall, busy]) => ({ wall: wall!, busy: busy! })).reduce(better)
}

/** Processor time is this process's: of all its threads, collection and compilation among them. */
async function timed(run: () => Promise<unknown>): Promise<Seconds> {
  const begin = performance.now()
  const before = process.cpuUsage()
  await run()
  const wall = (performance.now() - begin) / 1000
  const { user, system } = process.cpuUsage(before)
  return { wall, busy: (user + system) / 1e6 }
}

function repeated(batch: Batch, count: number): Batch {
  const data = new Float64Array((count * batch.data.length) / batch.rows)
  for (let at = 0; at < data.length; at += batch.data.length)
    data.set(batch.data.subarray(0, data.length - at), at)
  return { rows: count, shape: batch.shape, data }
}

/** Low 64 bits of raw results are what both sides give; types here are signed and narrower. */
function compare(name: string, expected: ArrayLike<number | bigint>, path: string, width: number): void {
  const bytes = readFileSync(path)
  const found = new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
  const wrong = Array.from(found.keys()).filter(
    k => BigInt.asUintN(width, found[k]!) !== BigInt.asUintN(width, BigInt(expected[k]!)),
  )
  if (wrong.length > 0 || found.length !== expected.length)
    throw new Error(`${name} differs at ${wrong.slice(0, 5)}`)
}

const thousands = (perSecond: number) => `${(perSecond / 1e3).toFixed(1)} k/s`

async function benchCase(name: string, folder: string): Promise<void> {
  const { rows: usual, hls4ml } = known[name] ?? { rows: 50_000 }
  const rows = flags.rows === undefined ? usual : Number(flags.rows)
  const path = caseFolder(name)
  const { compiled, vectors } = await prepareModel({
    model: join(path, 'model.h5'),
    config: join(path, 'config.json'),
    input: [join(path, 'X.npy')],
  })
  const graph = compiled.typed
  const output = graph.outputs[0]!
  const batch = repeated(vectors![0]!, rows)
  const [inputs, outputs] = [batch.data.length / rows, sizeOf(nodeNamed(graph, output).shape)]
  const file = join(folder, `${name}.x`)
  writeFileSync(file, new Uint8Array(batch.data.buffer))

  const first = repeated(vectors![0]!, 1000)
  let engine: Awaited<ReturnType<typeof createBatchEngine>> | undefined
  const compileSeconds = await timed(async () => {
    engine = await createBatchEngine(graph)
  })
  const firstSeconds = await timed(() => engine!.run([first], [output]))
  const wholeSeconds = await timed(() => engine!.run([batch], [output]))
  const result = (await engine!.run([batch], [output])).get(output)!

  const project = projectSource(graph)
  const plain = plainCpp(graph)
  const written = typeof project === 'string' ? [] : [project]
  const rivals = [
    ...written.map(({ source, files }) =>
      compile(folder, `${name} project`, main(inputs, outputs, source), files, []),
    ),
    compile(folder, `${name} plain`, main(inputs, outputs, plain), {}, []),
    compile(folder, `${name} plain, -march=native`, main(inputs, outputs, plain), {}, ['-march=native']),
  ]
  const out = join(folder, 'y')
  const width = compiled.typed.nodes.find(node => node.name === output)!.resolved.result!.to.types[0]!.width
  for (const rival of rivals) {
    timeRival(rival, file, out, rows)
    compare(rival.name, result.raw, out, width)
  }
  const threaded = await createThreadedEngine(graph, threads)
  const shared = (await threaded.run([batch], [output])).get(output)!
  if (!result.raw.every((raw: number | bigint, k: number) => raw === shared.raw[k]))
    throw new Error('threads differ')

  const best = { one: never, many: never, rivals: rivals.map(() => never) }
  for (let round = 0; round < rounds; round++) {
    best.one = better(best.one, await timed(() => engine!.run([batch], [output])))
    best.many = better(best.many, await timed(() => threaded.run([batch], [output])))
    rivals.forEach((rival, k) => {
      best.rivals[k] = better(best.rivals[k]!, timeRival(rival, file, out, rows))
    })
  }
  await threaded.close()
  const row = (label: string, { wall, busy }: Seconds) => [
    label,
    thousands(rows / wall),
    (wall / best.one.wall).toFixed(2),
    thousands(rows / busy),
    (busy / best.one.busy).toFixed(2),
    hls4ml === undefined ? '' : (rows / busy / hls4ml).toFixed(0),
  ]
  console.log(
    `\n${name}: ${rows} rows, best of ${rounds} rounds, results equal; load ${loadavg()[0]!.toFixed(1)}`,
  )
  console.log(
    `compiled in ${(1000 * compileSeconds.wall).toFixed(0)} ms; first 1000 rows ${(1000 * firstSeconds.wall).toFixed(1)} ms; next ${rows} rows, while V8 still optimises, ${thousands(rows / wholeSeconds.wall)}`,
  )
  if (typeof project === 'string') console.log(`project: ${project}`)
  console.log(
    printTable({
      head: [
        '',
        'by the clock',
        'ours to it',
        'per CPU second',
        'ours to it',
        `to hls4ml (${hls4ml ?? 'not recorded'})`,
      ],
      groups: [
        [row('ours, one thread', best.one), row(`ours, ${threads} threads`, best.many)],
        rivals.map((rival, k) => row(rival.name.slice(name.length + 1), best.rivals[k]!)),
      ],
    }),
  )
}

const folder = mkdtempSync(join(tmpdir(), 'lutra-emulation-'))
try {
  for (const name of cases)
    await benchCase(name, folder).catch(problem => {
      console.log(`${name} failed: ${problem instanceof Error ? problem.message : problem}`)
      process.exitCode = 1
    })
} finally {
  rmSync(folder, { recursive: true })
}
