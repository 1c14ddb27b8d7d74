// How frames lie in memory, and what carries them.

import type { PackageDescription } from '../package-description.ts'

/** Words from one frame to the next: whole beats. */
export function strideOf(words: number, wordsPerBeat: number): number {
  return Math.ceil(words / wordsPerBeat) * wordsPerBeat
}

/** What carries frames between program and accelerator. */
export type Carrier = 'dma' | 'fifo' | 'comblock' | 'windows' | 'master'

export function carrierOf({ interface: bus, link, board }: PackageDescription): Carrier {
  if (bus === 'axi_lite') return 'windows'
  if (bus === 'axi_master') return 'master'
  if (link === 'comblock') return 'comblock'
  return board.kind === 'fpga' ? 'fifo' : 'dma'
}
