// AMD Alveo U280.

import type { Board } from '../board-shape.ts'

export const alveoU280: Board = {
  name: 'alveo-u280',
  title: 'AMD Alveo U280',
  part: 'xcu280-fsvh2892-2L-e',
  kind: 'alveo',
  boardPart: 'xilinx.com:au280:part0:1.1',
  clockMhz: 200,
  memory: [
    {
      name: 'HBM2',
      mib: 8192,
      port: 'shell',
    },
    {
      name: 'DDR4',
      mib: 32768,
      port: 'shell',
    },
  ],
  platform: { name: 'xilinx_u280_gen3x16_xdma_1_202211_1', memory: 'HBM[0]' },
  sources: {
    part: 'supported_boards.json of hls4ml, read',
    boardPart: 'general knowledge, not checked',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
    platform: 'build scripts on GitHub that name it, read; the bank a choice',
  },
}
