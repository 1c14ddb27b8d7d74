// `lutra.h` and `lutra.c`: what a program calls, the same on every road. C11 without an allocator, without a standard
// library beyond string.h, and without drivers of the board support package whose versions differ.

import type { PackageDescription } from '../package-description.ts'
import { addressMap } from '../vivado/addresses.ts'
import { carrierOf, strideOf } from './frame.ts'

/** Bytes of the longest cache line among the processors: 64 on the Cortex-A53, 32 on the Cortex-A9. */
const cacheLine = 64

export function libraryHeader(description: PackageDescription): string {
  const isRaw = description.form === 'raw'
  return `/* ${description.project}: the network as C functions. See README.md; rules for buffers below. */
#ifndef LUTRA_H
#define LUTRA_H

#include <stdint.h>

#include "lutra_config.h"

/* A word of a frame as the accelerator takes and gives it. */
typedef ${isRaw ? 'int32_t' : 'float'} lutra_word_t;

typedef enum {
    LUTRA_OK = 0,
    LUTRA_BUSY,                /* lutra_poll: not yet done */
    LUTRA_ERROR_NOT_READY,     /* lutra_init has not succeeded */
    LUTRA_ERROR_RUNNING,       /* frames are under way already */
    LUTRA_ERROR_ID,            /* no accelerator of Lutra at the address */
    LUTRA_ERROR_BUILD,         /* bitstream and program are of different builds */
    LUTRA_ERROR_ALIGNMENT,     /* a buffer does not begin where it must */
    LUTRA_ERROR_ADDRESS,       /* a buffer lies where the accelerator's side does not reach */
    LUTRA_ERROR_FRAMES,        /* more frames than one start takes: see LUTRA_FRAMES_AT_ONCE */
    LUTRA_ERROR_TIMEOUT,       /* no result in time */
    LUTRA_ERROR_MOVER,         /* what carries frames reports an error: see lutra_counts_t.mover */
    LUTRA_ERROR_LENGTH,        /* a result has not the length it should have */
    LUTRA_ERROR_SHORT,         /* a frame ended too early and was filled up with zeros */
    LUTRA_ERROR_LONG,          /* a frame did not end in time and was cut */
    LUTRA_ERROR_NOT_FINITE,    /* a word was NaN or infinite and was taken as 0 */
    LUTRA_ERROR_BUS,           /* memory answered the accelerator with an error */
    LUTRA_ERROR_COUNT,         /* not as many frames came and went as were sent */
    LUTRA_ERROR_STUCK          /* does not come to rest: load the bitstream again */
} lutra_status_t;

/* The accelerator's own counters after the latest start or run. */
typedef struct {
    uint32_t status;           /* STATUS */
    uint32_t frames_in;
    uint32_t frames_out;
    uint32_t busy_cycles;      /* cycles in which a frame was under way */
    uint32_t last_cycles;      /* of the latest frame, or frames without a pause between */
    uint32_t mover;            /* status of what carries frames, where an error was found */
} lutra_counts_t;

/*
 * Buffers. A frame takes LUTRA_INPUT_STRIDE or LUTRA_OUTPUT_STRIDE words, frames lie one behind another. Declare them
 * with these macros: they begin on a cache line and fill their last one, as no other variable may share a line with
 * results (making results visible drops the processor's copy of their lines). While frames are under way neither buffer
 * may be touched. Flushing and invalidating is done inside.
 */
#define LUTRA_CACHE_LINE ${cacheLine}u
#define LUTRA_WHOLE_LINES(words) \\
    ((((words) * 4u + LUTRA_CACHE_LINE - 1u) / LUTRA_CACHE_LINE) * (LUTRA_CACHE_LINE / 4u))
#define LUTRA_INPUT_BUFFER(name, frames) \\
    _Alignas(LUTRA_CACHE_LINE) lutra_word_t name[LUTRA_WHOLE_LINES((frames) * LUTRA_INPUT_STRIDE)]
#define LUTRA_OUTPUT_BUFFER(name, frames) \\
    _Alignas(LUTRA_CACHE_LINE) lutra_word_t name[LUTRA_WHOLE_LINES((frames) * LUTRA_OUTPUT_STRIDE)]

/* Frames that one lutra_start takes at most; lutra_run takes any number. A multiple of 16 keeps parts on cache lines. */
#ifndef LUTRA_FRAMES_AT_ONCE
#define LUTRA_FRAMES_AT_ONCE ${framesAtOnce(description)}
#endif

/* Looks for the accelerator, compares its build hash with this program's, and brings everything to rest. */
lutra_status_t lutra_init(void);

/* Results of all frames: starts, polls until done, says what went wrong. After an error it can be called again. */
lutra_status_t lutra_run(const lutra_word_t *x, lutra_word_t *y, uint32_t frames);

/* The same in two steps: begin, and ask until it is no longer LUTRA_BUSY. */
lutra_status_t lutra_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames);
lutra_status_t lutra_poll(void);

/* Counters of the latest start or run. */
lutra_counts_t lutra_counts(void);

/* A sentence for a status. */
const char *lutra_text(lutra_status_t status);

/* A frame of numbers as words, LUTRA_INPUT_STRIDE of them, and a frame of words as numbers. */
lutra_status_t lutra_encode(const float *numbers, lutra_word_t *words);
void lutra_decode(const lutra_word_t *words, float *numbers);

#endif
`
}

