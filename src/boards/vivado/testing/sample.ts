// A description of a small network for any board.

import { type Board, boards } from '../../boards.ts'
import { chosenBus } from '../../bus.ts'
import type { PackageDescription } from '../../package-description.ts'

const types = (count: number) => Array.from({ length: count }, () => ({ width: 16, frac: 10, signed: true }))

export function sampleDescription(
  board: Board,
  differences: Partial<PackageDescription> = {},
): PackageDescription {
  const { interface: kind, link } = differences
  const asked = {
    ...(kind === undefined ? {} : { interface: kind }),
    ...(link === undefined ? {} : { link }),
  }
  return {
    project: 'pulse',
    board,
    buildHash: '0123456789abcdef',
    lutra: '0.1.0',
    clockMhz: board.clockMhz,
    ...chosenBus(board, asked),
    form: 'float',
    wordsPerBeat: 1,
    input: { name: 'x', shape: [161], types: types(161) },
    output: { name: 'y', shape: [2], types: types(2) },
    latencyCycles: 40,
    intervalCycles: 161,
    sources: ['rtl/pulse_accel.v', 'rtl/pulse.v'],
    ...differences,
  }
}

/** Boards that a block design is written for. */
export const designed: readonly Board[] = boards.filter(({ kind }) => kind !== 'alveo')

/** Sources as the project reads them: what is in them does not matter to a tcl interpreter. */
export function withSources(
  files: Readonly<Record<string, string>>,
  { sources }: PackageDescription,
): Record<string, string> {
  return { ...files, ...Object.fromEntries(sources.map(source => [source, '// nothing\n'])) }
}
