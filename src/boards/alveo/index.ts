// What a package carries for a card in a host: the kernel around the accelerator, its packaging and linking, and hosts.

import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import type { GoldenRows } from '../pynq/index.ts'
import { linkConfig, makefile, packageKernelTcl } from './build.ts'
import { printCppHost } from './cpp-host.ts'
import { goldenWords, rowsFile } from './golden-words.ts'
import { kernelName, kernelXml, printKernelShell } from './kernel.ts'
import { printAlveoDriver } from './python-host.ts'

export { alveoSteps } from './steps.ts'

/** Files by path in the package; nothing for other boards. */
export function alveoFiles(
  description: PackageDescription,
  inputs: readonly Conversion[],
  golden: GoldenRows,
): Record<string, string | Uint8Array> {
  if (description.board.kind !== 'alveo') return {}
  const words = goldenWords(description, inputs, golden)
  const rows = rowsFile(description)
  const files = {
    [`${kernelName(description)}.v`]: printKernelShell(description),
    'kernel.xml': kernelXml(description),
    'package_kernel.tcl': packageKernelTcl(description),
    'link.cfg': linkConfig(description),
    Makefile: makefile(description),
    'host.cpp': printCppHost(description, inputs),
    'alveo_driver.py': printAlveoDriver(description, inputs),
    [rows]: words[rows]!,
    'y_words.bin': words['y_words.bin']!,
  }
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`alveo/${name}`, content]))
}
