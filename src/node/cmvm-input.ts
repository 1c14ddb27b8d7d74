// What `lutra cmvm` reads: a matrix of exact weights, and the types of its inputs.

import { fail } from '../diagnostics/diagnostic.ts'
import { parsePrecision } from '../fixed/precision.ts'
import type { FixedType } from '../fixed/types.ts'
import type { NumericArray } from '../formats/numeric-array.ts'
import type { ConstantMatrix } from '../netlist/constant-matrix.ts'

/** Weights with more fraction bits are hardly meant: they come from floats that nobody has quantised. */
const mostFraction = 16

/** The table as raw integers under the fewest fraction bits. */
export function weightsOf({ shape, data }: NumericArray, place: string): ConstantMatrix {
  if (shape.length !== 2) failShape(shape, place)
  const [rows, columns] = shape as [number, number]
  let frac = 0
  data.forEach((value, k) => {
    while (!Number.isInteger(value * 2 ** frac))
      if (++frac > mostFraction) failNotExact(value, k, columns, place)
  })
  const values = data.map(value => value * 2 ** frac)
  const wide = values.findIndex(value => !Number.isSafeInteger(value))
  if (wide >= 0) failNotExact(data[wide]!, wide, columns, place)
  return { rows, columns, values, frac }
}

function failShape(shape: readonly number[], place: string): never {
  fail({
    code: 'cmvm/shape',
    place,
    problem: `the matrix has shape [${shape.join(', ')}]`,
    expected: 'two axes, inputs and outputs: y = x W',
    remedy: shape.length === 1 ? 'Give one output as w.reshape(-1, 1).' : 'Give one matrix, e.g. W[0].',
  })
}

function failNotExact(value: number, index: number, columns: number, place: string): never {
  fail({
    code: 'cmvm/not-exact',
    place: `${place}: row ${Math.floor(index / columns)}, column ${index % columns}, counted from 0`,
    problem: `the weight is ${value}`,
    expected: `integers, or multiples of 2^-${mostFraction}, of at most 53 bits`,
    remedy: 'Quantise the matrix first, e.g. np.round(W * 2**6) / 2**6.',
  })
}

const widestInput = 128

/** One type for all inputs, or a type for each: `int<8>`, `fixed<8,3>,ufixed<4,4>`. */
export function inputTypesOf(text: string, inputs: number): FixedType[] {
  const parts = text.split(/,(?![^<]*>)/)
  const types = parts.map(part => inputTypeOf(part.trim()))
  if (types.length === 1) return Array.from({ length: inputs }, () => types[0]!)
  if (types.length === inputs) return types
  fail({
    code: 'cmvm/input-count',
    place: '--input',
    problem: `${types.length} types for ${inputs} inputs`,
    expected: `one for all, or ${inputs}`,
    remedy: 'The matrix has a row per input.',
  })
}

/** The set of values that the spelling names; how values came into it plays no part here. */
function inputTypeOf(text: string): FixedType {
  const precision = parsePrecision(text, '--input')
  const type = precision.kind === 'fixed' && precision.xnor !== true ? precision.conversion.to : undefined
  if (type !== undefined && type.width <= widestInput && Math.abs(type.frac) <= widestInput) return type
  fail({
    code: 'cmvm/input-type',
    place: '--input',
    problem: `'${text}' is no type of an input`,
    expected: `a fixed-point or integer type of at most ${widestInput} bits, the point at most ${widestInput} bits away`,
    remedy: 'E.g. int<8>, or fixed<8,3>.',
  })
}
