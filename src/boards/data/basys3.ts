// Digilent Basys 3.

import type { Board } from '../board-shape.ts'

export const basys3: Board = {
  name: 'basys3',
  title: 'Digilent Basys 3',
  part: 'xc7a35tcpg236-1',
  kind: 'fpga',
  boardPart: 'digilentinc.com:basys3:part0:1.2',
  clockMhz: 100,
  oscillator: {
    mhz: 100,
    pin: 'W5',
    standard: 'LVCMOS33',
  },
  uart: {
    rx: 'B18',
    tx: 'A18',
    standard: 'LVCMOS33',
  },
  sources: {
    part: 'Vivado projects on GitHub that name it, read',
    boardPart: 'Vivado projects on GitHub that name it, read',
    clockMhz: 'a choice: what designs for the board usually take',
    oscillator: 'Basys-3-Master.xdc of Digilent/digilent-xdc, read',
    uart: 'Basys-3-Master.xdc of Digilent/digilent-xdc, read',
  },
}
