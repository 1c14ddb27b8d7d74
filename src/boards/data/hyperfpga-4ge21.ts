// HyperFPGA node, module 4ge21.

import type { Board } from '../board-shape.ts'

export const hyperfpga4ge21: Board = {
  name: 'hyperfpga-4ge21',
  title: 'HyperFPGA node, module 4ge21',
  part: 'xczu4eg-sfvc784-2-e',
  kind: 'zynqmp',
  boardPart: 'ictp.it:hyperfpga_4ge21:part0:1.0',
  link: 'comblock',
  clockMhz: 100,
  notes: ['Also written hyperfpga-4eg21.'],
  sources: {
    link: 'a choice: what the cluster’s driver and its users’ programs are made for',
    part: 'a public project for the node that names it, read',
    boardPart: 'a public project for the node that names it, read',
    clockMhz: 'a choice: what designs for the board usually take',
  },
}
