// What a contraction with a constant kernel is, and the dense layers that it consists of.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Conversion } from '../../fixed/types.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import { type Contraction, contractionOf, offsetsOf } from '../contraction.ts'
import type { RawValues, TypedOp } from '../definition.ts'
import { strategyOf } from '../strategy.ts'

export interface EinsumDenseAttrs {
  /** Over the axes of one sample, the input's, the kernel's and the result's, e.g. `ab,bcd->acd`. */
  readonly equation: string
  /** Shape of the kernel. */
  readonly kernel: Shape
}

/**
 * A dense layer over some rows of the input. There is one per place along the axes that input and kernel share and the
 * result keeps, and along those of the input by which biases differ.
 */
export interface DensePart {
  readonly rows: number
  readonly terms: number
  readonly columns: number
  /** Flat index in the input by row and term, in the kernel by term and column, in the result by row and column. */
  readonly input: readonly number[]
  readonly kernel: readonly number[]
  readonly result: readonly number[]
  /** Flat index in the biases by column. */
  readonly bias: readonly number[]
}

export function contractionWith(attrs: EinsumDenseAttrs, input: Shape, name: string): Contraction {
  return contractionOf(attrs.equation, input, attrs.kernel, name)
}

/** The dense layers; `bias` is the biases' shape, which broadcasts over the result's, with as many axes. */
export function denseParts(contraction: Contraction, bias: Shape | undefined): readonly DensePart[] {
  const { left, right, result, inPlace, leftOnly, rightOnly, summed, extents } = contraction
  const biases = { letters: result.letters, shape: bias ?? result.shape.map(() => 1) }
  const ownBias = (letter: string) => biases.shape[result.letters.indexOf(letter)] !== 1
  const apart = inPlace + [...leftOnly].filter(ownBias).join('')
  const rows = [...leftOnly].filter(letter => !ownBias(letter)).join('')
  const offsets = (operand: Contraction['left'], letters: string) => offsetsOf(operand, letters, extents)
  const all = {
    x: [offsets(left, apart), cross(offsets(left, rows), offsets(left, summed))],
    kernel: [offsets(right, apart), cross(offsets(right, summed), offsets(right, rightOnly))],
    result: [offsets(result, apart), cross(offsets(result, rows), offsets(result, rightOnly))],
    bias: [offsets(biases, apart), offsets(biases, rightOnly)],
  } as const
  const from = ([bases, own]: (typeof all)['x'], part: number) => own.map(offset => bases[part]! + offset)
  const columns = offsets(result, rightOnly).length
  return all.x[0].map((_, part) => ({
    rows: offsets(result, rows).length,
    terms: contraction.terms,
    columns,
    input: from(all.x, part),
    kernel: from(all.kernel, part),
    result: from(all.result, part),
    bias: from(all.bias, part),
  }))
}

/** Every sum of one of each. */
function cross(outer: readonly number[], inner: readonly number[]): readonly number[] {
  return outer.flatMap(base => inner.map(offset => base + offset))
}

export function partsOfOp(op: TypedOp<EinsumDenseAttrs>): readonly DensePart[] {
  return denseParts(contractionWith(op.attrs, op.inputs[0]!.shape, op.name), op.weight('bias')?.shape)
}

/** One part's kernel as a matrix of terms and columns, and its biases. */
export function partValues(
  part: DensePart,
  weight: RawValues,
  bias: RawValues | undefined,
): { readonly weight: RawValues; readonly bias: RawValues | undefined } {
  const pick = (values: RawValues, shape: Shape, index: readonly number[]): RawValues => ({
    ...values,
    shape,
    raw: index.map(at => values.raw[at]!),
  })
  return {
    weight: pick(weight, [part.terms, part.columns], part.kernel),
    bias: bias && pick(bias, [part.columns], part.bias),
  }
}

export function weightOf(op: TypedOp<EinsumDenseAttrs>): RawValues {
  return op.weight('weight') ?? bug(`${op.name} lacks weights`)
}

/** What every sum is cut to; distributed arithmetic ignores the accumulator: its sums are exact. */
export function accumulatorOf(op: TypedOp<EinsumDenseAttrs>): Conversion | undefined {
  return strategyOf(op.choices.Strategy) === 'distributed-arithmetic' ? undefined : op.conversion('accum')
}
