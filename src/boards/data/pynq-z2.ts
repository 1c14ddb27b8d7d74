// TUL PYNQ-Z2.

import type { Board } from '../board-shape.ts'

export const pynqZ2: Board = {
  name: 'pynq-z2',
  title: 'TUL PYNQ-Z2',
  part: 'xc7z020clg400-1',
  kind: 'zynq',
  boardPart: 'tul.com.tw:pynq-z2:part0:1.0',
  clockMhz: 100,
  memory: [
    {
      name: 'DDR3',
      mib: 512,
      port: 'S_AXI_HP0',
    },
  ],
  sources: {
    part: 'supported_boards.json of hls4ml, read',
    boardPart: 'Vivado projects on GitHub that name it, read',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
  },
}
