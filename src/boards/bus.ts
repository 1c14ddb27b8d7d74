// How frames come to an accelerator: its interface, and what stands between it and the processor.

import { fail } from '../diagnostics/diagnostic.ts'
import type { Board } from './boards.ts'

/** By hls4ml's names: streams of words; windows in the register port; memory read and written in bursts. */
export const busInterfaces = ['axi_stream', 'axi_lite', 'axi_master'] as const
export type BusInterface = (typeof busInterfaces)[number]

/** `mover`: AXI DMA beside a processor system, AXI FIFO beside a MicroBlaze. `comblock`: ICTP's communication block. */
export const links = ['mover', 'comblock'] as const
export type Link = (typeof links)[number]

export interface Bus {
  readonly interface: BusInterface
  /** What carries words to and from the streams; of no meaning for the other interfaces. */
  readonly link: Link
}

/**
 * What a package for a board gets unless asked for otherwise: a card in a host takes a kernel that reads its memory, every
 * other board streams, behind the link it is known for. Fails with `package/interface` where they do not go together.
 */
export function chosenBus(board: Board, asked: Partial<Bus>): Bus {
  const usual: BusInterface = board.kind === 'alveo' ? 'axi_master' : 'axi_stream'
  const chosen = asked.interface ?? (asked.link === 'comblock' ? 'axi_stream' : usual)
  const streams = chosen === 'axi_stream'
  const link = asked.link ?? (streams ? (board.link ?? 'mover') : 'mover')
  if (board.kind === 'alveo' && chosen !== 'axi_master')
    return unfit('--interface', board, chosen, 'axi_master')
  if (link === 'comblock' && !streams)
    return unfit('--link', board, `comblock behind ${chosen}`, 'axi_stream')
  return { interface: chosen, link }
}

function unfit(place: string, board: Board, asked: string, possible: string): never {
  return fail({
    code: 'package/interface',
    place,
    problem: `${board.title} cannot have ${asked}`,
    expected: `the interface ${possible}`,
    remedy: `Give --interface ${possible}, or leave the flag out.`,
  })
}
