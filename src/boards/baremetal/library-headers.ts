// `lutra.h`: what a program calls, the same on every road; and `lutra_road.h`, what the library asks of a road.

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

${encodeHeader(description)}
void lutra_decode(const lutra_word_t *words, float *numbers);

#endif
`
}

function encodeHeader({ scaler }: PackageDescription): string {
  if (scaler === undefined)
    return `/* A frame of numbers as words, LUTRA_INPUT_STRIDE of them, and a frame of words as numbers. */
lutra_status_t lutra_encode(const float *numbers, lutra_word_t *words);`
  return `/*
 * A frame of numbers as words, LUTRA_INPUT_STRIDE of them, and a frame of words as numbers. Numbers are physical values:
 * lutra_encode scales them as the training did, by a buffer of its own, so from one thread at a time.
 */
lutra_status_t lutra_encode(const float *numbers, lutra_word_t *words);

/* The two halves of it: numbers scaled, and words of numbers that are scaled already. */
lutra_status_t lutra_scale(const float *numbers, float *scaled);
lutra_status_t lutra_encode_scaled(const float *numbers, lutra_word_t *words);
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
