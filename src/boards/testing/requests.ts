// What the stand-ins for PYNQ and XRT ask of a board: lines of JSON. Words are little endian in base64.

export type Channel = 'send' | 'receive'

export type RegisterRequest =
  | { readonly op: 'read'; readonly address: number }
  | { readonly op: 'write'; readonly address: number; readonly value: number }

/** Transfers of a DMA: `run` lets time pass and tells the channels' states. */
export type DmaRequest =
  | { readonly op: 'send'; readonly words: string }
  | { readonly op: 'receive'; readonly words: number }
  | { readonly op: 'start'; readonly channel: Channel }
  | { readonly op: 'run' | 'received' | 'reset' }

export type MemoryRequest =
  | { readonly op: 'allocate'; readonly words: number }
  | { readonly op: 'free'; readonly address: number }
  | { readonly op: 'store'; readonly address: number; readonly words: string }
  | { readonly op: 'load'; readonly address: number; readonly words: number }
  | { readonly op: 'cycles'; readonly count: number }

/** What is broken from here on. */
export interface FaultRequest<F> {
  readonly op: 'fault'
  readonly faults: F
}

export function wordsOf(text: string): number[] {
  const bytes = Buffer.from(text, 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, k) => bytes.readUInt32LE(4 * k))
}

export function textOf(words: readonly number[]): string {
  return Buffer.from(Uint32Array.from(words).buffer).toString('base64')
}

/** Bytes from one buffer to the next: neighbours are far apart, so that what runs over an end is seen. */
export function pitchOf(words: number): number {
  return Math.ceil((4 * words) / 4096 + 4) * 4096
}
