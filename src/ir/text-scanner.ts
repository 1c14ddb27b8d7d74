// Reads the words of the text form one after another and says the line where one is wrong. Blanks, line ends and
// `//` comments separate words and mean nothing else.

import { fail } from '../diagnostics/diagnostic.ts'

export interface Scanner {
  /** Where the next word stands, for messages. */
  place(): string
  /** Stops: what stands here is not what was expected. */
  refuse(expected: string): never
  /** What a sticky pattern matches here, gone past; undefined where it does not match. */
  match(pattern: RegExp): string | undefined
  /** Goes past a word if it stands here. */
  take(word: string): boolean
  /** Goes past a word that must stand here. */
  expect(word: string): void
  atEnd(): boolean
}

const blank = /(?:\s+|\/\/[^\n]*)*/y
const anyWord = /[\w./+-]+|"[^"\n]*"?|./y

/** A scanner at the beginning of a text; `source` begins the place of every message. */
export function scanText(text: string, source: string): Scanner {
  let offset = 0
  let line = 1
  const at = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset
    return pattern.exec(text)?.[0]
  }
  const skip = (): void => {
    const passed = at(blank) ?? ''
    offset += passed.length
    line += passed.split('\n').length - 1
  }
  const match = (pattern: RegExp): string | undefined => {
    skip()
    const word = at(pattern)
    offset += word?.length ?? 0
    return word
  }
  const place = () => {
    skip()
    return `${source}line ${line}`
  }
  const refuse = (expected: string): never => {
    const where = place()
    const word = at(anyWord)
    const problem = word === undefined ? 'the text ends' : `'${word}' stands here`
    return fail({ code: 'ir/text-syntax', place: where, problem, expected })
  }
  const take = (word: string): boolean => {
    skip()
    const isLonger = /\w$/.test(word) && /[\w./+-]/.test(text[offset + word.length] ?? '')
    if (isLonger || !text.startsWith(word, offset)) return false
    offset += word.length
    return true
  }
  return {
    place,
    refuse,
    match,
    take,
    expect: word => void (take(word) || refuse(`'${word}'`)),
    atEnd: () => {
      skip()
      return offset === text.length
    },
  }
}
