// `lutra_words.c`: numbers to words and back. Integer arithmetic on the bits of a float32: exact, and small on a
// processor without floating point.

import { type Conversion, overflows, roundings } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import { doubleText } from '../pynq/driver-words.ts'

/** The text of `lutra_words.c`; `inputs` says how a number becomes each element of the input. */
export function wordsSource(description: PackageDescription, inputs: readonly Conversion[]): string {
  return description.form === 'float' ? floatWords(description) : rawWords(description, inputs)
}

/** What encodes numbers that the network takes as they are: `lutra_encode` itself where no scaler stands before it. */
const encodeOf = ({ scaler }: PackageDescription) =>
  scaler === undefined ? 'lutra_encode' : 'lutra_encode_scaled'

/**
 * The scaler's tables, and `lutra_encode` by them. Doubles, since float32 would round twice; a difference times a factor
 * cannot be contracted, so every compiler and processor gives the same bits.
 */
function scalerSource({ scaler }: PackageDescription): string {
  if (scaler === undefined) return ''
  const count = scaler.offset.length
  const table = (name: string, values: readonly number[]) =>
    `static const double ${name}[${count}] = {\n${wrapped(values.map(doubleText), 4)}\n};\n`
  return `
/* The scaling of the training: (x - offset) * factor in doubles, rounded once to float32. */
${table('offsets', scaler.offset)}
${table('factors', scaler.factor)}
lutra_status_t lutra_scale(const float *numbers, float *scaled)
{
    uint32_t k;
    uint32_t entry = 0u;
    for (k = 0u; k < LUTRA_INPUT_WORDS; k++) {
        uint32_t bits;
        scaled[k] = (float)(((double)numbers[k] - offsets[entry]) * factors[entry]);
        memcpy(&bits, &scaled[k], sizeof bits);
        if ((bits >> 23 & 0xffu) == 0xffu) {
            return LUTRA_ERROR_NOT_FINITE;
        }
        entry = entry + 1u < ${count}u ? entry + 1u : 0u;
    }
    return LUTRA_OK;
}

lutra_status_t lutra_encode(const float *numbers, lutra_word_t *words)
{
    static float scaled[LUTRA_INPUT_WORDS];
    lutra_status_t status = lutra_scale(numbers, scaled);
    return status == LUTRA_OK ? lutra_encode_scaled(scaled, words) : status;
}
`
}

const floatWords = (description: PackageDescription) => `/* Float words: numbers pass as they are${
  description.scaler === undefined ? '' : ' once they are scaled'
}; words that only fill the last beat are 0. */${description.scaler === undefined ? '' : '\n#include <string.h>\n'}
#include "lutra.h"

lutra_status_t ${encodeOf(description)}(const float *numbers, lutra_word_t *words)
{
    uint32_t k;
    for (k = 0u; k < LUTRA_INPUT_STRIDE; k++) {
        words[k] = k < LUTRA_INPUT_WORDS ? numbers[k] : 0.0f;
    }
    return LUTRA_OK;
}

void lutra_decode(const lutra_word_t *words, float *numbers)
{
    uint32_t k;
    for (k = 0u; k < LUTRA_OUTPUT_WORDS; k++) {
        numbers[k] = words[k];
    }
}
${scalerSource(description)}`

