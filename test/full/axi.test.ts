// The rules of AXI and the cycles of every interface, for frames of every size and width.

import { describe, it } from 'vitest'
import { type AcceleratorShape, shapeName, shapes } from '../../src/rtl/axi/testing/small-accelerator.ts'
import { findTool } from '../../src/tools/process.ts'
import { checkShape } from '../axi/check-shape.ts'

const missing = (['verilator', 'g++'] as const).some(tool => findTool(tool) === undefined)

describe.skipIf(missing)('rules and cycles in Verilator', () => {
  it.each(shapes.map((shape): [string, AcceleratorShape] => [shapeName(shape), shape]))('%s', (_, shape) =>
    checkShape(shape),
  )
})
