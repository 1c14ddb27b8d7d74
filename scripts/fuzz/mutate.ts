// What is done to a valid file: bytes and text, each a few small changes.

import type { Random } from './random.ts'

const odd = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff]

type ByteChange = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap(part => [...part]))

const byteChanges: readonly ByteChange[] = [
  (bytes, random) => set(bytes, random.below(bytes.length), own => own ^ (1 << random.below(8))),
  (bytes, random) => set(bytes, random.below(bytes.length), () => random.below(256)),
  (bytes, random) => set(bytes, random.below(bytes.length), () => random.pick(odd)),
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  (bytes, random) => bytes.slice(random.below(Math.min(bytes.length, 64))),
  // A number of two to eight bytes, at one of its ends.
  (bytes, random) => {
    const copy = bytes.slice()
    const at = random.below(bytes.length)
    copy.fill(random.pick([0, 0x7f, 0xff]), at, at + random.pick([2, 4, 8]))
    return copy
  },
  (bytes, random) => {
    const [at, length] = [random.below(bytes.length), 1 + random.below(32)]
    return joined(bytes.subarray(0, at), bytes.subarray(at + length))
  },
  (bytes, random) => {
    const [at, length] = [random.below(bytes.length), 1 + random.below(64)]
    return joined(bytes.subarray(0, at + length), bytes.subarray(at))
  },
  (bytes, random, other) => {
    const from = random.below(other.length)
    return joined(bytes.subarray(0, random.below(bytes.length)), other.subarray(from, from + 256))
  },
  (bytes, random, other) => {
    const copy = bytes.slice()
    const from = random.below(other.length)
    const part = other.subarray(from, from + 1 + random.below(32))
    const at = random.below(bytes.length)
    copy.set(part.subarray(0, bytes.length - at), at)
    return copy
  },
]

function set(bytes: Uint8Array, at: number, change: (own: number) => number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = change(copy[at]!)
  return copy
}

/** One to four changes; `other` lends parts. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  // A plain array: those of a Buffer are checked otherwise.
  let result: Uint8Array = new Uint8Array(bytes)
  for (let count = 1 + random.below(4); count > 0; count--) {
    if (result.length === 0) return result
    result = random.pick(byteChanges)(result, random, other.length === 0 ? result : other)
  }
  return result
}

const words = [
  ...[
    '0',
    '-1',
    '1',
    '2',
    '3',
    '7',
    '0.5',
    '-0.0',
    '1e9',
    '1e308',
    '1e999',
    '2147483648',
    '9007199254740993',
  ],
  ...[
    'null',
    'true',
    'false',
    '[]',
    '{}',
    '[[]]',
    '""',
    '"linear"',
    '"__proto__"',
    '[null, 4]',
    'NaN',
    '1e-320',
  ],
  ...['{"__proto__": 1}', '[1, 1]', '[-1]', '[0]', '"constructor"', '"same"', '-2147483648', '1000000000000'],
]

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\b(?:true|false|null)\b|[A-Za-z_]\w*/g

type TextChange = (text: string, tokens: readonly RegExpMatchArray[], random: Random) => string

const replaced = (text: string, { index = 0, 0: own }: RegExpMatchArray, by: string) =>
  text.slice(0, index) + by + text.slice(index + own.length)

const textChanges: readonly TextChange[] = [
  (text, tokens, random) => replaced(text, random.pick(tokens), random.pick(words)),
  (text, tokens, random) => replaced(text, random.pick(tokens), random.pick(words)),
  (text, tokens, random) => replaced(text, random.pick(tokens), random.pick(tokens)[0]),
  (text, tokens, random) => replaced(text, random.pick(tokens), random.pick(tokens)[0]),
  (text, tokens, random) => replaced(text, random.pick(tokens), ''),
  (text, tokens, random) => {
    const own = random.pick(tokens)
    return replaced(text, own, '['.repeat(random.pick([1, 50, 5000])) + own[0])
  },
  (text, tokens, random) => {
    const own = random.pick(tokens)
    return /\d/.test(own[0])
      ? replaced(text, own, `${Number.parseFloat(own[0]) + random.pick([-1, 1])}`)
      : text
  },
  (text, tokens, random) => {
    const own = random.pick(tokens)
    return own[0].startsWith('"')
      ? replaced(text, own, `"${own[0].slice(1, -1)}_"`)
      : replaced(text, own, `[${own[0]}]`)
  },
  (text, _, random) => {
    const lines = text.split('\n')
    lines.splice(random.below(lines.length), 1, ...lines.slice(random.below(lines.length)).slice(0, 2))
    return lines.join('\n')
  },
  (text, _, random) => text.slice(0, random.below(text.length)),
]

/** One to three changes of words, numbers and lines; now and then of bytes. */
export function mutateText(text: string, random: Random): string {
  let result = text
  for (let count = 1 + random.below(3); count > 0; count--) {
    const tokens = [...result.matchAll(token)]
    if (tokens.length === 0) return result
    result = random.pick(textChanges)(result, tokens, random)
  }
  return result
}
