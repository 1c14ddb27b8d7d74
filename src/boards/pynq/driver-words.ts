// How numbers become words and words numbers, in Python: for float words and for raw ones.

/** Float words: nothing is to be scaled. */
export const floatWords = `

def encode_words(x):
    """The words of rows of numbers: the nearest float32."""
    with np.errstate(over="ignore"):
        words = x.astype(np.float32)
    _check_finite(words, x)
    return words


def decode_words(words):
    """The numbers of rows of words."""
    return words
`

/** Raw words: integers by the types' own rounding and overflow, exact in doubles. */
export const rawWords = `

def encode_words(x):
    """The words of rows of numbers: the integers that the input's types hold for them."""
    x = x.astype(np.float64)
    _check_finite(x, x)
    words = np.empty(x.shape, np.int64)
    for columns, conversion in INPUT_TYPES:
        words[:, columns] = quantise(x[:, columns], *conversion)
    return (words & 0xffffffff).astype(np.uint32).view(np.int32)


def decode_words(words):
    """The numbers of rows of words, exact in float64."""
    y = np.empty(words.shape, np.float64)
    for columns, signed, frac in OUTPUT_TYPES:
        own = words[:, columns]
        y[:, columns] = np.ldexp((own if signed else own.view(np.uint32)).astype(np.float64), -frac)
    return y


def quantise(x, signed, width, frac, rounding, overflow, saturation_bits):
    """The integers that a type holds for doubles: x * 2**frac, rounded, and kept within the type's range."""
    if width == 0:
        return np.zeros(x.shape, np.int64)
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.ldexp(x, frac)
    # What is too small for a double is still not 0: floor knows its sign.
    scaled = np.where((scaled == 0) & (x != 0), np.copysign(0.25, x), scaled)
    rounded = _round(scaled, rounding)
    low = -2.0 ** (width - 1) if signed else 0.0
    high = 2.0 ** (width - 1) - 1 if signed else 2.0 ** width - 1
    if overflow == "SAT_SYM" and signed and width > 1:
        low = low + 1
    if overflow in ("SAT", "SAT_SYM"):
        return np.clip(rounded, low, high).astype(np.int64)
    inside = (rounded >= low) & (rounded <= high)
    if overflow == "SAT_ZERO":
        return np.where(inside, rounded, 0.0).astype(np.int64)
    wrapped = _wrap(rounded, signed, width)
    if overflow == "WRAP" and saturation_bits == 0:
        return wrapped
    negative = rounded < 0
    if overflow == "WRAP":
        beyond = _saturate_top(wrapped, negative, signed, width, saturation_bits)
    else:
        beyond = _fold(wrapped, negative, np.floor(scaled), width, saturation_bits)
    return np.where(inside, wrapped, beyond)


def _round(scaled, rounding):
    """Whole numbers; what is infinite is so large that every bit of a type is 0."""
    if rounding == "TRN":
        return np.floor(scaled)
    size = np.abs(scaled)
    whole = np.floor(size)
    if rounding != "TRN_ZERO":
        # A double's part below the point is exact; only halves are the rounding's own.
        rest = np.where(np.isfinite(size), size, 0.0) - np.where(np.isfinite(size), whole, 0.0)
        away = {
            "RND": scaled > 0,
            "RND_MIN_INF": scaled < 0,
            "RND_ZERO": False,
            "RND_INF": True,
            "RND_CONV": np.fmod(np.where(np.isfinite(size), whole, 0.0), 2) == 1,
        }[rounding]
        whole = whole + ((rest > 0.5) | ((rest == 0.5) & away))
    return np.copysign(whole, scaled)


def _wrap(value, signed, width):
    span = 2.0 ** width
    rest = np.fmod(np.where(np.isfinite(value), value, 0.0), span)
    rest = np.where(rest < 0, rest + span, rest)
    if signed:
        rest = np.where(rest >= span / 2, rest - span, rest)
    return rest.astype(np.int64)


def _saturate_top(wrapped, negative, signed, width, count):
    """The top bits saturate, the rest stays."""
    count = min(count, width)
    top = width - count
    low = wrapped & ((1 << top) - 1)
    if not signed:
        return low | (((1 << count) - 1) << top)
    return np.where(negative, low - (1 << (width - 1)), low | (((1 << (count - 1)) - 1) << top))


def _fold(wrapped, negative, floor, width, count):
    """Sign-magnitude wrapping: bits are inverted on alternate periods."""
    if count == 0:
        sign = _wrap(floor, False, width + 1) >> width == 1
        return np.where((wrapped < 0) == sign, wrapped, ~wrapped)
    if count == 1:
        return np.where((wrapped < 0) == negative, wrapped, ~wrapped)
    lowest = (wrapped >> (width - min(count, width))) & 1
    folded = np.where((lowest == 1) == negative, ~wrapped, wrapped)
    return _saturate_top(folded, negative, True, width, count)
`
