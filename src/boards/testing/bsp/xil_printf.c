/* xil_printf knows no more than d, x, c, s, zeros in front and a width; what else is asked for shows. */
#include "xil_printf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "board_config.h"

void outbyte(char c)
{
#ifdef UART_BASE
    while ((board_read(UART_BASE + 0x08u) & 8u) != 0u) {
    }
    board_write(UART_BASE + 0x04u, (uint8_t)c);
#else
    putchar(c);
#endif
}

static void print_text(const char *text)
{
    while (*text != '\0') {
        outbyte(*text++);
    }
}

void xil_printf(const char8 *ctrl1, ...)
{
    va_list list;
    va_start(list, ctrl1);
    while (*ctrl1 != '\0') {
        char form[8] = "%";
        char text[32];
        size_t length;
        if (*ctrl1 != '%') {
            outbyte(*ctrl1++);
            continue;
        }
        length = 1u + strspn(ctrl1 + 1, "0123456789");
        if (strchr("dxcs", ctrl1[length]) == NULL || length > 4u) {
            print_text("<not known to xil_printf>");
            break;
        }
        memcpy(form, ctrl1, length + 1u);
        form[length + 1u] = '\0';
        if (ctrl1[length] == 's') {
            print_text(va_arg(list, const char *));
        } else {
            snprintf(text, sizeof text, form, va_arg(list, int));
            print_text(text);
        }
        ctrl1 += length + 1u;
    }
    va_end(list);
}
