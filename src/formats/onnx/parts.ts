// Looking into decoded protobuf messages, whose fields are whatever the bytes held.

export type Part = Readonly<Record<string, unknown>>

export function part(value: unknown): Part | undefined {
  return typeof value === 'object' && value !== null ? (value as Part) : undefined
}

export function list(value: unknown): readonly Part[] {
  return Array.isArray(value) ? (value as Part[]) : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

interface Long {
  toNumber(): number
}

/** A field's number, 0 when absent. 64-bit integers beyond 2^53, which only limits have, become the nearest double. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  return part(value) !== undefined && typeof (value as unknown as Long).toNumber === 'function'
    ? (value as unknown as Long).toNumber()
    : 0
}
