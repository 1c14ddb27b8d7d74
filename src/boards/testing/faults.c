/* Everything that goes wrong, told by a line each: the step, what lutra says of it, and whether rows run after it. */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "lutra.h"
#include "lutra_addresses.h"
#include "lutra_golden.h"

#define ROWS 40u

static LUTRA_INPUT_BUFFER(x, ROWS);
static LUTRA_OUTPUT_BUFFER(y, ROWS + 1u);

static lutra_status_t run(uint32_t rows)
{
    uint32_t k;
    for (k = 0u; k < rows; k++) {
        float numbers[LUTRA_INPUT_WORDS];
        memcpy(numbers, &lutra_golden_x[k * LUTRA_INPUT_WORDS], sizeof numbers);
        if (lutra_encode(numbers, &x[k * LUTRA_INPUT_STRIDE]) != LUTRA_OK) {
            return LUTRA_ERROR_NOT_FINITE;
        }
    }
    memset(y, 0x55, sizeof y);
    return lutra_run(x, y, rows);
}

static int same(uint32_t rows)
{
    uint32_t k;
    for (k = 0u; k < rows; k++) {
        if (memcmp(&y[k * LUTRA_OUTPUT_STRIDE], &lutra_golden_y[k * LUTRA_OUTPUT_WORDS], 4u * LUTRA_OUTPUT_WORDS) != 0) {
            return 0;
        }
    }
    return 1;
}

static void told(const char *step, lutra_status_t status)
{
    printf("%s: %d %s\n", step, (int)status, lutra_text(status));
}

/* A fault, and whether rows run when it has gone. */
static void hit(const char *fault, int value)
{
    lutra_status_t status;
    lutra_counts_t counts;
    char step[64];
    board_fault(fault, value);
    status = run(ROWS);
    counts = lutra_counts();
    board_fault(fault, 0);
    snprintf(step, sizeof step, "%s %d", fault, value);
    told(step, status);
    printf("  frames %d in, %d out\n", (int)counts.frames_in, (int)counts.frames_out);
    if (status == LUTRA_ERROR_STUCK) {
        told("  init", lutra_init());
    }
    status = run(ROWS);
    printf("  then: %s\n", status == LUTRA_OK && same(ROWS) ? "good" : lutra_text(status));
}

int main(void)
{
    lutra_status_t status;
    board_fault("absent", 1);
    told("absent", lutra_init());
    board_fault("absent", 0);
    told("before init", run(1u));
    status = lutra_init();
    told("init", status);
    if (status != LUTRA_OK) {
        return 1;
    }
    told("no frames", run(0u));
    status = run(ROWS);
    printf("rows: %s\n", status == LUTRA_OK && same(ROWS) ? "good" : lutra_text(status));
    told("start", lutra_start(x, y, 1u));
    told("start again", lutra_start(x, y, 1u));
    do {
        status = lutra_poll();
    } while (status == LUTRA_BUSY);
    told("poll", status);
    told("poll again", lutra_poll());
    hit("held", 1);
    hit("unconnected", 1);
#ifdef PACKETS
    hit("cut", 2);
    hit("cut", LUTRA_INPUT_STRIDE);
    hit("cut", -1);
    hit("cut_out", 1);
#endif
#ifdef MEMORY
    hit("decode", 1);
    told("results not on a line", lutra_start(x, y + 4, 1u));
    {
        LUTRA_OUTPUT_BUFFER(far, 1u);
        far[0] = y[0];
        told("results beyond", lutra_start(x, far, 1u));
    }
    told("too many", lutra_start(x, y, 0xfffffff0u));
#endif
#ifdef STUCK
    board_fault("stuck", 1);
    told("stuck", lutra_init());
    board_fault("stuck", 0);
    told("init", lutra_init());
#endif
#if LUTRA_WORDS_ARE_FLOAT
    {
        uint32_t infinite = 0x7f800000u;
        told("finite", run(2u));
        memcpy(&x[1], &infinite, 4u);
        told("infinite", lutra_run(x, y, 2u));
    }
#endif
    status = run(ROWS);
    printf("at last: %s\n", status == LUTRA_OK && same(ROWS) ? "good" : lutra_text(status));
    return 0;
}
