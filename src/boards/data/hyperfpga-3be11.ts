// HyperFPGA node, module 3be11.

import type { Board } from '../board-shape.ts'

export const hyperfpga3be11: Board = {
  name: 'hyperfpga-3be11',
  title: 'HyperFPGA node, module 3be11',
  part: 'xczu3eg-sfvc784-1-e',
  kind: 'zynqmp',
  link: 'comblock',
  clockMhz: 100,
  notes: [
    'No public board files were found: memory and pins of the processor system are as the node’s Linux sets them up.',
  ],
  sources: {
    link: 'a choice: what the cluster’s driver and its users’ programs are made for',
    part: "ICTP's HyperFPGA documents; not checked against the module's own",
    clockMhz: 'a choice: what designs for the board usually take',
  },
}
