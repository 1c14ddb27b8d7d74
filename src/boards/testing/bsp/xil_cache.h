/* A stand-in: the cache is the model's. Lengths have the types that they have on the Cortex-A53 and on the Cortex-A9. */
#ifndef XIL_CACHE_H
#define XIL_CACHE_H

#include "board.h"
#include "xil_types.h"

#if UINTPTR_MAX > 0xffffffffu
typedef INTPTR cache_length_t;
#else
typedef u32 cache_length_t;
#endif

static inline void Xil_DCacheFlushRange(INTPTR adr, cache_length_t len)
{
    board_flush((uintptr_t)adr, (size_t)len);
}

static inline void Xil_DCacheInvalidateRange(INTPTR adr, cache_length_t len)
{
    board_invalidate((uintptr_t)adr, (size_t)len);
}

#endif
