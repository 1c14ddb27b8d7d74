// What values a key may have, and how messages show the ones it may not.

import type { ChoiceCheck } from '../ops/definition.ts'
import { foldKey } from './spelling.ts'

export type ValueShape =
  | ChoiceCheck
  | { readonly kind: 'text' }
  | { readonly kind: 'number'; readonly above: number }
  | { readonly kind: 'loss' }
  /** A name of the project's top function, legal in C++ and Verilog. */
  | { readonly kind: 'name' }
  /** One text or a list of them. */
  | { readonly kind: 'texts' }
  /** One precision, or precisions by name. */
  | { readonly kind: 'precisions' }
  | { readonly kind: 'mapping' }
  /** A percentage such as '12.5%', or a number. */
  | { readonly kind: 'amount' }
  | { readonly kind: 'any' }

/** True for objects that stand for a set of keys, as JSON and YAML give them. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.toString.call(value) === '[object Object]' &&
    !(Symbol.iterator in value)
  )
}

/** A value as a message shows it. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'object' && value !== null) return isMapping(value) ? 'a mapping' : 'an object'
  if (typeof value !== 'string') return String(value)
  const shown = value.replace(/\p{Cc}/gu, '?')
  return `'${shown.length <= 40 ? shown : `${shown.slice(0, 39)}…`}'`
}

/** The word meant, compared without case and underscores. */
export function wordOf(value: unknown, words: readonly string[]): string | undefined {
  if (typeof value !== 'string') return undefined
  return words.find(word => word === value) ?? words.find(word => foldKey(word) === foldKey(value))
}

/** What would have been right, in words; undefined when the value fits. */
export function mismatch(value: unknown, shape: ValueShape): string | undefined {
  return fits(value, shape) ? undefined : expectedOf(shape)
}

function fits(value: unknown, shape: ValueShape): boolean {
  switch (shape.kind) {
    case 'integer':
      return Number.isInteger(value) && (value as number) >= shape.min && (value as number) <= shape.max
    case 'boolean':
      return typeof value === 'boolean'
    case 'word':
      return wordOf(value, shape.words) !== undefined
    case 'text':
      return isText(value)
    case 'number':
      return isNumber(value) && value > shape.above
    case 'loss':
      return isNumber(value) && value >= 0 && value < 1
    case 'name':
      return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]*$/.test(value)
    case 'texts':
      return isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText))
    case 'precisions':
      return isText(value) || (isMapping(value) && Object.values(value).every(isText))
    case 'mapping':
      return isMapping(value)
    case 'amount':
      return (isNumber(value) && value >= 0) || (typeof value === 'string' && /^\d+(\.\d+)?%?$/.test(value))
    case 'any':
      return true
  }
}

const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function expectedOf(shape: ValueShape): string {
  switch (shape.kind) {
    case 'integer':
      return `a whole number, ${shape.min} to ${shape.max}`
    case 'boolean':
      return 'true or false'
    case 'word':
      return `one of ${shape.words.join(', ')}`
    case 'text':
      return 'a text'
    case 'number':
      return `a number above ${shape.above}`
    case 'loss':
      return 'a number from 0 to below 1'
    case 'name':
      return 'a letter, then letters, digits and underscores'
    case 'texts':
      return 'a text or a list of texts'
    case 'precisions':
      return 'a precision, or precisions by name'
    case 'mapping':
      return 'a mapping of keys'
    case 'amount':
      return "a number, or a percentage such as '12.5%'"
    case 'any':
      return 'anything'
  }
}
