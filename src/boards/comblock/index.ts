// What a package carries for a ComBlock: Verilog between its FIFOs and the accelerator, Python for nodes and for UDMA.

import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import { printAcceleratorPython } from './accelerator-python.ts'
import { comblockPath, printComblock } from './bridge.ts'
import { hyperfpgaModel, printClusterNotebook, printClusterPython } from './cluster-python.ts'
import { printDriverPython } from './driver-python.ts'
import { printUdmaPython } from './udma-python.ts'

export { comblockPath } from './bridge.ts'
export { comblockSteps } from './steps.ts'

/**
 * `rtl/<project>_comblock.v` and the folder `comblock/`, by path in the package; nothing where the accelerator is behind
 * no ComBlock. Python beside a processor with Linux; for a cluster's nodes also what runs on many.
 */
export function comblockFiles(
  description: PackageDescription,
  inputs: readonly Conversion[],
): Record<string, string> {
  if (description.link !== 'comblock') return {}
  const { project, board } = description
  const python = {
    'comblock/comblock_accelerator.py': printAcceleratorPython(description),
    'comblock/comblock_driver.py': printDriverPython(description, inputs),
    'comblock/udma_driver.py': printUdmaPython(description),
  }
  const cluster = {
    'comblock/cluster.py': printClusterPython(description),
    [`comblock/${project}_cluster.ipynb`]: printClusterNotebook(description),
  }
  return {
    [comblockPath(description)]: printComblock(description),
    ...(board.kind === 'fpga' ? {} : python),
    ...(hyperfpgaModel(description) === undefined ? {} : cluster),
  }
}
