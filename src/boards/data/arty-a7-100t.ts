// Digilent Arty A7-100T.

import type { Board } from '../board-shape.ts'

export const artyA7100t: Board = {
  name: 'arty-a7-100t',
  title: 'Digilent Arty A7-100T',
  part: 'xc7a100tcsg324-1',
  kind: 'fpga',
  boardPart: 'digilentinc.com:arty-a7-100:part0:1.1',
  clockMhz: 100,
  oscillator: {
    mhz: 100,
    pin: 'E3',
    standard: 'LVCMOS33',
  },
  uart: {
    rx: 'A9',
    tx: 'D10',
    standard: 'LVCMOS33',
  },
  sources: {
    part: 'Vivado projects on GitHub that name it, read',
    boardPart: 'Vivado projects on GitHub that name it, read',
    clockMhz: 'a choice: what designs for the board usually take',
    oscillator: 'Arty-A7-100-Master.xdc of Digilent/digilent-xdc, read',
    uart: 'Arty-A7-100-Master.xdc of Digilent/digilent-xdc, read',
  },
}
