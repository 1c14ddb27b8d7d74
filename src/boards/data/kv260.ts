// AMD Kria KV260.

import type { Board } from '../board-shape.ts'

export const kv260: Board = {
  name: 'kv260',
  title: 'AMD Kria KV260',
  part: 'xck26-sfvc784-2LV-c',
  kind: 'zynqmp',
  boardPart: 'xilinx.com:kv260_som:part0:1.4',
  clockMhz: 100,
  memory: [
    {
      name: 'DDR4',
      mib: 4096,
      port: 'S_AXI_HP0_FPD',
    },
  ],
  sources: {
    part: "FINN's list of boards (finn.util.basic, 2026), read",
    boardPart: 'Vivado projects on GitHub that name it, read',
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
  },
}
