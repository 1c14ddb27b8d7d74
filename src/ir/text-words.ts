// The words of the graph's text form: names, attribute values, tensors' digests. `text-scanner.ts` reads them back.

import { bug } from '../diagnostics/diagnostic.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { conversion, type FixedType } from '../fixed/types.ts'
import type { StoredTensor } from './graph.ts'
import type { Shape, TensorConversion } from './tensor-type.ts'

/** A value in the text: JSON, and the numbers that JSON has no word for. */
export type TextValue =
  | number
  | string
  | boolean
  | null
  | readonly TextValue[]
  | { readonly [key: string]: TextValue }

/** Words that mean something where a name could stand; as names they are quoted. */
const keywords: ReadonlySet<string> = new Set([
  'graph',
  'tensors',
  'output',
  'choose',
  'from',
  'of',
  'merging',
])

/** A name that needs no quotes. */
export const barePattern = /[A-Za-z_][\w./+-]*/y

/** A name as it stands, or as a JSON string where it could be misread. */
export function printName(name: string): string {
  barePattern.lastIndex = 0
  const bare = barePattern.exec(name)?.[0] === name && !keywords.has(name)
  return bare ? name : JSON.stringify(name)
}

/** Names separated by commas. */
export function printNames(names: readonly string[]): string {
  return names.map(printName).join(', ')
}

/** A value that `value()` of the scanner gives back; a bug for what is no data. Properties of no value are left out. */
function printValue(value: unknown): string {
  if (typeof value === 'number') return printNumber(value)
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(printValue).join(', ')}]`
  if (typeof value !== 'object') return bug(`a ${typeof value} has no text form`)
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${printValue(entry)}`).join(', ')}}`
}

/** The shortest text that reads back as the same number, minus zero included. */
function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** `key=value` pairs separated by commas. */
export function printPairs(record: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined)
  return entries.map(([key, value]) => `${printName(key)}=${printValue(value)}`).join(', ')
}

/** What a tensor holds, without its values. */
export type HeldType =
  | { readonly form: 'float'; readonly shape: Shape }
  | { readonly form: 'raw'; readonly shape: Shape; readonly type: FixedType }

/** `float[16, 64]`, or the raw values' type and the shape. */
export function printHeldType(tensor: HeldType): string {
  const element =
    tensor.form === 'raw' ? printPrecision(fixedPrecision(conversion(tensor.type)), 'short') : 'float'
  return `${element}[${tensor.shape.join(', ')}]`
}

/** Every value of a tensor as text, in row-major order. */
export function tensorValues(tensor: StoredTensor): readonly string[] {
  return tensor.form === 'raw' ? tensor.raw.map(String) : Array.from(tensor.data, printNumber)
}

/** FNV-1a over the values' text: tells tensors apart, no more. */
export function tensorDigest(tensor: StoredTensor): string {
  let hash = 0x811c9dc5
  for (const value of tensorValues(tensor)) {
    for (let k = 0; k < value.length; k++) hash = Math.imul(hash ^ value.charCodeAt(k), 0x01000193)
    hash = Math.imul(hash ^ 44, 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** Equal neighbours are counted; `over` tells the shape that the types have, where it is not one for all. */
export function printConversion({ to, ...modes }: TensorConversion): string {
  const texts = to.types.map(type => printPrecision(fixedPrecision({ ...modes, to: type }), 'short'))
  const runs: { text: string; count: number }[] = []
  for (const text of texts) {
    const last = runs.at(-1)
    if (last?.text === text) last.count++
    else runs.push({ text, count: 1 })
  }
  const listed = runs.map(({ text, count }) => (count === 1 ? text : `${text} * ${count}`)).join(', ')
  return to.shape.length === 0 ? listed : `${listed} over [${to.shape.join(', ')}]`
}
