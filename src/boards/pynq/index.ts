// What a package carries for PYNQ: driver, notebook and golden data.

import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import { driverFile, printPynqDriver } from './driver.ts'
import { type GoldenRows, goldenFiles } from './golden.ts'
import { printPynqNotebook } from './notebook.ts'
import { printRunBoard } from './run-board.ts'

export { driverFile, printPynqDriver } from './driver.ts'
export { type GoldenRows, goldenFiles } from './golden.ts'
export { printPynqNotebook } from './notebook.ts'
export { runLine } from './run-board.ts'
export { pynqSteps } from './steps.ts'

/** Whether PYNQ's driver leads to the accelerator: beside a processor with Linux, and not behind a ComBlock. */
export function runsPynq({ board, link }: Pick<PackageDescription, 'board' | 'link'>): boolean {
  return (board.kind === 'zynq' || board.kind === 'zynqmp') && link !== 'comblock'
}

/** Files that lie in one folder beside `<project>.bit` and `<project>.hwh` on the board. */
export function pynqFiles(
  description: PackageDescription,
  inputs: readonly Conversion[],
  golden: GoldenRows,
): Record<string, string | Uint8Array> {
  return {
    [driverFile(description)]: printPynqDriver(description, inputs),
    [`${description.project}.ipynb`]: printPynqNotebook(description, golden.labels !== undefined),
    'run_board.py': printRunBoard(description),
    ...goldenFiles(description, golden),
  }
}
