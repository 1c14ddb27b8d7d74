/* A stand-in: the cache is the model's. Lengths are as on the Cortex-A53; on the Cortex-A9 they are u32. */
#ifndef XIL_CACHE_H
#define XIL_CACHE_H

#include "board.h"
#include "xil_types.h"

static inline void Xil_DCacheFlushRange(INTPTR adr, INTPTR len)
{
    board_flush((uintptr_t)adr, (size_t)len);
}

static inline void Xil_DCacheInvalidateRange(INTPTR adr, INTPTR len)
{
    board_invalidate((uintptr_t)adr, (size_t)len);
}

#endif
