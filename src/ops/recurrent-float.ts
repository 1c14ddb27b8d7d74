// The float meaning of recurrent layers, step by step.

import { bug } from '../diagnostics/diagnostic.ts'
import { sizeOf } from '../ir/tensor-type.ts'
import type { FloatOp } from './definition.ts'
import { convertedNumber, gateMeaning, lineMeaning, textConversion } from './gates.ts'
import { type CellAttrs, type CellLines, cellLines, gateCount, stateCount } from './recurrent-cell.ts'
import type { SequenceAttrs } from './recurrent-shape.ts'

/** What `evaluate` makes of every sequence of its own, one behind the other; of all together where there is but one. */
export function evaluateSequences(
  op: FloatOp<unknown>,
  inputs: readonly Float64Array[],
  { perStep }: Pick<SequenceAttrs, 'perStep'>,
  evaluate: (op: FloatOp<unknown>, inputs: readonly Float64Array[]) => Float64Array,
): Float64Array {
  if (!perStep) return evaluate(op, inputs)
  const shape = op.inputs[0]!.slice(1)
  const one = { ...op, inputs: [shape], shape: op.shape.slice(1) }
  const size = sizeOf(shape)
  const results = Array.from({ length: op.inputs[0]![0]! }, (_, k) =>
    evaluate(one, [inputs[0]!.subarray(k * size, (k + 1) * size)]),
  )
  return Float64Array.from(results.flatMap(result => [...result]))
}

/** What `recurrentShape` says, from the input and the states to begin with; weights' roles begin with `prefix`. */
export function evaluateSequence(
  op: FloatOp<unknown>,
  [x, ...initial]: readonly Float64Array[],
  attrs: CellAttrs & SequenceAttrs,
  prefix = '',
): Float64Array {
  const { cell, units, returnSequences, goBackwards } = attrs
  const [steps, features] = op.inputs[0]!
  let states: readonly Float64Array[] =
    initial.length > 0 ? initial : [new Float64Array(units), new Float64Array(units)]
  const outputs: Float64Array[] = []
  for (let step = 0; step < steps!; step++) {
    const at = goBackwards ? steps! - 1 - step : step
    const own = x!.subarray(at * features!, (at + 1) * features!)
    states = cellStep({ op, attrs, prefix }, own, states)
    if (returnSequences || step === steps! - 1) outputs.push(states[0]!)
  }
  if (goBackwards && attrs.keepsOrder) outputs.reverse()
  const rows = [...outputs, ...(attrs.returnState ? states.slice(0, stateCount(cell)) : [])]
  return Float64Array.from(rows.flatMap(row => [...row]))
}

/** A layer of one cell over its sequence, or its sequences. */
export function evaluateCell(
  op: FloatOp<unknown>,
  inputs: readonly Float64Array[],
  attrs: CellAttrs & SequenceAttrs,
): Float64Array {
  return evaluateSequences(op, inputs, attrs, (own, values) => evaluateSequence(own, values, attrs))
}

interface FloatCell {
  readonly op: FloatOp<unknown>
  readonly attrs: CellAttrs
  readonly prefix: string
}

function cellStep(cell: FloatCell, x: Float64Array, states: readonly Float64Array[]): Float64Array[] {
  const { attrs } = cell
  const [h, s] = states as [Float64Array, Float64Array]
  const type = textConversion(attrs.within?.state)
  const multiplied = type === undefined ? h : h.map(value => convertedNumber(value, type))
  if (attrs.cell === 'lstm') return lstmStep(cell, x, multiplied, s)
  if (attrs.cell === 'gru') return [gruStep(cell, x, h, multiplied)]
  const recurrent = products(cell, multiplied, 'recurrent_weight', 'recurrent_bias')
  const [activation] = functionsOf(attrs)
  return [products(cell, x, 'weight', 'bias').map((sum, k) => activation(sum + recurrent[k]!))]
}

/** The activation, then that of the gates. */
function functionsOf(attrs: CellAttrs): readonly [(x: number) => number, (x: number) => number] {
  const lines = cellLines(attrs)
  const meaningOf = (which: keyof CellLines) => {
    const line = lines[which]
    return line === undefined ? gateMeaning(attrs[which]) : lineMeaning(line)
  }
  return [meaningOf('activation'), meaningOf('recurrentActivation')]
}

/** s = c·i + s·f, h = o·act(s). */
function lstmStep(cell: FloatCell, x: Float64Array, h: Float64Array, s: Float64Array): Float64Array[] {
  const { units } = cell.attrs
  const recurrent = products(cell, h, 'recurrent_weight', 'recurrent_bias')
  const sums = products(cell, x, 'weight', 'bias').map((sum, k) => sum + recurrent[k]!)
  const [squash, gate] = functionsOf(cell.attrs)
  const state = s.map(
    (old, k) => squash(sums[2 * units + k]!) * gate(sums[k]!) + old * gate(sums[units + k]!),
  )
  return [state.map((own, k) => gate(sums[3 * units + k]!) * squash(own)), state]
}

/** h = (1 − z)·candidate + z·h, with h as kernels multiply it in the products. */
function gruStep(cell: FloatCell, x: Float64Array, h: Float64Array, multiplied: Float64Array): Float64Array {
  const { units, resetAfter } = cell.attrs
  const [squash, gate] = functionsOf(cell.attrs)
  const fromInput = products(cell, x, 'weight', 'bias')
  const fromState = products(cell, multiplied, 'recurrent_weight', 'recurrent_bias')
  const at = (place: number, k: number) => place * units + k
  const [z, r] = [0, 1].map(place =>
    h.map((_, k) => gate(fromInput[at(place, k)]! + fromState[at(place, k)]!)),
  ) as [Float64Array, Float64Array]
  const reset = resetAfter
    ? r.map((own, k) => own * fromState[at(2, k)]!)
    : products(
        cell,
        r.map((own, k) => own * multiplied[k]!),
        'recurrent_weight',
        'recurrent_bias',
      ).subarray(2 * units)
  return h.map((old, k) => (1 - z[k]!) * squash(fromInput[at(2, k)]! + reset[k]!) + z[k]! * old)
}

function products(
  { op, attrs, prefix }: FloatCell,
  x: Float64Array,
  kernelRole: string,
  biasRole: string,
): Float64Array {
  const { data: kernel } = op.weight(prefix + kernelRole) ?? bug(`${op.name} lacks ${prefix}${kernelRole}`)
  const bias = op.weight(prefix + biasRole)?.data
  const columns = gateCount[attrs.cell] * attrs.units
  return Float64Array.from({ length: columns }, (_, column) => {
    let sum = bias?.[column] ?? 0
    for (let row = 0; row < x.length; row++) sum += x[row]! * kernel[row * columns + column]!
    return sum
  })
}
