// The road by an AXI DMA.

import { resultsInMemory } from './road-parts.ts'

/** Registers and bits: PG021, "Register Address Map - Direct Register Mode". */
export const dmaRoad = `
/* AXI DMA, direct register mode (PG021): MM2S reads memory for the accelerator, S2MM writes its results. */
#define MM2S_CONTROL 0x00u
#define MM2S_STATUS 0x04u
#define MM2S_ADDRESS 0x18u
#define MM2S_LENGTH 0x28u
#define S2MM_CONTROL 0x30u
#define S2MM_STATUS 0x34u
#define S2MM_ADDRESS 0x48u
#define S2MM_LENGTH 0x58u
#define DMA_RUN (1u << 0)
#define DMA_RESET (1u << 2)
#define DMA_IDLE (1u << 1)
#define DMA_ERRORS (7u << 4) /* internal, slave, decode */

${resultsInMemory}
static uint32_t dma_read(uint32_t address)
{
    return Xil_In32((UINTPTR)LUTRA_DMA_BASE + address);
}

static void dma_write(uint32_t address, uint32_t value)
{
    Xil_Out32((UINTPTR)LUTRA_DMA_BASE + address, value);
}

lutra_status_t lutra_road_reset(void)
{
    uint32_t polls = 10000u;
    /* The bit resets both channels, and is 1 until that is done. */
    dma_write(MM2S_CONTROL, DMA_RESET);
    while ((dma_read(MM2S_CONTROL) & DMA_RESET) != 0u || (dma_read(S2MM_CONTROL) & DMA_RESET) != 0u) {
        if (polls-- == 0u) {
            return LUTRA_ERROR_STUCK;
        }
    }
    return LUTRA_OK;
}

void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    uint32_t in = frames * LUTRA_INPUT_STRIDE * 4u;
    uint32_t out = frames * LUTRA_OUTPUT_STRIDE * 4u;
    /* What the processor has written goes to memory: the input for the DMA to read, and of the results' lines so that
       none is written back over what the DMA writes. */
    Xil_DCacheFlushRange((INTPTR)x, in);
    Xil_DCacheFlushRange((INTPTR)y, out);
    transfer.y = y;
    transfer.bytes = out;
    /* Results first: their channel waits. Writing a length starts a channel. */
    dma_write(S2MM_CONTROL, DMA_RUN);
    dma_write(S2MM_ADDRESS, (uint32_t)(uintptr_t)y);
    dma_write(S2MM_LENGTH, out);
    dma_write(MM2S_CONTROL, DMA_RUN);
    dma_write(MM2S_ADDRESS, (uint32_t)(uintptr_t)x);
    dma_write(MM2S_LENGTH, in);
}

lutra_status_t lutra_road_poll(void)
{
    uint32_t sent = dma_read(MM2S_STATUS);
    uint32_t received = dma_read(S2MM_STATUS);
    if (((sent | received) & DMA_ERRORS) != 0u) {
        return LUTRA_ERROR_MOVER;
    }
    if ((sent & received & DMA_IDLE) == 0u) {
        return LUTRA_BUSY;
    }
    /* What the processor may have read ahead of the DMA is dropped. */
    Xil_DCacheInvalidateRange((INTPTR)transfer.y, transfer.bytes);
    /* The length is now that of the results. */
    return dma_read(S2MM_LENGTH) == transfer.bytes ? LUTRA_OK : LUTRA_ERROR_LENGTH;
}

/* S2MM_STATUS in the upper half, MM2S_STATUS in the lower. */
uint32_t lutra_road_state(void)
{
    return dma_read(S2MM_STATUS) << 16 | (dma_read(MM2S_STATUS) & 0xffffu);
}
`