function rawWords(description: PackageDescription, inputs: readonly Conversion[]): string {
  const { output } = description
  const given = conversionsSource(inputs, 'LUTRA_INPUT_WORDS')
  const taken = distinct(output.types.map(({ signed, frac }) => `{${signed ? 1 : 0}, ${powerOfTwo(-frac)}}`))
  return `/* Raw words: integers as the types of the input hold them, and values of the output's integers. */
#include <string.h>

#include "lutra.h"

${given.tables}
static const struct {
    int is_signed;
    double scale;
} outputs[] = {
${taken.texts.map(text => `    ${text},`).join('\n')}
};

${indexArray('output_of', taken, 'LUTRA_OUTPUT_WORDS')}
${quantise}
lutra_status_t ${encodeOf(description)}(const float *numbers, lutra_word_t *words)
{
    uint32_t k;
    for (k = 0u; k < LUTRA_INPUT_STRIDE; k++) {
        uint32_t bits = 0u;
        if (k < LUTRA_INPUT_WORDS) {
            memcpy(&bits, &numbers[k], sizeof bits);
            if ((bits >> 23 & 0xffu) == 0xffu) {
                return LUTRA_ERROR_NOT_FINITE;
            }
            words[k] = (int32_t)(uint32_t)quantise(bits, &conversions[${given.indexOf('k')}]);
        } else {
            words[k] = 0;
        }
    }
    return LUTRA_OK;
}

void lutra_decode(const lutra_word_t *words, float *numbers)
{
    uint32_t k;
    for (k = 0u; k < LUTRA_OUTPUT_WORDS; k++) {
        uint32_t own = ${taken.texts.length > 1 ? 'output_of[k]' : '0u'};
        double value = outputs[own].is_signed ? (double)words[k] : (double)(uint32_t)words[k];
        numbers[k] = (float)(value * outputs[own].scale);
    }
}
${scalerSource(description)}`
}

/** C, and C++: how every element of the input becomes an integer, and `quantise`, which does it for a float32's bits. */
export function conversionsSource(
  inputs: readonly Conversion[],
  count: string,
): { readonly tables: string; readonly quantise: string; indexOf(element: string): string } {
  const given = distinct(inputs.map(conversionText))
  return {
    tables: `enum { ${roundings.map(name => `LUTRA_${name}`).join(', ')} };
enum { ${overflows.map(name => `LUTRA_${name}`).join(', ')} };

typedef struct {
    int8_t is_signed;
    int8_t width;
    int16_t frac;
    int8_t rounding;
    int8_t overflow;
    int8_t saturation_bits;
} conversion_t;

static const conversion_t conversions[] = {
${given.texts.map(text => `    ${text},`).join('\n')}
};

${indexArray('input_of', given, count)}`,
    quantise,
    indexOf: element => (given.texts.length > 1 ? `input_of[${element}]` : '0'),
  }
}

function conversionText({ to, rounding, overflow, saturationBits }: Conversion): string {
  const names = `LUTRA_${rounding}, LUTRA_${overflow}`
  return `{${to.signed ? 1 : 0}, ${to.width}, ${to.frac}, ${names}, ${saturationBits}}`
}

/** 2^exponent as C has it. Beyond a double's range a float32 is 0 or infinite with a nearer one too. */
function powerOfTwo(exponent: number): string {
  return `0x1p${Math.max(-1022, Math.min(1023, exponent))}`
}

interface Distinct {
  readonly texts: readonly string[]
  readonly indices: readonly number[]
}

function distinct(all: readonly string[]): Distinct {
  const texts = [...new Set(all)]
  return { texts, indices: all.map(text => texts.indexOf(text)) }
}

/** Which of the distinct entries each element has; nothing where there is only one. */
function indexArray(name: string, { texts, indices }: Distinct, count: string): string {
  if (texts.length === 1) return ''
  return `static const uint16_t ${name}[${count}] = {\n${wrapped(indices.map(String))}\n};\n`
}

/** Values in lines of at most so many. */
export function wrapped(values: readonly string[], most = 16): string {
  const lines: string[] = []
  for (let k = 0; k < values.length; k += most) lines.push(`    ${values.slice(k, k + most).join(', ')},`)
  return lines.join('\n')
}

