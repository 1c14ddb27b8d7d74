// How tensors and numbers of profiles are named and written, on terminals, pages and drawings alike.

import { rounded } from '../report/plain-text.ts'

/** hls4ml's letters for trained tensors. */
const letters: Readonly<Record<string, string>> = { weight: 'w', bias: 'b', recurrent: 'rw', scale: 's' }

/** `fc1/w` for a trained tensor, the layer's name for its results. */
export function tensorLabel({ layer, role }: { readonly layer: string; readonly role: string }): string {
  return role === 'result' ? layer : `${layer}/${letters[role] ?? role}`
}

/** A type as `typeRangeOf` tells it. */
export function typeText({ type, kinds }: { readonly type: string; readonly kinds: number }): string {
  return kinds > 1 ? `${type} (${kinds} types)` : type
}

/** A share of 1 in %, `0` for none and never `0` for some. */
export function shareText(share: number): string {
  if (share === 0) return '0'
  const percent = 100 * share
  if (percent < 0.01) return '<0.01 %'
  if (percent > 99.99 && share < 1) return '>99.99 %'
  return `${Number(percent.toPrecision(3))} %`
}

/** Four digits, or a dash. */
export function numberText(value: number | undefined): string {
  return value === undefined ? '–' : rounded(value)
}

/** The ends of a type's range, to as many digits as tell 31.999 from 32. */
export function rangeText({ min, max }: { readonly min: number; readonly max: number }): string {
  return [min, max].map(end => `${Number(end.toPrecision(7))}`).join(' … ')
}

/** 2^e in one word. */
export function powerText(exponent: number | undefined): string {
  return exponent === undefined ? '0' : `2^${exponent}`
}

export function counted(count: number, word: string): string {
  return `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`
}
