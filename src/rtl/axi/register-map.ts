// The registers that every packaged design shows on its AXI4-Lite port: one list for the hardware, the drivers and the
// documents. Addresses are in bytes, registers of 32 bits.

export interface Register {
  readonly name: string
  readonly address: number
  readonly access: 'read' | 'write' | 'read and write'
  readonly summary: string
  readonly bits?: Readonly<Record<string, readonly [bit: number, summary: string]>>
}

/** `LTRA` in ASCII: what stands in ID. */
export const idWord = 0x4c545241

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

/** Bits of an address on the port. */
export const addressBits = 6
