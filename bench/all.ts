// All benchmarks one after another, each with both sides of its ratio in one run: `npm run bench`, or some by name:
// `npm run bench emulation cmvm`. Nothing else should run beside them: a quiet machine takes a quarter of an hour or so,
// half of it Verilator's builds. One that fails says so, and the others go on; then the exit code is 1.

import { spawnSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

const benchmarks: Readonly<Record<string, string>> = {
  emulation: 'emulated inferences a second against C++ of the same arithmetic, compiled with -O3',
  'cold-start': 'from a cold process to the first bit-accurate prediction, and to an estimate',
  'import-time': 'the largest public models read into graphs, against reading their bytes',
  cmvm: "constant matrices against da4ml's record: bits, depth and seconds",
  lowering: 'from a typed graph to Verilog',
  estimate: "estimates against Yosys's counts",
  tuning: 'searches for widths with layers shared between networks, against each run as a whole',
  'training-torch': "epochs of training beside PyTorch's, where it is installed",
  simulation: 'the built-in simulation against Verilator, cycles a second',
}

/** Longer than any takes on a busy machine. */
const mostMs = 45 * 60_000

interface Outcome {
  readonly name: string
  readonly seconds: number
  /** Why it failed, where it did. */
  readonly failure: string | undefined
}

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Runs a command in the project's root, its output shown as it comes. */
function run(name: string, command: readonly string[]): Outcome {
  const begin = performance.now()
  const { status, signal, error } = spawnSync(process.execPath, command, {
    cwd: pathOf('..'),
    stdio: 'inherit',
    timeout: mostMs,
  })
  const failure = error?.message ?? (signal === null ? undefined : `ended by ${signal}`)
  const seconds = (performance.now() - begin) / 1000
  return { name, seconds, failure: failure ?? (status === 0 ? undefined : `exit code ${status}`) }
}

/** What is measured in `dist/` is compiled from the sources as they are. */
function build(): Outcome {
  return run('build', ['-e', "import('./scripts/prepare.mjs').then(p => { p.install(); p.build() })"])
}

function bench(name: string): Outcome {
  console.log(`\n== ${name}: ${benchmarks[name]}; load ${loadavg()[0]!.toFixed(1)}\n`)
  const outcome = run(name, ['--import', 'tsx', pathOf(`${name}.ts`)])
  if (outcome.failure !== undefined) console.log(`\n${name} failed: ${outcome.failure}`)
  return outcome
}

const asked = process.argv.slice(2)
const unknown = asked.filter(name => benchmarks[name] === undefined)
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`)
  process.exit(2)
}

const chosen = Object.keys(benchmarks).filter(name => asked.length === 0 || asked.includes(name))
const outcomes = [build(), ...chosen.map(bench)]
console.log('\n== in all\n')
for (const { name, seconds, failure } of outcomes)
  console.log(`${name}: ${seconds.toFixed(0)} s${failure === undefined ? '' : `, FAILED: ${failure}`}`)
if (outcomes.some(({ failure }) => failure !== undefined)) process.exitCode = 1