const quantise = `
/* The lowest bits of a value, with their sign where the type has one. */
static int64_t wrap(int64_t value, int is_signed, int width)
{
    uint64_t span = (uint64_t)1 << width;
    uint64_t low = (uint64_t)value & (span - 1u);
    return is_signed && (low >> (width - 1)) != 0u ? (int64_t)low - (int64_t)span : (int64_t)low;
}

/* The top bits saturate, the rest stays. */
static int64_t saturate_top(int64_t wrapped, int is_negative, const conversion_t *to)
{
    int count = to->saturation_bits < to->width ? to->saturation_bits : to->width;
    int top = to->width - count;
    int64_t low = wrapped & (((int64_t)1 << top) - 1);
    if (!to->is_signed) {
        return low | ((((int64_t)1 << count) - 1) << top);
    }
    return is_negative ? low - ((int64_t)1 << (to->width - 1)) : low | ((((int64_t)1 << (count - 1)) - 1) << top);
}

/* Sign-magnitude wrapping: bits are inverted on alternate periods. */
static int64_t fold(int64_t wrapped, int is_negative, int64_t floor, const conversion_t *to)
{
    int count = to->saturation_bits < to->width ? to->saturation_bits : to->width;
    if (to->saturation_bits == 0) {
        int sign = (int)((uint64_t)floor >> to->width & 1u);
        return (wrapped < 0) == sign ? wrapped : ~wrapped;
    }
    if (to->saturation_bits == 1) {
        return (wrapped < 0) == is_negative ? wrapped : ~wrapped;
    }
    if (((wrapped >> (to->width - count) & 1) == 1) == is_negative) {
        wrapped = ~wrapped;
    }
    return saturate_top(wrapped, is_negative, to);
}

static int64_t overflow(int64_t value, int64_t floor, const conversion_t *to)
{
    int64_t low = to->is_signed ? -((int64_t)1 << (to->width - 1)) : 0;
    int64_t high = ((int64_t)1 << (to->is_signed ? to->width - 1 : to->width)) - 1;
    int64_t wrapped;
    if (to->overflow == LUTRA_SAT_SYM && to->is_signed && to->width > 1) {
        low++;
    }
    if (value >= low && value <= high) {
        return value;
    }
    switch (to->overflow) {
    case LUTRA_SAT:
    case LUTRA_SAT_SYM:
        return value < low ? low : high;
    case LUTRA_SAT_ZERO:
        return 0;
    case LUTRA_WRAP:
        wrapped = wrap(value, to->is_signed, to->width);
        return to->saturation_bits == 0 ? wrapped : saturate_top(wrapped, value < 0, to);
    default:
        return fold(wrap(value, to->is_signed, to->width), value < 0, floor, to);
    }
}

/* Whether a magnitude goes up: rest is what lies below its last bit, half a bit is 1 << (places - 1). */
static int goes_up(uint32_t whole, uint32_t rest, uint32_t half, int is_negative, int rounding)
{
    switch (rounding) {
    case LUTRA_TRN:
        return is_negative && rest != 0u;
    case LUTRA_TRN_ZERO:
        return 0;
    case LUTRA_RND:
        return rest > half || (rest == half && !is_negative);
    case LUTRA_RND_MIN_INF:
        return rest > half || (rest == half && is_negative);
    case LUTRA_RND_ZERO:
        return rest > half;
    case LUTRA_RND_INF:
        return rest >= half;
    default:
        return rest > half || (rest == half && (whole & 1u) != 0u);
    }
}

/* The integer that the type holds for a finite float32, given by its bits. */
static int64_t quantise(uint32_t bits, const conversion_t *to)
{
    int is_negative = (int)(bits >> 31);
    int exponent = (int)(bits >> 23 & 0xffu);
    uint32_t magnitude = (bits & 0x7fffffu) | (exponent > 0 ? 0x800000u : 0u);
    /* The value is magnitude * 2^shift in steps of the type. Beyond 38 places up, and 26 down, nothing changes. */
    int shift = (exponent > 0 ? exponent : 1) - 150 + to->frac;
    int64_t value;
    int64_t floor;
    if (to->width == 0) {
        return 0;
    }
    if (shift >= 0) {
        value = (int64_t)magnitude << (shift < 38 ? shift : 38);
        value = is_negative ? -value : value;
        floor = value;
    } else {
        int places = -shift < 26 ? -shift : 26;
        uint32_t whole = magnitude >> places;
        uint32_t rest = magnitude & (((uint32_t)1 << places) - 1u);
        value = (int64_t)whole + goes_up(whole, rest, (uint32_t)1 << (places - 1), is_negative, to->rounding);
        value = is_negative ? -value : value;
        floor = is_negative ? -(int64_t)whole - (rest != 0u) : (int64_t)whole;
    }
    return overflow(value, floor, to);
}
`
