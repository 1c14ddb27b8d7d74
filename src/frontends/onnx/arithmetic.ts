// Functions of one tensor: of constants, computed at once as exporters write them around shapes and scales; of computed
// tensors those that a scale says.

import { readMergeOf } from './merges.ts'
import type { Constant, NodeContext, NodeMeaning, NodeReader } from './node.ts'
import { readMerge } from './scales.ts'

const functions = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Exp: Math.exp,
  Floor: Math.floor,
  Log: Math.log,
  Neg: (x: number) => -x,
  Reciprocal: (x: number) => 1 / x,
  Round: halfEven,
  Sqrt: Math.sqrt,
} as const

/** To the nearest whole number, ties to the even one. */
function halfEven(x: number): number {
  const low = Math.floor(x)
  const above = x - low
  return above > 0.5 || (above === 0.5 && low % 2 !== 0) ? low + 1 : low
}

type ConstantFunction = keyof typeof functions

/** Of constants only. */
export const readOfConstant =
  (name: ConstantFunction): NodeReader =>
  context => {
    const [x] = context.inputs
    if (x === undefined) return undefined
    return x.kind === 'constant' ? computed(x, functions[name]) : refuseComputed(context)
  }

/** 0 − x. */
export const readNeg: NodeReader = context => {
  const [x] = context.inputs
  if (x?.kind !== 'computed') return x && computed(x, functions.Neg)
  const zero: Constant = { kind: 'constant', values: { shape: [1], data: Float64Array.of(0) } }
  return readMerge('subtract', readMergeOf('subtract'))({ ...context, inputs: [zero, x] })
}

/** Squares, and powers of constants by a constant. */
export const readPow: NodeReader = context => {
  const [x, exponent] = context.inputs
  if (x === undefined || exponent === undefined) return undefined
  const power =
    exponent.kind === 'constant' && exponent.values.data.length === 1 ? exponent.values.data[0]! : undefined
  if (power !== undefined && x.kind === 'constant') return computed(x, value => value ** power)
  if (power === 1) return { same: x }
  if (power === 2) return readMergeOf('multiply')({ ...context, inputs: [x, x] })
  return refuseComputed(context)
}

function computed({ values: { shape, data } }: Constant, of: (x: number) => number): NodeMeaning {
  return {
    constant: { kind: 'constant', values: { shape, data: data.map(value => Math.fround(of(value))) } },
  }
}

const expectations: Readonly<Record<string, string>> = {
  Pow: 'squares, or a constant',
  Floor: 'a constant, or a Clip beside it that says how many bits the whole numbers have',
  Round: 'a constant, or a Clip beside it that says how many bits the whole numbers have',
}

function refuseComputed({ place, problems, node }: NodeContext): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: `${node.type} of what is computed has no operator`,
    expected: expectations[node.type] ?? 'a constant',
    remedy: 'Replace it, or write an operator for it (docs/own-operators.md).',
  })
  return undefined
}