function framesAtOnce(description: PackageDescription): string {
  switch (carrierOf(description)) {
    case 'dma':
      return framesIn('0x3ffffffu')
    case 'master':
      return description.board.kind === 'fpga' ? sharedFrames(description) : framesIn('0xfffffffu')
    default:
      return '0xffffff00u'
  }
}

/** Frames whose bytes are below a bound either way; whole cache lines, so that the next part begins on one too. */
function framesIn(bytes: string): string {
  const longer = '(LUTRA_INPUT_STRIDE > LUTRA_OUTPUT_STRIDE ? LUTRA_INPUT_STRIDE : LUTRA_OUTPUT_STRIDE)'
  return `\\\n    (${bytes} / (4u * ${longer}) & ~15u)`
}

/** As many as the memory shared with the accelerator holds, with their results behind them. */
function sharedFrames(description: PackageDescription): string {
  const { input, output, wordsPerBeat } = description
  const strides = strideOf(input.types.length, wordsPerBeat) + strideOf(output.types.length, wordsPerBeat)
  return `${Math.floor(addressMap(description).memory!.size / 4 / strides)}u`
}

/** What the library asks of a road: `lutra_road.c` is one of them. */
export const roadHeader = `/* What lutra.c asks of lutra_road.c, which knows how frames get to the accelerator. */
#ifndef LUTRA_ROAD_H
#define LUTRA_ROAD_H

#include "lutra.h"

/*
 * Time is counted in polls: each reads a register over the bus, which takes many cycles of the accelerator. So four polls
 * for each cycle that the frames take are far more than enough, whatever the clocks are; the floor is for memory that is
 * busy with other things.
 */
#ifndef LUTRA_POLLS_FLOOR
#define LUTRA_POLLS_FLOOR 1000000u
#endif

/* A register by its address among the common ones; CONTROL is written. */
uint32_t lutra_road_read(uint32_t address);
void lutra_road_control(uint32_t bits);

/* Drops what is under way: before the accelerator is emptied, and while it lets nothing in or out. LUTRA_OK, or
   LUTRA_ERROR_STUCK. */
lutra_status_t lutra_road_reset(void);
lutra_status_t lutra_road_drain(void);

/* Whether the buffers can be used. */
lutra_status_t lutra_road_check(const lutra_word_t *x, const lutra_word_t *y, uint32_t frames);

/* At least one frame: begins; then a step at a time, LUTRA_BUSY while not done. */
void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames);
lutra_status_t lutra_road_poll(void);

/* What the carrier says of itself after an error. */
uint32_t lutra_road_state(void);

#endif
`

