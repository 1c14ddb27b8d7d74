// Parts that drivers of every kind share, as Python for 3.6 and NumPy, as boards have it: errors, `predict` and what
// stands around it. The constants that they name (shapes, words, types) are written before them by `driver.ts`.

import type { PackageDescription } from '../package-description.ts'
import { encodeCall, scalingNote } from './driver-words.ts'

export const errorClasses = `class AcceleratorError(RuntimeError):
    """The accelerator, or what carries its frames, did not do what was asked."""


class BuildMismatch(AcceleratorError):
    """The bitstream and this driver are not of the same build."""


class AcceleratorTimeout(AcceleratorError):
    """No result came in time."""


class FrameError(AcceleratorError):
    """The accelerator reports words that it could not take as they were sent."""


`

/** What a class says of its shapes and its type. */
export const shapeArguments = `    x_shape, y_shape: shapes of a batch, rows first, as in X.shape and y.shape. The rows may differ at every predict.
    dtype: type of the results. Where it cannot hold every value exactly, results are float64.
`

/** In a constructor: the shapes asked for are those of the network. */
export const checkShapes = `        _check_shape("x_shape", x_shape, INPUT_SHAPE)
        _check_shape("y_shape", y_shape, OUTPUT_SHAPE)
`

export const keepShapes = `        self._x_shape = tuple(x_shape[1:])
        self._y_shape = tuple(y_shape[1:])
        self._dtype = np.dtype(dtype)
`

/** What differs between drivers in `predict`; whole lines of its body, empty where there is nothing to do. */
export interface Prediction {
  /** The words that are made and read, at the beginning of a sentence. */
  readonly words: string
  /** Before all: what prevents a run. */
  readonly refuse: string
  /** Before the first row is sent. */
  readonly begin: string
  /** Arguments of `_transfer` behind rows of words and rows of results. */
  readonly transferArguments: string
  /** What is told with `debug` after `min(rows, first + at_once)` rows. */
  readonly progress: string
  /** After the last row has come. */
  readonly check: string
}

/** The end of `predict`: `y` alone, or with the time since `began`. */
export const predictEnd = `        if not profile:
            return y
        seconds = time.perf_counter() - began
        rate = rows / seconds
        print("Classified {} samples in {} seconds ({} inferences / s)".format(rows, seconds, rate))
        return y, seconds, rate
`

/** `predict`, of which hls4ml's users know arguments and results. */
export function predictMethod(parts: Prediction, description: PackageDescription): string {
  return `    def predict(self, X, debug=False, profile=False, encode=None, decode=None):
        """The network's results for X, rows first: y, or (y, seconds, rows per second) with profile.

${scalingNote(description)}        ${parts.words} are made and read by this driver. Who wants to do it himself passes encode, from X to
        (rows, INPUT_WORDS) of WORD_DTYPE, and decode, from (rows, OUTPUT_WORDS) of WORD_DTYPE to y.
        """
${parts.refuse}        began = time.perf_counter()
        words = _check_words(encode(X)) if encode is not None else ${encodeCall(description, 'self._checked(X)')}
        rows = len(words)
        if debug:
            print("{} rows: {} words in, {} words out each".format(rows, INPUT_WORDS, OUTPUT_WORDS))
        results = np.empty((rows, OUTPUT_WORDS), WORD_DTYPE)
${parts.begin}        at_once = self._rows_at_once()
        for first in range(0, rows, at_once):
            self._transfer(words[first:first + at_once], results[first:first + at_once]${parts.transferArguments})
            if debug:
                print(${parts.progress})
${parts.check}        y = decode(results) if decode is not None else self._decoded(results)
${predictEnd}`
}

/** `deadline` of an accelerator whose cycles are known; `what` is a transfer or a run. */
export function cyclesDeadline(what: string): string {
  return `    def deadline(self, rows):
        """Seconds after which a ${what} of so many rows counts as hung."""
        return self.timeout_floor + 4 * (LATENCY_CYCLES + rows * INTERVAL_CYCLES) / CLOCK_HZ
`
}

/** A driver closes itself behind `with`. */
export const contextMethods = `    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
`

/** Rows of numbers for X, and results for rows of words. */
export const dataMethods = `    def _checked(self, X):
        x = np.asarray(X)
        if x.ndim == 0 or x.shape[1:] not in (INPUT_SHAPE, self._x_shape):
            raise ValueError("X has shape {}, expected {}".format(x.shape, _spelled(INPUT_SHAPE)))
        return x.reshape(len(x), INPUT_WORDS)

    def _decoded(self, results):
        dtype = self._dtype
        if not EXACT_IN_FLOAT32 and np.finfo(dtype).nmant < 52:
            dtype = np.dtype(np.float64)
        return decode_words(results).astype(dtype).reshape((len(results),) + self._y_shape)
`

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
