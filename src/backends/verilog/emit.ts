// A design as files: the Verilog of every module, memory images beside it.

import { printVerilogProject } from '../../rtl/print-module.ts'
import type { Design } from './design.ts'

/** Files of the design under `rtl/`, sorted by path. */
export function emitVerilog(design: Design): Record<string, string> {
  const { files } = printVerilogProject(design.top.top)
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`rtl/${name}`, text]))
}
