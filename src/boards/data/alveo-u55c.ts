// AMD Alveo U55C.

import type { Board } from '../board-shape.ts'

export const alveoU55c: Board = {
  name: 'alveo-u55c',
  title: 'AMD Alveo U55C',
  part: 'xcu55c-fsvh2892-2L-e',
  kind: 'alveo',
  boardPart: 'xilinx.com:au55c:part0:1.0',
  clockMhz: 200,
  memory: [
    {
      name: 'HBM2',
      mib: 16384,
      port: 'shell',
    },
  ],
  platform: { name: 'xilinx_u55c_gen3x16_xdma_3_202210_1', memory: 'HBM[0]' },
  sources: {
    part: 'build scripts on GitHub for the card, read',
    boardPart: 'Vivado projects on GitHub that name it, read',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
    platform: 'build scripts on GitHub that name it, read; the bank a choice',
  },
}
