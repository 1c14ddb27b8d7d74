// Sums of many unsigned words in fewer LUTs than a tree of adders has bits.
//
// A carry chain's bit is one LUT that adds two bits, and has four inputs to spare. So five words w are first counted
// column by column, Σ w = S + 2·C + 4·D, each bit of S, C and D being a function of five bits: added to another word,
// it is found inside that adder's own LUTs. Three adders so take in five words, where a tree has five adders. Eight
// words, three of them adding what the other five come to, become three words at the depth of a single adder.
//
// 2·C and 4·D leave their lowest bits free: single bits to be counted are put there.

import type { NetlistBuilder } from './builder.ts'
import type { Net } from './netlist.ts'

/** What is summed, and what of the sum is wanted. */
export interface WordSum {
  /** None can be negative. */
  readonly words: readonly Net[]
  /** Words with logic of their own before them, such as inverters: better counted than added as they are. */
  readonly masked?: readonly Net[]
  /** Single bits of the value 2^-frac each. */
  readonly ones: readonly Net[]
  readonly frac: number
  /** Bits of the sum from 2^-frac up; those above are dropped on the way. */
  readonly width: number
}

interface Summing {
  readonly b: NetlistBuilder
  readonly frac: number
  readonly width: number
  /** Signals as they are, and those that cost an inverter where an adder takes them beside its LUT. */
  plain: Net[]
  masked: Net[]
  ones: Net[]
}

/** The sum modulo 2^width, as far as words were too wide for it; never negative. */
export function sumWords(b: NetlistBuilder, { words, masked = [], ones, frac, width }: WordSum): Net {
  const state: Summing = { b, frac, width, plain: [], masked: [], ones: [...ones] }
  const kept = (nets: readonly Net[]) =>
    nets.map(word => capped(state, word)).filter(word => b.interval(word).max > 0n)
  state.plain = kept(words)
  state.masked = kept(masked)
  eightsToThrees(state)
  if (state.ones.length > 0) {
    state.masked.push(capped(state, countOnes(b, state.ones.splice(0), frac)))
    eightsToThrees(state)
  }
  return sumFew(state, [...byTop(state, state.masked), ...byTop(state, state.plain)])
}

/** Narrowest first. */
function byTop({ b }: Summing, words: readonly Net[]): Net[] {
  const top = (net: Net) => b.type(net).width - b.interval(net).frac
  return [...words].sort((p, q) => top(p) - top(q) || p - q)
}

/** Without the bits above the sum's. */
function capped({ b, frac, width }: Summing, net: Net): Net {
  const own = b.interval(net).frac
  const kept = width + own - frac
  return b.type(net).width <= kept ? net : b.bits(net, 0, Math.max(0, kept), false, own)
}

/** `counted` comes second: the adder's first operand has to be a plain signal beside its LUT. */
function plus(state: Summing, word: Net, counted: Net): Net {
  return capped(state, state.b.add(word, counted))
}

/** Replaces words by fewer until there are at most seven. */
function eightsToThrees(state: Summing): void {
  for (;;) {
    const count = state.plain.length + state.masked.length
    if (count < 8) return
    const { adders, counted } = split(state, Math.floor(count / 8))
    const rest = counted.splice(5 * Math.floor(count / 8))
    const sums = adders.map((word, k) => {
      const { s, c, d } = columns(state, counted.slice(5 * Math.floor(k / 3), 5 * Math.floor(k / 3) + 5))
      const term = [s, withOnes(state, c, k % 3 === 1 ? 1 : 0), withOnes(state, d, k % 3 === 2 ? 3 : 0)][
        k % 3
      ]!
      return plus(state, word, term)
    })
    const masked = new Set(state.masked)
    state.plain = [...sums, ...rest.filter(word => !masked.has(word))]
    state.masked = rest.filter(word => masked.has(word))
  }
}

/** Three words a block to be added to what five others count: the widest of those that are plain signals. */
function split(state: Summing, blocks: number): { adders: Net[]; counted: Net[] } {
  const plain = byTop(state, state.plain)
  const masked = byTop(state, state.masked)
  const adders = plain.splice(Math.max(0, plain.length - 3 * blocks))
  adders.push(...masked.splice(Math.max(0, masked.length - (3 * blocks - adders.length))))
  return { adders, counted: byTop(state, [...plain, ...masked]) }
}

/** The sum of up to seven words; the last ones are added to what the first ones count. */
function sumFew(state: Summing, words: readonly Net[]): Net {
  const [first, second, third] = words
  switch (words.length) {
    case 0:
      return state.b.constant(0n, 0)
    case 1:
      return first!
    case 2:
      return plus(state, second!, first!)
    case 3:
      return plus(state, third!, plus(state, second!, first!))
    case 4: {
      const { s, c } = columns(state, words.slice(0, 3))
      return plus(state, plus(state, words[3]!, s), c)
    }
    case 5: {
      const { s, c } = columns(state, words.slice(0, 3))
      return plus(state, plus(state, words[4]!, s), plus(state, words[3]!, c))
    }
    case 6: {
      const { s, c, d } = columns(state, words.slice(0, 5))
      return plus(state, plus(state, plus(state, words[5]!, s), c), d)
    }
    default: {
      const { s, c, d } = columns(state, words.slice(0, 5))
      return plus(state, plus(state, plus(state, words[5]!, s), plus(state, words[6]!, c)), d)
    }
  }
}

interface Columns {
  readonly s: Net
  /** Already at twice and four times the value of their bits. */
  readonly c: Net
  readonly d: Net
}

/** Σ words = s + c + d, of three or five words. */
function columns({ b }: Summing, words: readonly Net[]): Columns {
  const [v, w, x, y, z] = words as readonly [Net, Net, Net, Net?, Net?]
  const zero = b.constant(0n, 0)
  const sum = b.parity(v, w, x)
  const carry = b.majority(v, w, x)
  if (y === undefined || z === undefined) return { s: sum, c: b.scale(carry, 1), d: zero }
  const second = b.majority(sum, y, z)
  return {
    s: b.parity(sum, y, z),
    c: b.scale(b.parity(carry, second, zero), 1),
    d: b.scale(b.majority(carry, second, zero), 2),
  }
}

/** A word whose lowest bits are free, with the count of so many of the single bits in them: one bit, or three in two. */
function withOnes(state: Summing, word: Net, count: 0 | 1 | 3): Net {
  const taken = state.ones.splice(0, count)
  return taken.length === 0
    ? word
    : state.b.parity(word, countOnes(state.b, taken, state.frac), state.b.constant(0n, 0))
}

/** How many of the bits are set, each worth 2^-frac: full adders, column by column. */
export function countOnes(b: NetlistBuilder, ones: readonly Net[], frac: number): Net {
  const zero = b.constant(0n, 0)
  let column = ones.map(net => b.scale(net, -frac))
  let count = zero
  while (column.length > 0) {
    const carries: Net[] = []
    while (column.length > 1) {
      const [x, y, z] = [column.shift()!, column.shift()!, column.shift() ?? zero]
      column.push(b.parity(x, y, z))
      carries.push(b.scale(b.majority(x, y, z), 1))
    }
    count = b.parity(count, column[0]!, zero)
    column = carries
  }
  return count
}
