// Distributed arithmetic in C++: the graph of shared adders as straight-line code, every sum in the narrowest type
// that holds it, so that nothing is lost before the result.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type Interval, intervalOf } from '../../fixed/interval.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import type { HlsOperand, HlsStatement, HlsStraightLine } from '../../hls/call.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import { type AdderGraph, type AdderOutput, nodeIntervals } from '../../netlist/adder-graph.ts'
import { adderGraphOf } from '../../netlist/constant-matrix.ts'
import { intervalWidth } from '../../netlist/netlist.ts'
import type { TypedOp } from '../definition.ts'
import type { DenseAttrs } from './attrs.ts'

/** The layer's exact sums of one vector. */
export function shiftAddCode(op: TypedOp<DenseAttrs>): HlsStraightLine {
  const graph = sharedAdders(op)
  const length = op.inputs[0]!.shape[0]!
  const intervals = nodeIntervals(graph)
  const operand = (node: number): HlsOperand => {
    if (node < length) return { input: node }
    if (node >= graph.inputs.length) return { step: node - graph.inputs.length }
    const interval = graph.inputs[node]!
    return { constant: interval.min, of: conversion(holding(interval)) }
  }
  const statements: HlsStatement[] = graph.ops.map(({ a, b, shift, sub }, k) => ({
    op: sub ? 'subtract' : 'add',
    a: operand(a),
    b: operand(b),
    shift,
    to: conversion(holding(intervals[graph.inputs.length + k]!)),
  }))
  const outputs = graph.outputs.map(output => outputOperand(output, operand, statements))
  return { statements, outputs }
}

function sharedAdders(op: TypedOp<DenseAttrs>): AdderGraph {
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const bias = op.weight('bias')
  const { shape } = op.inputs[0]!
  const inputs = Array.from({ length: shape[0]! }, (_, k) => intervalOf(typeAt(op.inputs[0]!, k)))
  const matrix = {
    rows: inputs.length,
    columns: op.attrs.units,
    values: weight.raw,
    frac: weight.type.frac,
  }
  const biases = bias === undefined ? {} : { biases: bias.raw.map(raw => ({ raw, frac: bias.type.frac })) }
  return adderGraphOf(matrix, inputs, biases)
}

function holding({ min, max, frac }: Interval): FixedType {
  return { signed: min < 0n, width: Math.max(1, intervalWidth(min, max)), frac }
}

/** ±node·2^shift, as one more statement where it is not the node itself; null is the constant 0. */
function outputOperand(
  output: AdderOutput | null,
  operand: (node: number) => HlsOperand,
  statements: HlsStatement[],
): HlsOperand {
  if (output === null) return { constant: 0n, of: conversion({ signed: false, width: 1, frac: 0 }) }
  if (!output.neg && output.shift === 0) return operand(output.node)
  const made = statements.push({
    op: output.neg ? 'negate' : 'convert',
    a: operand(output.node),
    shift: output.shift,
  })
  return { step: made - 1 }
}
