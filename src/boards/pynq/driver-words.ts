// How numbers become words and words numbers, in Python: for float words and for raw ones, and before either by the
// scaler of the training, where one stands outside of the network.

import type { InputScaler, PackageDescription } from '../package-description.ts'

/** The scaler's numbers, as Python constants; nothing where there is none. */
export function scalerConstants({ scaler }: Pick<PackageDescription, 'scaler'>): string[] {
  if (scaler === undefined) return []
  return [
    '',
    '# Rows are physical values, and predict scales them as the training did: see scale_rows.',
    `INPUT_OFFSET = ${doubles(scaler.offset)}`,
    `INPUT_FACTOR = ${doubles(scaler.factor)}`,
  ]
}

/** Repeated over the elements of a row. */
function doubles(values: readonly number[]): string {
  const lines: string[] = []
  for (let k = 0; k < values.length; k += 4)
    lines.push(
      `    ${values
        .slice(k, k + 4)
        .map(doubleText)
        .join(', ')},\n`,
    )
  return `np.resize(np.array([\n${lines.join('')}], np.float64), INPUT_WORDS)`
}

/** A double by the fewest digits that tell it from all others, as Python and C read it; always with a point or exponent. */
export function doubleText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** `encode_words` of rows of numbers, which are scaled first where the description says so. */
export function encodeCall({ scaler }: Pick<PackageDescription, 'scaler'>, rows: string): string {
  return scaler === undefined ? `encode_words(${rows})` : `encode_words(scale_rows(${rows}))`
}

/** What `predict` says of scaling, in its documentation; whole lines. */
export function scalingNote({ scaler }: Pick<PackageDescription, 'scaler'>): string {
  if (scaler === undefined) return ''
  return `        X holds physical values, which scale_rows scales as the training did; an encode of one's own does without.
        Rows that are scaled already: encode=encode_words.

`
}

/** Scaling as `predict --scaler` has it, to the last bit; empty where there is none. */
export function scaleFunction({ scaler }: { readonly scaler?: InputScaler }): string {
  return scaler === undefined ? '' : scaleRows
}

const scaleRows = `

def scale_rows(x):
    """Rows as the network takes them: (x - INPUT_OFFSET) * INPUT_FACTOR of the nearest float32 to each number, in
    float64, rounded once to float32."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        nearest = x.astype(np.float64).astype(np.float32).astype(np.float64)
        scaled = ((nearest - INPUT_OFFSET) * INPUT_FACTOR).astype(np.float32)
    _check_finite(scaled, x)
    return scaled
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
