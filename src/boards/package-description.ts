// What a package is made of, as plain data: all that block designs, drivers and pages need to know. None of them knows
// what the network is.

import type { Conversion } from '../fixed/types.ts'
import type { Board } from './boards.ts'
import type { Bus } from './bus.ts'

/** A tensor's words on the bus. */
export interface WordFrame {
  /** The tensor's name and its shape without the rows. */
  readonly name: string
  readonly shape: readonly number[]
  /** Types of the elements in row-major order: an element is raw · 2^-frac. */
  readonly types: readonly { readonly width: number; readonly frac: number; readonly signed: boolean }[]
}

/** How physical values become what the network takes: x' = (x − offset) · factor. */
export interface InputScaler {
  /** Whether there is an entry per channel (the last axis), per element of a row, or a single one for all elements. */
  readonly per: 'channel' | 'element' | 'input'
  /** Element k of a row has entry k modulo their number. */
  readonly offset: readonly number[]
  readonly factor: readonly number[]
}

export interface PackageDescription extends Bus {
  /** Where the block comes from: packaged out of `rtl/` (absent), or exported by an HLS tool, which has no registers. */
  readonly ip?: 'hls'
  /** Name of the project; its block is `<project>_accel`, whose Verilog lies in `rtl/`. */
  readonly project: string
  readonly board: Board
  /** 16 hexadecimal digits: what registers, drivers and reports say alike. */
  readonly buildHash: string
  readonly lutra: string
  /** Clock of the accelerator in MHz. */
  readonly clockMhz: number
  /** `float`: float32 words; `raw`: integers of 32 bits with the sign extended. */
  readonly form: 'float' | 'raw'
  /** Words of 32 bits in each beat of both streams: 1, 2 or 4. */
  readonly wordsPerBeat: number
  readonly input: WordFrame
  readonly output: WordFrame
  /** With raw words: how a number becomes each element of the input, in the order of its types. */
  readonly conversions?: readonly Conversion[]
  /** What scales rows before they become words: drivers do it, not the hardware. Absent where rows are taken as they are. */
  readonly scaler?: InputScaler
  /** Cycles from a frame's first word taken to its last word offered, nothing waiting, and between frames. */
  readonly latencyCycles: number
  readonly intervalCycles: number
  /** Verilog files of the block, relative to the package. */
  readonly sources: readonly string[]
}
