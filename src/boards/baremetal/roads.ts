// `lutra_road.c` of each carrier: how frames get to the accelerator and back. Devices are driven by their registers
// alone, which have not changed since their first versions; drivers of board support packages have.

import type { PackageDescription } from '../package-description.ts'
import { carrierOf } from './frame.ts'

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

const registersByAddress = `
uint32_t lutra_road_read(uint32_t address)
{
    return Xil_In32((UINTPTR)LUTRA_ACCELERATOR_BASE + LUTRA_REGISTERS + address);
}

void lutra_road_control(uint32_t bits)
{
    Xil_Out32((UINTPTR)LUTRA_ACCELERATOR_BASE + LUTRA_REGISTERS + LUTRA_CONTROL, bits);
}
`

const anyBuffer = `
lutra_status_t lutra_road_check(const lutra_word_t *x, const lutra_word_t *y, uint32_t frames)
{
    (void)x;
    (void)y;
    (void)frames;
    return LUTRA_OK;
}
`

const wordBits = `
static uint32_t bits_of(lutra_word_t word)
{
    union {
        lutra_word_t word;
        uint32_t bits;
    } both;
    both.word = word;
    return both.bits;
}

static lutra_word_t word_of(uint32_t bits)
{
    union {
        lutra_word_t word;
        uint32_t bits;
    } both;
    both.bits = bits;
    return both.word;
}
`

const nothingToDrain = `
lutra_status_t lutra_road_drain(void)
{
    return LUTRA_OK;
}
`

const memoryRules = `
static int reaches(const lutra_word_t *buffer, uint64_t bytes)
{
    return (uint64_t)(uintptr_t)buffer + bytes <= 0x100000000u;
}

/* The input may begin on any beat, results on a cache line alone; both below 4 GiB, where the DMA's addresses end. */
lutra_status_t lutra_road_check(const lutra_word_t *x, const lutra_word_t *y, uint32_t frames)
{
    if ((uintptr_t)x % (4u * LUTRA_WORDS_PER_BEAT) != 0u || (uintptr_t)y % LUTRA_CACHE_LINE != 0u) {
        return LUTRA_ERROR_ALIGNMENT;
    }
    if (!reaches(x, (uint64_t)frames * LUTRA_INPUT_STRIDE * 4u) ||
        !reaches(y, (uint64_t)frames * LUTRA_OUTPUT_STRIDE * 4u)) {
        return LUTRA_ERROR_ADDRESS;
    }
    return LUTRA_OK;
}
`

/** Registers and bits: PG021, "Register Address Map - Direct Register Mode". */
const dmaRoad = `
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

static struct {
    lutra_word_t *y;
    uint32_t bytes;
} transfer;

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

/** Registers, keys and bits: PG080, "Register Space". */
const fifoRoad = `
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

static struct {
    const lutra_word_t *x;
    lutra_word_t *y;
    uint32_t to_send;
    uint32_t to_receive;
    uint32_t errors;
} transfer;

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

void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    transfer.x = x;
    transfer.y = y;
    transfer.to_send = frames;
    transfer.to_receive = frames;
    transfer.errors = 0u;
}

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

/** Names and word numbers: the core's user guide 2.1; its own comblock.h is used where the platform has it. */
const comblockRegisters = `#include "lutra_comblock.h"

uint32_t lutra_road_read(uint32_t address)
{
    return cbRead(LUTRA_COMBLOCK, CB_IREG0 + address / 4u);
}

void lutra_road_control(uint32_t bits)
{
    cbWrite(LUTRA_COMBLOCK, CB_OREG0, bits);
}
`

const comblockRoad = `
/* Words go one by one: cbWriteBulk and cbReadBulk count addresses up, and are for registers and the RAM. */
#define COMBLOCK_LOST (1u << 2) /* of a FIFO's status: written while full, or read while empty */

static struct {
    const lutra_word_t *x;
    lutra_word_t *y;
    uint32_t to_send;
    uint32_t to_receive;
    uint32_t errors;
} transfer;

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

void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    transfer.x = x;
    transfer.y = y;
    transfer.to_send = frames;
    transfer.to_receive = frames;
    transfer.errors = 0u;
}

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

const windowRoad = `
static struct {
    const lutra_word_t *x;
    lutra_word_t *y;
    uint32_t frames;
    int going;
} transfer;

static uint32_t port_read(uint32_t address)
{
    return Xil_In32((UINTPTR)LUTRA_ACCELERATOR_BASE + address);
}

static void port_write(uint32_t address, uint32_t value)
{
    Xil_Out32((UINTPTR)LUTRA_ACCELERATOR_BASE + address, value);
}

lutra_status_t lutra_road_reset(void)
{
    transfer.frames = 0u;
    return LUTRA_OK;
}

void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    transfer.x = x;
    transfer.y = y;
    transfer.frames = frames;
    transfer.going = 0;
}

lutra_status_t lutra_road_poll(void)
{
    uint32_t k;
    if (!transfer.going) {
        for (k = 0u; k < LUTRA_INPUT_WORDS; k++) {
            port_write(LUTRA_INPUT_WINDOW + 4u * k, bits_of(transfer.x[k]));
        }
        port_write(LUTRA_GO, 1u);
        transfer.going = 1;
        return LUTRA_BUSY;
    }
    if (port_read(LUTRA_GO) != 0u) {
        return LUTRA_BUSY;
    }
    for (k = 0u; k < LUTRA_OUTPUT_WORDS; k++) {
        transfer.y[k] = word_of(port_read(LUTRA_OUTPUT_WINDOW + 4u * k));
    }
    transfer.x += LUTRA_INPUT_STRIDE;
    transfer.y += LUTRA_OUTPUT_STRIDE;
    transfer.going = 0;
    return --transfer.frames > 0u ? LUTRA_BUSY : LUTRA_OK;
}

/* GO, which is 1 while a result is waited for. */
uint32_t lutra_road_state(void)
{
    return port_read(LUTRA_GO);
}
`

/** What the accelerator is told when it fetches frames itself. */
const kernelControl = `
static uint32_t port_read(uint32_t address)
{
    return Xil_In32((UINTPTR)LUTRA_ACCELERATOR_BASE + address);
}

static void port_write(uint32_t address, uint32_t value)
{
    Xil_Out32((UINTPTR)LUTRA_ACCELERATOR_BASE + address, value);
}

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

const masterRoad = `
static struct {
    lutra_word_t *y;
    uint32_t bytes;
} transfer;

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

const sharedRoad = `
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
