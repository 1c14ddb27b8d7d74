// Shapes of JSON values: one description from which come the TypeScript type, the JSON Schema, the reading with its
// messages, and the order of keys. The report is described once, in `report.ts`.

import { bug } from '../diagnostics/diagnostic.ts'

export type JsonSchema = { readonly [key: string]: unknown }

/** Something that is not as the shape has it. */
export interface Misfit {
  readonly kind: 'missing' | 'unknown' | 'value'
  /** Path of keys, e.g. `layers[2].resources.lut`; empty for the whole. */
  readonly path: string
  readonly found: string
  readonly expected: string
}

export interface Shape<T> {
  readonly schema: JsonSchema
  /** The value with its keys in the shape's order. What does not fit is added to `misfits`; the result is void then. */
  read(value: unknown, path: string, misfits: Misfit[]): T
}

/** A value as a shape has it; it is one only when there are no misfits. */
export interface Fitted<T> {
  readonly value: T
  readonly misfits: readonly Misfit[]
}

/** Reads a whole value as a shape. */
export function fitShape<T>(shape: Shape<T>, given: unknown): Fitted<T> {
  const misfits: Misfit[] = []
  const value = shape.read(given, '', misfits)
  return { value, misfits }
}

/** The text of a file that holds a value, keys in the shape's order; `what` names it should it be none. */
export function printShape<T>(shape: Shape<T>, given: T, what: string): string {
  const { value, misfits } = fitShape(shape, given)
  if (misfits.length > 0)
    bug(`${what}'s ${misfits[0]!.path} is not as its schema has it: ${misfits[0]!.found}`)
  return `${JSON.stringify(value, null, 2)}\n`
}

/** The type that a shape describes. */
export type ValueOf<S> = S extends Shape<infer T> ? T : never

type Fields = Readonly<Record<string, Shape<unknown>>>
type ObjectOf<R extends Fields, O extends Fields> = { readonly [K in keyof R]: ValueOf<R[K]> } & {
  readonly [K in keyof O]?: ValueOf<O[K]>
}

/** A string. */
export function text(description: string, pattern?: RegExp): Shape<string> {
  const schema = { description, type: 'string', ...(pattern && { pattern: pattern.source }) }
  return leaf(schema, `a text${pattern === undefined ? '' : ` like ${pattern.source}`}`, isText(pattern))
}

/** A string that a function accepts; the function throws when it does not. */
export function checkedText(
  description: string,
  expected: string,
  check: (value: string) => void,
): Shape<string> {
  const accepts = (value: unknown): value is string => {
    try {
      if (typeof value === 'string') check(value)
      return typeof value === 'string'
    } catch {
      return false
    }
  }
  return leaf({ description, type: 'string' }, expected, accepts)
}

/** A finite number. */
export function number(description: string, minimum?: number): Shape<number> {
  const schema = { description, type: 'number', ...(minimum !== undefined && { minimum }) }
  return leaf(schema, `a number${least(minimum)}`, isNumberFrom(minimum))
}

/** An integer that a double holds exactly. */
export function integer(description: string, minimum?: number): Shape<number> {
  const schema = { description, type: 'integer', ...(minimum !== undefined && { minimum }) }
  const isNumber = isNumberFrom(minimum)
  return leaf(
    schema,
    `an integer${least(minimum)}`,
    (value): value is number => isNumber(value) && Number.isSafeInteger(value),
  )
}

export function boolean(description: string): Shape<boolean> {
  return leaf({ description, type: 'boolean' }, 'true or false', value => typeof value === 'boolean')
}

/** One of some values. */
export function oneOf<const T extends string | number>(
  description: string,
  ...values: readonly T[]
): Shape<T> {
  const accepts = (value: unknown): value is T => values.some(known => known === value)
  return leaf({ description, enum: values }, values.map(value => `${value}`).join(' or '), accepts)
}

export function list<T>(description: string, item: Shape<T>): Shape<readonly T[]> {
  return {
    schema: { description, type: 'array', items: item.schema },
    read: (value, path, misfits) =>
      Array.isArray(value)
        ? value.map((entry, k) => item.read(entry, `${path}[${k}]`, misfits))
        : misfit(misfits, path, value, 'a list'),
  }
}

/** Values by free keys, which are put in order. */
export function record<T>(description: string, item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    schema: { description, type: 'object', additionalProperties: item.schema },
    read: (value, path, misfits) => {
      if (!isRecord(value)) return misfit(misfits, path, value, 'an object')
      const keys = Object.keys(value).sort()
      return Object.fromEntries(keys.map(key => [key, item.read(value[key], join(path, key), misfits)]))
    },
  }
}

/** An object of these keys and no others; an optional one is left out where it is undefined. */
export function object<const R extends Fields, const O extends Fields = Record<never, never>>(
  description: string,
  required: R,
  optional?: O,
): Shape<ObjectOf<R, O>> {
  const fields: Fields = { ...required, ...optional }
  const schemas = Object.entries(fields).map(([key, { schema }]) => [key, schema] as const)
  return {
    schema: {
      description,
      type: 'object',
      properties: Object.fromEntries(schemas),
      required: Object.keys(required),
      additionalProperties: false,
    },
    read: (value, path, misfits) => {
      if (!isRecord(value)) return misfit(misfits, path, value, 'an object')
      checkKeys(value, path, fields, misfits)
      const present = Object.entries(fields).flatMap(([key, shape]) => {
        if (value[key] !== undefined)
          return [[key, shape.read(value[key], join(path, key), misfits)] as const]
        if (Object.hasOwn(required, key)) addMissing(misfits, join(path, key))
        return []
      })
      // Each entry has been read by the field's own shape.
      return Object.fromEntries(present) as ObjectOf<R, O>
    },
  }
}

function checkKeys(value: Record<string, unknown>, path: string, fields: Fields, misfits: Misfit[]): void {
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(fields, key)) continue
    misfits.push({
      kind: 'unknown',
      path: join(path, key),
      found: `the key '${key}' is not one that reports have`,
      expected: Object.keys(fields).join(', '),
    })
  }
}

function addMissing(misfits: Misfit[], path: string): void {
  misfits.push({ kind: 'missing', path, found: 'the key is missing', expected: 'a value' })
}

function leaf<T>(schema: JsonSchema, expected: string, accepts: (value: unknown) => value is T): Shape<T> {
  return {
    schema,
    read: (value, path, misfits) => (accepts(value) ? value : misfit(misfits, path, value, expected)),
  }
}

/** Notes what does not fit. The value returned is never used: who reads asks for misfits first. */
function misfit<T>(misfits: Misfit[], path: string, value: unknown, expected: string): T {
  misfits.push({ kind: 'value', path, found: `it is ${describe(value)}`, expected })
  return undefined as T
}

function describe(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return `${value}`
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  return Array.isArray(value) ? 'a list' : `an ${typeof value}`
}

function isText(pattern: RegExp | undefined) {
  return (value: unknown): value is string =>
    typeof value === 'string' && (pattern === undefined || pattern.test(value))
}

function isNumberFrom(minimum: number | undefined) {
  return (value: unknown): value is number =>
    typeof value === 'number' && Number.isFinite(value) && value >= (minimum ?? Number.NEGATIVE_INFINITY)
}

function least(minimum: number | undefined): string {
  return minimum === undefined ? '' : ` of at least ${minimum}`
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
