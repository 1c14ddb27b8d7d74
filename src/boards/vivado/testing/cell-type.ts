// What is said of a cell of a block design, and the pieces that cells are made of.

export type Settings = Readonly<Record<string, string>>

export type Bus = 'axi' | 'axis' | 'lmb' | 'bram' | 'debug' | 'uart' | 'external'

export interface Interface {
  readonly name: string
  readonly bus: Bus
  readonly mode: 'master' | 'slave'
  /** Pin that clocks it, where the other end's clock must be the same. */
  readonly clock?: string
  /** Bits of data of a stream. */
  readonly bits?: number
}

export interface Pin {
  readonly name: string
  readonly direction: 'in' | 'out'
  /** A plain signal may be both: `locked` holds a reset. */
  readonly signal: 'clock' | 'reset' | 'signal'
  /** Width of a plain signal, where both ends have one. */
  readonly bits?: number
  /** Polarity of a reset. */
  readonly active?: 'low' | 'high'
  /** May stay open: an output, or an input that the IP ties off itself. */
  readonly open?: true
}

export interface Segment {
  /** As `get_bd_addr_segs` names it behind the cell. */
  readonly path: string
  readonly interface: string
  /** Fixed by the IP for memory of a processor system. */
  readonly base?: number
  readonly size?: number
}

/** Addresses that a cell itself can reach. */
export interface Space {
  readonly name: string
  readonly through: readonly string[]
  readonly least: number
  readonly most: number
}

export interface Cell {
  readonly pins: readonly Pin[]
  readonly interfaces: readonly Interface[]
  readonly segments: readonly Segment[]
  readonly spaces: readonly Space[]
  /** From any slave to any master, as interconnects and LMB buses let pass. */
  readonly passes?: true
}

export interface CellType {
  /** Versions in the catalogue. */
  readonly versions: readonly string[]
  readonly settings: Readonly<Record<string, RegExp>>
  readonly cell: (settings: Settings) => Cell
}

export const clock = (name: string): Pin => ({ name, direction: 'in', signal: 'clock' })
export const resetLow = (name: string): Pin => ({ name, direction: 'in', signal: 'reset', active: 'low' })
export const resetHigh = (name: string): Pin => ({ name, direction: 'in', signal: 'reset', active: 'high' })
export const output = (name: string, signal: Pin['signal'], active?: Pin['active']): Pin => ({
  name,
  direction: 'out',
  signal,
  open: true,
  ...(active === undefined ? {} : { active }),
})
export const master = (name: string, bus: Bus, clockPin?: string, bits?: number): Interface => ({
  name,
  bus,
  mode: 'master',
  ...(clockPin === undefined ? {} : { clock: clockPin }),
  ...(bits === undefined ? {} : { bits }),
})
export const slave = (...parts: Parameters<typeof master>): Interface => ({
  ...master(...parts),
  mode: 'slave',
})
export const interruptIn = (name: string): Pin => ({ name, direction: 'in', signal: 'signal', open: true })
export const none = { segments: [], spaces: [] }
export const on = /^[01]$/
export const truth = /^(true|false)$/
export const megahertz = /^\d+(\.\d+)?$/
export const streamBits = /^(8|16|32|64|128|256|512|1024)$/
