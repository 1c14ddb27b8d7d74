// The table of docs/support.md that says for each board and road how it was checked.

import { type Board, boards } from '../src/boards/boards.ts'
import { chosenBus } from '../src/boards/bus.ts'

/** How each road was checked, whichever board it leads to. */
const roads: readonly {
  readonly name: string
  readonly checked: string
  readonly leads: (board: Board) => boolean
}[] = [
  { name: 'accelerator', checked: 'simulated', leads: () => true },
  { name: 'Vivado project', checked: 'format only', leads: ({ kind }) => kind !== 'alveo' },
  { name: 'PYNQ', checked: 'simulated', leads: ({ kind }) => kind === 'zynq' || kind === 'zynqmp' },
  { name: 'bare metal', checked: 'simulated', leads: ({ kind }) => kind !== 'alveo' },
  { name: 'ComBlock', checked: 'simulated', leads: ({ kind }) => kind !== 'alveo' },
  { name: 'kernel, `v++`', checked: 'format only', leads: ({ kind }) => kind === 'alveo' },
  { name: 'XRT hosts', checked: 'simulated', leads: ({ kind }) => kind === 'alveo' },
  { name: 'on the board', checked: 'not run', leads: () => true },
]

export const boardHead = ['Board', 'Part', 'Unless asked', ...roads.map(({ name }) => name)]

/** A row for each board. */
export function boardRows(): string[][] {
  return boards.map(board => {
    const { interface: bus, link } = chosenBus(board, {})
    return [
      `\`${board.name}\``,
      `\`${board.part}\``,
      link === 'comblock' ? 'ComBlock' : bus === 'axi_master' ? 'AXI master' : 'AXI stream',
      ...roads.map(({ checked, leads }) => (leads(board) ? checked : '–')),
    ]
  })
}
