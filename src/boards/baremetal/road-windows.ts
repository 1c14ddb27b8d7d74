// The road by windows of the register port.

import { portAccess } from './road-parts.ts'

export const windowRoad = `
static struct {
    const lutra_word_t *x;
    lutra_word_t *y;
    uint32_t frames;
    int going;
} transfer;

${portAccess}
lutra_status_t lutra_road_reset(void)
{
    transfer.frames = 0u;
    return LUTRA_OK;
}

void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    transfer.x = x;
    transfer.y = y;
    transfer.frames = frames;
    transfer.going = 0;
}

lutra_status_t lutra_road_poll(void)
{
    uint32_t k;
    if (!transfer.going) {
        for (k = 0u; k < LUTRA_INPUT_WORDS; k++) {
            port_write(LUTRA_INPUT_WINDOW + 4u * k, bits_of(transfer.x[k]));
        }
        port_write(LUTRA_GO, 1u);
        transfer.going = 1;
        return LUTRA_BUSY;
    }
    if (port_read(LUTRA_GO) != 0u) {
        return LUTRA_BUSY;
    }
    for (k = 0u; k < LUTRA_OUTPUT_WORDS; k++) {
        transfer.y[k] = word_of(port_read(LUTRA_OUTPUT_WINDOW + 4u * k));
    }
    transfer.x += LUTRA_INPUT_STRIDE;
    transfer.y += LUTRA_OUTPUT_STRIDE;
    transfer.going = 0;
    return --transfer.frames > 0u ? LUTRA_BUSY : LUTRA_OK;
}

/* GO, which is 1 while a result is waited for. */
uint32_t lutra_road_state(void)
{
    return port_read(LUTRA_GO);
}
`
