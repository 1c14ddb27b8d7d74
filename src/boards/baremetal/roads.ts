// `lutra_road.c` of each carrier: how frames get to the accelerator and back. Devices are driven by their registers
// alone, which have not changed since their first versions; drivers of board support packages have.

import type { PackageDescription } from '../package-description.ts'
import { carrierOf } from './frame.ts'
import { comblockRegisters, comblockRoad } from './road-comblock.ts'
import { dmaRoad } from './road-dma.ts'
import { fifoRoad } from './road-fifo.ts'
import { kernelControl, masterRoad, sharedRoad } from './road-master.ts'
import { anyBuffer, memoryRules, nothingToDrain, registersByAddress, wordBits } from './road-parts.ts'
import { windowRoad } from './road-windows.ts'

/** The text of `lutra_road.c` for a description. */
export function roadSource(description: PackageDescription): string {
  const carrier = carrierOf(description)
  switch (carrier) {
    case 'dma':
      return `${head('AXI DMA without scatter and gather', true)}${registersByAddress}${memoryRules}${nothingToDrain}${dmaRoad}`
    case 'fifo':
      return `${head('AXI4-Stream FIFO', false)}${registersByAddress}${anyBuffer}${nothingToDrain}${wordBits}${fifoRoad}`
    case 'comblock':
      return `${head('ComBlock', false)}${comblockRegisters}${anyBuffer}${wordBits}${comblockRoad}`
    case 'windows':
      return `${head('windows of the register port', false)}${registersByAddress}${anyBuffer}${nothingToDrain}${wordBits}${windowRoad}`
    case 'master':
      return description.board.kind === 'fpga'
        ? `${head('memory that the accelerator reads and writes', false)}${registersByAddress}${anyBuffer}${wordBits}${kernelControl}${sharedRoad}`
        : `${head('memory that the accelerator reads and writes', true)}${registersByAddress}${memoryRules}${kernelControl}${masterRoad}`
    default:
      return carrier satisfies never
  }
}

function head(title: string, hasCache: boolean): string {
  return `/* Frames by ${title}. */
#include "lutra_road.h"

${hasCache ? '#include "xil_cache.h"\n' : ''}#include "xil_io.h"

#include "lutra_addresses.h"
#include "lutra_registers.h"
`
}
