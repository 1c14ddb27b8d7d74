// Every interface keeps the rules of its bus, whatever waits, and its shell gives the same words in the same cycles in
// Verilator as in the built-in simulator.

import { describe, it } from 'vitest'
import { type AcceleratorShape, shapeName, shapes } from '../../src/rtl/axi/testing/small-accelerator.ts'
import { findTool } from '../../src/tools/process.ts'
import { checkShape } from './check-shape.ts'

const missing = (['verilator', 'g++'] as const).some(tool => findTool(tool) === undefined)
// The others differ in sizes alone; `test/full` has all.
const some = shapes.filter(({ elements, wordsPerBeat }) => elements === (wordsPerBeat === 1 ? 70 : 5))

describe.skipIf(missing)('rules and cycles in Verilator', () => {
  it.each(some.map((shape): [string, AcceleratorShape] => [shapeName(shape), shape]))('%s', (_, shape) =>
    checkShape(shape),
  )
})
