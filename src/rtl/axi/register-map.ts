// The registers that every packaged design shows, and those that an interface has beside them: one list for the
// hardware, the drivers and the documents. Addresses are in bytes, registers of 32 bits.

import type { BusInterface, BusPorts } from './bus-interface.ts'

export interface Register {
  readonly name: string
  readonly address: number
  readonly access: 'read' | 'write' | 'read and write'
  readonly summary: string
  readonly bits?: Readonly<Record<string, readonly [bit: number, summary: string]>>
}

/** `LTRA` in ASCII: what stands in ID. */
export const idWord = 0x4c545241

/** Addresses count from `registerBase` of the interface. */
export const registerMap = {
  CONTROL: {
    address: 0x00,
    access: 'read and write',
    summary: 'starts and clears; start is 1 after reset',
    bits: {
      start: [0, 'frames are taken; at 0 the input waits between frames'],
      clear: [1, 'counters and flags go to 0; reads as 0'],
      framed: [2, 'every frame ends with TLAST; at 0, as after reset, TLAST ends any number of whole frames'],
      flush: [
        3,
        'words that come and results are dropped, until busy is 0 and nothing is left of a broken transfer',
      ],
    },
  },
  STATUS: {
    address: 0x04,
    access: 'read',
    summary: 'what goes on, and what went wrong since the last clear',
    bits: {
      busy: [0, 'a frame has come whose result has not gone'],
      short: [1, 'a frame ended too early and was filled up with zeros'],
      long: [2, 'a frame did not end in time and was cut (where framed is 1)'],
      not_finite: [3, 'a float word was NaN or infinite and was taken as 0'],
      bus_error: [4, 'the memory answered a read or a write with an error (axi_master)'],
    },
  },
  HASH_LOW: { address: 0x08, access: 'read', summary: 'build hash, lower half' },
  HASH_HIGH: { address: 0x0c, access: 'read', summary: 'build hash, upper half' },
  FRAMES_IN: { address: 0x10, access: 'read', summary: 'frames that have come' },
  FRAMES_OUT: { address: 0x14, access: 'read', summary: 'results that have gone' },
  SHORT_FRAMES: { address: 0x18, access: 'read', summary: 'frames that ended too early' },
  LONG_FRAMES: { address: 0x1c, access: 'read', summary: 'frames that did not end in time and were cut' },
  BUSY_CYCLES: { address: 0x20, access: 'read', summary: 'cycles in which a frame was under way' },
  LAST_CYCLES: {
    address: 0x24,
    access: 'read',
    summary: 'cycles for which the latest frame, or frames without a pause between, was under way',
  },
  WORDS: { address: 0x28, access: 'read', summary: 'words of a frame: in (lower half), out (upper half)' },
  ID: { address: 0x2c, access: 'read', summary: 'LTRA' },
} as const satisfies Readonly<Record<string, Omit<Register, 'name'>>>

export type RegisterName = keyof typeof registerMap

/** All registers by address. */
export const registers: readonly Register[] = Object.entries(registerMap).map(([name, own]) => ({
  name,
  ...own,
}))

/** Where the registers of the map begin on the register port. */
export function registerBase({ interface: chosen }: { readonly interface: BusInterface }): number {
  return chosen === 'axi_master' ? 0x40 : 0
}

/** What `axi_lite` has beside the map: a frame's words, one after another, and the register that sends them. */
export const windowMap = {
  GO: {
    address: 0x30,
    access: 'read and write',
    summary: 'writing 1 sends the input window as a frame; 1 until its result is in the output window',
  },
} as const satisfies Readonly<Record<string, Omit<Register, 'name'>>>

/** Word k of a window stands at its address + 4k. */
export const windows = {
  /** Written; reads as 0. */
  input: 0x4000,
  /** Read; writing has no effect. */
  output: 0x8000,
} as const

/** Words that a window has room for. */
export const windowWords = 4096

/** What `axi_master` has below the map: the control of a kernel, as XRT and Vitis HLS have it. */
export const kernelMap = {
  AP_CTRL: {
    address: 0x00,
    access: 'read and write',
    summary: 'starts a run and tells its end',
    bits: {
      ap_start: [0, 'writing 1 starts a run; 1 until it has ended, in which time writing has no effect'],
      ap_done: [1, 'a run has ended; reading or starting clears it'],
      ap_idle: [2, 'no run is under way'],
      ap_ready: [3, 'as ap_done'],
    },
  },
  GIE: {
    address: 0x04,
    access: 'read and write',
    summary: 'bit 0: the interrupt line follows ISR',
  },
  IER: {
    address: 0x08,
    access: 'read and write',
    summary: 'which events ISR notes: bit 0 ap_done, bit 1 ap_ready',
  },
  ISR: {
    address: 0x0c,
    access: 'read and write',
    summary: 'events that have come; writing 1 to a bit turns it over',
  },
  INPUT_LOW: { address: 0x10, access: 'read and write', summary: 'address of the frames, lower half' },
  INPUT_HIGH: { address: 0x14, access: 'read and write', summary: 'address of the frames, upper half' },
  OUTPUT_LOW: { address: 0x1c, access: 'read and write', summary: 'address of the results, lower half' },
  OUTPUT_HIGH: { address: 0x20, access: 'read and write', summary: 'address of the results, upper half' },
  FRAMES: { address: 0x28, access: 'read and write', summary: 'frames of a run' },
} as const satisfies Readonly<Record<string, Omit<Register, 'name'>>>

/** Bits of an address on the register port, by ports; there is none where registers are flat. */
export const addressBits: Readonly<Record<Exclude<BusPorts, 'comblock'>, number>> = {
  axi_stream: 6,
  axi_lite: 16,
  axi_master: 7,
}
