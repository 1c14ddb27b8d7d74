// What the words of the text form mean: names, values, shapes, precisions, lists of them.

import { fail } from '../diagnostics/diagnostic.ts'
import { type Precision, parsePrecision, printPrecision } from '../fixed/precision.ts'
import type { Conversion, FixedType } from '../fixed/types.ts'
import { type Shape, sizeOf, type TensorConversion } from './tensor-type.ts'
import type { Scanner } from './text-scanner.ts'
import { barePattern, type HeldType, type TextValue } from './text-words.ts'

const numberWord = /-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)|NaN/y
const stringWord = /"(?:[^"\\\n]|\\.)*"/y
const precisionWord = /[A-Za-z_]\w*(?:<[^<>\n]*>)?/y
const wholeWord = /\d+/y

/** A bare or quoted name; `what` it names, for the message. */
export function readName(scanner: Scanner, what: string): string {
  return scanner.match(barePattern) ?? readString(scanner, what)
}

/** A string in quotes. */
export function readString(scanner: Scanner, what: string): string {
  const place = scanner.place()
  const quoted = scanner.match(stringWord) ?? scanner.refuse(what)
  try {
    return JSON.parse(quoted) as string
  } catch {
    return fail({
      code: 'ir/text-syntax',
      place,
      problem: `${quoted} is no JSON string`,
      expected: `${what}, escaped as in JSON`,
    })
  }
}

export function readNumber(scanner: Scanner): number {
  return Number(scanner.match(numberWord) ?? scanner.refuse('a number'))
}

/** A number, string, boolean, null, list or mapping. */
function readValue(scanner: Scanner): TextValue {
  if (scanner.take('true')) return true
  if (scanner.take('false')) return false
  if (scanner.take('null')) return null
  if (scanner.take('[')) return readUntil(scanner, ']', () => readValue(scanner))
  if (scanner.take('{')) {
    const entry = () => readPair(scanner, readString(scanner, 'a key in quotes'), ':')
    return recordOf(scanner, readUntil(scanner, '}', entry))
  }
  const number = scanner.match(numberWord)
  return number === undefined ? readString(scanner, 'a value') : Number(number)
}

/** `key=value` pairs separated by commas, at least one. */
export function readPairs(scanner: Scanner): Record<string, TextValue> {
  return recordOf(
    scanner,
    readList(scanner, () => readPair(scanner, readName(scanner, 'a key'), '=')),
  )
}

function readPair(scanner: Scanner, key: string, sign: string): readonly [string, TextValue] {
  scanner.expect(sign)
  return [key, readValue(scanner)]
}

/** A record of entries; a key that stands twice is refused. */
export function recordOf<T>(scanner: Scanner, entries: readonly (readonly [string, T])[]): Record<string, T> {
  const keys = entries.map(([key]) => key)
  const twice = keys.find((key, k) => keys.indexOf(key) !== k)
  return twice === undefined
    ? Object.fromEntries(entries)
    : fail({
        code: 'ir/text-syntax',
        place: scanner.place(),
        problem: `'${twice}' was said twice`,
        expected: 'every key once',
      })
}

/** Whole numbers in brackets. */
export function readShape(scanner: Scanner): Shape {
  scanner.expect('[')
  return readUntil(scanner, ']', () => readWhole(scanner))
}

function readWhole(scanner: Scanner): number {
  return Number(scanner.match(wholeWord) ?? scanner.refuse('a whole number'))
}

/** A precision in its short spelling. */
export function readPrecision(scanner: Scanner): Precision {
  const place = scanner.place()
  return parsePrecision(scanner.match(precisionWord) ?? scanner.refuse('a precision'), place)
}

/** A fixed-point precision's conversion. */
function readConversion(scanner: Scanner): Conversion {
  const place = scanner.place()
  const precision = readPrecision(scanner)
  if (precision.kind === 'fixed') return precision.conversion
  return fail({
    code: 'ir/text-syntax',
    place,
    problem: `'${printPrecision(precision, 'short')}' stands here`,
    expected: 'a fixed-point type',
  })
}

/** `float[2, 3]` or `fixed<8,3>[2, 3]`: what a tensor holds. */
export function readHeldType(scanner: Scanner): HeldType {
  if (scanner.take('float')) return { form: 'float', shape: readShape(scanner) }
  const { to: type } = readConversion(scanner)
  return { form: 'raw', shape: readShape(scanner), type }
}

/** Items separated by commas, at least one. */
export function readList<T>(scanner: Scanner, item: () => T): T[] {
  const items = [item()]
  while (scanner.take(',')) items.push(item())
  return items
}

/** Items separated by commas up to a closing word; there may be none. */
export function readUntil<T>(scanner: Scanner, close: string, item: () => T): T[] {
  if (scanner.take(close)) return []
  const items = readList(scanner, item)
  scanner.expect(close)
  return items
}

/** Types with their repetitions, and the shape they are laid over; modes are one for all. */
export function readTensorConversion(scanner: Scanner): TensorConversion {
  const place = scanner.place()
  const runs = readList(scanner, () => {
    const conversion = readConversion(scanner)
    return { conversion, count: scanner.take('*') ? readWhole(scanner) : 1 }
  })
  const shape = scanner.take('over') ? readShape(scanner) : []
  const { to: _, ...modes } = runs[0]!.conversion
  const types = runs.flatMap(({ conversion, count }) => new Array<FixedType>(count).fill(conversion.to))
  const isOtherMode = ({ conversion }: { conversion: Conversion }) =>
    (Object.keys(modes) as (keyof typeof modes)[]).some(mode => conversion[mode] !== modes[mode])
  if (types.length === sizeOf(shape) && !runs.some(isOtherMode)) return { to: { shape, types }, ...modes }
  return fail({
    code: 'ir/text-syntax',
    place,
    problem: `${types.length} types over [${shape.join(', ')}]${runs.some(isOtherMode) ? ', of several modes' : ''}`,
    expected: 'as many types as the shape has elements, of one rounding and overflow',
  })
}
