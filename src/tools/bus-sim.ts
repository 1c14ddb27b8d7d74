// Runs a script against an accelerator's Verilog, shell included, in Verilator: the same stalls and cycle stamps as the
// built-in simulator.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import { printCppBusBench, readBusLog, scriptFile } from '../rtl/axi/bench/cpp-bus-bench.ts'
import {
  type BusOptions,
  type BusRun,
  type BusScript,
  type BusSubject,
  benchChannels,
  busSettings,
  refuseVerdict,
} from '../rtl/axi/bench/script.ts'
import { stallSeed } from '../rtl/stream-ports.ts'
import { toolVariable } from './process.ts'
import { buildModel, inFolder, type ModelRequest, step, writeFiles } from './verilator-build.ts'

export interface BusSimRequest extends Omit<ModelRequest, 'bench' | 'options'> {
  readonly subject: BusSubject
  readonly script: BusScript
  readonly options?: BusOptions
  /** Heeds the assertions in the files. */
  readonly assertions?: boolean
  /** Arguments that the Verilog asks for, `+name=value`. */
  readonly plusArguments?: readonly string[]
}

/** Fails as `refuseVerdict` does, with `tool/failed` for an assertion that does not hold. */
export async function runBusVerilator(request: BusSimRequest): Promise<BusRun> {
  const { subject, script, options = {}, top } = request
  const program = await buildModel({
    ...request,
    bench: printCppBusBench(subject),
    // The port that every kernel calls so is a word of C++'s to Verilator.
    options: ['-Wno-SYMRSVDWORD', ...(request.assertions === true ? ['--assert'] : [])],
  })
  return inFolder(async folder => {
    const images = Object.entries(request.files).filter(([name]) => name.endsWith('.mem'))
    const text = scriptFile(script, subject.wordsPerBeat)
    await writeFiles(folder, { ...Object.fromEntries(images), 'script.txt': text })
    await step(request, top, 'verilator', {
      command: program,
      args: [...argumentsOf(options), ...(request.plusArguments ?? [])],
      cwd: folder,
    })
    const log = await readFile(join(folder, 'bus.log'), 'utf8').catch(() => '')
    const result = readBusLog(log) ?? noResult(top)
    return 'run' in result ? result.run : refuseVerdict(top, result.verdict, result.progress)
  })
}

function argumentsOf(options: BusOptions): string[] {
  const { stall, resetAt } = options
  const { resetCycles, hangAfter, maxCycles, drainCycles } = busSettings(options)
  return [
    `stall=${stall === undefined ? 0 : 1}`,
    `light=${stall?.light ?? 96}`,
    `heavy=${stall?.heavy ?? 224}`,
    ...benchChannels.map((_, k) => `seed${k}=${stall === undefined ? 1 : stallSeed(stall.seed, k)}`),
    `reset_at=${resetAt ?? -1}`,
    `reset_cycles=${resetCycles}`,
    `hang_after=${hangAfter}`,
    `max_cycles=${maxCycles}`,
    `drain=${drainCycles}`,
    '+verilator+rand+reset+2',
    `+verilator+seed+${1 + ((stall?.seed ?? 0) % 1000)}`,
  ]
}

function noResult(top: string): never {
  return fail({
    code: 'tool/no-result',
    place: `verilator on ${top}`,
    problem: 'it ended without an error and wrote no whole log',
    expected: 'a log of accesses and beats with a verdict at its end',
    remedy: `Repair the installation, or set ${toolVariable('verilator')} to another one.`,
  })
}
