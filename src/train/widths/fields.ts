// Settings that may be below zero.

import type { Field } from '../fields.ts'

/** A whole number between bounds. */
export function wholeIn(keras: string, least: number, most: number, fallback: number): Field<number> {
  return {
    keras,
    expected: `a whole number from ${least} to ${most}`,
    default: fallback,
    read: value =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
        ? value
        : undefined,
    write: value => value,
  }
}
