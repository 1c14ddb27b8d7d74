// AMD ZCU102.

import type { Board } from '../board-shape.ts'

export const zcu102: Board = {
  name: 'zcu102',
  title: 'AMD ZCU102',
  part: 'xczu9eg-ffvb1156-2-e',
  kind: 'zynqmp',
  boardPart: 'xilinx.com:zcu102:part0:3.4',
  clockMhz: 100,
  memory: [
    {
      name: 'DDR4',
      mib: 4096,
      port: 'S_AXI_HP0_FPD',
    },
  ],
  sources: {
    part: 'supported_boards.json of hls4ml, read',
    boardPart: "3.3 in FINN's list, read; 3.4 general knowledge, not checked",
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
  },
}
