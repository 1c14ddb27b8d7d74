// Roads of an accelerator that fetches frames itself: from the processor's memory, or from block RAM that both share.

import { portAccess, resultsInMemory } from './road-parts.ts'

/** What the accelerator is told. */
export const kernelControl = `
${portAccess}
static void begin(uint64_t in, uint64_t out, uint32_t frames)
{
    port_write(LUTRA_INPUT_LOW, (uint32_t)in);
    port_write(LUTRA_INPUT_HIGH, (uint32_t)(in >> 32));
    port_write(LUTRA_OUTPUT_LOW, (uint32_t)out);
    port_write(LUTRA_OUTPUT_HIGH, (uint32_t)(out >> 32));
    port_write(LUTRA_FRAMES, frames);
    port_write(LUTRA_AP_CTRL, LUTRA_AP_CTRL_AP_START);
}

/* Dropping what is under way ends a run by itself, with the bursts that memory still owes. */
lutra_status_t lutra_road_reset(void)
{
    return LUTRA_OK;
}

lutra_status_t lutra_road_drain(void)
{
    uint32_t polls = LUTRA_POLLS_FLOOR;
    while ((port_read(LUTRA_AP_CTRL) & LUTRA_AP_CTRL_AP_IDLE) == 0u) {
        if (polls-- == 0u) {
            return LUTRA_ERROR_STUCK;
        }
    }
    return LUTRA_OK;
}

/* AP_CTRL. */
uint32_t lutra_road_state(void)
{
    return port_read(LUTRA_AP_CTRL);
}
`

export const masterRoad = `
${resultsInMemory}
void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    transfer.y = y;
    transfer.bytes = frames * LUTRA_OUTPUT_STRIDE * 4u;
    /* What the processor has written goes to memory: the input for the accelerator to read, and of the results' lines so
       that none is written back over what the accelerator writes. */
    Xil_DCacheFlushRange((INTPTR)x, frames * LUTRA_INPUT_STRIDE * 4u);
    Xil_DCacheFlushRange((INTPTR)y, transfer.bytes);
    begin((uint64_t)(uintptr_t)x, (uint64_t)(uintptr_t)y, frames);
}

lutra_status_t lutra_road_poll(void)
{
    if ((port_read(LUTRA_AP_CTRL) & LUTRA_AP_CTRL_AP_DONE) == 0u) {
        return LUTRA_BUSY;
    }
    /* What the processor may have read ahead of the accelerator is dropped. */
    Xil_DCacheInvalidateRange((INTPTR)transfer.y, transfer.bytes);
    return LUTRA_OK;
}
`

export const sharedRoad = `
/* Block RAM that processor and accelerator share, in front the frames, behind them the results. */
#define SHARED_RESULTS (LUTRA_FRAMES_AT_ONCE * LUTRA_INPUT_STRIDE * 4u)

static struct {
    lutra_word_t *y;
    uint32_t words;
} transfer;

void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    uint32_t words = frames * LUTRA_INPUT_STRIDE;
    uint32_t k;
    transfer.y = y;
    transfer.words = frames * LUTRA_OUTPUT_STRIDE;
    for (k = 0u; k < words; k++) {
        Xil_Out32((UINTPTR)LUTRA_MEMORY_BASE + 4u * k, bits_of(x[k]));
    }
    begin(LUTRA_MEMORY_BASE, LUTRA_MEMORY_BASE + SHARED_RESULTS, frames);
}

lutra_status_t lutra_road_poll(void)
{
    uint32_t k;
    if ((port_read(LUTRA_AP_CTRL) & LUTRA_AP_CTRL_AP_DONE) == 0u) {
        return LUTRA_BUSY;
    }
    for (k = 0u; k < transfer.words; k++) {
        transfer.y[k] = word_of(Xil_In32((UINTPTR)LUTRA_MEMORY_BASE + SHARED_RESULTS + 4u * k));
    }
    return LUTRA_OK;
}
`
