// `lutra boards`: the boards that `--board` takes.

import { type Board, boards } from '../boards/boards.ts'
import { findDevice } from '../estimate/devices.ts'
import { grouped } from '../report/plain-text.ts'
import { printTable } from '../report/text-table.ts'

export { type Board, boards, findBoard } from '../boards/boards.ts'

/** A table of all boards with what their parts hold. */
export function printBoards(): string {
  const rows = boards.map(({ name, title, part, clockMhz }: Board) => {
    const { lut, ff, dsp, bram36 } = findDevice(part)
    return [name, title, part, `${clockMhz} MHz`, ...[lut, ff, dsp, 2 * bram36].map(grouped)]
  })
  return printTable({
    head: ['board', 'made as', 'part', 'clock', 'LUT', 'FF', 'DSP', 'BRAM18'],
    groups: [rows],
    left: [0, 1, 2],
  }).trimEnd()
}
