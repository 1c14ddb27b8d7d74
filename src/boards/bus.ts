// How frames come to an accelerator: its interface, and what stands between it and the processor.

import { fail } from '../diagnostics/diagnostic.ts'
import type { Bus, BusInterface } from '../rtl/axi/bus-interface.ts'
import type { Board } from './boards.ts'

export { type Bus, type BusInterface, busInterfaces, type Link, links } from '../rtl/axi/bus-interface.ts'
export { registerBase } from '../rtl/axi/register-map.ts'

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
