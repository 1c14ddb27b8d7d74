// AMD Alveo U50.

import type { Board } from '../board-shape.ts'

export const alveoU50: Board = {
  name: 'alveo-u50',
  title: 'AMD Alveo U50',
  part: 'xcu50-fsvh2104-2-e',
  kind: 'alveo',
  boardPart: 'xilinx.com:au50:part0:1.3',
  clockMhz: 200,
  memory: [
    {
      name: 'HBM2',
      mib: 8192,
      port: 'shell',
    },
  ],
  platform: { name: 'xilinx_u50_gen3x16_xdma_5_202210_1', memory: 'HBM[0]' },
  sources: {
    part: 'supported_boards.json of hls4ml, read',
    boardPart: 'Vivado projects on GitHub that name it, read',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
    platform: 'build scripts on GitHub that name it, read; the bank a choice',
  },
}
