// Where a program finds the parts of the block design. The addresses are those that users of each device know: what
// Vivado itself gives on the Zynq-7000 and to MicroBlaze, and what courses use on the UltraScale+.

import { bug, fail } from '../../diagnostics/diagnostic.ts'
import { comblockCell, comblockPort } from '../comblock/design.ts'
import type { PackageDescription, WordFrame } from '../package-description.ts'

export interface AddressRange {
  /** The cell in the block design, with its hierarchy. */
  readonly cell: string
  /** The cell's interface that the registers are read through. */
  readonly interface: string
  readonly base: number
  /** Bytes, a power of two that the base is a multiple of. */
  readonly size: number
}

/**
 * What carries streams: AXI DMA beside a processor system, AXI FIFO beside a MicroBlaze, or a ComBlock, which has the
 * accelerator's registers too. `memory`: block RAM that a MicroBlaze shares with an accelerator that reads frames itself.
 */
export interface AddressMap {
  readonly accelerator?: AddressRange
  readonly comblock?: AddressRange
  readonly dma?: AddressRange
  readonly fifo?: AddressRange
  readonly memory?: AddressRange
  readonly uart?: AddressRange
  readonly timer?: AddressRange
}

/** All registers get 64 KiB, as Vivado gives to a peripheral. */
const size = 0x10000

/**
 * Base addresses in bytes; the same description gives the same map. Fails with `package/frame-too-long` where frames
 * exceed the memory shared with a MicroBlaze. A card in a host has none: XRT finds its kernel. A block of an HLS tool has no registers.
 */
export function addressMap(description: PackageDescription): AddressMap {
  const { project, board } = description
  const at = (cell: string, name: string, base: number, bytes = size): AddressRange => ({
    cell,
    interface: name,
    base,
    size: bytes,
  })
  const flat = description.link === 'comblock'
  const registers = (base: number) =>
    description.ip === 'hls'
      ? {}
      : flat
        ? { comblock: at(comblockCell, comblockPort, base) }
        : { accelerator: at(`${project}_accel_0`, 's_axi', base) }
  const streams = description.interface === 'axi_stream' && !flat
  const dma = (base: number) => (streams ? { dma: at('hier_0/axi_dma_0', 'S_AXI_LITE', base) } : {})
  switch (board.kind) {
    case 'zynq':
      return { ...registers(0x43c0_0000), ...dma(0x4040_0000) }
    case 'zynqmp':
      return { ...registers(0x8001_0000), ...dma(0x8000_0000) }
    case 'fpga':
      return {
        ...registers(0x44a1_0000),
        ...(streams ? { fifo: at('axi_fifo_mm_s_0', 'S_AXI', 0x44a0_0000) } : {}),
        ...(description.interface === 'axi_master'
          ? { memory: at('axi_bram_ctrl_0', 'S_AXI', 0xc000_0000, sharedBytes(description)) }
          : {}),
        uart: at('axi_uartlite_0', 'S_AXI', 0x4060_0000),
        timer: at('axi_timer_0', 'S_AXI', 0x41c0_0000),
      }
    case 'alveo':
      return bug(`${board.name} is a card in a host and has no block design`)
    default:
      return board.kind satisfies never
  }
}

/** Bytes of block RAM, least for a few short frames at once, most for what the smallest board has to spare. */
const sharedMemory = { least: 0x2000, most: 0x10000 }

/** Block RAM for at least one frame in and its result. */
function sharedBytes({ input, output, wordsPerBeat }: PackageDescription): number {
  const bytes = ({ types }: WordFrame) => Math.ceil(types.length / wordsPerBeat) * wordsPerBeat * 4
  const needed = bytes(input) + bytes(output)
  if (needed <= sharedMemory.most) return Math.max(sharedMemory.least, 2 ** Math.ceil(Math.log2(needed)))
  return fail({
    code: 'package/frame-too-long',
    place: 'input and output',
    problem: `a frame of '${input.name}' and its result '${output.name}' take ${needed} bytes`,
    expected: `at most ${sharedMemory.most}, the block RAM that a board by itself gives them`,
    remedy: 'Take a board with a processor system, whose memory holds frames, or --interface axi_stream.',
  })
}

/** Eight hexadecimal digits, as tcl and C read them. */
export function hex(address: number): string {
  return `0x${address.toString(16).toUpperCase().padStart(8, '0')}`
}

/** A C header with the addresses and the clock, for programs without an operating system. */
export function addressHeader(description: PackageDescription): string {
  const map = addressMap(description)
  const lines = Object.entries(map).flatMap(([name, { base, size: bytes }]) => {
    const word = `LUTRA_${name.toUpperCase()}`
    return [`#define ${word}_BASE ${hex(base)}u`, `#define ${word}_SIZE ${hex(bytes)}u`]
  })
  return `/* Addresses of ${description.project} on ${description.board.title}, as vivado/project.tcl assigns them. */
#ifndef LUTRA_ADDRESSES_H
#define LUTRA_ADDRESSES_H

${lines.join('\n')}
/* What was asked for; a processor system's divider may give slightly less. */
#define LUTRA_CLOCK_HZ ${Math.round(description.clockMhz * 1e6)}u

#endif
`
}
