// Parts in C that several roads share.

export const registersByAddress = `
uint32_t lutra_road_read(uint32_t address)
{
    return Xil_In32((UINTPTR)LUTRA_ACCELERATOR_BASE + LUTRA_REGISTERS + address);
}

void lutra_road_control(uint32_t bits)
{
    Xil_Out32((UINTPTR)LUTRA_ACCELERATOR_BASE + LUTRA_REGISTERS + LUTRA_CONTROL, bits);
}
`

export const anyBuffer = `
lutra_status_t lutra_road_check(const lutra_word_t *x, const lutra_word_t *y, uint32_t frames)
{
    (void)x;
    (void)y;
    (void)frames;
    return LUTRA_OK;
}
`

export const wordBits = `
static uint32_t bits_of(lutra_word_t word)
{
    union {
        lutra_word_t word;
        uint32_t bits;
    } both;
    both.word = word;
    return both.bits;
}

static lutra_word_t word_of(uint32_t bits)
{
    union {
        lutra_word_t word;
        uint32_t bits;
    } both;
    both.bits = bits;
    return both.word;
}
`

export const nothingToDrain = `
lutra_status_t lutra_road_drain(void)
{
    return LUTRA_OK;
}
`

export const memoryRules = `
static int reaches(const lutra_word_t *buffer, uint64_t bytes)
{
    return (uint64_t)(uintptr_t)buffer + bytes <= 0x100000000u;
}

/* The input may begin on any beat, results on a cache line alone; both below 4 GiB, where the DMA's addresses end. */
lutra_status_t lutra_road_check(const lutra_word_t *x, const lutra_word_t *y, uint32_t frames)
{
    if ((uintptr_t)x % (4u * LUTRA_WORDS_PER_BEAT) != 0u || (uintptr_t)y % LUTRA_CACHE_LINE != 0u) {
        return LUTRA_ERROR_ALIGNMENT;
    }
    if (!reaches(x, (uint64_t)frames * LUTRA_INPUT_STRIDE * 4u) ||
        !reaches(y, (uint64_t)frames * LUTRA_OUTPUT_STRIDE * 4u)) {
        return LUTRA_ERROR_ADDRESS;
    }
    return LUTRA_OK;
}
`

/** Frames that go word by word, in and out at once. */
export const framesUnderWay = `static struct {
    const lutra_word_t *x;
    lutra_word_t *y;
    uint32_t to_send;
    uint32_t to_receive;
    uint32_t errors;
} transfer;
`

export const startFrames = `void lutra_road_start(const lutra_word_t *x, lutra_word_t *y, uint32_t frames)
{
    transfer.x = x;
    transfer.y = y;
    transfer.to_send = frames;
    transfer.to_receive = frames;
    transfer.errors = 0u;
}
`

/** Results that something else than the processor writes. */
export const resultsInMemory = `static struct {
    lutra_word_t *y;
    uint32_t bytes;
} transfer;
`

export const portAccess = `static uint32_t port_read(uint32_t address)
{
    return Xil_In32((UINTPTR)LUTRA_ACCELERATOR_BASE + address);
}

static void port_write(uint32_t address, uint32_t value)
{
    Xil_Out32((UINTPTR)LUTRA_ACCELERATOR_BASE + address, value);
}
`
