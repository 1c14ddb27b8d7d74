// The part of drivers that is the same for every package: Python that runs on Python 3.6 and NumPy, as boards have it.
// What differs (names, shapes, registers, types) are constants that driver.ts writes before it; how frames come to the
// accelerator stands in `roads.ts`.

import type { DriverRoad } from './roads.ts'

export const errorClasses = `class AcceleratorError(RuntimeError):
    """The accelerator, or what carries its frames, did not do what was asked."""


class BuildMismatch(AcceleratorError):
    """The bitstream and this driver are not of the same build."""


class AcceleratorTimeout(AcceleratorError):
    """No result came in time."""


class FrameError(AcceleratorError):
    """The accelerator reports words that it could not take as they were sent."""


`

/** `NeuralNetworkOverlay` for a road, whose file is called `file`. */
export function overlayClass(road: DriverRoad, file: string): string {
  return `class NeuralNetworkOverlay(Overlay):
    """The network on the board.

    bitfile_name: the bitstream; its .hwh lies beside it.
    x_shape, y_shape: shapes of a batch, rows first, as in X.shape and y.shape. The rows may differ at every predict.
    dtype: type of the results. Where it cannot hold every value exactly, results are float64.
    dtbo, download, ignore_version, device: as pynq.Overlay takes them.
    """

    # Seconds that every transfer may take, beside four times what its cycles take.
    timeout_floor = 2.0

    def __init__(self, bitfile_name, x_shape, y_shape, dtype=np.float32, dtbo=None, download=True,
                 ignore_version=False, device=None):
        _check_shape("x_shape", x_shape, INPUT_SHAPE)
        _check_shape("y_shape", y_shape, OUTPUT_SHAPE)
        super().__init__(bitfile_name, dtbo=dtbo, download=download, ignore_version=ignore_version,
                         device=device)
        self._x_shape = tuple(x_shape[1:])
        self._y_shape = tuple(y_shape[1:])
        self._dtype = np.dtype(dtype)
        self._accelerator = getattr(self, ACCELERATOR)
${road.open}        self._check_build()

    def predict(self, X, debug=False, profile=False, encode=None, decode=None):
        """The network's results for X, rows first: y, or (y, seconds, rows per second) with profile.

        Words on the bus are made and read by this driver. Who wants to do it himself passes encode, from X to
        (rows, INPUT_WORDS) of WORD_DTYPE, and decode, from (rows, OUTPUT_WORDS) of WORD_DTYPE to y.
        """
        began = time.perf_counter()
        words = _check_words(encode(X)) if encode is not None else encode_words(self._checked(X))
        rows = len(words)
        if debug:
            print("{} rows: {} words in, {} words out each".format(rows, INPUT_WORDS, OUTPUT_WORDS))
        results = np.empty((rows, OUTPUT_WORDS), WORD_DTYPE)
        self._accelerator.write(CONTROL, START | CLEAR)
        at_once = self._rows_at_once()
        for first in range(0, rows, at_once):
            self._transfer(words[first:first + at_once], results[first:first + at_once], rows)
            if debug:
                print("{} rows done; {}".format(min(rows, first + at_once), self._state(rows)))
        if rows > 0:
            self._check_flags(rows)
        y = decode(results) if decode is not None else self._decoded(results)
        if not profile:
            return y
        seconds = time.perf_counter() - began
        rate = rows / seconds
        print("Classified {} samples in {} seconds ({} inferences / s)".format(rows, seconds, rate))
        return y, seconds, rate

    def cycles(self):
        """Clock cycles of the latest predict by the accelerator's own counters: busy in all, and of the last stretch
        without a pause; frames that came in and results that went out; the clock in Hz."""
        read = self._accelerator.read
        return {
            "busy": read(BUSY_CYCLES),
            "last": read(LAST_CYCLES),
            "frames_in": read(FRAMES_IN),
            "frames_out": read(FRAMES_OUT),
            "clock_hz": CLOCK_HZ,
        }

    def deadline(self, rows):
        """Seconds after which a transfer of so many rows counts as hung."""
        return self.timeout_floor + 4 * (LATENCY_CYCLES + rows * INTERVAL_CYCLES) / CLOCK_HZ

${road.close}
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _check_build(self):
        read = self._accelerator.read
        if read(ID) != ID_WORD:
            raise BuildMismatch("{} does not answer as an accelerator of Lutra: its ID register reads {:#010x}, "
                                "expected {:#010x}. Is this the bitstream of the package?"
                                .format(ACCELERATOR, read(ID), ID_WORD))
        found = "{:08x}{:08x}".format(read(HASH_HIGH), read(HASH_LOW))
        if found != BUILD_HASH:
            raise BuildMismatch("the bitstream is of build {}, this driver of build {}: take the .bit, the .hwh and "
                                "${file} from the same package".format(found, BUILD_HASH))

    def _checked(self, X):
        x = np.asarray(X)
        if x.ndim == 0 or x.shape[1:] not in (INPUT_SHAPE, self._x_shape):
            raise ValueError("X has shape {}, expected {}".format(x.shape, _spelled(INPUT_SHAPE)))
        return x.reshape(len(x), INPUT_WORDS)

    def _decoded(self, results):
        dtype = self._dtype
        if not EXACT_IN_FLOAT32 and np.finfo(dtype).nmant < 52:
            dtype = np.dtype(np.float64)
        return decode_words(results).astype(dtype).reshape((len(results),) + self._y_shape)

${road.transfer}
    def _check_flags(self, rows):
        status = self._accelerator.read(STATUS)
        counts = [self._accelerator.read(FRAMES_IN), self._accelerator.read(FRAMES_OUT)]
        told = [name for name, bit in FLAGS if status & bit]
        if told or counts != [rows & 0xffffffff] * 2:
            self._give_up(FrameError, "the results are not those of the rows sent", rows)

    def _state(self, rows):
        read = self._accelerator.read
        status = read(STATUS)
        flags = ", ".join("{} {}".format(name, int(status & bit != 0)) for name, bit in (("busy", BUSY),) + FLAGS)
        return "{} of {} frames came in, {} results went out; STATUS {:#x}: {}; start {}{}".format(
            read(FRAMES_IN), rows, read(FRAMES_OUT), status, flags, read(CONTROL) & START, self._carrier())

    def _give_up(self, error, problem, rows):
        state = self._state(rows)
        hint = self._hint()
        rest = self._recover()
        raise error("{}: {}.{}{}".format(problem, state, hint, rest))

    def _hint(self):
        read = self._accelerator.read
        status = read(STATUS)
        told = ["{}: {}.".format(name, MEANINGS[name]) for name, bit in FLAGS if status & bit]
        if not read(CONTROL) & START:
            told.append("start is 0 in CONTROL: the accelerator lets no frame in.")
        elif read(FRAMES_IN) == 0 and not status & BUSY:
            told.append("${road.nothingCame}")
        return "".join(" " + one for one in told)

    def _recover(self):
        """Drops what is left in the accelerator, so that the next predict begins anew."""
${road.recover}        self._accelerator.write(CONTROL, START | FLUSH)
        empty = _within(1.0, lambda: not self._accelerator.read(STATUS) & BUSY${road.alsoIdle})
        self._accelerator.write(CONTROL, START | CLEAR)
        if not empty:
            return " The accelerator does not come to rest: load the bitstream again."
        return " ${road.recovered}; predict can be called again."
`
}

/** What the class calls. */
export const helpers = `
def _within(seconds, done):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return done()
    return True


def _spelled(shape):
    return "(rows, {})".format(", ".join(str(extent) for extent in shape))


def _check_shape(name, shape, expected):
    extents = tuple(shape)
    if len(extents) < 2 or int(np.prod(extents[1:])) != int(np.prod(expected)):
        raise ValueError("{} is {}, expected {}".format(name, extents, _spelled(expected)))


def _check_words(words):
    words = np.asarray(words)
    if words.ndim == 0 or int(np.prod(words.shape[1:])) != INPUT_WORDS:
        raise ValueError("encode gave shape {}, expected (rows, {})".format(words.shape, INPUT_WORDS))
    if words.dtype != WORD_DTYPE:
        raise ValueError("encode gave {} words, expected {}".format(words.dtype, np.dtype(WORD_DTYPE)))
    return words.reshape(len(words), INPUT_WORDS)


def _check_finite(x, given):
    finite = np.isfinite(x)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise ValueError("X has {} in row {}, element {}: the network takes finite numbers{}".format(
            given[row, column], row, column, " that float32 can hold" if np.isfinite(given[row, column]) else ""))
`

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
