// Verilog that an emitted module is proved equal to: W x + bias as it is written on paper, and an adder graph node by
// node. Nothing here goes through the netlist or its printer, and every sum is as wide as its result, modulo 2^width.

import type { Interval } from '../fixed/interval.ts'
import type { FixedType } from '../fixed/types.ts'
import { type AdderGraph, nodeIntervals } from '../netlist/adder-graph.ts'
import { intervalWidth } from '../netlist/netlist.ts'
import type { MatrixProblem } from './problem.ts'

/** `y_j = x_0 * w_0j + x_1 * w_1j + … + bias_j` as a module with the ports of the emitted one. */
export function plainProduct(problem: MatrixProblem, outputs: readonly FixedType[], name: string): string {
  const { weights, inputs, biases } = problem
  const slices = slicesOf(inputs)
  const sums = slicesOf(outputs).flatMap(({ low, width }, j) => {
    if (width === 0) return []
    const bias = biases?.[j] ?? { raw: 0n, frac: 0 }
    const terms = inputs.flatMap((type, i) => {
      const raw = BigInt(weights.values[i * weights.columns + j]!)
      return raw === 0n || type.width === 0 ? [] : [{ i, raw, frac: type.frac + weights.frac }]
    })
    const frac = Math.max(outputs[j]!.frac, bias.frac, ...terms.map(term => term.frac))
    const sumWidth = width + frac - outputs[j]!.frac
    const products = terms.map(
      term => `x${term.i} * ${literal(term.raw << BigInt(frac - term.frac), sumWidth)}`,
    )
    const constant = literal(bias.raw << BigInt(frac - bias.frac), sumWidth)
    return [
      `  wire signed [${sumWidth - 1}:0] s${j} = ${[...products, constant].join(' + ')};`,
      `  assign y[${low + width - 1}:${low}] = s${j}[${sumWidth - 1}:${sumWidth - width}];`,
    ]
  })
  const widest = Math.max(0, ...inputs.map(({ width }) => width))
  const elements = inputs.flatMap((type, i) =>
    type.width === 0 || widest === 0
      ? []
      : [`  wire signed [${type.width}:0] x${i} = ${extended(type, slices[i]!)};`],
  )
  return moduleText(name, inputs, outputs, [...elements, ...sums])
}

/** The element with one bit more, so that it is signed whatever its type. */
function extended({ signed }: FixedType, { low, width }: Slice): string {
  const top = signed ? `x[${low + width - 1}]` : "1'b0"
  return `{${top}, x[${low + width - 1}:${low}]}`
}

/** A graph's ops in its own order, one line each, as a module with the ports of the emitted one. */
export function plainGraph(
  graph: AdderGraph,
  inputs: readonly FixedType[],
  outputs: readonly FixedType[],
  name: string,
): string {
  const nodes = nodeIntervals(graph)
  const slices = slicesOf(inputs)
  const leaves = graph.inputs.flatMap((interval, k) => {
    const slice = slices[k]
    const value =
      slice === undefined
        ? literal(interval.min, signedWidth(interval))
        : slice.width === 0
          ? "1'b0"
          : extended(inputs[k]!, slice)
    return [`  wire signed [${signedWidth(interval) - 1}:0] n${k} = ${value};`]
  })
  const ops = graph.ops.map(({ a, b, shift, sub }, k) => {
    const node = graph.inputs.length + k
    const interval = nodes[node]!
    const first = shifted(`n${a}`, interval.frac - nodes[a]!.frac)
    const second = shifted(`n${b}`, interval.frac - nodes[b]!.frac + shift)
    return `  wire signed [${signedWidth(interval) - 1}:0] n${node} = ${first} ${sub ? '-' : '+'} ${second};`
  })
  const results = slicesOf(outputs).flatMap(({ low, width }, j) => {
    const output = graph.outputs[j]!
    if (width === 0 || output === null) return []
    const up = outputs[j]!.frac - (nodes[output.node]!.frac - output.shift)
    const head = `  wire signed [${width - 1}:0] y${j} = ${output.neg ? '-' : ''}${shifted(`n${output.node}`, up)};`
    return [head, `  assign y[${low + width - 1}:${low}] = y${j};`]
  })
  return moduleText(name, inputs, outputs, [...leaves, ...ops, ...results])
}

const shifted = (text: string, by: number): string => (by === 0 ? text : `(${text} <<< ${by})`)

/** Bits that hold an interval in two's complement, sign always included. */
function signedWidth({ min, max }: Interval): number {
  return intervalWidth(min, max) + (min < 0n ? 0 : 1)
}

/** A signed literal, modulo 2^width. */
function literal(raw: bigint, width: number): string {
  return `${width}'sh${BigInt.asUintN(width, raw).toString(16)}`
}

function moduleText(
  name: string,
  inputs: readonly FixedType[],
  outputs: readonly FixedType[],
  body: readonly string[],
): string {
  const port = (direction: string, width: number, of: string) =>
    width === 0 ? [] : [`${direction} wire [${width - 1}:0] ${of}`]
  const ports = [...port('input', totalWidth(inputs), 'x'), ...port('output', totalWidth(outputs), 'y')]
  return [`module ${name}(${ports.join(', ')});`, ...body, 'endmodule', ''].join('\n')
}

export interface Slice {
  readonly low: number
  readonly width: number
}

/** Where elements lie on a packed port. */
export function slicesOf(types: readonly FixedType[]): Slice[] {
  let low = 0
  return types.map(({ width }) => {
    const slice = { low, width }
    low += width
    return slice
  })
}

export function totalWidth(types: readonly FixedType[]): number {
  return types.reduce((sum, { width }) => sum + width, 0)
}

/** Raw values as one packed word. */
export function packRaws(types: readonly FixedType[], raws: readonly bigint[]): bigint {
  return slicesOf(types).reduce(
    (word, { low, width }, k) => word | (BigInt.asUintN(width, raws[k]!) << BigInt(low)),
    0n,
  )
}

/** The raw values in a packed word. */
export function unpackRaws(types: readonly FixedType[], word: bigint): bigint[] {
  return slicesOf(types).map(({ low, width }, k) => {
    const bits = BigInt.asUintN(width, word >> BigInt(low))
    return types[k]!.signed ? BigInt.asIntN(width, bits) : bits
  })
}
