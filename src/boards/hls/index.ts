// The same network as an IP of an HLS tool: C++ with a wrapper on AXI4-Stream, the scripts of both tools, a driver and a
// page. All of it in a folder of its own: the rest of a package does not depend on it.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Conversion } from '../../fixed/types.ts'
import type { HlsProgram } from '../../hls/call.ts'
import { emitProgram } from '../../hls/print.ts'
import type { PackageDescription } from '../package-description.ts'
import { vivadoFiles } from '../vivado/index.ts'
import { hlsBuildTcl } from './build-tcl.ts'
import { printHlsDriver } from './driver.ts'
import { hlsSteps } from './steps.ts'
import { printWrapper, printWrapperHeader } from './wrapper.ts'

/** Files by path in the package. Fails with `package/ip` for boards, interfaces and networks that it does not lead to. */
export function hlsFiles(
  given: PackageDescription,
  inputs: readonly Conversion[],
  program: HlsProgram,
): Record<string, string> {
  checkHlsRoad(given)
  const { project } = given
  const description: PackageDescription = { ...given, ip: 'hls', sources: [] }
  const sources = [`${project}_axi.cpp`, `firmware/${program.name}.cpp`]
  const files = {
    ...emitProgram(program),
    [`${project}_axi.h`]: printWrapperHeader(description),
    [`${project}_axi.cpp`]: printWrapper(description, program),
    'build_hls.tcl': hlsBuildTcl(description, sources),
    'axi_stream_driver.py': printHlsDriver(description, inputs),
    'README.md': hlsSteps(description),
    ...vivadoFiles(description),
  }
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`hls/${name}`, text]))
}

/** Fails with `package/ip` where the road does not lead to the board or the interface. */
export function checkHlsRoad({
  board,
  interface: bus,
  link,
  wordsPerBeat,
}: Pick<PackageDescription, 'board' | 'interface' | 'link' | 'wordsPerBeat'>): void {
  const linux = board.kind === 'zynq' || board.kind === 'zynqmp'
  const problem = !linux
    ? `${board.title} has no processor system whose DMA would carry words to it`
    : bus !== 'axi_stream' || link !== 'mover'
      ? `an HLS tool's IP has streams, and ${link === 'comblock' ? 'a ComBlock' : bus} was asked for`
      : wordsPerBeat !== 1
        ? `an HLS tool's IP takes one word in each beat, not ${wordsPerBeat}`
        : undefined
  if (problem === undefined) return
  fail({
    code: 'package/ip',
    place: '--ip',
    problem,
    expected: 'a board with a Zynq, streams behind a DMA, one word in each beat',
    remedy: 'Leave out --ip hls: Lutra’s own RTL goes everywhere.',
  })
}
