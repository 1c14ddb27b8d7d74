// An accelerator held to the rules in Verilator, its words and cycles against the built-in simulator's.

import { expect } from 'vitest'
import { printShell } from '../../src/boards/shell.ts'
import { filledUp, planFrames } from '../../src/rtl/axi/bench/frames.ts'
import { createBusSimulation } from '../../src/rtl/axi/bench/run-bus.ts'
import type { BusOptions } from '../../src/rtl/axi/bench/script.ts'
import { type AcceleratorShape, smallAccelerator } from '../../src/rtl/axi/testing/small-accelerator.ts'
import { printVerilogProject } from '../../src/rtl/print-module.ts'
import { stallPattern } from '../../src/rtl/stream-ports.ts'
import { runBusVerilator } from '../../src/tools/bus-sim.ts'
import { ruleFiles } from './rules.ts'

const top = 'pair_accel'
const ways: readonly BusOptions[] = [
  {},
  { stall: stallPattern(4) },
  { stall: stallPattern(5), resetAt: 77, resetCycles: 5 },
]

export async function checkShape(shape: AcceleratorShape): Promise<void> {
  const { module, subject, rows, results, wordsOut } = smallAccelerator(shape)
  const shell = printShell({ ...shape, project: 'pair', buildHash: '0', board: { title: 'a test' } })
  const files = { ...printVerilogProject(module).files, [`${top}.v`]: shell, ...ruleFiles(top, subject) }
  const simulation = createBusSimulation(module, subject)
  for (const options of ways)
    for (const transfers of ['each', 'one'] as const) {
      const { script, read } = planFrames(subject, rows, wordsOut, transfers)
      const run = await runBusVerilator({ top, files, subject, script, options, assertions: true })
      expect(run).toEqual(simulation.run(script, options))
      const { frames, fault } = read(run)
      expect(fault).toBeUndefined()
      expect(frames).toEqual(results.map(row => filledUp(row, subject.wordsPerBeat)))
    }
}
