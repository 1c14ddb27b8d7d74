// The test benches a project carries in `tb/`: one in Verilog for any simulator, one in C++ for Verilator, with the
// vectors both read.

import { benchSetup, expectedFile, inputFile, vectorFile } from './bench-setup.ts'
import { printCppBench } from './cpp-bench.ts'
import type { StreamFrames, StreamTop } from './stream-ports.ts'
import type { StreamOptions } from './stream-result.ts'
import { printVerilogBench } from './verilog-bench.ts'

/**
 * Files by name: `<top>_tb.v`, `<top>_tb.cpp`, an input's vectors as `<port>.mem` and, where expected outputs are
 * given, an output's as `<port>_expected.mem`.
 */
export function testBenchFiles(
  top: StreamTop,
  frames: StreamFrames,
  options: StreamOptions & { readonly expected?: StreamFrames } = {},
): Record<string, string> {
  const setup = benchSetup(top, frames, options)
  const files: Record<string, string> = {
    [`${top.name}_tb.cpp`]: printCppBench(setup),
    [`${top.name}_tb.v`]: printVerilogBench(setup),
  }
  for (const channel of setup.inputs) files[inputFile(channel)] = vectorFile(channel, frames)
  const { expected } = options
  if (expected !== undefined)
    for (const channel of setup.outputs) files[expectedFile(channel)] = vectorFile(channel, expected)
  return files
}
