// C for boards without an operating system, in `baremetal/` of a package: a library of a few functions, and a program
// for the console that runs golden rows.

import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import type { GoldenRows } from '../pynq/index.ts'
import { addressHeader } from '../vivado/addresses.ts'
import { goldenHeader, goldenSource } from './golden.ts'
import { configHeader, registerHeader } from './headers.ts'
import { librarySource } from './library.ts'
import { libraryHeader, roadHeader } from './library-headers.ts'
import { mainProgram } from './main-program.ts'
import { comblockHeader } from './road-comblock.ts'
import { roadSource } from './roads.ts'
import { createAppPython, createAppTcl } from './vitis-scripts.ts'
import { wordsSource } from './words.ts'

export { bareMetalSteps } from './steps.ts'

/** Whether a program runs on the board itself: a card in a host has its driver there. */
export function hasBareMetal({ board }: PackageDescription): boolean {
  return board.kind !== 'alveo'
}

/** Files by path in the folder; `inputs` says how a number becomes each element of the input. */
export function bareMetalFiles(
  description: PackageDescription,
  inputs: readonly Conversion[],
  golden: GoldenRows,
): Record<string, string> {
  const sources = bareMetalSources(description, inputs, golden)
  return {
    ...Object.fromEntries(Object.entries(sources).map(([name, text]) => [`src/${name}`, text])),
    'create_app.py': createAppPython(description, Object.keys(sources)),
    'create_app.tcl': createAppTcl(description),
  }
}

/** The C, by file name: all in one folder. */
export function bareMetalSources(
  description: PackageDescription,
  inputs: readonly Conversion[],
  golden: GoldenRows,
): Record<string, string> {
  return {
    'lutra.h': libraryHeader(description),
    'lutra.c': librarySource,
    'lutra_addresses.h': addressHeader(description),
    'lutra_config.h': configHeader(description),
    'lutra_golden.c': goldenSource(description, golden),
    'lutra_golden.h': goldenHeader(description, golden),
    'lutra_registers.h': registerHeader(description),
    'lutra_road.c': roadSource(description),
    'lutra_road.h': roadHeader,
    'lutra_words.c': wordsSource(description, inputs),
    'main.c': mainProgram,
    ...(description.link === 'comblock' ? { 'lutra_comblock.h': comblockHeader } : {}),
  }
}
