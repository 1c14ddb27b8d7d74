// How frames come to an accelerator: its interface, and what stands between it and the processor.

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

/** The ports that an accelerator has: those of its interface, or streams beside flat registers for a ComBlock. */
export type BusPorts = BusInterface | 'comblock'

/** Streams behind a mover where nothing else is said. */
export function portsOf({ interface: chosen = 'axi_stream', link }: Partial<Bus>): BusPorts {
  return chosen === 'axi_stream' && link === 'comblock' ? 'comblock' : chosen
}
