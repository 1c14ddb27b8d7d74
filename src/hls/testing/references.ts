// What the C++ kernels must compute, told a second time in bigint, one value at a time and without sharing code with
// them. A value travels as raw and frac; `store` is the only place where bits go.
import { convertRaw } from '../../fixed/convert.ts'
import type { Conversion } from '../../fixed/types.ts'

/** Raw integers under one frac. */
export interface Values {
  readonly raws: readonly bigint[]
  readonly frac: number
}

export interface DenseReference {
  readonly inputs: number
  readonly outputs: number
  /** [inputs][outputs]. */
  readonly weights: Values
  readonly bias: Values
  readonly accumulator: Conversion
  readonly result: Conversion
  /** Order of the inputs; ascending when absent. */
  readonly order?: readonly number[]
}

export function dense(x: Values, d: DenseReference): Values {
  const order = d.order ?? Array.from({ length: d.inputs }, (_, k) => k)
  const raws = Array.from({ length: d.outputs }, (_, out) => {
    let sum = convertRaw(d.bias.raws[out]!, d.bias.frac, d.accumulator)
    for (const k of order) {
      const product = x.raws[k]! * d.weights.raws[k * d.outputs + out]!
      const stored = convertRaw(product, x.frac + d.weights.frac, d.accumulator)
      sum = convertRaw(sum + stored, d.accumulator.to.frac, d.accumulator)
    }
    return convertRaw(sum, d.accumulator.to.frac, d.result)
  })
  return { raws, frac: d.result.to.frac }
}

export interface ConvReference {
  /** [height, width, channels] of the image. */
  readonly image: readonly [number, number, number]
  readonly filter: readonly [number, number]
  readonly stride: readonly [number, number]
  /** Zeros before the first row and column. */
  readonly before: readonly [number, number]
  readonly output: readonly [number, number]
  readonly window: DenseReference
}

export function conv2d(x: Values, c: ConvReference): Values {
  const [height, width, channels] = c.image
  const raws: bigint[] = []
  for (let top = 0; top < c.output[0]; top++) {
    for (let left = 0; left < c.output[1]; left++) {
      const patch: bigint[] = []
      for (let row = 0; row < c.filter[0]; row++) {
        for (let column = 0; column < c.filter[1]; column++) {
          const y = top * c.stride[0] + row - c.before[0]
          const z = left * c.stride[1] + column - c.before[1]
          const inside = y >= 0 && y < height && z >= 0 && z < width
          for (let k = 0; k < channels; k++) patch.push(inside ? x.raws[(y * width + z) * channels + k]! : 0n)
        }
      }
      raws.push(...dense({ raws: patch, frac: x.frac }, c.window).raws)
    }
  }
  return { raws, frac: c.window.result.to.frac }
}

export interface TableReference {
  readonly values: readonly bigint[]
  readonly frac: number
  /** The table spans `range` around 0. */
  readonly range: number
}

/** Entry of a table at clamp(trunc(x · size / range) + offset), truncating toward zero as bigint division does. */
export function entry(table: TableReference, raw: bigint, frac: number, offset: number): bigint {
  const size = table.values.length
  const scaled = raw * BigInt(size)
  const divisor = BigInt(table.range) << BigInt(Math.max(frac, 0))
  const steps = Number((frac < 0 ? scaled << BigInt(-frac) : scaled) / divisor) + offset
  return table.values[Math.min(Math.max(steps, 0), size - 1)]!
}

export interface LstmReference {
  readonly inputs: number
  readonly units: number
  readonly kernel: DenseReference
  readonly recurrent: DenseReference
  readonly accumulator: Conversion
  readonly state: Conversion
  readonly gate: TableReference
  readonly cell: TableReference
}

