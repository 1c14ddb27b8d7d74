// `main.c`: golden rows through the accelerator, told on the console.

export const mainProgram = `/*
 * Runs the golden rows that are compiled in and tells on the console (115200 baud, 8 bits, no parity, 1 stop bit) which
 * words differ from the emulator's, how many rows are classified right, and how long the accelerator took.
 */
#include <string.h>

#include "xil_printf.h"

#include "lutra.h"
#include "lutra_addresses.h"
#include "lutra_golden.h"

#define TOLD_AT_MOST 8u

static LUTRA_INPUT_BUFFER(x, LUTRA_GOLDEN_BATCH);
static LUTRA_OUTPUT_BUFFER(y, LUTRA_GOLDEN_BATCH);

static uint32_t differing;
static uint64_t cycles;

/* In decimal, with so many digits behind the point; xil_printf prints integers of 32 bits with a sign alone. */
static void print_decimal(uint64_t value, uint32_t digits)
{
    char text[24];
    uint32_t at = sizeof text - 1u;
    text[at] = '\\0';
    do {
        text[--at] = (char)('0' + (int)(value % 10u));
        value /= 10u;
        if (digits > 0u && --digits == 0u) {
            text[--at] = '.';
            digits = 0u;
            if (value == 0u) {
                text[--at] = '0';
            }
        }
    } while (value > 0u || digits > 0u);
    xil_printf("%s", &text[at]);
}

static void compare(uint32_t row, const lutra_word_t *words)
{
    uint32_t k;
    for (k = 0u; k < LUTRA_OUTPUT_WORDS; k++) {
        uint32_t expected = lutra_golden_y[row * LUTRA_OUTPUT_WORDS + k];
        uint32_t got;
        memcpy(&got, &words[k], sizeof got);
        if (got == expected) {
            continue;
        }
        if (differing++ < TOLD_AT_MOST) {
            xil_printf("row %d, word %d: 0x%08x instead of 0x%08x\\r\\n", (int)row, (int)k, (unsigned)got, (unsigned)expected);
        }
    }
}

#if LUTRA_GOLDEN_LABELS
static uint32_t right;

/* The class with the greatest number; of a single number, whether it is above one half. */
static void classify(uint32_t row, const lutra_word_t *words)
{
    static float numbers[LUTRA_OUTPUT_WORDS];
    uint32_t best = 0u;
    uint32_t k;
    lutra_decode(words, numbers);
    for (k = 1u; k < LUTRA_OUTPUT_WORDS; k++) {
        if (numbers[k] > numbers[best]) {
            best = k;
        }
    }
    if (LUTRA_OUTPUT_WORDS == 1u) {
        best = numbers[0] > 0.5f;
    }
    right += best == lutra_golden_labels[row];
}
#endif

static lutra_status_t run_rows(uint32_t first, uint32_t rows)
{
    static float numbers[LUTRA_INPUT_WORDS];
    lutra_status_t status;
    uint32_t k;
    for (k = 0u; k < rows; k++) {
        memcpy(numbers, &lutra_golden_x[(first + k) * LUTRA_INPUT_WORDS], sizeof numbers);
        status = lutra_encode(numbers, &x[k * LUTRA_INPUT_STRIDE]);
        if (status != LUTRA_OK) {
            return status;
        }
    }
    status = lutra_run(x, y, rows);
    if (status != LUTRA_OK) {
        return status;
    }
    cycles += lutra_counts().busy_cycles;
    for (k = 0u; k < rows; k++) {
        compare(first + k, &y[k * LUTRA_OUTPUT_STRIDE]);
#if LUTRA_GOLDEN_LABELS
        classify(first + k, &y[k * LUTRA_OUTPUT_STRIDE]);
#endif
    }
    return LUTRA_OK;
}

static int failed(const char *step, lutra_status_t status)
{
    lutra_counts_t counts = lutra_counts();
    xil_printf("%s: error %d: %s\\r\\n", step, (int)status, lutra_text(status));
    xil_printf("status 0x%08x, %d frames in, %d frames out, carrier 0x%08x\\r\\n", (unsigned)counts.status,
               (int)counts.frames_in, (int)counts.frames_out, (unsigned)counts.mover);
    xil_printf("FAILED\\r\\n");
    return 1;
}

static void print_micros(uint64_t count)
{
    print_decimal(count, 0u);
    xil_printf(" cycles, ");
    print_decimal(count * 1000000u / (LUTRA_CLOCK_HZ / 1000u), 3u);
    xil_printf(" us\\r\\n");
}

static void report(uint32_t one)
{
    xil_printf("%d of %d words differ\\r\\n", (int)differing, (int)(LUTRA_GOLDEN_ROWS * LUTRA_OUTPUT_WORDS));
#if LUTRA_GOLDEN_LABELS
    xil_printf("accuracy: ");
    print_decimal((uint64_t)right * 10000u / LUTRA_GOLDEN_ROWS, 4u);
    xil_printf(", %d of %d rows\\r\\n", (int)right, (int)LUTRA_GOLDEN_ROWS);
#endif
    xil_printf("one frame: ");
    print_micros(one);
    xil_printf("%d frames, as fast as they came: ", (int)LUTRA_GOLDEN_ROWS);
    print_micros(cycles);
}

int main(void)
{
    uint32_t row;
    uint32_t all = LUTRA_GOLDEN_ROWS;
    uint32_t one = 0u;
    lutra_status_t status;
    xil_printf("\\r\\n%s on %s, build %08x%08x\\r\\n", LUTRA_PROJECT, LUTRA_BOARD, LUTRA_BUILD_HIGH, LUTRA_BUILD_LOW);
    status = lutra_init();
    if (status != LUTRA_OK) {
        return failed("init", status);
    }
    xil_printf("%d golden rows compiled in\\r\\n", (int)LUTRA_GOLDEN_ROWS);
    if (all == 0u) {
        xil_printf("not one fits the memory beside the buffers: NOT RUN\\r\\n");
        return 1;
    }
    for (row = 0u; row < all;) {
        /* The first row goes alone: its time is the latency. */
        uint32_t rows = row == 0u ? 1u : all - row;
        rows = rows < LUTRA_GOLDEN_BATCH ? rows : LUTRA_GOLDEN_BATCH;
        status = run_rows(row, rows);
        if (status != LUTRA_OK) {
            return failed("run", status);
        }
        if (row == 0u) {
            one = lutra_counts().last_cycles;
        }
        row += rows;
    }
    report(one);
    xil_printf(differing == 0u ? "PASSED\\r\\n" : "FAILED\\r\\n");
    return differing == 0u ? 0 : 1;
}
`
