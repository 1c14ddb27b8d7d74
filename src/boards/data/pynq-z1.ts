// Digilent PYNQ-Z1.

import type { Board } from '../board-shape.ts'

export const pynqZ1: Board = {
  name: 'pynq-z1',
  title: 'Digilent PYNQ-Z1',
  part: 'xc7z020clg400-1',
  kind: 'zynq',
  boardPart: 'www.digilentinc.com:pynq-z1:part0:1.0',
  clockMhz: 100,
  memory: [
    {
      name: 'DDR3',
      mib: 512,
      port: 'S_AXI_HP0',
    },
  ],
  sources: {
    part: 'general knowledge, not checked',
    boardPart: 'general knowledge, not checked',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
  },
}
