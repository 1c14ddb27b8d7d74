/* The board around a Verilated accelerator, as programs and the line server see it. Addresses are those of the bus. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A processor's access to a device; takes its time in cycles. */
uint32_t board_read(uint32_t address);
void board_write(uint32_t address, uint32_t value);

/*
 * The processor's cache. Until a line is flushed the DMA sees memory as it was; until it is invalidated the program sees
 * what it had. A line is written back, or dropped, whole.
 */
void board_flush(uintptr_t address, size_t bytes);
void board_invalidate(uintptr_t address, size_t bytes);

/* Memory itself, past the cache. */
void board_memory_write(uint32_t address, const void *bytes, size_t count);
void board_memory_read(uint32_t address, void *bytes, size_t count);

/* Cycles in which the processor does nothing; `board_rest` stops sooner when all transfers have ended. */
void board_cycles(unsigned count);
void board_rest(unsigned count);

/* What is broken: see board.cpp. Returns 0 for a name that is not known. */
int board_fault(const char *name, int value);

/* There is no processor with a cache: lines are never written back by themselves. */
void board_without_cache(void);

#ifdef __cplusplus
}
#endif
#endif
