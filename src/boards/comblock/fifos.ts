// What is asked of a ComBlock, and what is known of it. Sources: core-comblock's user guide 2.1 and its VHDL
// (comblock.vhdl, axi_comblock.vhdl), and fifo.vhdl of FPGALIB, which the core takes its FIFOs from.
//
// - Words of the register port (times 4 bytes): IREG0–15 at 0, OREG0–15 at 16, IN_FIFO value, control, status at 32–34,
//   OUT_FIFO at 36–38. IN is from the logic to the processor.
// - A read of OUT_FIFO answers a cycle later, with `valid`. `full`, `afull` and `empty` follow the enables of the same
//   cycle, so that no enable may follow them: that would be a loop of gates.
// - A clear from the processor takes back only its own side's pointer of a FIFO. Nothing here clears: what is left of a
//   broken run is drained through the accelerator (CONTROL.flush) and by reading.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { PackageDescription } from '../package-description.ts'

/** The core in Vivado's catalogue, and where it is cloned from; the repository for Vivado is its folder `src`. */
export const comblockIp = {
  vlnv: 'www.ictp.it:user:comblock:2.0',
  repository: 'https://gitlab.com/ictp-mlab/core-comblock',
} as const

/** Word numbers on the register port. */
export const comblockWords = {
  IREG0: 0,
  OREG0: 16,
  IFIFO_VALUE: 32,
  IFIFO_CONTROL: 33,
  IFIFO_STATUS: 34,
  OFIFO_VALUE: 36,
  OFIFO_CONTROL: 37,
  OFIFO_STATUS: 38,
} as const

/**
 * Words of a FIFO: one block of RAM at least. The Linux driver counts bytes in 16 bits of a shifted status, which holds
 * for fewer than 16384 words.
 */
const depths = { least: 1024, most: 8192 }

/** Words that stay free in every FIFO, whatever a version of the core makes of its last ones. */
export const fifoMargin = 8

/** Bits below full at which `afull` stops the accelerator: more than the cycles that a flag takes to be seen. */
const almostFull = 4

export interface FifoDepths {
  /** Words of OUT_FIFO, from the processor, and of IN_FIFO, back to it. */
  readonly out: number
  readonly in: number
}

/** What of a frame matters here. */
export interface FrameSize {
  readonly name: string
  readonly types: { readonly length: number }
}

/** Room for two frames each way where they are short. Fails with `package/frame-too-long` beyond what a FIFO takes. */
export function fifoDepths({
  input,
  output,
}: {
  readonly input: FrameSize
  readonly output: FrameSize
}): FifoDepths {
  return { out: depthFor(input, 'input'), in: depthFor(output, 'output') }
}

function depthFor({ name, types }: FrameSize, place: string): number {
  const most = depths.most - fifoMargin
  if (types.length > most)
    return fail({
      code: 'package/frame-too-long',
      place,
      problem: `a frame of '${name}' has ${types.length} words`,
      expected: `at most ${most}, which a FIFO of the ComBlock holds`,
      remedy: 'Take --link mover, whose DMA reads frames from memory.',
    })
  const wanted = 2 ** Math.ceil(Math.log2(2 * types.length + fifoMargin))
  return Math.min(depths.most, Math.max(depths.least, wanted))
}

/** The core's parameters by their names. */
export function comblockSettings(description: PackageDescription): Record<string, string | number> {
  const { out, in: back } = fifoDepths(description)
  return {
    REGS_IN_ENA: 'true',
    REGS_IN_DWIDTH: 32,
    REGS_IN_DEPTH: 16,
    REGS_OUT_ENA: 'true',
    REGS_OUT_DWIDTH: 32,
    REGS_OUT_DEPTH: 16,
    DRAM_IO_ENA: 'false',
    FIFO_IN_ENA: 'true',
    FIFO_IN_DWIDTH: 32,
    FIFO_IN_DEPTH: back,
    FIFO_IN_AFOFFSET: almostFull,
    FIFO_IN_AEOFFSET: 1,
    FIFO_OUT_ENA: 'true',
    FIFO_OUT_DWIDTH: 32,
    FIFO_OUT_DEPTH: out,
    FIFO_OUT_AFOFFSET: 1,
    FIFO_OUT_AEOFFSET: 1,
  }
}