/** One step; h and s as raws of the state type. */
export function lstmStep(x: Values, h: readonly bigint[], s: readonly bigint[], l: LstmReference) {
  const [acc, state, n] = [l.accumulator, l.state, l.units]
  const fromInput = dense(x, l.kernel).raws
  const fromState = dense({ raws: h, frac: state.to.frac }, l.recurrent).raws
  const gate = (which: number, unit: number): bigint => {
    const at = which * n + unit
    const sum = convertRaw(fromInput[at]! + fromState[at]!, acc.to.frac, acc)
    return activate(which === 2 ? l.cell : l.gate, sum, acc.to.frac, acc)
  }
  const cells = s.map((old, k) => {
    const [fresh, kept] = [gate(2, k) * gate(0, k), old * gate(1, k)]
    const [freshFrac, keptFrac] = [2 * acc.to.frac, state.to.frac + acc.to.frac]
    const frac = Math.max(freshFrac, keptFrac)
    const sum = (fresh << BigInt(frac - freshFrac)) + (kept << BigInt(frac - keptFrac))
    return convertRaw(sum, frac, state)
  })
  const outputs = cells.map((cell, k) => {
    const squashed = activate(l.cell, cell, state.to.frac, acc)
    return convertRaw(gate(3, k) * squashed, 2 * acc.to.frac, state)
  })
  return { h: outputs, s: cells }
}

function activate(table: TableReference, raw: bigint, frac: number, into: Conversion): bigint {
  return convertRaw(entry(table, raw, frac, table.values.length / 2), table.frac, into)
}

export interface SoftmaxReference {
  readonly exp: readonly bigint[]
  readonly expType: Conversion
  readonly inverse: readonly bigint[]
  readonly inverseType: Conversion
  readonly accumulator: Conversion
  readonly inverseInput: Conversion
  readonly difference: Conversion
  readonly inputType: Conversion
  readonly result: Conversion
}

export type SoftmaxForm = 'stable' | 'latency' | 'argmax' | 'legacy'

export function softmax(x: readonly bigint[], form: SoftmaxForm, s: SoftmaxReference): bigint[] {
  if (form === 'argmax') {
    const first = x.indexOf(x.reduce((a, b) => (b > a ? b : a)))
    return x.map((_, k) => convertRaw(k === first ? 1n : 0n, 0, s.result))
  }
  return form === 'legacy' ? legacy(x, s) : tabled(x, form, s)
}

function tabled(x: readonly bigint[], form: SoftmaxForm, s: SoftmaxReference): bigint[] {
  const largest = x.reduce((a, b) => (b > a ? b : a))
  const addressed = form === 'stable' ? s.difference : s.inputType
  const exps = x.map(raw => {
    const at = form === 'stable' ? convertRaw(largest - raw, s.inputType.to.frac, s.difference) : raw
    return convertRaw(s.exp[topBits(at, addressed.to.width, s.exp.length)]!, s.expType.to.frac, s.accumulator)
  })
  const sum = convertRaw(treeSum(exps, s.accumulator), s.accumulator.to.frac, s.inverseInput)
  const inverse = s.inverse[topBits(sum, s.inverseInput.to.width, s.inverse.length)]!
  return exps.map(e => convertRaw(e * inverse, s.accumulator.to.frac + s.inverseType.to.frac, s.result))
}

function topBits(raw: bigint, width: number, size: number): number {
  return Number(BigInt.asUintN(width, raw) >> BigInt(width - Math.ceil(Math.log2(size))))
}

function treeSum(raws: readonly bigint[], c: Conversion): bigint {
  if (raws.length === 1) return raws[0]!
  const left = 2 ** Math.ceil(Math.log2(raws.length) - 1)
  return convertRaw(treeSum(raws.slice(0, left), c) + treeSum(raws.slice(left), c), c.to.frac, c)
}

function legacy(x: readonly bigint[], s: SoftmaxReference): bigint[] {
  const type = s.expType
  const exp: TableReference = { values: s.exp, frac: type.to.frac, range: 16 }
  const inverse: TableReference = { values: s.inverse, frac: s.inverseType.to.frac, range: 64 }
  return x.map((own, i) => {
    const sum = x.reduce((total, other, j) => {
      const term =
        i === j ? convertRaw(1n, 0, type) : entry(exp, other - own, s.inputType.to.frac, s.exp.length / 2)
      return convertRaw(total + term, type.to.frac, type)
    }, 0n)
    return convertRaw(entry(inverse, sum, type.to.frac, 0), s.inverseType.to.frac, s.result)
  })
}
