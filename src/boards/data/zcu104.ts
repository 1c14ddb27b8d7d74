// AMD ZCU104.

import type { Board } from '../board-shape.ts'

export const zcu104: Board = {
  name: 'zcu104',
  title: 'AMD ZCU104',
  part: 'xczu7ev-ffvc1156-2-e',
  kind: 'zynqmp',
  boardPart: 'xilinx.com:zcu104:part0:1.1',
  clockMhz: 100,
  memory: [
    {
      name: 'DDR4',
      mib: 2048,
      port: 'S_AXI_HP0_FPD',
    },
  ],
  sources: {
    part: "FINN's list of boards (finn.util.basic, 2026), read",
    boardPart: "FINN's list of boards (finn.util.basic, 2026), read",
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
  },
}
