// The float meaning of an LSTM.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { FloatOp } from '../definition.ts'
import type { LstmAttrs } from './attrs.ts'
import { gates } from './gates.ts'

/** From zero states: s = c·i + s·f, h = o·act(s), step by step. */
export function evaluateLstm(op: FloatOp<LstmAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const { units, returnSequences, goBackwards } = op.attrs
  const [steps, features] = op.inputs[0]!
  let h = new Float64Array(units)
  let s = new Float64Array(units)
  const outputs: number[] = []
  for (let step = 0; step < steps!; step++) {
    const at = goBackwards ? steps! - 1 - step : step
    const x = inputs[0]!.subarray(at * features!, (at + 1) * features!)
    ;({ h, s } = lstmStep(op, x, h, s))
    if (returnSequences || step === steps! - 1) outputs.push(...h)
  }
  return Float64Array.from(outputs)
}

function lstmStep(op: FloatOp<LstmAttrs>, x: Float64Array, h: Float64Array, s: Float64Array) {
  const { units, activation, recurrentActivation } = op.attrs
  const sums = new Float64Array(4 * units)
  addProducts(op, sums, x, 'weight', 'bias')
  addProducts(op, sums, h, 'recurrent_weight', 'recurrent_bias')
  const gate = gates[recurrentActivation].meaning
  const cell = gates[activation].meaning
  const state = s.map((old, k) => {
    const [i, f] = [gate(sums[k]!), gate(sums[units + k]!)]
    return cell(sums[2 * units + k]!) * i + old * f
  })
  return { s: state, h: state.map((own, k) => gate(sums[3 * units + k]!) * cell(own)) }
}

function addProducts(
  op: FloatOp<LstmAttrs>,
  sums: Float64Array,
  x: Float64Array,
  kernelRole: string,
  biasRole: string,
): void {
  const { data: kernel } = op.weight(kernelRole) ?? bug(`${op.name} lacks ${kernelRole}`)
  const bias = op.weight(biasRole)?.data
  for (let column = 0; column < sums.length; column++) {
    sums[column]! += bias?.[column] ?? 0
    for (let row = 0; row < x.length; row++) sums[column]! += x[row]! * kernel[row * sums.length + column]!
  }
}
