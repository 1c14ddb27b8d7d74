// The protocol of UDMA: a PC asks, over TCP, a board's program that sits on a ComBlock. Requests and answers are words of
// 32 bits, least significant byte first.
//
// From the sources (udma.py and udma.h of gitlab.com/ictp-mlab/udma): commands, statuses, what follows each command; an
// answer is status and count, then as many words; a write is answered with the number of words written; at most 250
// words in a request, so that it arrives in one segment, as the server takes one request from one read.
//
// Faults of the published udma.h that a client meets: WRITE_FIFO writes only while IN_FIFO is not empty, as it looks at
// that FIFO's flag (run-frames.ts goes round it); WRITE_RAM and WRITE_MEM take their data one word later than udma.py
// puts it; READ_MEM with an increment of 1 writes to memory; an increment above 1 gives one word fewer.
//
// Inferred: that a status other than success is followed by as many words as the count says, as the server has it; the
// published client reads none then.

export const udmaPort = 7

const commands = {
  READ_REG: 0,
  READ_RAM: 1,
  READ_MEM: 2,
  READ_FIFO: 3,
  WRITE_REG: 4,
  WRITE_RAM: 5,
  WRITE_MEM: 6,
  WRITE_FIFO: 7,
  SELECT_COMBLOCK: 9,
  LOG: 255,
} as const

export type Command = keyof typeof commands

export const statuses = {
  FAIL: 0,
  SUCCESS: 1,
  OVERFLOW: 2,
  UNDERFLOW: 3,
  LOG_ENABLED: 4,
  LOG_DISABLED: 5,
} as const

/** Most words of data in a request or an answer. */
export const packetWords = 250

/** Words as bytes of a request. */
export function requestBytes(command: Command, ...words: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * (words.length + 1)))
  for (const [k, word] of [commands[command], ...words].entries()) bytes.setUint32(4 * k, word >>> 0, true)
  return new Uint8Array(bytes.buffer)
}

/** Words of an answer. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, k) => view.getUint32(4 * k, true))
}
