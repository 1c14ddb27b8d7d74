// The road by a ComBlock, and the names that its programs know.

import { framesUnderWay, startFrames } from './road-parts.ts'

/** Names and word numbers: the core's user guide 2.1; its own comblock.h is used where the platform has it. */
export const comblockRegisters = `#include "lutra_comblock.h"

uint32_t lutra_road_read(uint32_t address)
{
    return cbRead(LUTRA_COMBLOCK, CB_IREG0 + address / 4u);
}

void lutra_road_control(uint32_t bits)
{
    cbWrite(LUTRA_COMBLOCK, CB_OREG0, bits);
}
`

export const comblockRoad = `
/* Words go one by one: cbWriteBulk and cbReadBulk count addresses up, and are for registers and the RAM. */
#define COMBLOCK_LOST (1u << 2) /* of a FIFO's status: written while full, or read while empty */

${framesUnderWay}
/* The FIFOs are never cleared: each side has a pointer of its own, and a clear takes back one of them alone. */
lutra_status_t lutra_road_reset(void)
{
    transfer.to_send = 0u;
    transfer.to_receive = 0u;
    return LUTRA_OK;
}

/* While the accelerator drops what comes, the FIFO to it empties; what has gone out before is read here. */
lutra_status_t lutra_road_drain(void)
{
    uint32_t polls = LUTRA_POLLS_FLOOR;
    while ((cbRead(LUTRA_COMBLOCK, CB_OFIFO_STATUS) >> 16) != 0u) {
        if (polls-- == 0u) {
            return LUTRA_ERROR_STUCK;
        }
    }
    while ((cbRead(LUTRA_COMBLOCK, CB_IFIFO_STATUS) >> 16) != 0u) {
        (void)cbRead(LUTRA_COMBLOCK, CB_IFIFO_VALUE);
        if (polls-- == 0u) {
            return LUTRA_ERROR_STUCK;
        }
    }
    return LUTRA_OK;
}

${startFrames}
lutra_status_t lutra_road_poll(void)
{
    uint32_t sending = cbRead(LUTRA_COMBLOCK, CB_OFIFO_STATUS);
    uint32_t receiving = cbRead(LUTRA_COMBLOCK, CB_IFIFO_STATUS);
    uint32_t k;
    if (((sending | receiving) & COMBLOCK_LOST) != 0u) {
        transfer.errors = sending << 16 | (receiving & 0xffffu);
        return LUTRA_ERROR_MOVER;
    }
    /* The upper half of a status is the number of words that the FIFO holds. */
    if (transfer.to_send > 0u && (sending >> 16) + LUTRA_INPUT_WORDS <= LUTRA_FIFO_WORDS) {
        for (k = 0u; k < LUTRA_INPUT_WORDS; k++) {
            cbWrite(LUTRA_COMBLOCK, CB_OFIFO_VALUE, bits_of(transfer.x[k]));
        }
        transfer.x += LUTRA_INPUT_STRIDE;
        transfer.to_send--;
    }
    if (transfer.to_receive > 0u && (receiving >> 16) >= LUTRA_OUTPUT_WORDS) {
        for (k = 0u; k < LUTRA_OUTPUT_WORDS; k++) {
            transfer.y[k] = word_of(cbRead(LUTRA_COMBLOCK, CB_IFIFO_VALUE));
        }
        transfer.y += LUTRA_OUTPUT_STRIDE;
        transfer.to_receive--;
    }
    return transfer.to_receive > 0u ? LUTRA_BUSY : LUTRA_OK;
}

/* Status of the FIFO to the accelerator in the upper half, of that from it in the lower. */
uint32_t lutra_road_state(void)
{
    return transfer.errors;
}
`

/** `lutra_comblock.h`: the names that programs for the ComBlock know. */
export const comblockHeader = `/* The ComBlock's functions and names: those of its own driver where the platform brings it. */
#ifndef LUTRA_COMBLOCK_H
#define LUTRA_COMBLOCK_H

#include "xparameters.h"

#include "lutra_addresses.h"

/* Where the hardware platform names the block, its address counts. */
#ifdef XPAR_COMBLOCK_0_AXIL_BASEADDR
#define LUTRA_COMBLOCK ((UINTPTR)XPAR_COMBLOCK_0_AXIL_BASEADDR)
#else
#define LUTRA_COMBLOCK ((UINTPTR)LUTRA_COMBLOCK_BASE)
#endif

#ifdef __has_include
#if __has_include("comblock.h")
#define LUTRA_HAS_COMBLOCK_H 1
#endif
#endif

#ifdef LUTRA_HAS_COMBLOCK_H
#include "comblock.h"
#else
#include "xil_io.h"

/* Words of the register port. */
#define CB_IREG0 0u
#define CB_OREG0 16u
#define CB_IFIFO_VALUE 32u
#define CB_IFIFO_CONTROL 33u
#define CB_IFIFO_STATUS 34u
#define CB_OFIFO_VALUE 36u
#define CB_OFIFO_CONTROL 37u
#define CB_OFIFO_STATUS 38u

static inline void cbWrite(UINTPTR baseaddr, u32 reg, u32 value)
{
    Xil_Out32(baseaddr + reg * 4u, value);
}

static inline u32 cbRead(UINTPTR baseaddr, u32 reg)
{
    return Xil_In32(baseaddr + reg * 4u);
}

static inline void cbWriteBulk(UINTPTR baseaddr, int *buffer, u32 depth)
{
    u32 k;
    for (k = 0u; k < depth; k++) {
        Xil_Out32(baseaddr + k * 4u, (u32)buffer[k]);
    }
}

static inline void cbReadBulk(int *buffer, UINTPTR baseaddr, u32 depth)
{
    u32 k;
    for (k = 0u; k < depth; k++) {
        buffer[k] = (int)Xil_In32(baseaddr + k * 4u);
    }
}
#endif

#endif
`
