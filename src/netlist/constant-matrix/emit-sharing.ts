// Shared nodes as operations of the graph, and what is left of each output as terms to add.
//
// A difference may be built either way round, a − b or b − a, at the same cost. That is used where an output would
// otherwise hold negative terms only and its sum would have to be negated.

import { type Draft, joinTerms, type Term } from './draft.ts'
import type { Pattern } from './pattern-table.ts'
import { canonicalDigits } from './recodings.ts'
import { coefficient, type Sharing } from './sharing.ts'

/** `sources[k]` is what the state's source k stands for. Returns the terms of every output. */
export function emitSharing(draft: Draft, state: Sharing, sources: readonly Term[]): Term[][] {
  const flipped = chooseFlips(state)
  const built: (Term | undefined)[] = [...sources]
  const build = (node: number): Term => {
    const known = built[node]
    if (known !== undefined) return known
    const { first, second, shift, same } = state.definitions[node]!
    const term = joinTerms(draft, build(first), scaled(build(second), shift, !same), flipped.has(node))
    built[node] = term
    return term
  }
  return state.active.map((_, output) =>
    digitsOf(state, output).map(({ node, shift, negative }) => scaled(build(node), shift, negative)),
  )
}

function scaled({ node, shift, sign }: Term, more: number, negated: boolean): Term {
  return { node, shift: shift + more, sign: sign > 0 !== negated ? 1 : -1 }
}

export interface OutputDigit {
  readonly node: number
  readonly shift: number
  readonly negative: boolean
}

/** What an output adds, by node and then upwards. */
export function digitsOf(state: Sharing, output: number): OutputDigit[] {
  const nodes = [...state.active[output]!].sort((p, q) => p - q)
  return nodes.flatMap(node =>
    canonicalDigits(coefficient(state, node, output)).map(digit => ({
      node,
      shift: digit >> 1,
      negative: (digit & 1) === 1,
    })),
  )
}

/** Differences to build the other way round, so that fewer outputs are sums of negative terms only. */
function chooseFlips(state: Sharing): Set<number> {
  const flipped = new Set<number>()
  let negative = negativeOutputs(state, flipped)
  for (const output of negative)
    for (const node of state.active[output]!) {
      if (node < state.sources || !negative.includes(output)) continue
      flipped.add(node)
      const now = negativeOutputs(state, flipped)
      if (now.length < negative.length) negative = now
      else flipped.delete(node)
    }
  return flipped
}

/** Outputs all of whose terms come out negative. */
function negativeOutputs(state: Sharing, flipped: ReadonlySet<number>): number[] {
  const known: (boolean | undefined)[] = []
  const isNegative = (node: number): boolean => {
    if (node < state.sources) return false
    known[node] ??= differenceIsNegative(state.definitions[node]!, isNegative, flipped.has(node))
    return known[node]
  }
  const outputs = state.active.map((_, output) => output)
  return outputs.filter(output => {
    const digits = digitsOf(state, output)
    return digits.length > 0 && digits.every(({ node, negative }) => isNegative(node) !== negative)
  })
}

function differenceIsNegative(
  { first, second, same }: Pattern,
  isNegative: (node: number) => boolean,
  flip: boolean,
): boolean {
  const a = isNegative(first)
  return a === (isNegative(second) === same) ? a : flip
}
