// The road by an AXI4-Stream FIFO.

import { framesUnderWay, startFrames } from './road-parts.ts'

/** Registers, keys and bits: PG080, "Register Space". */
export const fifoRoad = `
/* AXI4-Stream FIFO (PG080): a frame is written, then its length, which sends it; results are read when they are whole. */
#define FIFO_STATUS 0x00u
#define FIFO_SEND_RESET 0x08u
#define FIFO_SEND_ROOM 0x0cu
#define FIFO_SEND_DATA 0x10u
#define FIFO_SEND_LENGTH 0x14u
#define FIFO_RECEIVE_RESET 0x18u
#define FIFO_RECEIVE_WORDS 0x1cu
#define FIFO_RECEIVE_DATA 0x20u
#define FIFO_RECEIVE_LENGTH 0x24u
#define FIFO_STREAM_RESET 0x28u
#define FIFO_KEY 0xa5u
#define FIFO_ERRORS 0xf2000000u /* read or written beyond what there is, or a wrong length */
#define FIFO_RESETS_DONE (3u << 23)

${framesUnderWay}
static uint32_t fifo_read(uint32_t address)
{
    return Xil_In32((UINTPTR)LUTRA_FIFO_BASE + address);
}

static void fifo_write(uint32_t address, uint32_t value)
{
    Xil_Out32((UINTPTR)LUTRA_FIFO_BASE + address, value);
}

lutra_status_t lutra_road_reset(void)
{
    uint32_t polls = 10000u;
    fifo_write(FIFO_STATUS, 0xffffffffu);
    fifo_write(FIFO_SEND_RESET, FIFO_KEY);
    fifo_write(FIFO_RECEIVE_RESET, FIFO_KEY);
    while ((fifo_read(FIFO_STATUS) & FIFO_RESETS_DONE) != FIFO_RESETS_DONE) {
        if (polls-- == 0u) {
            return LUTRA_ERROR_STUCK;
        }
    }
    fifo_write(FIFO_STATUS, 0xffffffffu);
    return LUTRA_OK;
}

${startFrames}
static void send_frame(void)
{
    uint32_t k;
    for (k = 0u; k < LUTRA_INPUT_WORDS; k++) {
        fifo_write(FIFO_SEND_DATA, bits_of(transfer.x[k]));
    }
    fifo_write(FIFO_SEND_LENGTH, LUTRA_INPUT_WORDS * 4u);
    transfer.x += LUTRA_INPUT_STRIDE;
    transfer.to_send--;
}

/* The length is asked for once for each result, just before its words are read. */
static lutra_status_t receive_frame(void)
{
    uint32_t k;
    if ((fifo_read(FIFO_RECEIVE_LENGTH) & 0x7fffffu) != LUTRA_OUTPUT_WORDS * 4u) {
        return LUTRA_ERROR_LENGTH;
    }
    for (k = 0u; k < LUTRA_OUTPUT_WORDS; k++) {
        transfer.y[k] = word_of(fifo_read(FIFO_RECEIVE_DATA));
    }
    transfer.y += LUTRA_OUTPUT_STRIDE;
    transfer.to_receive--;
    return LUTRA_OK;
}

lutra_status_t lutra_road_poll(void)
{
    uint32_t status = fifo_read(FIFO_STATUS);
    if ((status & FIFO_ERRORS) != 0u) {
        transfer.errors = status;
        return LUTRA_ERROR_MOVER;
    }
    if (transfer.to_send > 0u && fifo_read(FIFO_SEND_ROOM) >= LUTRA_INPUT_WORDS) {
        send_frame();
    }
    if (fifo_read(FIFO_RECEIVE_WORDS) > 0u) {
        lutra_status_t received = receive_frame();
        if (received != LUTRA_OK) {
            return received;
        }
    }
    return transfer.to_receive > 0u ? LUTRA_BUSY : LUTRA_OK;
}

uint32_t lutra_road_state(void)
{
    return transfer.errors != 0u ? transfer.errors : fifo_read(FIFO_STATUS);
}
`
