// Avnet ZedBoard.

import type { Board } from '../board-shape.ts'

export const zedboard: Board = {
  name: 'zedboard',
  title: 'Avnet ZedBoard',
  part: 'xc7z020clg484-1',
  kind: 'zynq',
  boardPart: 'em.avnet.com:zed:part0:1.4',
  clockMhz: 100,
  memory: [
    {
      name: 'DDR3',
      mib: 512,
      port: 'S_AXI_HP0',
    },
  ],
  sources: {
    part: 'Vivado projects on GitHub that name it, read',
    boardPart: 'Vivado projects on GitHub that name it, read',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
  },
}
