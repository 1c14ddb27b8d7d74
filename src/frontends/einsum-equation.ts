// Equations of sources, which count the batch axis and may leave axes to dots, as equations over one sample.

/** Axis letters of every operand and of the result, nothing left out. */
export interface SpelledEquation {
  readonly operands: readonly string[]
  readonly result: string
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * The equation with letters for its dots, which stand for as many axes as `ranks` leave, aligned at the last, and with
 * its result, by default the letters that stand once, in order. Undefined where it does not fit the ranks.
 */
export function spelledEquation(equation: string, ranks: readonly number[]): SpelledEquation | undefined {
  const [left, stated, more] = equation.replace(/\s/g, '').split('->')
  const terms = left!.split(',')
  if (more !== undefined || terms.length !== ranks.length) return undefined
  const unused = [...letters].filter(letter => !equation.includes(letter))
  const hidden = terms.map((term, k) => (term.includes('...') ? ranks[k]! - (term.length - 3) : 0))
  const most = Math.max(...hidden)
  if (hidden.some(count => count < 0) || most > unused.length) return undefined
  const dots = unused.slice(0, most).join('')
  const spelled = (term: string, count: number) => term.replace('...', dots.slice(most - count))
  const operands = terms.map((term, k) => spelled(term, hidden[k]!))
  const fits = operands.every((own, k) => /^[a-zA-Z]*$/.test(own) && own.length === ranks[k])
  const result = stated === undefined ? dots + once(terms.join('')) : spelled(stated, most)
  return fits && /^[a-zA-Z]*$/.test(result) ? { operands, result } : undefined
}

/** Letters that stand once, in order. */
function once(all: string): string {
  const plain = all.replaceAll('...', '')
  return [...plain]
    .filter(letter => plain.split(letter).length === 2)
    .sort()
    .join('')
}

export interface SampleEquation {
  readonly equation: string
  /** By operand: whether its first axis is the batch's, which the equation leaves out. */
  readonly leavesOut: readonly boolean[]
}

/** The equation of one sample: the first axis of the result is the batch's. Undefined where it is not that of all `batched` operands. */
export function sampleEquation(
  { operands, result }: SpelledEquation,
  batched: readonly boolean[],
): SampleEquation | undefined {
  const batch = result[0]
  if (batch === undefined) return undefined
  const first = operands.map(own => own[0] === batch)
  const elsewhere = operands.some((own, k) => own.includes(batch, first[k] ? 1 : 0))
  if (elsewhere || batched.some((own, k) => own && !first[k])) return undefined
  const rest = operands.map((own, k) => (first[k] ? own.slice(1) : own))
  return { equation: `${rest.join(',')}->${result.slice(1)}`, leavesOut: first }
}

/** The equation of numpy's matmul of tensors of these ranks, 2 to 10; axes before the last two are aligned at the last. */
export function matmulEquation(left: number, right: number): string {
  const outer = 'abcdefgh'.slice(0, Math.max(left, right) - 2)
  const own = (rank: number) => outer.slice(outer.length - rank + 2)
  return `${own(left)}ik,${own(right)}kj->${outer}ij`
}
