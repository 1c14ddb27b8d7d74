// Avnet Ultra96-V2.

import type { Board } from '../board-shape.ts'

export const ultra96v2: Board = {
  name: 'ultra96v2',
  title: 'Avnet Ultra96-V2',
  part: 'xczu3eg-sbva484-1-i',
  kind: 'zynqmp',
  boardPart: 'avnet.com:ultra96v2:part0:1.2',
  clockMhz: 100,
  memory: [
    {
      name: 'LPDDR4',
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
