// `lutra.c`, the same on every road. C11 without an allocator, without a standard library beyond string.h, and without
// drivers of the board support package whose versions differ.

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
