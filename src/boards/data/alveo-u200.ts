// AMD Alveo U200.

import type { Board } from '../board-shape.ts'

export const alveoU200: Board = {
  name: 'alveo-u200',
  title: 'AMD Alveo U200',
  part: 'xcu200-fsgd2104-2-e',
  kind: 'alveo',
  boardPart: 'xilinx.com:au200:part0:1.3',
  clockMhz: 200,
  memory: [
    {
      name: 'DDR4',
      mib: 65536,
      port: 'shell',
    },
  ],
  platform: { name: 'xilinx_u200_gen3x16_xdma_2_202110_1', memory: 'DDR[0]' },
  sources: {
    part: 'supported_boards.json of hls4ml, read',
    boardPart: 'general knowledge, not checked',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
    platform: 'UG1702 «Hardware Platform Information» (name), the bank a choice',
  },
}
