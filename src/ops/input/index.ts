// The graph's input: where numbers from outside become fixed-point values.

import { type OpDefinition, refuse } from '../definition.ts'
import { autoIsDefault, bufferOf, resultRole } from '../elementwise.ts'

export const input: OpDefinition<'input', Record<never, never>> = {
  kind: 'input',
  summary: 'an input of the network; its result type is how vectors enter',
  roles: { result: resultRole },
  choices: [],
  inferShape: (_attrs, inputs) => inputs[0] ?? [],
  inferAuto: autoIsDefault,
  inferLossless: () => ({}),
  evaluate: (_op, inputs) => inputs[0]!,
  emulate: op => ({ buffers: [bufferOf(op.output)], inputs: [0], output: 0, steps: [] }),
  hls: () => refuse('hls/input', 'an input is an argument of the program, not a kernel'),
  rtl: () => refuse('rtl/input', 'an input is a port of the top module, not a circuit'),
  estimate: () => ({ lut: 0, ff: 0, dsp: 0, bram18: 0, latency: 0, interval: 1 }),
  findings: () => [],
  examples: [],
}
