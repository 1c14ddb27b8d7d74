// Contractions: products of two computed tensors, and with constants of more axes than a matrix has.

import { contractionOf } from '../../ops/contraction.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { matmulEquation, sampleEquation, spelledEquation } from '../einsum-equation.ts'
import type { Computed, Constant, Draft, NodeContext, NodeMeaning, NodeReader, Operand } from './node.ts'

/** Any equation of one or two operands. */
export const readEinsum: NodeReader = context => {
  const equation = context.attributes.text('equation', '')
  const operands = context.inputs.filter(operand => operand !== undefined)
  const [first, second = one] = operands
  if (first === undefined || operands.length > 2) {
    return refuse(context, `it contracts ${operands.length} tensors`, 'one tensor, or two', twoByTwo)
  }
  // A tensor alone is summed, or its axes are exchanged: as by a factor of 1 for all.
  const whole = operands.length === 1 ? equation.replace(/->|$/, ',$&') : equation
  return contraction(context, whole, first, second)
}

const twoByTwo = 'Contract two tensors at a time.'

const one: Constant = { kind: 'constant', values: { shape: [], data: Float64Array.of(1) } }

/** numpy's matmul, but for a computed tensor times a constant matrix, which is a dense layer. */
export const readTensorProduct: NodeReader = context => {
  const [left, right] = context.inputs
  if (left === undefined || right === undefined) return undefined
  const [a, b] = [rankOf(left), rankOf(right)]
  // numpy gives a vector an axis of one element, and takes it away again.
  if (a >= 2 && b >= 2) return contraction(context, matmulEquation(a, b), left, right)
  const pair = matmulEquation(Math.max(a, 2), Math.max(b, 2))
  const equation =
    a < 2 ? pair.replace('ik,', 'k,').replace(/ij$/, 'j') : pair.replace('kj->', 'k->').replace(/ij$/, 'i')
  if (a < 1 || b < 1 || (a < 2 && b < 2))
    return refuse(
      context,
      'it multiplies a scalar, or two vectors',
      'matrices',
      'Write it as Mul or ReduceSum.',
    )
  return contraction(context, equation, left, right)
}

/** Axes, the batch's among them. */
function rankOf(operand: Operand): number {
  return operand.kind === 'computed' ? operand.shape.length + 1 : operand.values.shape.length
}

function contraction(
  context: NodeContext,
  equation: string,
  left: Operand,
  right: Operand,
): NodeMeaning | undefined {
  const spelled = spelledEquation(equation, [rankOf(left), rankOf(right)])
  const sample =
    spelled &&
    sampleEquation(
      spelled,
      [left, right].map(({ kind }) => kind === 'computed'),
    )
  if (sample === undefined) {
    return refuse(
      context,
      `${context.node.type} of the ranks ${rankOf(left)} and ${rankOf(right)} by '${equation}' mixes rows`,
      'the batch as the first axis of the result and of all that is computed',
      'Put the batch axis first, and keep it.',
    )
  }
  const [a, b] = [left, right].map((operand, k) => perSample(operand, sample.leavesOut[k]!))
  if (a === undefined || b === undefined) {
    const problem = 'a constant has values for each row of a batch'
    return refuse(context, problem, 'one element along the batch axis', 'Export the model with a batch of 1.')
  }
  if (a.kind === 'computed') {
    const draft =
      b.kind === 'computed'
        ? einsum(context, sample.equation, a, b)
        : einsumDense(context, sample.equation, a, b)
    return { drafts: [draft] }
  }
  if (b.kind === 'computed') return { drafts: [einsumDense(context, turned(sample.equation), b, a)] }
  return refuse(context, 'both factors are constants', 'a computed tensor', 'Compute it beforehand.')
}

/** `a,b->c` as `b,a->c`. */
function turned(equation: string): string {
  return equation.replace(/^(.*),(.*)->/, '$2,$1->')
}

/** A constant without its batch axis; undefined where that has several elements. */
function perSample(operand: Operand, leavesOut: boolean): Operand | undefined {
  if (operand.kind === 'computed' || !leavesOut) return operand
  const { shape } = operand.values
  return shape[0] === 1 ? { ...operand, values: { ...operand.values, shape: shape.slice(1) } } : undefined
}

function einsum({ name }: NodeContext, equation: string, a: Computed, b: Computed): Draft {
  const { result } = contractionOf(equation, a.shape, b.shape, name)
  const inputs = [a.node, b.node]
  return { kind: 'einsum', layerClass: 'Einsum', attrs: { equation }, name, inputs, shape: result.shape }
}

function einsumDense(
  { name }: NodeContext,
  equation: string,
  x: Computed,
  { values, quantiser }: Constant,
): Draft {
  const { result } = contractionOf(equation, x.shape, values.shape, name)
  return {
    kind: 'einsum-dense',
    layerClass: 'EinsumDense',
    attrs: { equation, kernel: values.shape },
    name,
    inputs: [x.node],
    shape: result.shape,
    weights: { weight: values satisfies FloatValues },
    quantisers: quantiser ? { weight: quantiser } : {},
  }
}

function refuse(
  { place, problems }: NodeContext,
  problem: string,
  expected: string,
  remedy: string,
): undefined {
  problems.add({ code: 'onnx/operand', place, problem, expected, remedy })
  return undefined
}
