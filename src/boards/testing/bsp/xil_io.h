/* A stand-in: accesses to devices go to the model of the board. */
#ifndef XIL_IO_H
#define XIL_IO_H

#include "board.h"
#include "xil_types.h"

static inline u32 Xil_In32(UINTPTR Addr)
{
    return board_read((u32)Addr);
}

static inline void Xil_Out32(UINTPTR Addr, u32 Value)
{
    board_write((u32)Addr, Value);
}

#endif
