// Where a program finds the parts of the block design. The addresses are those that users of each device know: what
// Vivado itself gives on the Zynq-7000 and to MicroBlaze, and what courses use on the UltraScale+.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { PackageDescription } from '../package-description.ts'

export interface AddressRange {
  /** The cell in the block design, with its hierarchy. */
  readonly cell: string
  /** The cell's interface that the registers are read through. */
  readonly interface: string
  readonly base: number
  /** Bytes, a power of two that the base is a multiple of. */
  readonly size: number
}

/** What carries frames: AXI DMA beside a processor system, AXI FIFO beside a MicroBlaze. */
export interface AddressMap {
  readonly accelerator: AddressRange
  readonly dma?: AddressRange
  readonly fifo?: AddressRange
  readonly uart?: AddressRange
  readonly timer?: AddressRange
}

/** All registers get 64 KiB, as Vivado gives to a peripheral. */
const size = 0x10000

/** Base addresses in bytes; the same description gives the same map. Fails with `package/alveo` on a card in a host. */
export function addressMap({ project, board }: PackageDescription): AddressMap {
  const at = (cell: string, name: string, base: number): AddressRange => ({
    cell,
    interface: name,
    base,
    size,
  })
  const accelerator = (base: number) => at(`${project}_accel_0`, 's_axi', base)
  const dma = (base: number) => at('hier_0/axi_dma_0', 'S_AXI_LITE', base)
  switch (board.kind) {
    case 'zynq':
      return { accelerator: accelerator(0x43c0_0000), dma: dma(0x4040_0000) }
    case 'zynqmp':
      return { accelerator: accelerator(0x8001_0000), dma: dma(0x8000_0000) }
    case 'fpga':
      return {
        accelerator: accelerator(0x44a1_0000),
        fifo: at('axi_fifo_mm_s_0', 'S_AXI', 0x44a0_0000),
        uart: at('axi_uartlite_0', 'S_AXI', 0x4060_0000),
        timer: at('axi_timer_0', 'S_AXI', 0x41c0_0000),
      }
    case 'alveo':
      return noAlveo(board.name)
    default:
      return board.kind satisfies never
  }
}

function noAlveo(name: string): never {
  return fail({
    code: 'package/alveo',
    place: name,
    problem: 'cards in a host take kernels linked by v++, for which nothing is written yet',
    expected: 'a board with a processor system, or an FPGA by itself',
    remedy: 'Choose another board, or take the Verilog of `lutra build` into a kernel of your own.',
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
