// AMD Alveo U250.

import type { Board } from '../board-shape.ts'

export const alveoU250: Board = {
  name: 'alveo-u250',
  title: 'AMD Alveo U250',
  part: 'xcu250-figd2104-2L-e',
  kind: 'alveo',
  boardPart: 'xilinx.com:au250:part0:1.3',
  clockMhz: 200,
  memory: [
    {
      name: 'DDR4',
      mib: 65536,
      port: 'shell',
    },
  ],
  platform: { name: 'xilinx_u250_gen3x16_xdma_4_1_202210_1', memory: 'DDR[0]' },
  sources: {
    part: 'supported_boards.json of hls4ml, read',
    boardPart: 'Vivado projects on GitHub that name it, read',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
    platform: 'build scripts on GitHub that name it, read; the bank a choice',
  },
}
