// Every interface keeps the rules of its bus, whatever waits, and its shell gives the same words in the same cycles in
// Verilator as in the built-in simulator.

import { describe, expect, it } from 'vitest'
import { printShell } from '../../src/boards/shell.ts'
import { filledUp, planFrames } from '../../src/rtl/axi/bench/frames.ts'
import { createBusSimulation } from '../../src/rtl/axi/bench/run-bus.ts'
import type { BusOptions } from '../../src/rtl/axi/bench/script.ts'
import {
  type AcceleratorShape,
  shapeName,
  shapes,
  smallAccelerator,
} from '../../src/rtl/axi/testing/small-accelerator.ts'
import { printVerilogProject } from '../../src/rtl/print-module.ts'
import { stallPattern } from '../../src/rtl/stream-ports.ts'
import { runBusVerilator } from '../../src/tools/bus-sim.ts'
import { findTool } from '../../src/tools/process.ts'
import { ruleFiles } from './rules.ts'

const top = 'pair_accel'
const missing = ['verilator', 'g++'].some(tool => findTool(tool as 'verilator') === undefined)
// The rest differs in sizes alone; `test/full` has all.
const some = shapes.filter(({ elements, wordsPerBeat }) => (elements === 70) === (wordsPerBeat === 1))

describe.skipIf(missing)('rules and cycles in Verilator', () => {
  it.each(
    some
      .filter(({ elements }) => elements !== 2 && elements !== 1)
      .map((shape): [string, AcceleratorShape] => [shapeName(shape), shape]),
  )('%s', async (_, shape) => {
    const { module, subject, rows, results, wordsOut } = smallAccelerator(shape)
    const shell = printShell({ ...shape, project: 'pair', buildHash: '0', board: { title: 'a test' } })
    const files = {
      ...printVerilogProject(module).files,
      [`${top}.v`]: shell,
      ...ruleFiles(top, subject),
    }
    const simulation = createBusSimulation(module, subject)
    const ways: BusOptions[] = [{}, { stall: stallPattern(4) }, { stall: stallPattern(5), resetAt: 77 }]
    for (const options of ways)
      for (const transfers of ['each', 'one'] as const) {
        const { script, read } = planFrames(subject, rows, wordsOut, transfers)
        const run = await runBusVerilator({ top, files, subject, script, options, assertions: true })
        expect(run).toEqual(simulation.run(script, options))
        const { frames, fault } = read(run)
        expect(fault).toBeUndefined()
        expect(frames).toEqual(results.map(row => filledUp(row, subject.wordsPerBeat)))
      }
  })
})
