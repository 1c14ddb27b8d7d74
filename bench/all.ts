// All benchmarks one after another, each with both sides of its ratio in one run: `npm run bench`, or some by name:
// `npm run bench emulation cmvm`. Nothing else should run beside them.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const benchmarks: Readonly<Record<string, string>> = {
  emulation: 'emulated inferences a second against C++ of the same arithmetic, compiled with -O3',
  'cold-start': 'from a cold process to the first bit-accurate prediction',
  cmvm: "constant matrices against da4ml's record: bits, depth and seconds",
  lowering: 'from a typed graph to Verilog',
  simulation: 'the built-in simulation against Verilator, cycles a second',
}

const asked = process.argv.slice(2)
const unknown = asked.filter(name => benchmarks[name] === undefined)
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.`)
  process.exit(2)
}

for (const [name, about] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.log(`\n== ${name}: ${about}\n`)
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', script], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
