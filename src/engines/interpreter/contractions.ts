// Contractions by an equation: every result is a sum over the settings of the letters that it lacks.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import { converted } from './conversion.ts'
import { add, type Dyadic, multiply, zero } from './dyadic.ts'
import { type InputRow, intoResult, type Operator, roleConversion, trained } from './operator.ts'
import { inOrder } from './products.ts'
import { elementAt, places } from './shapes.ts'

/** Where each letter stands. */
type Setting = ReadonlyMap<string, number>

interface Letters {
  readonly left: string
  readonly right: string
  readonly result: string
}

function lettersOf(equation: string): Letters {
  const [operands, result] = equation.split('->')
  const [left, right] = operands!.split(',')
  return { left: left!, right: right!, result: result! }
}

/** The element that a setting names, the only one along axes of one element. */
function elementUnder(operand: InputRow, letters: string, setting: Setting): Dyadic {
  const place = [...letters].map((letter, axis) => (operand.shape[axis] === 1 ? 0 : setting.get(letter)!))
  return elementAt(operand, place) ?? bug(`no element at ${place}`)
}

function* settings(letters: string, extents: ReadonlyMap<string, number>): Generator<Setting> {
  const shape = [...letters].map(letter => extents.get(letter)!)
  for (const place of places(shape)) yield new Map(place.map((at, axis) => [letters[axis]!, at]))
}

/** The pairs of factors of every result, in the order of the right operand's axes, then the left's. */
function factorsOf({ left, right, result }: Letters, a: InputRow, b: InputRow) {
  const extents = new Map<string, number>()
  for (const [letters, { shape }] of [
    [left, a],
    [right, b],
  ] as const)
    for (const [axis, letter] of [...letters].entries())
      extents.set(letter, Math.max(shape[axis]!, extents.get(letter) ?? 1))
  const summed = [...new Set(right + left)].filter(letter => !result.includes(letter)).join('')
  return [...settings(result, extents)].map(outer => ({
    setting: outer,
    factors: [...settings(summed, extents)].map(inner => {
      const setting = new Map([...outer, ...inner])
      return [elementUnder(a, left, setting), elementUnder(b, right, setting)] as const
    }),
  }))
}

/** The word that says how sums are taken, without case and underscores. */
function strategyOf({ node }: Operator): string {
  return String(node.choices.Strategy ?? 'Latency')
    .toLowerCase()
    .replaceAll('_', '')
}

const exactStrategies = ['da', 'distributedarithmetic']

export function einsum(op: Operator, equation: string): readonly bigint[] {
  const [a, b] = op.inputs as readonly [InputRow, InputRow]
  const exact = exactStrategies.includes(strategyOf(op))
  const step = (sum: Dyadic) => (exact ? sum : converted(sum, roleConversion(op, 'accum')))
  const sums = factorsOf(lettersOf(equation), a, b).map(({ factors }) =>
    factors.reduce((sum, [x, y]) => step(add(sum, multiply(x, y))), zero),
  )
  return intoResult(op, sums)
}

export function einsumDense(
  op: Operator,
  { equation, kernel: shape }: { readonly equation: string; readonly kernel: Shape },
): readonly bigint[] {
  const letters = lettersOf(equation)
  const kernel = { x: trained(op, 'weight') ?? bug(`${op.node.name} has no weights`), shape }
  const biases = trained(op, 'bias')
  const biasShape = op.graph.store.get(op.node.weights.bias ?? '')?.shape ?? []
  const sums = factorsOf(letters, op.inputs[0]!, kernel).map(({ setting, factors }) => {
    const bias =
      biases === undefined ? zero : elementUnder({ x: biases, shape: biasShape }, letters.result, setting)
    const terms = factors.map(([x, w]) => multiply(x, w))
    if (exactStrategies.includes(strategyOf(op))) return terms.reduce(add, bias)
    const accumulator = roleConversion(op, 'accum')
    const inTurns = ['resource', 'resourceunrolled', 'unrolled'].includes(strategyOf(op))
    const reuse = inTurns ? Number(op.node.choices.ReuseFactor ?? 1) : 1
    return inOrder(terms, [...terms.keys()], reuse).reduce(
      (sum, term) => converted(add(sum, converted(term, accumulator)), accumulator),
      converted(bias, accumulator),
    )
  })
  return intoResult(op, sums)
}
