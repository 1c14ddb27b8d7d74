// Real Digital AUP-ZU3.

import type { Board } from '../board-shape.ts'

export const aupZu3: Board = {
  name: 'aup-zu3',
  title: 'Real Digital AUP-ZU3',
  part: 'xczu3eg-sfvc784-2-e',
  kind: 'zynqmp',
  boardPart: 'realdigital.org:aup-zu3-8gb:part0:1.0',
  clockMhz: 100,
  memory: [
    {
      name: 'LPDDR4',
      mib: 8192,
      port: 'S_AXI_HP0_FPD',
    },
  ],
  notes: ['There is a variant with 4 GB, whose board files are realdigital.org:aup-zu3-4gb:part0:1.0.'],
  sources: {
    part: "FINN's list of boards (finn.util.basic, 2026), read",
    boardPart: "FINN's list of boards (finn.util.basic, 2026), read",
    clockMhz: 'a choice: what designs for the board usually take',
    memory: 'general knowledge, not checked',
  },
}
