// A comparison with a constant, seen from further back: x·s + b < c asks for x < (c − b)/s, rounded to where integers part.
// Exact, since every cell looked through is: what scaled, offset or cut x need not be built for a comparison alone.

import type { Interval } from '../fixed/interval.ts'
import type { CellKind, Net } from './netlist.ts'

/** What is looked at of a cell. */
export interface ConstantCell {
  readonly kind: CellKind
  readonly a: Net
  readonly b: Net
  readonly param: number
  readonly interval: Interval
}

/** Whether the net's value is below limit · 2^-frac. */
export interface Below {
  readonly net: Net
  readonly limit: bigint
  readonly frac: number
}

export interface Earlier extends Below {
  /** Whether the comparison there is the opposite of the one here. */
  readonly inverted: boolean
}

/** The same question, or with `inverted` its opposite, of an earlier net. */
export function sourceBelow(cell: (net: Net) => ConstantCell, asked: Below): Earlier {
  let below = asked
  let inverted = false
  for (;;) {
    const earlier = stepBack(cell, below)
    if (earlier === undefined) return { ...below, inverted }
    if (earlier.inverted) inverted = !inverted
    below = earlier
  }
}

function stepBack(cell: (net: Net) => ConstantCell, { net, limit, frac }: Below): Earlier | undefined {
  const own = cell(net)
  const { kind, a, b, param, interval } = own
  switch (kind) {
    case 'alias':
      return { net: a, limit, frac: frac + cell(a).interval.frac - interval.frac, inverted: false }
    case 'add':
    case 'sub': {
      const added = fixed(cell, b)
      if (added === undefined) return undefined
      return beforeOffset(own, { raw: added.raw, frac: added.frac - param }, limit, frac)
    }
    case 'bits':
      return beforeCut(own, cell(a).interval, roundedUp(limit, frac - interval.frac))
    case 'mul': {
      const factor = fixed(cell, b)?.raw ?? 0n
      if (factor === 0n) return undefined
      return beforeFactor(own, cell(a).interval, factor, roundedUp(limit, frac - interval.frac))
    }
    default:
      return undefined
  }
}

function beforeOffset(
  { kind, a }: ConstantCell,
  added: { readonly raw: bigint; readonly frac: number },
  limit: bigint,
  frac: number,
): Earlier {
  const fine = Math.max(frac, added.frac)
  const offset = added.raw << BigInt(fine - added.frac)
  const whole = limit << BigInt(fine - frac)
  return { net: a, limit: kind === 'add' ? whole - offset : whole + offset, frac: fine, inverted: false }
}

/** floor(x / 2^low) < n for a whole n just where x < n · 2^low; undefined where top bits are cut too. */
function beforeCut({ a, param, interval }: ConstantCell, source: Interval, n: bigint): Earlier | undefined {
  const low = BigInt(Math.max(0, param))
  const keeps = param >= 0 && interval.min === source.min >> low && interval.max === source.max >> low
  return keeps ? { net: a, limit: n << low, frac: source.frac, inverted: false } : undefined
}

/** x · s < n, n whole: x < n / s rounded up, or for a negative s the opposite of x < the next above n / s. */
function beforeFactor({ a }: ConstantCell, { frac }: Interval, factor: bigint, n: bigint): Earlier {
  return factor > 0n
    ? { net: a, limit: -floorDivide(-n, factor), frac, inverted: false }
    : { net: a, limit: floorDivide(-n, -factor) + 1n, frac, inverted: true }
}

function fixed(cell: (net: Net) => ConstantCell, net: Net): { raw: bigint; frac: number } | undefined {
  const { min, max, frac } = cell(net).interval
  return min === max ? { raw: min, frac } : undefined
}

/** raw · 2^-shift, rounded up to a whole number. */
function roundedUp(raw: bigint, shift: number): bigint {
  return shift <= 0 ? raw << BigInt(-shift) : -(-raw >> BigInt(shift))
}

/** ⌊a / b⌋ for a positive b. */
function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}