export const librarySource = `/* The same on every road: build hash, time, counters, what went wrong. */
#include "lutra.h"

#include "lutra_registers.h"
#include "lutra_road.h"

static struct {
    int ready;
    int running;
    uint32_t frames;
    uint32_t polls;
    lutra_counts_t counts;
} lutra;

static uint32_t polls_for(uint32_t frames)
{
    uint64_t cycles = LUTRA_LATENCY_CYCLES + (uint64_t)frames * LUTRA_INTERVAL_CYCLES;
    uint64_t polls = LUTRA_POLLS_FLOOR + 4u * cycles;
    return polls > 0xffffffffu ? 0xffffffffu : (uint32_t)polls;
}

/* Stops everything and drops what is left, so that the next start begins anew. */
static lutra_status_t come_to_rest(void)
{
    lutra_status_t status = lutra_road_reset();
    uint32_t polls = polls_for(1);
    lutra_road_control(LUTRA_CONTROL_START | LUTRA_CONTROL_FLUSH);
    while ((lutra_road_read(LUTRA_STATUS) & LUTRA_STATUS_BUSY) != 0u) {
        if (polls-- == 0u) {
            status = LUTRA_ERROR_STUCK;
            break;
        }
    }
    if (status == LUTRA_OK) {
        status = lutra_road_drain();
    }
    lutra_road_control(LUTRA_CONTROL_START | LUTRA_CONTROL_CLEAR);
    lutra_road_control(LUTRA_CONTROL_START);
    return status;
}

lutra_status_t lutra_init(void)
{
    lutra_status_t status;
    lutra.ready = 0;
    lutra.running = 0;
    if (lutra_road_read(LUTRA_ID) != LUTRA_ID_WORD) {
        return LUTRA_ERROR_ID;
    }
    if (lutra_road_read(LUTRA_HASH_HIGH) != LUTRA_BUILD_HIGH || lutra_road_read(LUTRA_HASH_LOW) != LUTRA_BUILD_LOW) {
        return LUTRA_ERROR_BUILD;
    }
    status = come_to_rest();
    lutra.ready = status == LUTRA_OK;
    return status;
}

lutra_status_t lutra_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    static const lutra_counts_t none;
    lutra_status_t status;
    if (!lutra.ready) {
        return LUTRA_ERROR_NOT_READY;
    }
    if (lutra.running) {
        return LUTRA_ERROR_RUNNING;
    }
    if (frames > LUTRA_FRAMES_AT_ONCE) {
        return LUTRA_ERROR_FRAMES;
    }
    status = lutra_road_check(x, y, frames);
    if (status != LUTRA_OK) {
        return status;
    }
    lutra.counts = none;
    lutra.frames = frames;
    lutra.polls = polls_for(frames);
    lutra_road_control(LUTRA_CONTROL_START | LUTRA_CONTROL_CLEAR);
    lutra_road_control(LUTRA_CONTROL_START);
    if (frames > 0u) {
        lutra_road_start(x, y, frames);
    }
    lutra.running = 1;
    return LUTRA_OK;
}

static lutra_status_t flags_of(const lutra_counts_t *counts)
{
    if ((counts->status & LUTRA_STATUS_SHORT) != 0u) {
        return LUTRA_ERROR_SHORT;
    }
    if ((counts->status & LUTRA_STATUS_LONG) != 0u) {
        return LUTRA_ERROR_LONG;
    }
    if ((counts->status & LUTRA_STATUS_NOT_FINITE) != 0u) {
        return LUTRA_ERROR_NOT_FINITE;
    }
    if ((counts->status & LUTRA_STATUS_BUS_ERROR) != 0u) {
        return LUTRA_ERROR_BUS;
    }
    return counts->frames_in == lutra.frames && counts->frames_out == lutra.frames ? LUTRA_OK : LUTRA_ERROR_COUNT;
}

static void read_counts(lutra_counts_t *counts)
{
    counts->status = lutra_road_read(LUTRA_STATUS);
    counts->frames_in = lutra_road_read(LUTRA_FRAMES_IN);
    counts->frames_out = lutra_road_read(LUTRA_FRAMES_OUT);
    counts->busy_cycles = lutra_road_read(LUTRA_BUSY_CYCLES);
    counts->last_cycles = lutra_road_read(LUTRA_LAST_CYCLES);
}

lutra_status_t lutra_poll(void)
{
    lutra_status_t status = LUTRA_OK;
    if (!lutra.running) {
        return lutra.ready ? LUTRA_OK : LUTRA_ERROR_NOT_READY;
    }
    if (lutra.frames > 0u) {
        status = lutra_road_poll();
    }
    if (status == LUTRA_BUSY) {
        if (lutra.polls-- > 0u) {
            return LUTRA_BUSY;
        }
        status = LUTRA_ERROR_TIMEOUT;
    }
    lutra.running = 0;
    read_counts(&lutra.counts);
    if (status != LUTRA_OK) {
        lutra.counts.mover = lutra_road_state();
    } else {
        status = flags_of(&lutra.counts);
    }
    if (status != LUTRA_OK && come_to_rest() != LUTRA_OK) {
        lutra.ready = 0;
        return LUTRA_ERROR_STUCK;
    }
    return status;
}

lutra_status_t lutra_run(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    lutra_counts_t sum = {0u, 0u, 0u, 0u, 0u, 0u};
    lutra_status_t status = LUTRA_OK;
    do {
        uint32_t part = frames < LUTRA_FRAMES_AT_ONCE ? frames : LUTRA_FRAMES_AT_ONCE;
        status = lutra_start(x, y, part);
        if (status != LUTRA_OK) {
            return status;
        }
        do {
            status = lutra_poll();
        } while (status == LUTRA_BUSY);
        sum.frames_in += lutra.counts.frames_in;
        sum.frames_out += lutra.counts.frames_out;
        sum.busy_cycles += lutra.counts.busy_cycles;
        sum.status = lutra.counts.status;
        sum.last_cycles = lutra.counts.last_cycles;
        sum.mover = lutra.counts.mover;
        x += (uintptr_t)part * LUTRA_INPUT_STRIDE;
        y += (uintptr_t)part * LUTRA_OUTPUT_STRIDE;
        frames -= part;
    } while (frames > 0u && status == LUTRA_OK);
    lutra.counts = sum;
    return status;
}

lutra_counts_t lutra_counts(void)
{
    return lutra.counts;
}

const char *lutra_text(lutra_status_t status)
{
    switch (status) {
    case LUTRA_OK:
        return "done";
    case LUTRA_BUSY:
        return "frames are under way";
    case LUTRA_ERROR_NOT_READY:
        return "lutra_init has not succeeded";
    case LUTRA_ERROR_RUNNING:
        return "frames are under way already: poll until they are done";
    case LUTRA_ERROR_ID:
        return "no accelerator of Lutra answers: is this the bitstream of the package?";
    case LUTRA_ERROR_BUILD:
        return "the bitstream is of another build than this program: take both from one package";
    case LUTRA_ERROR_ALIGNMENT:
        return "a buffer does not begin on a cache line: declare it with LUTRA_INPUT_BUFFER or LUTRA_OUTPUT_BUFFER";
    case LUTRA_ERROR_ADDRESS:
        return "a buffer lies beyond what the accelerator's side of the memory reaches";
    case LUTRA_ERROR_FRAMES:
        return "too many frames for one start: call lutra_run";
    case LUTRA_ERROR_TIMEOUT:
        return "no result in time";
    case LUTRA_ERROR_MOVER:
        return "what carries frames stopped with an error";
    case LUTRA_ERROR_LENGTH:
        return "a result is shorter or longer than it should be";
    case LUTRA_ERROR_SHORT:
        return "a frame ended too early and was filled up with zeros";
    case LUTRA_ERROR_LONG:
        return "a frame did not end in time and was cut";
    case LUTRA_ERROR_NOT_FINITE:
        return "a number is NaN or infinite";
    case LUTRA_ERROR_BUS:
        return "memory answered the accelerator with an error";
    case LUTRA_ERROR_COUNT:
        return "not as many frames came and went as were sent";
    case LUTRA_ERROR_STUCK:
        return "the accelerator or what carries its frames does not come to rest: load the bitstream again";
    default:
        return "unknown status";
    }
}
`
