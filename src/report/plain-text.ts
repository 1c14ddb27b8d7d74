// Text as it may be shown: names come from files of others, and must not steer a terminal, a table or a page.

const hidden = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f', // control characters
    '\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff', // invisible, line-ending and direction-turning ones
    '\\ufffe\\uffff]',
    '|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]', // halves of characters
  ].join(''),
  'g',
)

/** The text on one line, with characters that are not seen written as `\u{a}`. */
export function plainText(text: string): string {
  return text.replace(hidden, found => `\\u{${found.charCodeAt(0).toString(16)}}`)
}

/** About how wide a text is in a sans-serif face of this size, on the wide side: which face there is, is not known. */
export function textWidth(text: string, size: number): number {
  return [...text].reduce(
    (width, letter) => width + size * (/[ -~]/.test(letter) ? asciiWidth(letter) : 1),
    0,
  )
}

function asciiWidth(letter: string): number {
  if (/[A-Z_%&@<>+=~mw]/.test(letter)) return 0.78
  return /[ ijl.,:;'|!()[\]{}ft/]/.test(letter) ? 0.4 : 0.64
}

/** The text cut to a width, its middle left out. */
export function shorten(text: string, size: number, width: number): string {
  const characters = [...text]
  if (textWidth(text, size) <= width) return text
  let length = characters.length - 1
  while (length > 3 && textWidth(cut(characters, length), size) > width) length--
  return cut(characters, length)
}

function cut(characters: readonly string[], length: number): string {
  const tail = Math.floor((length - 1) / 3)
  return `${characters.slice(0, length - 1 - tail).join('')}…${characters.slice(characters.length - tail).join('')}`
}

/** A count in groups of three: 12,345. */
export function grouped(value: number): string {
  const [whole, fraction] = `${value}`.split('.')
  if (/e/.test(`${value}`)) return `${value}`
  const groups = whole!.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? groups : `${groups}.${fraction}`
}

/** `1 epoch`, `2 epochs`. */
export const counted = (count: number, word: string) => `${grouped(count)} ${word}${count === 1 ? '' : 's'}`

/** A measured number to four digits, without an exponent where it can be avoided. */
export function rounded(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return `${value}`
  const short = Number(value.toPrecision(4))
  return Math.abs(short) >= 1e6 || Math.abs(short) < 1e-4 ? short.toExponential() : `${short}`
}

/** A share of 1 in %, e.g. `94.11 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}

/** Nanoseconds in the unit that suits: `25.000 ns`, `87.055 us`. */
export function duration(ns: number): string {
  if (ns < 1e3) return `${ns.toFixed(3)} ns`
  return ns < 1e6 ? `${(ns / 1e3).toFixed(3)} us` : `${(ns / 1e6).toFixed(3)} ms`
}

/** A rate in the multiple of a thousand that suits: `57.43 k`, `200 M`. */
export function rate(perSecond: number): string {
  const [scale, letter] = perSecond < 1e3 ? [1, ''] : perSecond < 1e6 ? [1e3, ' k'] : [1e6, ' M']
  return `${rounded(perSecond / scale)}${letter}`
}

/** 2^e for an axis: `8`, `2⁻⁵`. */
export function powerOfTwo(exponent: number): string {
  return exponent >= 0 && exponent <= 9 ? `${2 ** exponent}` : `2${superscript(exponent)}`
}

/** A whole number in raised digits. */
export function superscript(value: number): string {
  return [...`${value}`].map(digit => (digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]!)).join('')
}
