// Contractions as ONNX's MatMul, where they are one, or Einsum.

import type { AttrsOf } from '../../ops/index.ts'
import { type Emission, type Emitted, last } from './emission.ts'

/** Axis letters of both operands and the result. */
interface Letters {
  readonly left: string
  readonly right: string
  readonly result: string
}

function lettersOf(equation: string): Letters {
  const [left = '', right = '', result = ''] = equation.split(/,|->/)
  return { left, right, result }
}

/** Whether it multiplies matrices, with the same axes before them on both sides, or with none on the right. */
function isMatMul({ left, right, result }: Letters): boolean {
  const [outer, row = '', inner = ''] = [left.slice(0, -2), left.at(-2), left.at(-1)]
  const column = right.at(-1) ?? ''
  const before = right.slice(0, -2)
  return (
    left.length >= 2 &&
    right.length >= 2 &&
    right.at(-2) === inner &&
    (before === outer || before === '') &&
    result === outer + row + column &&
    !left.includes(column) &&
    new Set(left).size === left.length
  )
}

/** A letter that the equation has not, for the batch. */
function batchLetter(equation: string): string {
  return [...'ZYXWVUTSRQPONMLKJIHGFEDCBAzyxwvutsrqponmlkjihgfedcba'].find(own => !equation.includes(own))!
}

export function einsum(emission: Emission, { equation }: AttrsOf<'einsum'>): Emitted {
  const { emitter, node } = emission
  const inputs = [emission.input(0, 'last'), emission.input(1, 'last')]
  const letters = lettersOf(equation)
  const { left, right, result } = letters
  if (left.length === right.length && isMatMul(letters))
    return last(emitter.add('MatMul', inputs, { name: node.name }))
  const batch = batchLetter(equation)
  const whole = `${batch}${left},${batch}${right}->${batch}${result}`
  return last(emitter.add('Einsum', inputs, { name: node.name, attributes: { equation: whole } }))
}

export function einsumDense(emission: Emission, { equation }: AttrsOf<'einsum-dense'>): Emitted {
  const { emitter, node } = emission
  const [x, weight, bias] = [emission.input(0, 'last'), emission.weight('weight')!, emission.weight('bias')]
  const name = bias === undefined ? node.name : `${node.name}_product`
  const letters = lettersOf(equation)
  const { left, right, result } = letters
  const batch = batchLetter(equation)
  const product =
    right.length === 2 && isMatMul(letters)
      ? emitter.add('MatMul', [x, weight], { name })
      : emitter.add('Einsum', [x, weight], {
          name,
          attributes: { equation: `${batch}${left},${right}->${batch}${result}` },
        })
  return last(bias === undefined ? product : emitter.add('Add', [product, bias], { name: node.name }))
}
