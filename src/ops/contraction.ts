// Contractions of two operands, written as numpy's einsum: `ij,jk->ik`. A letter is an axis; axes of one element
// repeat. A letter that the result lacks is summed over. In the order of hls4ml's einsum_utils.py: axes that both
// operands and the result have (in place), those of one operand alone, and the summed ones, by their place in the
// right operand.

import { fail } from '../diagnostics/diagnostic.ts'
import { type Shape, sizeOf } from '../ir/tensor-type.ts'

/** An axis name per axis, of both operands and the result. */
export interface Equation {
  readonly left: string
  readonly right: string
  readonly result: string
}

/** A tensor seen through its axis letters. */
export interface Operand {
  readonly letters: string
  readonly shape: Shape
}

export interface Contraction {
  readonly left: Operand
  readonly right: Operand
  readonly result: Operand
  /** Axes that the operands share and the result keeps. */
  readonly inPlace: string
  /** Axes of the result that only the left, or only the right operand has. */
  readonly leftOnly: string
  readonly rightOnly: string
  /** What is summed over, outermost first. */
  readonly summed: string
  /** Products of one sum. */
  readonly terms: number
  readonly extents: ReadonlyMap<string, number>
}

const form = /^([a-zA-Z]*),([a-zA-Z]*)->([a-zA-Z]*)$/

/** The parts of an equation of letters without spaces or dots; undefined where it is none. */
function parseEquation(equation: string): Equation | undefined {
  const [, left, right, result] = form.exec(equation) ?? []
  if (left === undefined || right === undefined || result === undefined) return undefined
  const repeats = [left, right, result].some(letters => new Set(letters).size < letters.length)
  const known = new Set(left + right)
  if (repeats || [...result].some(letter => !known.has(letter))) return undefined
  return { left, right, result }
}

/** The contraction of two shapes; fails where the equation is none, or the shapes do not fit it. */
export function contractionOf(equation: string, left: Shape, right: Shape, name: string): Contraction {
  const parts = parseEquation(equation)
  if (parts === undefined) return refuseEquation(equation, name)
  const operands = {
    left: { letters: parts.left, shape: left },
    right: { letters: parts.right, shape: right },
  }
  const extents = extentsOf(operands.left, operands.right)
  if (extents === undefined) return refuseShapes(equation, left, right, name)
  const own = [effective(operands.left, extents), effective(operands.right, extents)] as const
  const kept = new Set(parts.result)
  const both = [...parts.right].filter(letter => own[0].has(letter) && own[1].has(letter))
  const alone = (letters: string, side: 0 | 1) =>
    [...letters].filter(
      letter => kept.has(letter) && !(own[0].has(letter) && own[1].has(letter)) && own[side].has(letter),
    )
  const all = parts.right + [...parts.left].filter(letter => !parts.right.includes(letter)).join('')
  const summed = [...all].filter(letter => !kept.has(letter)).join('')
  return {
    ...operands,
    result: { letters: parts.result, shape: [...parts.result].map(letter => extents.get(letter)!) },
    inPlace: both.filter(letter => kept.has(letter)).join(''),
    leftOnly: alone(parts.left, 0).join(''),
    rightOnly: alone(parts.right, 1).join(''),
    summed,
    terms: sizeOf([...summed].map(letter => extents.get(letter)!)),
    extents,
  }
}

/** Flat index in the operand's tensor, for every setting of `letters` in row-major order. */
export function offsetsOf(
  { letters: own, shape }: Operand,
  letters: string,
  extents: ReadonlyMap<string, number>,
): readonly number[] {
  const stride = (letter: string) => {
    const axis = own.indexOf(letter)
    return axis < 0 || shape[axis] === 1 ? 0 : sizeOf(shape.slice(axis + 1))
  }
  let offsets = [0]
  for (const letter of letters) {
    const step = stride(letter)
    const along = Array.from({ length: extents.get(letter)! }, (_, at) => at * step)
    offsets = offsets.flatMap(base => along.map(offset => base + offset))
  }
  return offsets
}

/** Which elements make the results: term t of result k multiplies element left.outer[k] + left.inner[t] by right's. */
export interface ElementPairs {
  readonly left: PairSide
  readonly right: PairSide
}

export interface PairSide {
  readonly outer: readonly number[]
  readonly inner: readonly number[]
}

export function elementPairs({ left, right, result, summed, extents }: Contraction): ElementPairs {
  const side = (operand: Operand): PairSide => ({
    outer: offsetsOf(operand, result.letters, extents),
    inner: offsetsOf(operand, summed, extents),
  })
  return { left: side(left), right: side(right) }
}

/** Extent of every letter; undefined where ranks or extents do not match. */
function extentsOf(...operands: readonly Operand[]): ReadonlyMap<string, number> | undefined {
  const extents = new Map<string, number>()
  for (const { letters, shape } of operands) {
    if (letters.length !== shape.length) return undefined
    for (const [axis, letter] of [...letters].entries()) {
      const [known, own] = [extents.get(letter) ?? 1, shape[axis]!]
      if (known !== own && known !== 1 && own !== 1) return undefined
      extents.set(letter, own === 1 ? known : own)
    }
  }
  return extents
}

/** Letters along which the operand's elements differ. */
function effective({ letters, shape }: Operand, extents: ReadonlyMap<string, number>): ReadonlySet<string> {
  return new Set(
    [...letters].filter((letter, axis) => shape[axis] === extents.get(letter) && shape[axis] !== 1),
  )
}

function refuseEquation(equation: string, name: string): never {
  return fail({
    code: 'graph/einsum-equation',
    place: `layer '${name}'`,
    problem: `its equation is '${equation}'`,
    expected:
      "two operands and a result of letters, as in 'ij,jk->ik', none twice in an operand, and those of the result among the operands'",
    remedy: 'Write the sum over a diagonal, or of more than two tensors, as layers of its own.',
  })
}

function refuseShapes(equation: string, left: Shape, right: Shape, name: string): never {
  return fail({
    code: 'graph/einsum-shapes',
    place: `layer '${name}'`,
    problem: `it contracts [${left.join(', ')}] and [${right.join(', ')}] by '${equation}'`,
    expected: 'an axis per letter, and one extent (or 1) wherever a letter stands',
  })
}
