/* A stand-in: text goes to the UART of the model where it has one, else to standard output. */
#ifndef XIL_PRINTF_H
#define XIL_PRINTF_H

#include "xil_types.h"

void xil_printf(const char8 *ctrl1, ...) __attribute__((format(printf, 1, 2)));
void outbyte(char c);

#endif
